//! Prices in fixed point, and the slow price that lags behind the oracle.

use crate::units::{Overflow, Quantity, Quote, Ratio, Result};

/// Micro-USD per native unit of the asset, Q64.64 fixed point.
///
/// Anything [`Price::from_decimal`] accepts lies in `[MIN, MAX]`, where the
/// error of the conversion (rounded down) is below one part in 2^31, under
/// 4.7e-10: from a 5-decimal token at 1e-6 USD (1.8e14 steps) to BTC at 1e7 USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Price(pub u128);

/// Longest time, in seconds, for which the slow price catches up in one step.
/// After an outage the first price can't drag it along by the whole gap.
pub const SLOW_PRICE_ELAPSED_SECONDS_MAX: u64 = 600;

/// A price that may be negative: micro-USD per native unit, Q64.64. Where a price is
/// corrected by what has been charged per unit since some beginning, such as funding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignedPrice(pub i128);

const MILLION: u128 = 1_000_000;

impl SignedPrice {
    /// `quantity * self` in micro-USD, rounded towards minus infinity.
    #[inline(never)]
    pub fn value_floor(self, quantity: Quantity) -> Result<Quote> {
        self.value_floor_inline(quantity)
    }

    /// [`value_floor`](Self::value_floor) for what is done once per slot of an account.
    #[inline(always)]
    pub(crate) fn value_floor_inline(self, quantity: Quantity) -> Result<Quote> {
        let (whole, inexact) = Price(self.0.unsigned_abs()).scale(quantity.magnitude())?;
        if (self.0 < 0) != (quantity.0 < 0) {
            Quote::from_magnitude(whole + inexact)?.negated()
        } else {
            Quote::from_magnitude(whole)
        }
    }

    /// `self - other`, or [`Overflow`].
    #[inline(always)]
    pub fn minus(self, other: Self) -> Result<Self> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// `self + other`, or [`Overflow`].
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }
}

impl Price {
    /// The settlement token: one micro-USD per native unit.
    pub const ONE: Self = Self(1 << 64);
    /// Below this the fixed point is too coarse for a relative error of 1e-9.
    pub const MIN: Self = Self(1 << 31);
    /// 2^40 micro-USD (1.1 million USD) per native unit.
    pub const MAX: Self = Self(1 << 104);

    /// `mantissa * 10^exponent` USD per whole token of `decimals` decimals,
    /// rounded down; [`Overflow`] outside `[MIN, MAX]`.
    pub fn from_decimal(mantissa: u64, exponent: i32, decimals: u8) -> Result<Self> {
        // micro-USD per native unit: 10^6 / 10^decimals
        let shift = exponent.checked_add(6).and_then(|e| e.checked_sub(decimals as i32)).ok_or(Overflow)?;
        let bits = if shift >= 0 {
            let whole =
                (mantissa as u128).checked_mul(power_of_ten(shift as u32)? as u128).ok_or(Overflow)?;
            u64::try_from(whole).map(|w| (w as u128) << 64).map_err(|_| Overflow)?
        } else {
            divide_by_power_of_ten((mantissa as u128) << 64, shift.unsigned_abs())?
        };
        let price = Self(bits);
        if price < Self::MIN || price > Self::MAX { Err(Overflow) } else { Ok(price) }
    }

    /// `quantity * self` in micro-USD, rounded towards minus infinity.
    #[inline(never)]
    pub fn value_floor(self, quantity: Quantity) -> Result<Quote> {
        self.value_floor_inline(quantity)
    }

    /// [`value_floor`](Self::value_floor) for what is done once per slot of an account.
    #[inline(always)]
    pub(crate) fn value_floor_inline(self, quantity: Quantity) -> Result<Quote> {
        let (whole, inexact) = self.scale(quantity.magnitude())?;
        if quantity.0 < 0 {
            Quote::from_magnitude(whole + inexact)?.negated()
        } else {
            Quote::from_magnitude(whole)
        }
    }

    /// `quantity * self` in micro-USD, rounded towards plus infinity.
    #[inline(never)]
    pub fn value_ceil(self, quantity: Quantity) -> Result<Quote> {
        let (whole, inexact) = self.scale(quantity.magnitude())?;
        if quantity.0 < 0 {
            Quote::from_magnitude(whole)?.negated()
        } else {
            Quote::from_magnitude(whole + inexact)
        }
    }

    /// Whole part of the product (below 2^63), and 1 if a fraction was cut off.
    #[inline(always)]
    pub(crate) fn scale(self, magnitude: u64) -> Result<(u64, u64)> {
        let (high, low) = ((self.0 >> 64) as u64, self.0 as u64);
        let fraction = magnitude as u128 * low as u128;
        match magnitude.checked_mul(high).and_then(|w| w.checked_add((fraction >> 64) as u64)) {
            Some(whole) if whole < 1 << 63 => Ok((whole, (fraction as u64 != 0) as u64)),
            _ => Err(Overflow),
        }
    }

    /// How many native units `value` (not negative) buys, rounded down.
    pub fn quantity_floor(self, value: Quote) -> Result<Quantity> {
        self.quantity(value).map(|(whole, _)| whole)
    }

    /// How many native units cost `value` (not negative), rounded up.
    pub fn quantity_ceil(self, value: Quote) -> Result<Quantity> {
        let (whole, inexact) = self.quantity(value)?;
        whole.plus(Quantity(inexact))
    }

    #[inline(never)]
    fn quantity(self, value: Quote) -> Result<(Quantity, i64)> {
        if self.0 == 0 || value.0 < 0 {
            return Err(Overflow);
        }
        let scaled = (value.magnitude() as u128) << 64;
        let whole = scaled / self.0;
        // The product costs less than a second division for the remainder.
        let inexact = whole * self.0 != scaled;
        Ok((Quantity(i64::try_from(whole).map_err(|_| Overflow)?), inexact as i64))
    }

