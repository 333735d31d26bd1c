use crate::inputs::*;
use crate::reference::{Exact, assert_between, floor, health as reference, int, per_unit, share};
use plimsoll_risk::health::{health_factor_floor, notional_ceil, perp_health, token_health};
use plimsoll_risk::{PerpRisk, Quantity, Quote, Ratio, TokenMarks};
use proptest::prelude::*;

/// What rounding may add to the margin of a position: less than one micro-USD for the
/// notional, and less than one for each part.
fn margin_slack(risk: &PerpRisk, of: impl Fn(Ratio, Ratio) -> Ratio) -> Exact {
    let parts = risk.tiers.iter().map(|tier| int(1) + share(of(tier.initial, tier.maintenance)));
    int(1) + share(of(risk.initial_margin, risk.maintenance_margin)) + parts.sum::<Exact>()
}

proptest! {
    #![proptest_config(config())]

    /// Equity is rounded once; a weighted value twice, before and after the weight.
    #[test]
    fn the_health_of_a_balance_is_exact_to_its_roundings(
        (shares, marks) in any_quantity().prop_flat_map(|shares| (Just(shares), any_token_marks(shares))),
        risk in prop_oneof![any_collateral_risk().boxed(), listed_collateral_risk().boxed()],
    ) {
        let Ok(health) = token_health(shares, &marks, &risk) else { return Ok(()) };
        let exact = reference::token(shares, &marks, &risk);
        prop_assert_eq!(Some(health.equity.0), floor(&exact.equity));
        let (initial, maintenance) = reference::weights(shares, &risk);
        let slack = |weight| int(1) + share(weight);
        assert_between(int(health.initial.0), exact.initial.clone(), int(health.initial.0) + slack(initial));
        assert_between(
            int(health.maintenance.0),
            exact.maintenance.clone(),
            int(health.maintenance.0) + slack(maintenance),
        );
    }

    #[test]
    fn without_interest_a_share_is_worth_the_cautious_price(prices in prices(any_price()), shares in any_quantity()) {
        let marks = TokenMarks::unindexed(&prices, shares);
        let cautious = match shares.0 < 0 {
            true => per_unit(prices.oracle).max(per_unit(prices.slow)),
            false => per_unit(prices.oracle).min(per_unit(prices.slow)),
        };
        prop_assert_eq!((per_unit(marks.oracle), per_unit(marks.cautious)), (per_unit(prices.oracle), cautious));
    }

    /// Equity is rounded once; profit before and after its weight, margin in each part.
    #[test]
    fn the_health_of_a_position_is_exact_to_its_roundings(
        (position, marks, risk) in prop_oneof![
            position_in(any_price(), any_perp_risk()).boxed(),
            position_in(listed_price(), listed_perp_risk()).boxed(),
            (any_position(), any_marks(), any_perp_risk()).boxed(),
        ],
    ) {
        let Ok(health) = perp_health(&position, &marks, &risk) else { return Ok(()) };
        let exact = reference::perp(&position, &marks, &risk);
        prop_assert_eq!(Some(health.equity.0), floor(&exact.equity));
        for (got, exact, weight, margin) in [
            (health.initial, exact.initial, risk.initial_profit_weight, margin_slack(&risk, |i, _| i)),
            (health.maintenance, exact.maintenance, risk.maintenance_profit_weight, margin_slack(&risk, |_, m| m)),
        ] {
            let slack = int(1) + share(weight).max(int(1)) + margin;
            assert_between(int(got.0), exact, int(got.0) + slack);
        }
    }

    #[test]
    fn margins_are_exact_to_one_rounding_of_each_part(
        risk in prop_oneof![any_perp_risk().boxed(), listed_perp_risk().boxed()],
        notional in 0..=i64::MAX,
        at in prop::array::uniform3(0..=1_500_000u32),
        reaches in any::<bool>(),
    ) {
        let risk = if reaches { reaching(risk, Quote(notional), at) } else { risk };
        let Ok((initial, maintenance)) = risk.margins_ceil(Quote(notional)) else { return Ok(()) };
        let exact = reference::margins(&int(notional), &risk);
        for (got, exact) in [(initial, exact.0), (maintenance, exact.1)] {
            assert_between(exact.clone(), int(got.0), exact + int(4));
        }
    }

    /// Both sides move with the price, and by nothing else.
    #[test]
    fn charges_are_the_price_less_the_mark(marks in any_marks(), size in any_quantity(), to in any_price()) {
        let of = |mark: plimsoll_risk::SignedPrice| int(mark.0);
        let mark = if size.0 < 0 { marks.short } else { marks.long };
        prop_assert_eq!(marks.of(size), mark);
        if let Ok(charged) = marks.charged(size) {
            prop_assert_eq!(of(charged), int(marks.oracle.0) - of(mark));
        }
        if let Ok(moved) = marks.at(to) {
            let by = int(to.0) - int(marks.oracle.0);
            prop_assert_eq!(moved.oracle, to);
            prop_assert_eq!(of(moved.long), of(marks.long) + &by);
            prop_assert_eq!(of(moved.short), of(marks.short) + by);
        }
    }

    #[test]
    fn health_of_ordinary_amounts_never_overflows(
        (position, marks, risk) in position_in(listed_price(), listed_perp_risk()),
        balance in signed(50),
        collateral in listed_collateral_risk(),
    ) {
        let small = |size: u64, price: u128| (int(size) * int(price) / int(1u128 << 64)) < int(1u64 << 60);
        let oracle = marks.oracle;
        let token = token_health(Quantity(balance), &TokenMarks { oracle, cautious: oracle }, &collateral);
        prop_assert!(token.is_ok() || !small(balance.unsigned_abs(), oracle.0));
        let size = position.size.magnitude();
        let mark = marks.of(position.size).0.unsigned_abs();
        if !small(size, oracle.0) || !small(size, mark) || position.entry.magnitude() >= 1 << 60 {
            return Ok(());
        }
        prop_assert!(perp_health(&position, &marks, &risk).is_ok());
        prop_assert!(notional_ceil(position.size, oracle).is_ok());
    }

    #[test]
    fn the_margin_ratio_is_exact_before_rounding(health in any_health()) {
        let Ok(requirement) = health.maintenance_requirement() else { return Ok(()) };
        let got = health.margin_ratio_floor().unwrap();
        prop_assert_eq!(got.is_none(), requirement.0 <= 0);
        if let Some(ratio) = got {
            let exact = int(health.equity.0) * int(1_000_000) / int(requirement.0);
            prop_assert_eq!(int(ratio), exact.floor().max(int(i64::MIN)).min(int(i64::MAX)));
            prop_assert_eq!(ratio < 1_000_000, health.maintenance < Quote::ZERO);
        }
    }

    #[test]
    fn the_health_factor_is_exact_before_rounding(slots in prop::collection::vec(any_health(), 0..6)) {
        let sum = |positive: bool| {
            let of = slots.iter().map(|s| s.maintenance.0 as i128);
            of.filter(|m| (*m > 0) == positive).sum::<i128>()
        };
        let (added, taken) = (sum(true), -sum(false));
        match health_factor_floor(slots.iter().copied()) {
            Err(_) => prop_assert!(added > i64::MAX as i128 || taken > i64::MAX as i128),
            Ok(None) => prop_assert_eq!(taken, 0),
            Ok(Some(factor)) => {
                let exact = int(added) * int(1_000_000) / int(taken);
                prop_assert_eq!(int(factor), exact.floor().min(int(i64::MAX)));
            }
        }
    }
}
