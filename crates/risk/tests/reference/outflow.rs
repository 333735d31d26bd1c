//! What is left of an outflow: `e^(-t / day)`, by its series.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::Exact;

/// Of `amount` after `seconds`, at most 60 days of them, to 200 binary places.
pub fn left_after(amount: u64, seconds: u64) -> Exact {
    let (one, day) = (BigInt::from(1) << 400u32, BigInt::from(86_400));
    let (mut sum, mut term, mut n) = (one.clone(), one.clone(), 0u32);
    while term != BigInt::from(0) {
        n += 1;
        term = term * seconds / (&day * n);
        sum += &term;
    }
    BigRational::new(one, sum) * BigInt::from(amount)
}
