//! What the traders are owed, and what pool shares are worth, unrounded.

use super::{Exact, int, per_unit, share, signed_per_unit};
use plimsoll_risk::pool::OpenInterest;
use plimsoll_risk::{PerpMarks, Price, Quote, Ratio};

/// What longs and shorts would gain, each at an oracle price less what they have been charged.
pub fn sides(interest: &OpenInterest, marks: &PerpMarks, price: &Exact) -> (Exact, Exact) {
    let charged = |mark| per_unit(marks.oracle) - signed_per_unit(mark);
    let long = int(interest.long.size.0) * (price - charged(marks.long)) - int(interest.long.entry.0);
    let short = -int(interest.short.size.0) * (price - charged(marks.short)) - int(interest.short.entry.0);
    (long, short)
}

/// Their gain, and what closing the whole skew would give back of the price impact.
pub fn owed(interest: &OpenInterest, marks: &PerpMarks, price: &Exact, skew_scale: i64) -> Exact {
    let skew = int(interest.long.size.0) - int(interest.short.size.0);
    let (long, short) = sides(interest, marks, price);
    long + short + &skew * &skew * price / int(2) / int(skew_scale)
}

/// What one micro-USD of the skew's value makes of the price impact.
pub fn impact_of_one(interest: &OpenInterest, skew_scale: i64) -> Exact {
    let skew = int(interest.long.size.0) - int(interest.short.size.0);
    skew.clone().max(-skew) / int(2) / int(skew_scale)
}

/// Lowest and highest price that the traders may have to be paid at.
pub fn price_span(oracle: Price, slow: Price, confidence: Ratio) -> (Exact, Exact) {
    let (oracle, slow) = (per_unit(oracle), per_unit(slow));
    let half = &oracle * share(confidence);
    ((&oracle - &half).max(int(0)).min(slow.clone()), (oracle + half).max(slow))
}

/// Shares for an amount: both sides of the fraction have their virtual part.
pub fn shares_for(amount: Quote, supply: u64, value: Quote) -> Exact {
    int(amount.0) * (int(supply) + int(1_000_000)) / (int(value.0) + int(1_000_000))
}

/// What shares are worth: at most their part of what is there.
pub fn value_of(shares: u64, supply: u64, value: Quote) -> Exact {
    if shares == 0 {
        return int(0);
    }
    let part = int(shares) / int(supply) * int(value.0);
    part.min(int(shares) * (int(value.0) + int(1_000_000)) / (int(supply) + int(1_000_000)))
}
