//! Run-time helpers, called by legalized code.
//!
//! They use 64-bit unsigned arithmetic only and return wide results through `out`, so that LLVM's BPF
//! back end can compile them as they are: every signature has at most five 64-bit arguments. build.rs
//! compiles them to bitcode, which is linked into every program; the tests compile them natively and
//! compare them with 128-bit arithmetic. 128-bit numbers are passed as (low, high) words.
//!
//! # Safety
//! `out` points to memory for the result, `a` and `b` of [`__sbf_mul256`] to four words each. Divisors
//! are not zero: rustc checks before each division.
#![allow(clippy::missing_safety_doc)]

#[cfg(sbf_runtime)]
mod memory;
#[cfg(test)]
mod tests;
mod words;

use words::{Wide, abs, divide, divide_word, is_negative, multiply, multiply_words, negate};

unsafe fn put(out: *mut u64, (low, high): Wide) {
    unsafe {
        *out = low;
        *out.wrapping_add(1) = high;
    }
}

/// a * b in full. Short and frequent: inlined into every caller after legalization, which saves
/// the way of the result through memory.
#[cfg_attr(sbf_runtime, inline(always))]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_umulw(out: *mut u64, a: u64, b: u64) {
    unsafe { put(out, multiply_words(a, b)) }
}

/// The low 128 bits of a * b, the same for signed and unsigned numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_mul128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) {
    let (low, high) = multiply_words(al, bl);
    let high = high.wrapping_add(ah.wrapping_mul(bl)).wrapping_add(al.wrapping_mul(bh));
    unsafe { put(out, (low, high)) }
}

/// The low 128 bits of a * b; returns 1 when the unsigned product does not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_umulo128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) -> u64 {
    let (product, overflow) = multiply((al, ah), (bl, bh));
    unsafe { put(out, product) };
    overflow as u64
}

/// The low 128 bits of a * b; returns 1 when the signed product does not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_smulo128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) -> u64 {
    let negative = is_negative(ah ^ bh);
    let (magnitude, overflow) = multiply(abs((al, ah)), abs((bl, bh)));
    let product = if negative { negate(magnitude) } else { magnitude };
    unsafe { put(out, product) };
    // The magnitude must be < 2^127, or == 2^127 when the result is negative: then, and only then, the
    // result has the sign it should have. Zero has none.
    let is_zero = magnitude.0 | magnitude.1 == 0;
    (overflow || is_negative(product.1) != (negative && !is_zero)) as u64
}

/// Returns 1 when the signed product of two words does not fit into one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_smulo64(a: u64, b: u64) -> u64 {
    let negative = is_negative(a ^ b);
    let a = if is_negative(a) { a.wrapping_neg() } else { a };
    let b = if is_negative(b) { b.wrapping_neg() } else { b };
    if a == 0 {
        return 0;
    }
    let magnitude = a.wrapping_mul(b);
    let limit = (1u64 << 63).wrapping_sub(!negative as u64);
    (divide_word(magnitude, a) != b || magnitude > limit) as u64
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_udiv128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) {
    unsafe { put(out, divide((al, ah), (bl, bh)).0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_urem128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) {
    unsafe { put(out, divide((al, ah), (bl, bh)).1) }
}

/// Rounds towards zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_sdiv128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) {
    let quotient = divide(abs((al, ah)), abs((bl, bh))).0;
    unsafe { put(out, if is_negative(ah ^ bh) { negate(quotient) } else { quotient }) }
}

/// Has the sign of a.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_srem128(out: *mut u64, al: u64, ah: u64, bl: u64, bh: u64) {
    let remainder = divide(abs((al, ah)), abs((bl, bh))).1;
    unsafe { put(out, if is_negative(ah) { negate(remainder) } else { remainder }) }
}

/// The low 256 bits of a * b, schoolbook. `out` is apart from `a` and `b`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_mul256(out: *mut u64, a: *const u64, b: *const u64) {
    let mut i = 0;
    while i < 4 {
        unsafe { *out.wrapping_add(i) = 0 };
        i = i.wrapping_add(1);
    }
    i = 0;
    while i < 4 {
        let (mut carry, mut j) = (0u64, 0usize);
        while i.wrapping_add(j) < 4 {
            let digit = out.wrapping_add(i.wrapping_add(j));
            let (low, high) = unsafe { multiply_words(*a.wrapping_add(i), *b.wrapping_add(j)) };
            // high <= 2^64 - 2, and both carries together stand for less than 2^64 more: it cannot overflow
            let sum = low.wrapping_add(carry);
            let total = sum.wrapping_add(unsafe { *digit });
            carry = high.wrapping_add((sum < low) as u64).wrapping_add((total < sum) as u64);
            unsafe { *digit = total };
            j = j.wrapping_add(1);
        }
        i = i.wrapping_add(1);
    }
}

// Shifts by 0 to 127. `x >> 1 >> (63 - n)` is `x >> (64 - n)` that gives 0 for n == 0; `!n & 63` is
// `63 - n % 64`.

#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_shl128(out: *mut u64, low: u64, high: u64, n: u64) {
    let shifted = low << (n & 63);
    let long = n & 64 != 0;
    unsafe {
        put(out, if long { (0, shifted) } else { (shifted, (high << (n & 63)) | ((low >> 1) >> (!n & 63))) })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_lshr128(out: *mut u64, low: u64, high: u64, n: u64) {
    let shifted = high >> (n & 63);
    let long = n & 64 != 0;
    unsafe {
        put(out, if long { (shifted, 0) } else { ((low >> (n & 63)) | ((high << 1) << (!n & 63)), shifted) })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn __sbf_ashr128(out: *mut u64, low: u64, high: u64, n: u64) {
    let shifted = ((high as i64) >> (n & 63)) as u64;
    let sign = ((high as i64) >> 63) as u64;
    let long = n & 64 != 0;
    unsafe {
        put(
            out,
            if long { (shifted, sign) } else { ((low >> (n & 63)) | ((high << 1) << (!n & 63)), shifted) },
        )
    }
}
