//! How volatile an asset has been, and how much more margin that asks for.
//!
//! The variance is an exponentially weighted mean of squared returns (RiskMetrics, 1996)
//! over irregular intervals. With memory `tau` and a return `r` over `dt` seconds,
//!
//! ```text
//! variance' = (variance tau + r^2) / (tau + dt)
//! ```
//!
//! The margin multiplier follows the daily volatility over a calm one. It rises only with
//! a return, by at most five times that return, so that nobody is liquidated by time
//! passing; it falls slowly, so that a calm hour does not invite back what a storm drove out.

use crate::price::Price;
use crate::units::Ratio;

/// Returns count up to this size: one wrong price can't set the margin for weeks.
pub const RETURN_MAX: Ratio = Ratio(100_000);
/// An update raises the multiplier by at most this many times its return.
pub const RISE_PER_RETURN: u32 = 5;
/// Longest memory that is used, in seconds: a week.
pub const MEMORY_SECONDS_MAX: u32 = 604_800;

/// Fraction bits of a return in millionths; its square has twice as many, which keep the
/// mean over a week of one-second returns from drowning in its rounding.
const RETURN_BITS: u32 = 12;
const RETURN_LIMIT: u64 = (RETURN_MAX.0 as u64) << RETURN_BITS;
const SECONDS_PER_DAY: u64 = 86_400;

/// How an asset's volatility is measured and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolatilityTerms {
    /// Time in which the past loses weight, from 1 to [`MEMORY_SECONDS_MAX`]; the nearest
    /// bound counts for a value outside.
    pub memory_seconds: u32,
    /// Daily volatility up to which the multiplier is one; positive.
    pub calm_per_day: Ratio,
    /// Largest multiplier; one or less switches the rule off.
    pub multiplier_max: Ratio,
    /// Fastest fall of the multiplier.
    pub fall_per_day: Ratio,
}

/// An asset's volatility so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Volatility {
    /// 2^-24 square millionths per second, rounded down.
    pub variance: u64,
    /// Factor of the margin requirement, at least one.
    pub multiplier: Ratio,
}

impl Volatility {
    /// Nothing has moved yet.
    pub const fn calm() -> Self {
        Self { variance: 0, multiplier: Ratio::ONE }
    }

    /// Standard deviation of the return of a day, rounded down. Returns beyond
    /// [`RETURN_MAX`] per second are not representable, so the largest is 29.4.
    pub fn per_day_floor(&self) -> Ratio {
        Ratio((root_floor(self.fine_per_day_squared()) >> 7) as u32)
    }

    /// The daily volatility in 2^-7 millionths, squared.
    fn fine_per_day_squared(&self) -> u64 {
        // sqrt(v 86_400 / 2^24) = sqrt(v / 2^4 * 1_350) / 2^7, below 2^64 under the root.
        let variance = self.variance.min(RETURN_LIMIT * RETURN_LIMIT);
        (variance >> 4).wrapping_mul(1_350)
    }

    /// The volatility after the price went from `before` to `after` in `elapsed_seconds`.
    /// In no time nothing is observed. A gap longer than the memory counts as the memory.
    ///
    /// The multiplier is rounded down and lies in `[1, multiplier_max]`. Its fall is rounded
    /// up to a millionth, so that frequent updates can't keep it from falling.
    pub fn observed(
        &self,
        before: Price,
        after: Price,
        elapsed_seconds: u64,
        terms: &VolatilityTerms,
    ) -> Self {
        if elapsed_seconds == 0 {
            return *self;
        }
        if terms.multiplier_max <= Ratio::ONE {
            return Self::calm();
        }
        let change = size_of_return(before, after);
        let variance = self.variance_after(change, elapsed_seconds, terms.memory_seconds);
        let next = Self { variance, ..*self };
        Self { multiplier: next.multiplier_after(change, elapsed_seconds, terms), ..next }
    }

    /// The mean with the square of `change` (2^-12 millionths) in it, rounded down.
    fn variance_after(&self, change: u64, elapsed_seconds: u64, memory_seconds: u32) -> u64 {
        let memory = memory_seconds.clamp(1, MEMORY_SECONDS_MAX) as u64;
        let span = memory + elapsed_seconds.min(memory);
        let variance = self.variance.min(RETURN_LIMIT * RETURN_LIMIT);
        // With v = q span + r, (v memory + c^2) / span = q memory + (r memory + c^2) / span:
        // exact in 64 bits.
        let (quotient, rest) = (variance / span, variance % span);
        let rest = rest.wrapping_mul(memory).wrapping_add(change.wrapping_mul(change));
        quotient.wrapping_mul(memory).wrapping_add(rest / span)
    }

    /// The multiplier that the variance asks for, as near to it as the present one may
    /// come with a return of `change` (2^-12 millionths).
    fn multiplier_after(&self, change: u64, elapsed_seconds: u64, terms: &VolatilityTerms) -> Ratio {
        let (one, most) = (Ratio::ONE.0 as u64, terms.multiplier_max.0 as u64);
        let present = (self.multiplier.0 as u64).clamp(one, most);
        let seconds = elapsed_seconds.min(u32::MAX as u64);
        let fall = (terms.fall_per_day.0 as u64).wrapping_mul(seconds).div_ceil(SECONDS_PER_DAY);
        let rise = change.wrapping_mul(RISE_PER_RETURN as u64) >> RETURN_BITS;
        let lowest = present.saturating_sub(fall).max(one);
        let highest = present.wrapping_add(rise).min(most);

        // Below 2^39. The root is mostly not needed: most of the time one of the bounds holds.
        let calm = (terms.calm_per_day.0 as u64).max(1) << 7;
        let square = self.fine_per_day_squared();
        if is_below(square, asked_ceil(lowest + 1, calm)) {
            return Ratio(lowest as u32);
        }
        let above = asked_ceil(highest, calm);
        if !is_below(square, above) {
            return Ratio(highest as u32);
        }
        // Positive, as even the lowest bound asks for more than nothing. The root is below
        // 2^32, its product below 2^52.
        Ratio((root_floor_from(above, square).wrapping_mul(one) / calm) as u32)
    }
}

