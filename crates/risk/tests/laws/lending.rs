use crate::agreement::lending::{any_curve, any_index, any_ledger, any_seconds};
use crate::inputs::*;
use plimsoll_risk::lending::{Index, Ledger, RateCurve};
use plimsoll_risk::{Overflow, Ratio};
use proptest::prelude::*;

/// What is owed to lenders and kept, and what is owed by borrowers, if both fit.
fn sides(ledger: &Ledger) -> Option<(u128, u128)> {
    let claims = ledger.deposits_ceil().ok()? as u128 + ledger.reserve as u128;
    Some((claims, ledger.borrows_floor().ok()? as u128))
}

/// A bank as it is run: borrows within deposits, indices that have grown a little.
fn running() -> impl Strategy<Value = Ledger> {
    let index = || log_between(1 << 48, 1 << 51).prop_map(|n| Index(n as u64));
    (up_to_bits(58), 0..=1_000_000u128, index(), index(), up_to_bits(40)).prop_map(
        |(deposits, used, supply, borrow, reserve)| Ledger {
            deposit_shares: supply.shares_floor(deposits as u64).unwrap(),
            borrow_shares: borrow.shares_floor((deposits * used / 1_000_000) as u64).unwrap(),
            supply,
            borrow,
            reserve: reserve as u64,
        },
    )
}

fn flat(rate: Ratio) -> RateCurve {
    RateCurve { kink: Ratio(500_000), at_zero: rate, at_kink: rate, at_full: rate }
}

proptest! {
    #![proptest_config(config())]

    /// Never more than was charged, and nothing gets lost.
    #[test]
    fn interest_credited_is_interest_charged(
        mut ledger in prop_oneof![any_ledger(), running()],
        steps in prop::collection::vec((any_seconds(), any_curve(), any_ratio()), 1..6),
    ) {
        for (seconds, curve, kept) in steps {
            let Some((claims, debts)) = sides(&ledger) else { return Ok(()) };
            let Ok(after) = ledger.accrued(seconds, &curve, kept) else { return Ok(()) };
            let (claims_after, debts_after) = sides(&after).unwrap();
            prop_assert!(debts_after >= debts);
            prop_assert_eq!(claims_after - claims, debts_after - debts);
            ledger = after;
        }
    }

    #[test]
    fn accruing_moves_indices_and_reserve_up_and_nothing_else(
        ledger in any_ledger(), seconds in any_seconds(), curve in any_curve(), kept in any_ratio(),
    ) {
        let Ok(after) = ledger.accrued(seconds, &curve, kept) else { return Ok(()) };
        prop_assert!(after.supply >= ledger.supply && after.borrow >= ledger.borrow);
        prop_assert!(after.reserve >= ledger.reserve);
        let rest = |l: &Ledger| (l.deposit_shares, l.borrow_shares);
        prop_assert_eq!(rest(&after), rest(&ledger));
    }

    #[test]
    fn without_time_or_borrowers_nothing_accrues(
        ledger in any_ledger(), seconds in any_seconds(), curve in any_curve(), kept in any_ratio(),
    ) {
        prop_assert_eq!(ledger.accrued(0, &curve, kept), Ok(ledger));
        let idle = Ledger { borrow_shares: 0, ..ledger };
        prop_assert_eq!(idle.accrued(seconds, &curve, kept), Ok(idle));
    }

    /// A bank within its means accrues: 2^62 native units a side, up to ten times what
    /// they began at, over a year at up to 100%.
    #[test]
    fn a_running_bank_always_accrues(
        ledger in running(), seconds in 0..31_536_000u64, rates in prop::array::uniform3(share()), kept in share(),
    ) {
        let mut rates = rates;
        rates.sort();
        let curve = RateCurve { kink: Ratio(800_000), at_zero: rates[0], at_kink: rates[1], at_full: rates[2] };
        prop_assert!(ledger.accrued(seconds, &curve, kept).is_ok());
    }

    /// Interest compounds, and its index is rounded up.
    #[test]
    fn accruing_in_parts_never_charges_less(
        ledger in running(), a in up_to_bits(33), b in up_to_bits(33), rate in any_ratio(), kept in share(),
    ) {
        let (curve, a, b) = (flat(rate), a as u64, b as u64);
        let Ok(parts) = ledger.accrued(a, &curve, kept).and_then(|l| l.accrued(b, &curve, kept)) else {
            return Ok(());
        };
        let once = ledger.accrued(a + b, &curve, kept);
        prop_assert!(once.is_ok_and(|once| once.borrow.0 <= parts.borrow.0 + 2 + (ledger.borrow.0 >> 48)));
    }

    #[test]
    fn borrowing_more_of_a_bank_never_costs_less(curve in any_curve(), a in any_ratio(), b in any_ratio()) {
        let rate = |u: Ratio| curve.rate_per_year_ceil(u).unwrap();
        prop_assert!(rate(a.min(b)) <= rate(a.max(b)));
        prop_assert!(curve.at_zero <= rate(a) && rate(a) <= curve.at_full);
    }

    #[test]
    fn a_curve_that_falls_is_refused(curve in any_curve(), at in 1..=1_000_000u32) {
        if curve.at_zero == curve.at_kink || curve.at_kink == curve.at_full {
            return Ok(());
        }
        let falling = RateCurve { at_zero: curve.at_full, at_full: curve.at_zero, ..curve };
        prop_assert_eq!(falling.rate_per_year_ceil(Ratio(at)), Err(Overflow));
    }

    /// The reserve first, then the lenders, by the loss to the unit and not a unit less.
    #[test]
    fn a_loss_is_borne_in_full_and_in_order(ledger in any_ledger(), loss in any_u64()) {
        let Some((claims, debts)) = sides(&ledger) else { return Ok(()) };
        let Ok((after, uncovered)) = ledger.socialised(loss) else {
            prop_assert!(claims > u64::MAX as u128);
            return Ok(());
        };
        let (claims_after, debts_after) = sides(&after).unwrap();
        prop_assert_eq!(claims - claims_after, (loss - uncovered) as u128);
        prop_assert_eq!(debts_after, debts);
        prop_assert!(uncovered == 0 || claims_after == 0);
        let rest = loss.saturating_sub(ledger.reserve);
        let deposits = |l: &Ledger| l.deposits_ceil().unwrap();
        prop_assert!(deposits(&after) <= deposits(&ledger).saturating_sub(rest));
        if rest == 0 {
            prop_assert_eq!(after, Ledger { reserve: ledger.reserve - loss, ..ledger });
        }
        let shares = |l: &Ledger| (l.deposit_shares, l.borrow_shares, l.borrow);
        prop_assert_eq!(shares(&after), shares(&ledger));
    }

    /// Native units to shares and back, and shares to native units and back.
    #[test]
    fn going_in_and_out_never_profits(index in any_index(), n in any_u64()) {
        if let Ok(shares) = index.shares_floor(n) {
            prop_assert!(index.amount_floor(shares).unwrap() <= n);
        }
        if let Ok(shares) = index.shares_ceil(n) {
            prop_assert!(index.amount_ceil(shares).is_ok_and(|owed| owed >= n) || index.amount_ceil(shares).is_err());
        }
        if let Ok(amount) = index.amount_floor(n) {
            prop_assert!(index.shares_floor(amount).map_or(true, |shares| shares <= n));
        }
        if let Ok(amount) = index.amount_ceil(n) {
            prop_assert!(index.shares_ceil(amount).map_or(true, |shares| shares >= n));
        }
    }
}

