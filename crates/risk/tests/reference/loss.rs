//! What a market can't pay, and who gives it up, unrounded.

use super::{Exact, int, per_unit, pool};
use num_traits::Zero;
use plimsoll_risk::pool::OpenInterest;
use plimsoll_risk::{PerpMarks, Quote};

/// What is owed to the traders beyond the capital, as far as some of them are in profit.
pub fn deficit(interest: &OpenInterest, marks: &PerpMarks, skew_scale: i64, capital: Quote) -> Exact {
    let oracle = per_unit(marks.oracle);
    let (long, short) = pool::sides(interest, marks, &oracle);
    let profits = long.max(Exact::zero()) + short.max(Exact::zero());
    let owed = pool::owed(interest, marks, &oracle, skew_scale);
    (owed - int(capital.0)).max(Exact::zero()).min(profits)
}

/// The parts of a deficit that longs and shorts give up, in proportion to their profits, to
/// the micro-USD: in doubt it is the longs'.
pub fn parts(deficit: Quote, long: Quote, short: Quote) -> (Exact, Exact) {
    let (long, short) = (int(long.0.max(0)), int(short.0.max(0)));
    let deficit = int(deficit.0.max(0));
    if deficit.is_zero() {
        return (Exact::zero(), Exact::zero());
    }
    let from_short = (&deficit * &short / (long + &short)).floor();
    (deficit - &from_short, from_short)
}
