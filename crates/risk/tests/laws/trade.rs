use crate::inputs::*;
use crate::reference::{int, per_unit, trade as reference};
use plimsoll_risk::trade::{Terms, within_limit};
use plimsoll_risk::{PerpMarks, Position, Price, Quantity, Quote};
use proptest::prelude::*;

/// A part of the skew scale, which keeps premiums mild.
fn part_of(terms: &Terms, millionths: i64) -> i64 {
    (terms.skew_scale as i128 * millionths as i128 / 1_000_000) as i64
}

/// Cost of trading `deltas` one after the other, each at the skew the last one left.
fn cost_in_turn(terms: &Terms, deltas: &[i64]) -> plimsoll_risk::Result<i128> {
    let mut terms = *terms;
    let mut sum = 0;
    for delta in deltas {
        sum += terms.cost_ceil(Quantity(*delta))?.0 as i128;
        terms.skew = terms.skew.plus(Quantity(*delta))?;
    }
    Ok(sum)
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the number of parts, they cost at least the exact price of the whole; the
    /// whole itself is rounded up by less than four micro-USD.
    #[test]
    fn splitting_an_order_gains_nothing(
        terms in mild_terms(),
        millionths in prop::collection::vec(0..60_000i64, 2..6),
        sell in any::<bool>(),
    ) {
        let sign = if sell { -1 } else { 1 };
        let parts: Vec<i64> = millionths.iter().map(|m| sign * part_of(&terms, *m)).collect();
        let whole = Quantity(parts.iter().sum());
        let (Ok(split), Ok(at_once)) = (cost_in_turn(&terms, &parts), terms.cost_ceil(whole)) else {
            return Ok(());
        };
        prop_assert!(int(split) >= reference::cost(&terms, whole));
        prop_assert!(split > at_once.0 as i128 - 5);
    }

    #[test]
    fn trading_in_a_circle_never_profits(
        terms in mild_terms(), stops in prop::collection::vec(-300_000..=300_000i64, 1..6),
    ) {
        let mut held = 0;
        let mut deltas = Vec::new();
        for stop in stops.iter().map(|m| part_of(&terms, *m)).chain([0]) {
            deltas.push(stop - held);
            held = stop;
        }
        if let Ok(cost) = cost_in_turn(&terms, &deltas) {
            prop_assert!(cost >= 0, "a gain of {}", -cost);
        }
    }

    /// Realised profit less what is still paid in is what was paid in, less the cost, and with
    /// what the units had been charged before: to the micro-USD, for reductions and for any
    /// other trade.
    #[test]
    fn realised_plus_unrealised_is_conserved_by_a_reduction(
        position in any_position(), closed in 0..=1_000_000i64, free in any_quantity(), cost in any_quote(),
        reduce in any::<bool>(),
        marks in listed_price().prop_flat_map(marks_at),
    ) {
        let delta = match reduce {
            true => Quantity(-((position.size.0 as i128 * closed as i128 / 1_000_000) as i64).max(-i64::MAX)),
            false => free,
        };
        if let Ok(done) = position.traded(delta, cost, &marks) {
            let after = done.realised.0 as i128 - done.position.entry.0 as i128;
            let charged = |side: Quantity, units: i64| {
                marks.charged(side).unwrap().value_floor(Quantity(units)).unwrap().0 as i128
            };
            let charged = if position.size.0.signum() * done.position.size.0.signum() < 0 {
                charged(position.size, -position.size.0) + charged(done.position.size, done.position.size.0)
            } else if position.size.0 == 0 {
                charged(done.position.size, delta.0)
            } else {
                charged(position.size, delta.0)
            };
            prop_assert_eq!(after, -(position.entry.0 as i128) - cost.0 as i128 + charged);
            prop_assert_eq!(done.position.size.0 as i128, position.size.0 as i128 + delta.0 as i128);
            if done.position.size.0 == 0 && position.size.0 != 0 {
                prop_assert_eq!(done.position.entry, Quote::ZERO);
            }
        }
    }

    #[test]
    fn a_reduction_never_realises_more_than_its_share(
        size in signed(50), entry in any_quote(), closed in 1..=1_000_000i64, cost in any_quote(),
    ) {
        let position = Position { size: Quantity(size), entry };
        let delta = Quantity(-(size as i128 * closed as i128 / 1_000_000) as i64);
        if !position.is_reduced_by(delta) {
            return Ok(());
        }
        let uncharged = PerpMarks::uncharged(Price::ONE).unwrap();
        if let Ok(done) = position.traded(delta, cost, &uncharged) {
            let fair = -int(cost.0) + int(entry.0) * int(delta.0) / int(size);
            prop_assert!(int(done.realised.0) <= fair && int(done.realised.0) + int(1) > fair);
        }
    }

    #[test]
    fn a_limit_holds_to_one_micro_usd(delta in any_quantity(), cost in any_quote(), limit in any_price()) {
        let exact = int(delta.0) * per_unit(limit);
        let within = within_limit(delta, cost, limit);
        if within {
            prop_assert!(int(cost.0) < &exact + int(1));
        } else if exact <= int(i64::MAX) {
            // A sale for too much to be expressed is refused: nobody can pay it.
            prop_assert!(int(cost.0) > exact || exact <= int(-i64::MAX) || delta.0 == 0);
        }
    }
}
