//! What a trade costs and what it does to a position, unrounded where the crate
//! rounds more than once.

use super::{Exact, int, per_unit, share, signed_per_unit};
use num_traits::Signed;
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{PerpMarks, Position, Quantity, Quote};

/// Mean premium of a trade: the skew before and after, averaged, over the scale.
pub fn premium(terms: &Terms, delta: Quantity) -> Exact {
    let before = int(terms.skew.0) / int(terms.skew_scale);
    let after = (int(terms.skew.0) + int(delta.0)) / int(terms.skew_scale);
    (before + after) / int(2)
}

/// `d p (1 + premium) + |d p| confidence`.
pub fn cost(terms: &Terms, delta: Quantity) -> Exact {
    let value = int(delta.0) * per_unit(terms.oracle);
    &value * (int(1) + premium(terms, delta)) + value.abs() * share(terms.confidence)
}

/// Size and entry of a position after a trade, and what was realised. Each division and each
/// charge is rounded, as documented: what units had been charged before they were bought
/// (or shorted) is taken off what they cost.
pub fn traded(position: &Position, delta: Quantity, cost: Quote, marks: &PerpMarks) -> (Exact, Exact, Exact) {
    let (size, entry) = (int(position.size.0), int(position.entry.0));
    let (delta, cost) = (int(delta.0), int(cost.0));
    let charged = |side: &Exact| {
        let mark = if side.is_negative() { marks.short } else { marks.long };
        per_unit(marks.oracle) - signed_per_unit(mark)
    };
    let uncharged = |cost: &Exact, units: &Exact, side: &Exact| cost - (charged(side) * units).floor();
    let size_after = &size + &delta;
    if !(&size * &delta).is_negative() {
        let entry = entry + uncharged(&cost, &delta, &size_after);
        return (size_after, entry, int(0));
    }
    if delta.abs() <= size.abs() {
        let closed = (&entry * &delta / &size).abs() * entry.signum();
        let closed = closed.ceil();
        return (size_after, entry - &closed, -uncharged(&cost, &delta, &size) - closed);
    }
    let closing = (&cost * (&size / &delta).abs()).ceil();
    let opening = uncharged(&(cost - &closing), &size_after, &size_after);
    (size_after, opening, -uncharged(&closing, &-&size, &size) - entry)
}
