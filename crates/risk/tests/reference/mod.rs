//! The formulas of the crate's documentation once more, in exact rationals: nothing
//! is rounded until the end, and no code is shared with the crate.

pub mod debt;
pub mod funding;
pub mod health;
pub mod lending;
pub mod liquidation;
pub mod liquidation_price;
pub mod loss;
pub mod outflow;
pub mod pool;
pub mod price;
pub mod trade;
pub mod volatility;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use plimsoll_risk::{Price, Ratio, SignedPrice};

pub type Exact = BigRational;

/// A whole number.
pub fn int(n: impl Into<BigInt>) -> Exact {
    Exact::from_integer(n.into())
}

/// A ratio in millionths as what it means.
pub fn share(ratio: Ratio) -> Exact {
    int(ratio.0) / int(1_000_000)
}

/// A price in Q64.64 as micro-USD per native unit.
pub fn per_unit(price: Price) -> Exact {
    int(price.0) / int(1u128 << 64)
}

/// The same of a price that may be negative.
pub fn signed_per_unit(price: SignedPrice) -> Exact {
    int(price.0) / int(1u128 << 64)
}

/// Rounded towards minus infinity; `None` if that is not between `-i64::MAX` and
/// `i64::MAX`, the amounts that the crate's operations on money return.
pub fn floor(x: &Exact) -> Option<i64> {
    amount(x.floor())
}

/// Rounded towards plus infinity; `None` as in [`floor`].
pub fn ceil(x: &Exact) -> Option<i64> {
    amount(x.ceil())
}

fn amount(whole: Exact) -> Option<i64> {
    whole.to_integer().to_i64().filter(|n| *n != i64::MIN)
}

/// Asserts `below <= value <= above`, all exact.
#[track_caller]
pub fn assert_between(below: Exact, value: Exact, above: Exact) {
    assert!(below <= value && value <= above, "{value} is not in [{below}, {above}]");
}
