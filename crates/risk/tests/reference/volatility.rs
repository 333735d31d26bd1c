//! The mean of squared returns and the multiplier that follows, as bounds around what is
//! exact. Returns are counted in millionths.

use super::{Exact, int, share};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use plimsoll_risk::volatility::{Volatility, VolatilityTerms};
use plimsoll_risk::{Price, Ratio};

/// A tenth, in millionths.
const RETURN_MAX: u32 = 100_000;

/// Bounds of the return: two steps of 2^-12 millionths below, one above.
pub fn returns(before: Price, after: Price) -> (Exact, Exact) {
    let most = int(RETURN_MAX);
    let gap = (int(after.0) - int(before.0)).abs();
    if gap == int(0) {
        return (int(0), int(0));
    }
    let exact =
        if before.0 == 0 { most.clone() } else { (gap * int(1_000_000) / int(before.0)).min(most.clone()) };
    let step = int(1) / int(4_096);
    ((&exact - int(2) * &step).max(int(0)), (exact + step).min(most))
}

/// The mean after a return, in units of the stored one.
pub fn variance(before: u64, change: &Exact, elapsed_seconds: u64, terms: &VolatilityTerms) -> Exact {
    let memory = int(terms.memory_seconds.clamp(1, 604_800));
    let elapsed = int(elapsed_seconds).min(memory.clone());
    // The largest return in each second is the most there can be.
    let before = int(before).min(int(1u64 << 24) * int(RETURN_MAX) * int(RETURN_MAX));
    (before * &memory + change * change * int(1u64 << 24)) / (memory + elapsed)
}

/// Bounds of the daily volatility in millionths that a stored mean stands for.
pub fn per_day(variance: u64) -> (Exact, Exact) {
    let fine = int(1u64 << 30);
    let root = (int(variance) * int(86_400) / int(1u64 << 24) * &fine * &fine).to_integer().sqrt();
    let root = int(root) / fine;
    // The last four bits of the mean are not looked at.
    ((&root - int(3) / int(10)).max(int(0)), root + int(1) / int(1_000))
}

/// Bounds of the multiplier with the stored mean as it is after the return.
pub fn multiplier(
    from: &Volatility,
    after: u64,
    (low, high): &(Exact, Exact),
    elapsed_seconds: u64,
    terms: &VolatilityTerms,
) -> (u32, u32) {
    let (one, most) = (int(1_000_000), int(terms.multiplier_max.0));
    let present = int(from.multiplier.0).clamp(one.clone(), most.clone());
    let seconds = int(elapsed_seconds.min(u32::MAX as u64));
    let floor = &present - (int(terms.fall_per_day.0) * seconds / int(86_400)).ceil();
    let (daily_low, daily_high) = per_day(after);
    let calm = share(terms.calm_per_day.max(Ratio(1)));
    let within = |daily: Exact, change: &Exact| {
        let target = (daily / &calm).floor();
        let ceiling = &present + (change * int(5)).floor();
        target.clamp(floor.clone(), ceiling).clamp(one.clone(), most.clone())
    };
    (whole(within(daily_low, low)), whole(within(daily_high, high)))
}

fn whole(x: Exact) -> u32 {
    x.to_integer().to_u32().unwrap()
}

/// The root of a whole number, rounded down: what a test holds a daily volatility against.
pub fn root(n: u128) -> u64 {
    BigInt::from(n).sqrt().to_u64().unwrap()
}
