//! Funding second by second, and its sum as the full rate less what was missing to it.

use super::{Exact, int, share};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use plimsoll_risk::funding::{Funding, FundingTerms};
use plimsoll_risk::{Price, Quantity};

/// Largest rate and the velocity at `skew`, in 2^-60 of notional per second (and second).
pub fn bounds(skew: Quantity, terms: &FundingTerms) -> (BigInt, BigInt) {
    let (one, day) = (int(1u64 << 60), int(86_400));
    let rate_max = (share(terms.rate_max_per_day) * &one / &day).floor();
    let velocity_max = (share(terms.velocity_max_per_day) * one / &day / day).floor();
    if velocity_max == int(0) || skew.0 == 0 {
        return (rate_max.to_integer(), 0.into());
    }
    let part = (int(skew.0) / int(terms.skew_scale)).clamp(int(-1), int(1));
    (rate_max.to_integer(), (velocity_max * part).trunc().to_integer())
}

/// Rate and fraction after so many seconds, one by one.
pub fn stepped(from: &Funding, seconds: u64, skew: Quantity, terms: &FundingTerms) -> (BigInt, BigInt) {
    let (most, velocity) = bounds(skew, terms);
    let (mut rate, mut fraction) = (BigInt::from(from.rate), BigInt::from(from.fraction));
    for _ in 0..seconds {
        fraction += &rate;
        rate = (rate + &velocity).clamp(-&most, most.clone());
    }
    (rate, fraction)
}

/// The same for any number of seconds but zero.
pub fn summed(from: &Funding, seconds: u64, skew: Quantity, terms: &FundingTerms) -> (BigInt, BigInt) {
    let (most, velocity) = bounds(skew, terms);
    let first = (BigInt::from(from.rate) + &velocity).clamp(-&most, most.clone());
    let rest = BigInt::from(seconds - 1);
    // The bound that the rate moves to, and how far it is from it.
    let goal = if velocity.is_negative() { -&most } else { most };
    let gap = &goal - &first;
    let approach =
        if velocity == BigInt::ZERO { rest.clone() } else { ((&gap - &velocity.signum()) / &velocity) + 1 };
    let approach = if gap == BigInt::ZERO { BigInt::ZERO } else { approach.min(rest.clone()) };
    let missing = &gap * &approach - &velocity * &approach * (&approach - 1) / 2;
    let sum = &goal * &rest - missing;
    let away = (&gap.abs() - velocity.abs() * &rest).max(BigInt::ZERO);
    let rate = if velocity.is_negative() { goal + away } else { goal - away };
    (rate, sum + from.fraction + from.rate)
}

/// The index after the product, unrounded, and the product: in 2^-64 micro-USD.
pub fn index_after(index: i128, price: Price, delta: i128) -> (Exact, Exact) {
    let change = int(price.0) * int(delta) / int(1u64 << 60);
    (int(index) + &change, change)
}

/// A whole number of 128 bits, if it is one.
pub fn fits(n: &BigInt) -> Option<i128> {
    n.to_i128()
}