/// `|after - before| / before` in 2^-12 millionths, at most [`RETURN_MAX`]; zero for equal
/// prices. Rounded down, and less than two too low; the prices are cut to 34 bits for it,
/// which can make it one too high.
fn size_of_return(before: Price, after: Price) -> u64 {
    let gap = before.0.abs_diff(after.0);
    if gap == 0 {
        return 0;
    }
    // Beyond an eighth is beyond the largest return.
    if gap > before.0 >> 3 {
        return RETURN_LIMIT;
    }
    // 34 significant bits of the price: the gap then has at most 31, the product 63.
    let (gap, before) = cut_to_34_bits(gap, before.0);
    ((gap.wrapping_mul(1_000_000) << RETURN_BITS) / before).min(RETURN_LIMIT)
}

/// Both shifted right until no more than 34 bits are left of `price`, of which `gap` is at
/// most an eighth. By constants first, as shifting 128 bits by a variable is dear on chain.
fn cut_to_34_bits(gap: u128, price: u128) -> (u64, u64) {
    let (mut gap, mut price) = match price {
        0..0x1_0000_0000_0000_0000 => (gap as u64, price as u64),
        0x1_0000_0000_0000_0000..0x8000_0000_0000_0000_0000_0000 => {
            ((gap >> 31) as u64, (price >> 31) as u64)
        }
        0x8000_0000_0000_0000_0000_0000..0x2000_0000_0000_0000_0000_0000_0000 => {
            ((gap >> 49) as u64, (price >> 49) as u64)
        }
        _ => ((gap >> 64) as u64, (price >> 64) as u64),
    };
    for bits in [16, 8, 4, 2, 1] {
        if price >> (33 + bits) != 0 {
            gap >>= bits;
            price >>= bits;
        }
    }
    (gap, price)
}

/// The least daily volatility, in 2^-7 millionths, that asks for a multiplier of at least
/// `multiplier` (at most 2^32) where `calm` (below 2^39) asks for one; 2^32, which no
/// volatility reaches, if it is that or more.
fn asked_ceil(multiplier: u64, calm: u64) -> u64 {
    match multiplier.checked_mul(calm) {
        Some(product) => product.div_ceil(Ratio::ONE.0 as u64).min(1 << 32),
        None => 1 << 32,
    }
}

/// Whether `square` is below that of `root`, which is at most 2^32.
fn is_below(square: u64, root: u64) -> bool {
    root >> 32 != 0 || square < root.wrapping_mul(root)
}

/// The square root, rounded down. A quarter of what `u64::isqrt` costs on chain, where a
/// division is one instruction.
fn root_floor(square: u64) -> u64 {
    if square == 0 {
        return 0;
    }
    // The least power of two above the root.
    let (mut root, mut rest) = (2, square);
    for bits in [16, 8, 4, 2, 1] {
        if rest >> (2 * bits) != 0 {
            rest >>= 2 * bits;
            root <<= bits;
        }
    }
    root_floor_from(root, square)
}

/// The square root of a positive `square`, rounded down, given a `root` that is no less than
/// it and at most 2^32: Newton's steps, which fall until they are there.
fn root_floor_from(mut root: u64, square: u64) -> u64 {
    loop {
        let next = root.wrapping_add(square / root) / 2;
        if next >= root {
            return root;
        }
        root = next;
    }
}

#[cfg(test)]
mod tests {
    use super::{asked_ceil, cut_to_34_bits, is_below, root_floor, root_floor_from};

    #[test]
    fn the_root_is_that_of_the_standard_library() {
        let edges = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1]);
        let squares = (1..1 << 16).map(|i: u64| i * 65_537).flat_map(|root| [root * root - 1, root * root]);
        for square in edges.chain(squares).chain([u64::MAX - 1, u64::MAX]) {
            assert_eq!(root_floor(square), square.isqrt(), "{square}");
        }
    }

    #[test]
    fn prices_are_cut_to_34_bits_and_gaps_alike() {
        for bit in 3..128 {
            for price in [1u128 << bit, (1 << bit) + 1, (1 << bit) | 0x5555_5555 << (bit - 3)] {
                let shift = price.ilog2().saturating_sub(33);
                for gap in [1, price >> 9, (price >> 3) - (price >> 40), price >> 3] {
                    let cut = ((gap >> shift) as u64, (price >> shift) as u64);
                    assert_eq!(cut_to_34_bits(gap, price), cut, "{gap} of {price}");
                }
            }
        }
    }

    #[test]
    fn a_volatility_asks_for_a_multiplier_from_the_least_one_on() {
        let squares = (0..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit]).chain([u64::MAX]);
        for square in squares {
            for calm in [128, 1_234_567 << 7, (u32::MAX as u64) << 7] {
                let target = square.isqrt() * 1_000_000 / calm;
                for multiplier in [1_000_000, target, target + 1, 2_500_000, 1 << 32].map(|m| m.min(1 << 32))
                {
                    let asked = asked_ceil(multiplier, calm);
                    assert_eq!(is_below(square, asked), target < multiplier, "{square} {calm} {multiplier}");
                    if square > 0 && is_below(square, asked) {
                        assert_eq!(root_floor_from(asked, square), square.isqrt());
                    }
                }
            }
        }
    }
}
