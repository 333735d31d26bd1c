use crate::inputs::*;
use crate::reference::{assert_between, int, per_unit, share, signed_per_unit, trade as reference};
use num_traits::Signed;
use plimsoll_risk::{PerpMarks, Position, Price, Quantity, Quote};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    /// Three terms are rounded up, and premium and spread are taken of the rounded value.
    #[test]
    fn the_cost_is_never_below_the_formula_and_above_it_by_its_roundings(
        terms in mild_terms(),
        part in -300_000..=300_000i64,
    ) {
        let delta = Quantity((terms.skew_scale as i128 * part as i128 / 1_000_000) as i64);
        let Ok(cost) = terms.cost_ceil(delta) else { return Ok(()) };
        let exact = reference::cost(&terms, delta);
        let slack = int(3) + reference::premium(&terms, delta).abs() + share(terms.confidence);
        assert_between(exact.clone(), int(cost.0), exact + slack);
    }

    /// The same without the lower bound: beyond a premium of minus one the rounding of
    /// the value works the other way.
    #[test]
    fn the_cost_is_the_formula_to_its_roundings_or_an_error(terms in any_terms(), delta in any_quantity()) {
        let Ok(cost) = terms.cost_ceil(delta) else { return Ok(()) };
        let exact = reference::cost(&terms, delta);
        let slack = int(3) + reference::premium(&terms, delta).abs() + share(terms.confidence);
        assert_between(&exact - &slack, int(cost.0), &exact + &slack);
    }

    #[test]
    fn a_trade_does_to_a_position_what_the_reference_says(
        position in any_position(),
        delta in any_quantity(),
        part in 0..=1_000_000i64,
        kind in 0..4u8,
        cost in any_quote(),
        marks in prop_oneof![any_marks().boxed(), listed_price().prop_flat_map(marks_at).boxed()],
    ) {
        // Reductions, exact closes and flips, beside anything at all.
        let share = |whole: i64| (whole as i128 * part as i128 / 1_000_000) as i64;
        let delta = match kind {
            0 => delta,
            1 => Quantity(-share(position.size.0)),
            2 => Quantity(position.size.0.saturating_neg()),
            _ => Quantity(position.size.0.saturating_neg().saturating_add(share(-position.size.0.max(-i64::MAX)))),
        };
        let exact = reference::traded(&position, delta, cost, &marks);
        if let Ok(done) = position.traded(delta, cost, &marks) {
            let got = (int(done.position.size.0), int(done.position.entry.0), int(done.realised.0));
            prop_assert_eq!(got, exact);
        } else {
            let large = |x: &crate::reference::Exact| x.abs() > int(i64::MAX);
            let edge = [position.size.0, delta.0, position.entry.0, cost.0].contains(&i64::MIN);
            let whole_cost = int(cost.0) + int(position.entry.0);
            // What has been charged may be too much to be expressed, or make the cost so.
            let charged = [marks.long, marks.short].iter().any(|mark| {
                let charged = (per_unit(marks.oracle) - signed_per_unit(*mark)).abs();
                let amount = &charged * int(delta.0).abs();
                let sum = &amount + int(cost.0).abs() + int(position.entry.0).abs();
                charged >= int(1u128 << 63) || (amount > int(0) && large(&sum))
            });
            prop_assert!(
                edge || charged || marks.oracle.signed().is_err() || large(&exact.0) || large(&exact.1) || large(&exact.2) || large(&whole_cost),
                "overflow without cause"
            );
        }
    }

    #[test]
    fn only_a_smaller_trade_to_the_other_side_reduces(position in any_position(), delta in any_quantity()) {
        let opposite = (position.size.0 > 0 && delta.0 < 0) || (position.size.0 < 0 && delta.0 > 0);
        let reduces = opposite && delta.0.unsigned_abs() <= position.size.0.unsigned_abs();
        prop_assert_eq!(position.is_reduced_by(delta), reduces);
    }
}

#[test]
fn no_trade_changes_nothing() {
    let marks =
        PerpMarks { short: plimsoll_risk::SignedPrice(77), ..PerpMarks::uncharged(Price::ONE).unwrap() };
    for size in [5, 0, -5] {
        let position = Position { size: Quantity(size), entry: Quote(7) };
        let done = position.traded(Quantity(0), Quote(0), &marks).unwrap();
        assert_eq!((done.position, done.realised), (position, Quote(0)));
    }
}
