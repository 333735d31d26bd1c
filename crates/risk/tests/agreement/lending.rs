use crate::inputs::*;
use crate::reference::{self as exact, Exact, assert_between, int, lending as reference, per_unit};
use num_traits::ToPrimitive;
use plimsoll_risk::lending::{Index, Ledger, RateCurve};
use plimsoll_risk::{Price, Ratio};
use proptest::prelude::*;

pub fn any_index() -> impl Strategy<Value = Index> + Clone {
    prop_oneof![
        4 => log_between(1 << 47, 1 << 54).prop_map(|n| Index(n as u64)),
        2 => any_u64().prop_map(Index),
        1 => prop::sample::select(vec![Index::ONE, Index(3 << 47)]),
    ]
}

/// Rates that rise with utilisation.
pub fn any_curve() -> impl Strategy<Value = RateCurve> + Clone {
    (1..1_000_000u32, prop::array::uniform3(any_ratio())).prop_map(|(kink, mut rates)| {
        rates.sort();
        RateCurve { kink: Ratio(kink), at_zero: rates[0], at_kink: rates[1], at_full: rates[2] }
    })
}

/// Banks of up to 2^62 native units a side, and any numbers at all.
pub fn any_ledger() -> impl Strategy<Value = Ledger> + Clone {
    let amount = prop_oneof![4 => up_to_bits(62).prop_map(|n| n as u64), 1 => Just(0), 1 => any_u64()];
    (amount.clone(), amount.clone(), any_index(), any_index(), amount).prop_map(
        |(deposit_shares, borrow_shares, supply, borrow, reserve)| Ledger {
            deposit_shares,
            borrow_shares,
            supply,
            borrow,
            reserve,
        },
    )
}

pub fn any_seconds() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![3 => 0..1_000u64, 3 => up_to_bits(32).prop_map(|n| n as u64), 1 => any_u64()]
}

fn whole(x: Exact) -> Option<u64> {
    x.to_integer().to_u64()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn amounts_and_shares_are_exact_before_rounding(index in any_index(), n in any_u64()) {
        let amount = int(n) * reference::per_share(index);
        prop_assert_eq!(index.amount_floor(n).ok(), whole(amount.floor()));
        prop_assert_eq!(index.amount_ceil(n).ok(), whole(amount.ceil()));
        let shares = (index.0 > 0).then(|| int(n) / reference::per_share(index));
        prop_assert_eq!(index.shares_floor(n).ok(), shares.clone().and_then(|s| whole(s.floor())));
        prop_assert_eq!(index.shares_ceil(n).ok(), shares.and_then(|s| whole(s.ceil())));
    }

    #[test]
    fn the_price_of_a_share_is_exact_before_rounding(index in any_index(), price in any_price()) {
        let exact = per_unit(price) * reference::per_share(index) * int(1u128 << 64);
        let fits = |x: Exact| x.to_integer().to_u128().map(Price);
        // Rounded up to 2^128, it overflows where its floor does not: never with a listed price.
        prop_assert_eq!(index.price_floor(price).ok(), fits(exact.floor()));
        prop_assert_eq!(index.price_ceil(price).ok(), fits(exact.ceil()));
    }

    #[test]
    fn the_rate_is_on_its_two_lines(curve in any_curve(), utilisation in any_ratio(), full in share()) {
        for utilisation in [utilisation, full, curve.kink] {
            let exact = reference::rate_per_year(&curve, utilisation) * int(1_000_000);
            let rate = curve.rate_per_year_ceil(utilisation).unwrap();
            prop_assert_eq!(Some(rate.0 as u64), whole(exact.ceil()));
        }
    }

    #[test]
    fn utilisation_is_never_understated_and_by_a_millionth_overstated(ledger in any_ledger()) {
        let (Ok(_), Ok(borrows)) = (ledger.deposits_ceil(), ledger.borrows_floor()) else { return Ok(()) };
        let least = (reference::utilisation(&ledger) * int(1_000_000)).ceil();
        let got = int(ledger.utilisation_ceil().unwrap().0);
        let slack = if borrows >> 44 == 0 { int(0) } else { int(1) };
        assert_between(least.clone(), got, (least + slack).min(int(1_000_000)));
    }

    #[test]
    fn interest_is_the_formula_to_its_roundings(
        ledger in any_ledger(), seconds in any_seconds(), curve in any_curve(), kept in share(),
    ) {
        let (Ok(deposits), Ok(borrows)) = (ledger.deposits_ceil(), ledger.borrows_floor()) else {
            prop_assert!(seconds == 0 || ledger.borrow_shares == 0 || ledger.accrued(seconds, &curve, kept).is_err());
            return Ok(());
        };
        if seconds == 0 || ledger.borrow_shares == 0 {
            return Ok(());
        }
        let rate = curve.rate_per_year_ceil(ledger.utilisation_ceil().unwrap()).unwrap();
        let growth = reference::growth(rate, seconds);
        let index = int(ledger.borrow.0) * (int(1) + &growth);
        let Ok(after) = ledger.accrued(seconds, &curve, kept) else {
            let owed = (&index + int(2) + reference::per_share(ledger.borrow)) * int(ledger.borrow_shares)
                / int(1u64 << 48);
            let interest = &owed - int(borrows);
            let large = |x: Exact| x + int(2) > int(u64::MAX);
            prop_assert!(
                growth >= int(1 << 15) || large(index) || large(owed)
                    || large(int(deposits) + &interest) || large(int(ledger.reserve) + interest),
                "overflow without cause"
            );
            return Ok(());
        };
        let step = int(1) + reference::per_share(ledger.borrow);
        assert_between(index.clone(), int(after.borrow.0), index + step);
        // Of what was charged, the reserve's share in full and the rest but for dust.
        let charged = int(after.borrows_floor().unwrap()) - int(borrows);
        let share_kept = (&charged * exact::share(kept)).ceil();
        let lenders = int(after.deposits_ceil().unwrap()) - int(deposits);
        let most = charged - &share_kept;
        let dust = int(ledger.deposit_shares) / int(1u64 << 48) + int(1);
        if after.supply.0 == u64::MAX || ledger.deposit_shares == 0 {
            prop_assert!(lenders <= most);
        } else {
            assert_between(&most - dust, lenders, most);
        }
    }
}

/// Where a part of 2^-44 decides: exact below 2^44 borrowed, never understated above.
#[test]
fn utilisation_is_rounded_up_from_the_last_unit() {
    let at = |borrow_shares, deposit_shares| {
        let (supply, borrow) = (Index::ONE, Index::ONE);
        Ledger { deposit_shares, borrow_shares, supply, borrow, reserve: 0 }.utilisation_ceil().unwrap()
    };
    assert_eq!(at(600_000 << 24, 1_000_000 << 24), Ratio(600_000));
    assert_eq!(at((600_000 << 24) + 1, 1_000_000 << 24), Ratio(600_001));
    assert_eq!(at((600_000 << 30) + 1, 1_000_000 << 30), Ratio(600_001));
}
