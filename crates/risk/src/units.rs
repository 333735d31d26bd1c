//! Units as types: only the products that make sense compile, and every
//! operation on money is checked. Where a result is rounded the function's name
//! says in which direction: `floor` is towards minus infinity, `ceil` towards
//! plus infinity, whatever the sign.

/// A result did not fit. No caller may continue with a clamped value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

pub type Result<T> = core::result::Result<T, Overflow>;

/// Money: signed micro-USD (1e-6 USD), the settlement token's native unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quote(pub i64);

/// Signed native units of an asset: a token balance or a position's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(pub i64);

/// A dimensionless ratio in millionths: `Ratio(50_000)` is 5%.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(pub u32);

const MILLION: u64 = 1_000_000;

/// `a + b`, or [`Overflow`], which shows by a sign that neither of them has: on chain two
/// thirds of what `checked_add` costs.
#[inline(always)]
fn sum(a: i64, b: i64) -> Result<i64> {
    let sum = a.wrapping_add(b);
    if (a ^ sum) & (b ^ sum) < 0 { Err(Overflow) } else { Ok(sum) }
}

/// `a - b`, or [`Overflow`]: as [`sum`].
#[inline(always)]
fn difference(a: i64, b: i64) -> Result<i64> {
    let difference = a.wrapping_sub(b);
    if (a ^ b) & (a ^ difference) < 0 { Err(Overflow) } else { Ok(difference) }
}

impl Quote {
    pub const ZERO: Self = Self(0);

    /// `self + other`, or [`Overflow`].
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self> {
        sum(self.0, other.0).map(Self)
    }

    /// `self - other`, or [`Overflow`].
    #[inline(always)]
    pub fn minus(self, other: Self) -> Result<Self> {
        difference(self.0, other.0).map(Self)
    }

    /// `-self`, or [`Overflow`] for the most negative amount.
    #[inline(always)]
    pub fn negated(self) -> Result<Self> {
        Self::ZERO.minus(self)
    }

    /// Distance from zero.
    #[inline(always)]
    pub fn magnitude(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// The amount, or zero if it is negative.
    #[inline(always)]
    pub fn or_zero(self) -> Self {
        if self.0 < 0 { Self::ZERO } else { self }
    }

    /// A non-negative amount of at most `i64::MAX`, or [`Overflow`].
    #[inline(always)]
    pub fn from_magnitude(magnitude: u64) -> Result<Self> {
        if magnitude > i64::MAX as u64 { Err(Overflow) } else { Ok(Self(magnitude as i64)) }
    }
}

impl Quantity {
    pub const ZERO: Self = Self(0);

    /// `self + other`, or [`Overflow`].
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self> {
        sum(self.0, other.0).map(Self)
    }

    /// `self - other`, or [`Overflow`].
    #[inline(always)]
    pub fn minus(self, other: Self) -> Result<Self> {
        difference(self.0, other.0).map(Self)
    }

    /// `-self`, or [`Overflow`] for the most negative quantity.
    #[inline(always)]
    pub fn negated(self) -> Result<Self> {
        Self::ZERO.minus(self)
    }

    /// Distance from zero.
    #[inline(always)]
    pub fn magnitude(self) -> u64 {
        self.0.unsigned_abs()
    }

    /// A non-negative quantity of at most `i64::MAX`, or [`Overflow`].
    #[inline(always)]
    pub fn from_magnitude(magnitude: u64) -> Result<Self> {
        if magnitude > i64::MAX as u64 { Err(Overflow) } else { Ok(Self(magnitude as i64)) }
    }
}

impl Ratio {
    pub const ZERO: Self = Self(0);
    pub const ONE: Self = Self(1_000_000);

    /// This share of `amount`, rounded towards minus infinity.
    #[inline(never)]
    pub fn of_floor(self, amount: Quote) -> Result<Quote> {
        self.of_floor_inline(amount)
    }

    /// This share of `amount`, rounded towards plus infinity.
    #[inline(never)]
    pub fn of_ceil(self, amount: Quote) -> Result<Quote> {
        self.of_ceil_inline(amount)
    }

    /// [`of_floor`](Self::of_floor) for what is done once per slot of an account.
    #[inline(always)]
    pub(crate) fn of_floor_inline(self, amount: Quote) -> Result<Quote> {
        if amount.0 < 0 {
            negative(self.of_magnitude_ceil(amount.magnitude())?)
        } else {
            self.of_positive_floor(amount)
        }
    }

    /// [`of_ceil`](Self::of_ceil) for what is done once per slot of an account.
    #[inline(always)]
    pub(crate) fn of_ceil_inline(self, amount: Quote) -> Result<Quote> {
        if amount.0 < 0 {
            negative(self.of_magnitude_floor(amount.magnitude())?)
        } else {
            Quote::from_magnitude(self.of_magnitude_ceil(amount.magnitude())?)
        }
    }

    #[inline(always)]
    fn of_positive_floor(self, amount: Quote) -> Result<Quote> {
        // An asset at its full value is the commonest ratio of all.
        if self == Self::ONE {
            Ok(amount)
        } else {
            Quote::from_magnitude(self.of_magnitude_floor(amount.magnitude())?)
        }
    }