/// One share left among large borrows, as after all lenders but for dust have gone: its
/// index stops at the largest, and the reserve takes what follows.
#[test]
fn dust_does_not_freeze_a_bank() {
    let bank = Ledger {
        deposit_shares: 1,
        borrow_shares: 1 << 50,
        supply: Index::ONE,
        borrow: Index::ONE,
        reserve: 1 << 50,
    };
    let after = bank.accrued(31_536_000, &flat(Ratio(100_000)), Ratio::ZERO).unwrap();
    assert_eq!(after.supply, Index(u64::MAX));
    let charged = after.borrows_floor().unwrap() - (1 << 50);
    assert_eq!(after.deposits_ceil().unwrap() + after.reserve, 1 + (1 << 50) + charged);
    assert!(after.accrued(31_536_000, &flat(Ratio(100_000)), Ratio::ZERO).is_ok());
}

#[test]
fn a_bank_without_lenders_leaves_a_loss_uncovered_and_all_interest_to_the_reserve() {
    let bank = Ledger {
        deposit_shares: 0,
        borrow_shares: 1_000,
        supply: Index::ONE,
        borrow: Index::ONE,
        reserve: 300,
    };
    assert_eq!(bank.socialised(1_000), Ok((Ledger { reserve: 0, ..bank }, 700)));
    let after = bank.accrued(31_536_000, &flat(Ratio(100_000)), Ratio(200_000)).unwrap();
    assert_eq!((after.supply, after.reserve, after.borrows_floor()), (Index::ONE, 400, Ok(1_100)));
}
