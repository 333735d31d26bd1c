use crate::inputs::*;
use crate::reference::{assert_between, floor, health as reference, int, share};
use plimsoll_risk::Quote;
use plimsoll_risk::health::{health_factor_floor, notional_ceil, perp_health, token_health};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    /// Equity is rounded once; a weighted value twice, before and after the weight.
    #[test]
    fn the_health_of_a_balance_is_exact_to_its_roundings(
        balance in any_quantity(),
        prices in prices(any_price()),
        risk in prop_oneof![any_collateral_risk().boxed(), listed_collateral_risk().boxed()],
    ) {
        let Ok(health) = token_health(balance, &prices, &risk) else { return Ok(()) };
        let exact = reference::token(balance, &prices, &risk);
        prop_assert_eq!(Some(health.equity.0), floor(&exact.equity));
        let (initial, maintenance) = match balance.0 < 0 {
            true => (risk.initial_debt_weight, risk.maintenance_debt_weight),
            false => (risk.initial_asset_weight, risk.maintenance_asset_weight),
        };
        let slack = |weight| int(1) + share(weight);
        assert_between(int(health.initial.0), exact.initial.clone(), int(health.initial.0) + slack(initial));
        assert_between(
            int(health.maintenance.0),
            exact.maintenance.clone(),
            int(health.maintenance.0) + slack(maintenance),
        );
    }

    /// Equity is rounded once; profit and margin each before and after their ratio.
    #[test]
    fn the_health_of_a_position_is_exact_to_its_roundings(
        (oracle, position) in any_price().prop_flat_map(|p| (Just(p), position_at(p))),
        risk in prop_oneof![any_perp_risk().boxed(), listed_perp_risk().boxed()],
    ) {
        let Ok(health) = perp_health(&position, oracle, &risk) else { return Ok(()) };
        let exact = reference::perp(&position, oracle, &risk);
        prop_assert_eq!(Some(health.equity.0), floor(&exact.equity));
        for (got, exact, weight, margin) in [
            (health.initial, exact.initial, risk.initial_profit_weight, risk.initial_margin),
            (health.maintenance, exact.maintenance, risk.maintenance_profit_weight, risk.maintenance_margin),
        ] {
            let slack = int(2) + share(weight).max(int(1)) + share(margin);
            assert_between(int(got.0), exact, int(got.0) + slack);
        }
    }

    #[test]
    fn health_of_ordinary_amounts_never_overflows(
        (oracle, position) in listed_price().prop_flat_map(|p| (Just(p), position_at(p))),
        balance in signed(50),
        risk in listed_perp_risk(),
        collateral in listed_collateral_risk(),
    ) {
        let small = |size: u64| (size as u128).checked_mul(oracle.0).is_some_and(|v| v >> 64 < 1 << 60);
        if !small(position.size.magnitude()) || position.entry.magnitude() >= 1 << 60 {
            return Ok(());
        }
        prop_assert!(perp_health(&position, oracle, &risk).is_ok());
        prop_assert!(notional_ceil(position.size, oracle).is_ok());
        let prices = plimsoll_risk::Prices { oracle, slow: oracle };
        let token = token_health(plimsoll_risk::Quantity(balance), &prices, &collateral);
        prop_assert!(token.is_ok() || !small(balance.unsigned_abs()));
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