    #[inline(always)]
    fn of_magnitude_floor(self, magnitude: u64) -> Result<u64> {
        if self.is_small_with(magnitude) {
            return Ok(magnitude.wrapping_mul(self.0 as u64) / MILLION);
        }
        self.of_large(magnitude, 0)
    }

    #[inline(always)]
    pub(crate) fn of_magnitude_ceil(self, magnitude: u64) -> Result<u64> {
        if self.is_small_with(magnitude) {
            return Ok(self.of_small_ceil(magnitude));
        }
        self.of_large(magnitude, MILLION - 1)
    }

    /// What `a` and `b` are of `magnitude`, each rounded up.
    #[inline(always)]
    pub(crate) fn both_of_magnitude_ceil(a: Self, b: Self, magnitude: u64) -> Result<(u64, u64)> {
        if Self(a.0 | b.0).is_small_with(magnitude) {
            return Ok((a.of_small_ceil(magnitude), b.of_small_ceil(magnitude)));
        }
        Self::both_of_large_ceil(a, b, magnitude)
    }

    #[cold]
    #[inline(never)]
    fn both_of_large_ceil(a: Self, b: Self, magnitude: u64) -> Result<(u64, u64)> {
        Ok((a.of_magnitude_ceil(magnitude)?, b.of_magnitude_ceil(magnitude)?))
    }

    /// Where [`is_small_with`](Self::is_small_with) holds.
    #[inline(always)]
    fn of_small_ceil(self, magnitude: u64) -> u64 {
        magnitude.wrapping_mul(self.0 as u64).wrapping_add(MILLION - 1) / MILLION
    }

    /// Whether the product with `magnitude` is below 2^63: ratios below 4.19, amounts
    /// below 2.2 million USD. The common case, and a third of the work.
    #[inline(always)]
    fn is_small_with(self, magnitude: u64) -> bool {
        magnitude >> 41 == 0 && self.0 >> 22 == 0
    }

    /// This share of any magnitude, with `rounding` millionths added before they are cut off.
    /// Splitting by the million keeps the product in 64 bits and exact: with
    /// `m = 1e6 q + r`, `m x / 1e6 = q x + r x / 1e6`, where `r x` is below `1e6 * 2^32`.
    #[cold]
    #[inline(never)]
    fn of_large(self, magnitude: u64, rounding: u64) -> Result<u64> {
        let (q, x) = (magnitude / MILLION, self.0 as u64);
        let r = magnitude.wrapping_sub(q.wrapping_mul(MILLION));
        // q < 2^45 and x < 2^32: only ratios above 2^19 millionths can overflow.
        let whole = q.checked_mul(x).ok_or(Overflow)?;
        whole.checked_add(r.wrapping_mul(x).wrapping_add(rounding) / MILLION).ok_or(Overflow)
    }

    /// `self + other`, or [`Overflow`].
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// `self - other`, or [`Overflow`] if that is negative.
    #[inline(always)]
    pub fn minus(self, other: Self) -> Result<Self> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }
}

#[inline(always)]
fn negative(magnitude: u64) -> Result<Quote> {
    Quote::from_magnitude(magnitude)?.negated()
}

/// `a * b / divisor` rounded towards minus infinity, exact in between. A divisor
/// that is not positive is an [`Overflow`].
pub fn mul_div_floor(a: i64, b: i64, divisor: i64) -> Result<i64> {
    let (quotient, inexact) = mul_div(a, b, divisor)?;
    signed((a < 0) != (b < 0), quotient, inexact, 0)
}

/// `a * b / divisor` rounded towards plus infinity, exact in between. A divisor that
/// is not positive is an [`Overflow`].
pub fn mul_div_ceil(a: i64, b: i64, divisor: i64) -> Result<i64> {
    let (quotient, inexact) = mul_div(a, b, divisor)?;
    signed((a < 0) != (b < 0), quotient, 0, inexact)
}

/// `|a b| / divisor` rounded down, and 1 if there is a remainder.
fn mul_div(a: i64, b: i64, divisor: i64) -> Result<(u64, u64)> {
    if divisor <= 0 {
        return Err(Overflow);
    }
    let divisor = divisor as u64;
    let product = a.unsigned_abs() as u128 * b.unsigned_abs() as u128;
    // Most products fit 64 bits, where the chain divides in one instruction.
    let quotient = match u64::try_from(product) {
        Ok(product) => product / divisor,
        Err(_) => u64::try_from(product / divisor as u128).map_err(|_| Overflow)?,
    };
    let remainder = (product as u64).wrapping_sub(quotient.wrapping_mul(divisor));
    Ok((quotient, (remainder != 0) as u64))
}

/// The quotient with its sign; `down` and `up` are what a rounding away from zero adds to
/// a negative and to a positive one.
fn signed(is_negative: bool, quotient: u64, down: u64, up: u64) -> Result<i64> {
    let magnitude = quotient.checked_add(if is_negative { down } else { up }).ok_or(Overflow)?;
    match (is_negative, i64::try_from(magnitude)) {
        (false, Ok(value)) => Ok(value),
        (true, Ok(value)) => Ok(-value),
        (true, Err(_)) if magnitude == i64::MIN.unsigned_abs() => Ok(i64::MIN),
        (_, Err(_)) => Err(Overflow),
    }
}