    /// The same price, as one that can be corrected. Prices lie below 2^105.
    #[inline(always)]
    pub fn signed(self) -> Result<SignedPrice> {
        i128::try_from(self.0).map(SignedPrice).map_err(|_| Overflow)
    }

    /// `self * share`, rounded down.
    pub fn share_floor(self, share: Ratio) -> Result<Self> {
        Ok(Self(self.0.checked_mul(share.0 as u128).ok_or(Overflow)? / MILLION))
    }

    /// The price worsened by `ratio`, rounded up.
    pub fn raised_by(self, ratio: Ratio) -> Result<Self> {
        Ok(Self(self.0.checked_add(self.share_ceil(ratio)?).ok_or(Overflow)?))
    }

    /// The price lowered by `ratio`, rounded down; never below zero.
    pub fn lowered_by(self, ratio: Ratio) -> Result<Self> {
        Ok(Self(self.0.saturating_sub(self.share_ceil(ratio)?)))
    }

    fn share_ceil(self, ratio: Ratio) -> Result<u128> {
        let product = self.0.checked_mul(ratio.0 as u128).ok_or(Overflow)?;
        Ok(product.div_ceil(MILLION))
    }

    /// How far `self` is from `reference`, as a share of `reference`: never understated,
    /// and by at most two millionths and one part in 2^23 overstated. Saturates at
    /// `u32::MAX` millionths.
    pub fn divergence_from_ceil(self, reference: Self) -> Ratio {
        let gap = self.0.abs_diff(reference.0);
        if gap == 0 {
            return Ratio::ZERO;
        }
        // 24 to 40 significant bits of the reference keep the division narrow.
        let (high, low) = ((reference.0 >> 64) as u64, reference.0 as u64);
        let (gap, reference) = match (high, low) {
            (0, 0..0x100_0000_0000) => (gap, reference.0),
            (0, 0x100_0000_0000..0x100_0000_0000_0000) => (gap >> 16, reference.0 >> 16),
            (0..0x100, _) => (gap >> 32, reference.0 >> 32),
            (0x100..0x100_0000, _) => (gap >> 48, reference.0 >> 48),
            _ => (gap >> 64, reference.0 >> 64),
        };
        match u64::try_from(gap).ok().and_then(|g| g.checked_add(1)).filter(|g| *g >> 44 == 0) {
            Some(gap) if reference != 0 => {
                Ratio(u32::try_from(gap * 1_000_000 / reference as u64 + 1).unwrap_or(u32::MAX))
            }
            _ => Ratio(u32::MAX),
        }
    }

    /// `self * share / 1e6`, for a share of at most one, rounded down. Long division by 32 bits
    /// at a time, with a remainder below 2^20 in front of a product below 2^52: on chain a
    /// fifth of what dividing and multiplying in 128 bits costs.
    fn millionths_floor(self, share: u64) -> u128 {
        const MILLION: u64 = self::MILLION as u64;
        let (high, low) = ((self.0 >> 64) as u64, self.0 as u64);
        // With h = 1e6 q + r, h share / 1e6 = q share + r share / 1e6.
        let (whole, product) = (high / MILLION, (high % MILLION).wrapping_mul(share));
        let high = whole.wrapping_mul(share).wrapping_add(product / MILLION);
        let middle = ((product % MILLION) << 32).wrapping_add((low >> 32).wrapping_mul(share));
        let low = ((middle % MILLION) << 32).wrapping_add((low as u32 as u64).wrapping_mul(share));
        // The quotient of the middle is below 2^33.
        let below = ((middle / MILLION) as u128) << 32;
        ((high as u128) << 64).wrapping_add(below).wrapping_add((low / MILLION) as u128)
    }

    /// The slow price after `elapsed_seconds`: it moves towards `oracle` by at
    /// most `rate_per_second` of itself per second. Zero seconds move nothing,
    /// so any number of refreshes within one second count once.
    pub fn slow_towards(self, oracle: Self, elapsed_seconds: u64, rate_per_second: Ratio) -> Self {
        if self == oracle || elapsed_seconds == 0 {
            return self;
        }
        let seconds = elapsed_seconds.min(SLOW_PRICE_ELAPSED_SECONDS_MAX);
        let share = (rate_per_second.0 as u64 * seconds).min(1_000_000);
        let step = self.millionths_floor(share);
        if oracle > self {
            Self(self.0.saturating_add(step)).min(oracle)
        } else {
            Self(self.0 - step).max(oracle)
        }
    }
}

/// 10^exponent, up to the largest that fits.
fn power_of_ten(exponent: u32) -> Result<u64> {
    const POWERS: [u64; 20] = {
        let mut powers = [1; 20];
        let mut i = 1;
        while i < powers.len() {
            powers[i] = powers[i - 1] * 10;
            i += 1;
        }
        powers
    };
    POWERS.get(exponent as usize).copied().ok_or(Overflow)
}

/// Rounded down. In steps of nine digits, whose divisors fit 32 bits, where the chain's
/// wide division is cheapest; exact, as `floor(floor(x / a) / b) = floor(x / ab)`.
fn divide_by_power_of_ten(mut value: u128, mut exponent: u32) -> Result<u128> {
    const STEP: u32 = 9;
    while exponent > 0 && value > 0 {
        let step = exponent.min(STEP);
        value /= power_of_ten(step)? as u128;
        exponent -= step;
    }
    Ok(value)
}
