use crate::inputs::*;
use crate::reference::{floor, int, liquidation_price as reference, per_unit};
use num_traits::Signed;
use plimsoll_risk::health::{Health, perp_health, token_health};
use plimsoll_risk::liquidation_price::{Exposure, liquidation_price};
use plimsoll_risk::{Price, Quantity, Quote};
use proptest::prelude::*;

prop_compose! {
    /// An asset held, owed, or neither, with a position in it, or none.
    fn exposure()(
        prices in prices(listed_price()),
        balance in prop_oneof![Just(0), signed(50)],
        collateral in listed_collateral_risk(),
        perp in listed_perp_risk(),
    )(
        position in prop_oneof![5 => position_at(prices.oracle).boxed(), 1 => Just(Default::default()).boxed()],
        prices in Just(prices), balance in Just(balance), collateral in Just(collateral), perp in Just(perp),
    ) -> Exposure {
        Exposure { prices, balance: Quantity(balance), collateral, position, perp }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_liquidation_price_is_the_nearest_exact_root(
        exposure in exposure(),
        rest in prop_oneof![signed(40), any_i64()],
    ) {
        let slots = token_health(exposure.balance, &exposure.prices, &exposure.collateral)
            .and_then(|t| t.plus(perp_health(&exposure.position, exposure.prices.oracle, &exposure.perp)?));
        let Ok(slots) = slots else { return Ok(()) };
        let Ok(account) = slots.plus(Health::cash(Quote(rest))) else { return Ok(()) };
        let Ok(got) = liquidation_price(&account, &exposure) else {
            let extreme = rest.unsigned_abs().max(exposure.position.entry.magnitude());
            prop_assert!(extreme > 1 << 60, "only extreme accounts may overflow");
            return Ok(());
        };

        // Where the position's own value fits: elsewhere no account can be.
        let roots: Vec<_> = reference::roots(Quote(rest), &exposure)
            .into_iter()
            .filter(|p| i64::try_from(reference::pnl_at(p, &exposure).floor().to_integer()).is_ok())
            .filter(|p| floor(&(int(exposure.position.size.0) * p)).is_some())
            .filter(|p| *p >= per_unit(Price(1)))
            .collect();
        let expected = reference::nearest(&roots, &exposure, &per_unit(Price::MAX))
            .map(|p| (p * int(1u128 << 64)).floor());
        if got.map(|p| int(p.0)) == expected {
            return Ok(());
        }
        // They may differ at the kink, which belongs to both pieces to within one micro-USD ...
        let near = |p: &crate::reference::Exact| {
            let fixed = p / int(1u128 << 64);
            reference::pnl_at(&fixed, &exposure).abs() <= int(3)
        };
        let at_kink = got.is_some_and(|p| near(&int(p.0))) || expected.as_ref().is_some_and(near);
        // ... and when two roots are equally near to within a step.
        let oracle = int(exposure.prices.oracle.0);
        let tie = match (got, &expected) {
            (Some(got), Some(expected)) => {
                ((int(got.0) - &oracle).abs() - (expected - &oracle).abs()).abs() <= int(1)
            }
            _ => false,
        };
        prop_assert!(at_kink || tie, "got {got:?}, expected {expected:?}");
    }
}
