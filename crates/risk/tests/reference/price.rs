//! Prices, the slow price, divergence.

use super::{Exact, int, per_unit, share};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use plimsoll_risk::{Price, Ratio};

/// `mantissa * 10^exponent` USD per whole token, in micro-USD per native unit.
pub fn from_decimal(mantissa: u64, exponent: i32, decimals: u8) -> Exact {
    // Beyond this the result is out of any range, and the power too long to write down.
    let power = (exponent as i64 + 6 - decimals as i64).clamp(-400, 400);
    let ten_to = BigInt::from(10).pow(power.unsigned_abs() as u32);
    if power < 0 { Exact::new(mantissa.into(), ten_to) } else { int(mantissa) * int(ten_to) }
}

/// In Q64.64, rounded down; `None` outside of what the crate accepts.
pub fn to_fixed_floor(price: &Exact) -> Option<Price> {
    let steps = (price * int(1u128 << 64)).floor().to_integer().to_u128()?;
    (Price::MIN.0..=Price::MAX.0).contains(&steps).then_some(Price(steps))
}

/// Distance over reference; `None` if the reference is zero and the price is not.
pub fn divergence(price: Price, reference: Price) -> Option<Exact> {
    let gap = (per_unit(price) - per_unit(reference)).abs();
    if gap.is_zero() {
        return Some(gap);
    }
    (reference.0 != 0).then(|| gap / per_unit(reference))
}

/// Farthest that the slow price may move, in micro-USD per native unit.
pub fn slow_reach(slow: Price, elapsed_seconds: u64, rate_per_second: Ratio) -> Exact {
    let seconds = elapsed_seconds.min(600);
    (share(rate_per_second) * int(seconds)).min(int(1)) * per_unit(slow)
}

/// The slow price after a refresh: as near to the oracle as it can reach.
pub fn slow_towards(slow: Price, oracle: Price, elapsed_seconds: u64, rate_per_second: Ratio) -> Exact {
    let reach = slow_reach(slow, elapsed_seconds, rate_per_second);
    let (from, to) = (per_unit(slow), per_unit(oracle));
    if to > from { (from + reach).min(to) } else { (from - reach).max(to) }
}
