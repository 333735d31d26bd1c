//! Funding: what the heavier side of a market pays the lighter one per second.
//!
//! The rate has a velocity that is proportional to the skew, so a skew that stays makes
//! the rate rise until somebody takes the other side, and a rate without skew stays
//! where that trade left it (the scheme of Synthetix perps v2, SIP-279). Both are
//! bounded. Time is discrete: in each second
//!
//! ```text
//! fraction += rate;   rate = clamp(rate + velocity, -rate_max, rate_max)
//! ```
//!
//! [`Funding::after`] is the exact closed form of many such steps, so it does not matter
//! how often anybody calls it.

use crate::price::Price;
use crate::units::{Overflow, Quantity, Ratio, Result, mul_div_floor};

/// The bounds of a market's funding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FundingTerms {
    /// Largest rate to either side, as a share of notional per day.
    pub rate_max_per_day: Ratio,
    /// Change of the daily rate per day, at full skew. With a largest rate of zero as
    /// well, there is no funding.
    pub velocity_max_per_day: Ratio,
    /// Skew, in native units, from which on the velocity is at its maximum; positive.
    pub skew_scale: i64,
}

/// A market's funding so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Funding {
    /// 2^-60 of notional per second; longs pay while it is positive.
    pub rate: i64,
    /// Sum of the rate over all seconds so far: 2^-60 of notional.
    pub fraction: i128,
}

impl FundingTerms {
    /// Largest rate, in 2^-60 of notional per second, rounded down; below 2^56.
    fn rate_max_floor(&self) -> u64 {
        // A millionth per day is 2^60 / (1e6 * 86_400) = 2^47 / 10_546_875.
        scaled_floor(self.rate_max_per_day, 47, 10_546_875)
    }

    /// Change of the rate per second at `skew`, in 2^-60 of notional per second. The
    /// largest velocity and its part for the skew are each rounded towards zero.
    fn velocity_towards_zero(&self, skew: Quantity) -> Result<i64> {
        // A millionth per day and day is 2^60 / (1e6 * 86_400^2) = 2^40 / 7_119_140_625.
        let most = scaled_floor(self.velocity_max_per_day, 40, 7_119_140_625) as i64;
        if most == 0 || skew.0 == 0 {
            return Ok(0);
        }
        let part = match i64::try_from(skew.magnitude()) {
            Ok(magnitude) if magnitude < self.skew_scale => mul_div_floor(most, magnitude, self.skew_scale)?,
            _ if self.skew_scale > 0 => most,
            _ => return Err(Overflow),
        };
        Ok(if skew.0 < 0 { -part } else { part })
    }
}

/// `ratio * 2^bits / divisor`, rounded down, for a `2^bits` whose quotient and remainder are
/// below 2^32. Splitting off the remainder keeps it exact in 64 bits, where the chain
/// divides in one instruction.
#[inline(always)]
const fn scaled_floor(ratio: Ratio, bits: u32, divisor: u64) -> u64 {
    let (whole, rest) = ((1 << bits) / divisor, (1 << bits) % divisor);
    ratio.0 as u64 * whole + ratio.0 as u64 * rest / divisor
}

impl Funding {
    /// The funding `elapsed_seconds` later, with the same `skew` (longs less shorts, in
    /// native units) throughout; exact. A rate beyond bounds that have been narrowed is
    /// charged for one more second. [`Overflow`] if the sum of fractions exceeds 128 bits
    /// or the skew scale is not positive where it matters.
    pub fn after(&self, elapsed_seconds: u64, skew: Quantity, terms: &FundingTerms) -> Result<Self> {
        let Some(seconds) = elapsed_seconds.checked_sub(1) else { return Ok(*self) };
        let rate_max = terms.rate_max_floor() as i64;
        let velocity = terms.velocity_towards_zero(skew)?;
        // The first second brings any rate within the bounds, which the rest then keeps.
        // A saturated sum is clamped to the same bound as the true one.
        let first = self.rate.saturating_add(velocity).clamp(-rate_max, rate_max);
        let (sum, rate) = if velocity < 0 {
            let (sum, rate) = rising(-first, velocity.unsigned_abs(), rate_max, seconds);
            (-sum, -rate)
        } else {
            rising(first, velocity.unsigned_abs(), rate_max, seconds)
        };
        let fraction = self.fraction.checked_add(self.rate as i128 + sum).ok_or(Overflow)?;
        Ok(Self { rate, fraction })
    }
}

/// Sum of `seconds` rates that start at `first` and rise by `velocity` each second up to
/// `rate_max`, and the rate that follows them. With rates below 2^56 the sum is below 2^121.
fn rising(first: i64, velocity: u64, rate_max: i64, seconds: u64) -> (i128, i64) {
    if velocity == 0 {
        return (seconds as i128 * first as i128, first);
    }
    let headroom = (rate_max - first) as u64;
    // Steps that end at or below the maximum.
    let free_steps = headroom / velocity;
    // The rates that these steps pass through: one more than there are steps.
    let free = seconds.min(free_steps.saturating_add(1));
    if free == 0 {
        return (0, first);
    }
    let last_free = first + ((free - 1) * velocity) as i64;
    // The product is even, as the sum is whole: a shift halves it.
    let sum = (free as i128 * (first + last_free) as i128) >> 1;
    if seconds > free_steps {
        (sum + (seconds - free) as i128 * rate_max as i128, rate_max)
    } else {
        (sum, last_free + velocity as i64)
    }
}

/// A funding index after the fraction of notional moved by `delta` (2^-60) at `price`: the
/// index is what one native unit has been charged since the beginning, in micro-USD,
/// signed Q64.64. The product is exact and rounded down once; [`Overflow`] if the
/// product or the index does not fit.
pub fn index_after_floor(index: i128, price: Price, delta: i128) -> Result<i128> {
    let magnitude = delta.unsigned_abs();
    let (price_high, price_low) = ((price.0 >> 64) as u64, price.0 as u64);
    let (delta_high, delta_low) = ((magnitude >> 64) as u64, magnitude as u64);
    // price delta / 2^60, of which only the product of the low words has a fraction.
    let low = price_low as u128 * delta_low as u128;
    let mut high = price_high as u128 * delta_low as u128;
    if delta_high != 0 {
        let more = price.0.checked_mul(delta_high as u128).ok_or(Overflow)?;
        high = high.checked_add(more).ok_or(Overflow)?;
    }
    if high >> 123 != 0 {
        return Err(Overflow);
    }
    let whole = i128::try_from((high << 4) + (low >> 60)).map_err(|_| Overflow)?;
    let inexact = low << 68 != 0;
    let change = if delta < 0 { -whole - inexact as i128 } else { whole };
    index.checked_add(change).ok_or(Overflow)
}
