use crate::inputs::*;
use crate::reference::{Exact, floor, int, liquidation_price as reference, per_unit, signed_per_unit};
use num_traits::Signed;
use plimsoll_risk::health::{Health, perp_health, token_health};
use plimsoll_risk::liquidation_price::{Exposure, liquidation_price};
use plimsoll_risk::{PerpMarks, Price, Quantity, Quote, TokenMarks};
use proptest::prelude::*;

prop_compose! {
    /// An asset held, owed, or neither, with a position in it, or none.
    pub fn exposure()(
        perp_slot in position_in(listed_price(), listed_perp_risk()),
        is_flat in prop::bool::weighted(0.15),
        balance in prop_oneof![Just(0), signed(50)],
        collateral in listed_collateral_risk(),
    ) -> Option<Exposure> {
        let (position, marks, perp) = perp_slot;
        let position = if is_flat { Default::default() } else { position };
        // The most negative size is no position: it can't be bought back.
        position.size.negated().ok()?;
        let balance = Quantity(balance);
        let token = TokenMarks { oracle: marks.oracle, cautious: marks.oracle };
        let token = token_health(balance, &token, &collateral).ok()?;
        Some(Exposure { balance, token, collateral, position, marks, perp })
    }
}

/// The same exposure on a side without charges: what it has been charged is part of the
/// entry, where it is rounded down to the micro-USD.
fn uncharged(exposure: &Exposure) -> Option<Exposure> {
    let mut exposure = *exposure;
    let (size, marks) = (exposure.position.size, &exposure.marks);
    let charged = per_unit(marks.oracle) - signed_per_unit(if size.0 < 0 { marks.short } else { marks.long });
    let entry = int(exposure.position.entry.0) + (charged * int(size.0)).floor();
    exposure.position.entry = Quote(floor(&entry)?);
    exposure.marks = PerpMarks::uncharged(marks.oracle).ok()?;
    Some(exposure)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_liquidation_price_is_the_nearest_exact_root(
        exposure in exposure(),
        rest in prop_oneof![signed(40), any_i64()],
    ) {
        let Some(exposure) = exposure else { return Ok(()) };
        let slots = perp_health(&exposure.position, &exposure.marks, &exposure.perp)
            .and_then(|perp| perp.plus(exposure.token));
        let Ok(slots) = slots else { return Ok(()) };
        let Ok(account) = slots.plus(Health::cash(Quote(rest))) else { return Ok(()) };
        let Some(uncharged) = uncharged(&exposure) else { return Ok(()) };
        let Ok(got) = liquidation_price(&account, &exposure) else {
            let extreme = rest.unsigned_abs().max(uncharged.position.entry.magnitude());
            prop_assert!(extreme > 1 << 60, "only extreme accounts may overflow");
            return Ok(());
        };

        // Where the position's own value fits: elsewhere no account can be.
        let roots: Vec<_> = reference::roots(Quote(rest), &uncharged)
            .into_iter()
            .filter(|p| i64::try_from(reference::pnl_at(p, &uncharged).floor().to_integer()).is_ok())
            .filter(|p| floor(&(int(exposure.position.size.0) * p)).is_some())
            .filter(|p| *p >= per_unit(Price(1)))
            .collect();
        let expected = reference::nearest(&roots, &uncharged, &per_unit(Price::MAX))
            .map(|p| (p * int(1u128 << 64)).floor());
        if got.map(|p| int(p.0)) == expected {
            return Ok(());
        }
        // They may differ at a kink, which belongs to both pieces to within one micro-USD ...
        let near = |p: &Exact| {
            let fixed = p / int(1u128 << 64);
            let size = int(exposure.position.size.0).abs();
            let first = exposure.perp.tiers.iter().any(|tier| tier.from.0 <= 1);
            first && size == int(0)
                || reference::kinks(&uncharged).iter().any(|kink| (kink - &fixed).abs() * &size <= int(3))
        };
        let at_kink = got.is_some_and(|p| near(&int(p.0))) || expected.as_ref().is_some_and(near);
        // ... and when two roots are equally near to within a step.
        let oracle = int(exposure.marks.oracle.0);
        let tie = match (got, &expected) {
            (Some(got), Some(expected)) => {
                ((int(got.0) - &oracle).abs() - (expected - &oracle).abs()).abs() <= int(1)
            }
            _ => false,
        };
        prop_assert!(at_kink || tie, "got {got:?}, expected {expected:?}");
    }
}
