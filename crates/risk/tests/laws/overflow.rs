//! Anything at all goes in; what comes out is right or an error. The tests are built
//! with overflow checks, so a wrong turn in between panics.

use crate::agreement::lending::any_ledger;
use crate::inputs::*;
use crate::reference::{debt::values, int, liquidation_price as reference, per_unit};
use num_traits::Signed;
use plimsoll_risk::auction::AuctionTerms;
use plimsoll_risk::debt::{self, DebtTerms};
use plimsoll_risk::health::{Health, health_factor_floor, notional_ceil, perp_health, token_health};
use plimsoll_risk::lending::Ledger;
use plimsoll_risk::liquidation::{LiquidationTerms, plan};
use plimsoll_risk::liquidation_price::{Exposure, liquidation_price};
use plimsoll_risk::loss::Window;
use plimsoll_risk::policy::hold_until;
use plimsoll_risk::{Price, Quantity, Quote, Ratio, TokenMarks};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn overflow_is_an_error_never_a_wrong_number(
        terms in any_terms(),
        position in any_position(),
        account in any_health(),
        (perp, marks) in (any_perp_risk(), any_marks()),
        (penalty, target, notional, size_min) in (any_ratio(), any_ratio(), any_quote(), any_i64()),
    ) {
        let terms = LiquidationTerms {
            trade: terms,
            marks,
            perp,
            penalty,
            target_margin_ratio: target,
            full_close_notional: notional,
            size_min,
        };
        let Ok(Some(done)) = plan(&account, &position, &terms) else { return Ok(()) };
        prop_assert!(position.is_reduced_by(done.delta));
        prop_assert_eq!(Ok(done.cost), terms.trade.cost_ceil(done.delta));
        let slot = |p| perp_health(p, &marks, &perp).unwrap();
        let (before, after) = (slot(&position), slot(&done.position));
        let sum = |was: Quote, old: Quote, new: Quote| {
            was.0 as i128 - old.0 as i128 + new.0 as i128 + done.realised.0 as i128 - done.penalty.0 as i128
        };
        prop_assert_eq!(
            sum(account.maintenance, before.maintenance, after.maintenance),
            done.health_after.maintenance.0 as i128
        );
        prop_assert_eq!(sum(account.equity, before.equity, after.equity), done.health_after.equity.0 as i128);
        prop_assert_eq!(sum(account.initial, before.initial, after.initial), done.health_after.initial.0 as i128);
    }

    #[test]
    fn sums_of_health_overflow_as_errors(a in any_health(), b in any_health()) {
        let part = |h: Health| [h.equity.0 as i128, h.initial.0 as i128, h.maintenance.0 as i128];
        let fits = |x: &i128| i64::try_from(*x).is_ok();
        let sum: Vec<i128> = part(a).iter().zip(part(b)).map(|(x, y)| x + y).collect();
        let rest: Vec<i128> = part(a).iter().zip(part(b)).map(|(x, y)| x - y).collect();
        prop_assert_eq!(a.plus(b).ok().map(part).map(Vec::from), sum.iter().all(fits).then_some(sum));
        prop_assert_eq!(a.minus(b).ok().map(part).map(Vec::from), rest.iter().all(fits).then_some(rest));
        let _ = (health_factor_floor([a, b].into_iter()), a.margin_ratio_floor(), a.initial_requirement());
    }

    #[test]
    fn a_liquidation_price_of_anything_is_near_a_root_or_an_error(
        (marks, position) in any_marks().prop_flat_map(|marks| (Just(marks), position_at(marks))),
        (balance, collateral) in (any_quantity(), any_collateral_risk()),
        perp in any_perp_risk(),
        account in any_health(),
    ) {
        let oracle = marks.oracle;
        let perp = in_order(perp);
        let Ok(token) = token_health(balance, &TokenMarks { oracle, cautious: oracle }, &collateral) else {
            return Ok(());
        };
        let exposure = Exposure { balance, token, collateral, position, marks, perp };
        let Ok(Some(price)) = liquidation_price(&account, &exposure) else { return Ok(()) };
        let perp = perp_health(&position, &marks, &perp).unwrap();
        let rest = int(account.maintenance.0) - int(token.maintenance.0) - int(perp.maintenance.0);
        // One step of the price, times everything that depends on it; what has been charged,
        // rounded; and the kinks. Ratios go up to 4,295.
        let weights = int(balance.0).abs() * int(4_295) + int(position.size.0).abs() * int(4 * 4_295);
        let slack = weights / int(1u128 << 64) + int(4_295 * 5);
        prop_assert!(reference::health_at(&per_unit(price), &rest, &exposure).abs() <= slack);
    }

    /// Whatever the terms, nobody repays or loses more than there is.
    #[test]
    fn a_debt_plan_of_anything_keeps_within_its_limits(
        account in any_health(),
        (owed, held, repaid_max) in (any_quantity(), any_quantity(), any_quantity()),
        (debt_weight, asset_weight, bonus, target) in (any_ratio(), any_ratio(), any_ratio(), any_ratio()),
        (debt_price, asset_price, full_close) in (any_price(), any_price(), any_quote()),
    ) {
        let terms = DebtTerms {
            debt_weight,
            asset_weight,
            bonus,
            target_margin_ratio: target,
            debt_price,
            asset_price,
            full_close,
        };
        if let Ok(Some(done)) = debt::plan(&account, owed, held, repaid_max, &terms) {
            prop_assert!(done.repaid.0 > 0 && done.repaid <= owed && done.repaid <= repaid_max);
            prop_assert!(done.seized.0 > 0 && done.seized <= held);
            let (repaid, seized) = values(&done, &terms);
            prop_assert!(seized <= repaid + int(account.equity.0.max(0)));
        }
    }

    #[test]
    fn extremes_of_time_do_not_panic(
        (a, b) in (any_i64(), any_i64()), seconds in any::<u32>(), elapsed in any_u64(),
        (amount, limit) in (any_quote(), any_quote()), is_diverged in any::<bool>(),
    ) {
        let until = hold_until(a, b, is_diverged, seconds);
        prop_assert!(until == a || until >= b);
        let window = Window { started_at: a, taken: amount }.at(b, seconds);
        prop_assert!(window.started_at == a || window.taken == Quote::ZERO);
        prop_assert!(window.room(limit).is_ok_and(|room| room >= Quote::ZERO) || amount.0 != 0);
        let _ = (window.after(limit), AuctionTerms { seconds }.price_ceil(amount, elapsed));
    }

    #[test]
    fn a_balance_of_anything_moves_as_far_as_the_ledger_goes(
        ledger in any_ledger(), shares in any_quantity(), delta in any_quantity(),
    ) {
        let Ok((after, shares_after)) = ledger.moved(shares, delta) else { return Ok(()) };
        let net = |ledger: &Ledger, shares: Quantity| {
            let (deposit, debt) = (shares.0.max(0) as i128, -(shares.0.min(0) as i128));
            (ledger.deposit_shares as i128 - deposit, ledger.borrow_shares as i128 - debt)
        };
        prop_assert_eq!(net(&after, shares_after), net(&ledger, shares));
    }

    #[test]
    fn extremes_of_price_and_size_do_not_panic(
        prices in prices(any_price()), marks in any_marks(), quantity in any_quantity(), interest in any_open_interest(),
        ratio in any_ratio(), amount in any_quote(),
    ) {
        let _ = notional_ceil(quantity, prices.oracle);
        let _ = (interest.skew(), interest.larger_side(), interest.owed_band(&marks, prices.slow, ratio, i64::MAX));
        let _ = (ratio.plus(Ratio(1)), amount.or_zero().magnitude());
    }
}

#[test]
fn the_ends_of_every_range_are_errors() {
    let most = plimsoll_risk::Quantity(i64::MIN);
    assert!(Price::ONE.value_floor(most).is_err());
    assert!(Price(u128::MAX).value_ceil(plimsoll_risk::Quantity(1)).is_err());
    assert!(Price(u128::MAX).raised_by(Ratio(1)).is_err());
    assert!(Price(u128::MAX).lowered_by(Ratio(2)).is_err());
    assert!(Price::from_decimal(u64::MAX, i32::MAX, 0).is_err());
    assert!(Price::from_decimal(u64::MAX, i32::MIN, u8::MAX).is_err());
    assert!(Ratio(u32::MAX).of_ceil(Quote(i64::MAX)).is_err());
    assert_eq!(Price(u128::MAX).slow_towards(Price(0), u64::MAX, Ratio(u32::MAX)), Price(0));
    assert_eq!(Price(1 << 127).slow_towards(Price(u128::MAX), u64::MAX, Ratio(u32::MAX)), Price(u128::MAX));
}
