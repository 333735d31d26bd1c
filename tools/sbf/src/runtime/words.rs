//! Arithmetic on numbers of two 64-bit words.
//!
//! Operators that rustc would check (for overflow, for a zero divisor) are spelled so that it does not:
//! a check would bring a call of the panic machinery into code that is linked after optimization.
use core::num::NonZeroU64;

/// (low, high)
pub type Wide = (u64, u64);

const LOW_32: u64 = 0xffff_ffff;

/// a / b for b > 0.
#[inline(always)]
pub fn divide_word(a: u64, b: u64) -> u64 {
    // Sound: every caller has made sure that b is not zero.
    a / unsafe { NonZeroU64::new_unchecked(b) }
}

#[inline(always)]
pub fn is_negative(high: u64) -> bool {
    (high as i64) < 0
}

#[inline(always)]
pub fn negate((low, high): Wide) -> Wide {
    let low = low.wrapping_neg();
    (low, (!high).wrapping_add((low == 0) as u64))
}

#[inline(always)]
pub fn abs(value: Wide) -> Wide {
    if is_negative(value.1) { negate(value) } else { value }
}

/// a * b in full, from the products of 32-bit halves.
#[inline(always)]
pub fn multiply_words(a: u64, b: u64) -> Wide {
    let (a0, a1, b0, b1) = (a & LOW_32, a >> 32, b & LOW_32, b >> 32);
    let p00 = a0.wrapping_mul(b0);
    let p01 = a0.wrapping_mul(b1);
    let p10 = a1.wrapping_mul(b0);
    let p11 = a1.wrapping_mul(b1);
    // (2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1: neither sum can overflow
    let middle = p10.wrapping_add(p00 >> 32);
    let middle2 = p01.wrapping_add(middle & LOW_32);
    let high = p11.wrapping_add(middle >> 32).wrapping_add(middle2 >> 32);
    ((middle2 << 32) | (p00 & LOW_32), high)
}

/// The low 128 bits of the product, and whether the unsigned product has more.
#[inline(always)]
pub fn multiply((al, ah): Wide, (bl, bh): Wide) -> (Wide, bool) {
    if ah == 0 && bh == 0 {
        return (multiply_words(al, bl), false);
    }
    let mut overflow = ah != 0 && bh != 0;
    let (low, high) = multiply_words(al, bl);
    let (cross0, over0) = multiply_words(ah, bl);
    let (cross1, over1) = multiply_words(bh, al);
    overflow |= over0 != 0 || over1 != 0;
    let sum0 = high.wrapping_add(cross0);
    overflow |= sum0 < high;
    let sum1 = sum0.wrapping_add(cross1);
    overflow |= sum1 < sum0;
    ((low, sum1), overflow)
}

/// Leading zeros of a non-zero word.
#[inline(always)]
fn leading_zeros(mut x: u64) -> u64 {
    let mut n = 0u64;
    if x >> 32 == 0 {
        n = n.wrapping_add(32);
        x <<= 32;
    }
    if x >> 48 == 0 {
        n = n.wrapping_add(16);
        x <<= 16;
    }
    if x >> 56 == 0 {
        n = n.wrapping_add(8);
        x <<= 8;
    }
    if x >> 60 == 0 {
        n = n.wrapping_add(4);
        x <<= 4;
    }
    if x >> 62 == 0 {
        n = n.wrapping_add(2);
        x <<= 2;
    }
    if x >> 63 == 0 {
        n = n.wrapping_add(1);
    }
    n
}

/// (high:low) / d for a normalized d (top bit set) and high < d. Knuth's algorithm D on 32-bit digits
/// (Warren, Hacker's Delight, 9-4).
#[inline(always)]
fn divide_by_normalized(low: u64, high: u64, d: u64) -> (u64, u64) {
    let (q1, rest) = digit(high, low >> 32, d);
    let (q0, remainder) = digit(rest, low & LOW_32, d);
    ((q1 << 32).wrapping_add(q0), remainder)
}

/// One 32-bit digit of a quotient: (rest:next) / d, where rest < d and next is a 32-bit digit. The first
/// estimate, by the upper half of d alone, is at most two too high.
#[inline(always)]
fn digit(rest: u64, next: u64, d: u64) -> (u64, u64) {
    let (d1, d0) = (d >> 32, d & LOW_32);
    let mut q = divide_word(rest, d1);
    let mut r = rest.wrapping_sub(q.wrapping_mul(d1));
    while q > LOW_32 || q.wrapping_mul(d0) > ((r << 32) | next) {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d1);
        if r > LOW_32 {
            break;
        }
    }
    (q, (rest << 32).wrapping_add(next).wrapping_sub(q.wrapping_mul(d)))
}

/// Quotient and remainder; d is not zero.
#[inline(always)]
pub fn divide(n: Wide, d: Wide) -> (Wide, Wide) {
    if d.1 == 0 {
        return divide_by_word(n, d.0);
    }
    if n.1 < d.1 || (n.1 == d.1 && n.0 < d.0) {
        return ((0, 0), n);
    }
    divide_by_wide(n, d)
}

#[inline(always)]
fn divide_by_word((low, high): Wide, d: u64) -> (Wide, Wide) {
    if high == 0 {
        let q = divide_word(low, d);
        return ((q, 0), (low.wrapping_sub(q.wrapping_mul(d)), 0));
    }
    if d >> 32 == 0 {
        // schoolbook on 32-bit digits; every partial remainder is < 2^32
        let high_q = divide_word(high, d);
        let r = high.wrapping_sub(high_q.wrapping_mul(d));
        let t = (r << 32) | (low >> 32);
        let q1 = divide_word(t, d);
        let t = (t.wrapping_sub(q1.wrapping_mul(d)) << 32) | (low & LOW_32);
        let q0 = divide_word(t, d);
        return (((q1 << 32) | q0, high_q), (t.wrapping_sub(q0.wrapping_mul(d)), 0));
    }
    let (high_q, r) = if high < d {
        (0, high)
    } else {
        let q = divide_word(high, d);
        (q, high.wrapping_sub(q.wrapping_mul(d)))
    };
    let s = leading_zeros(d);
    // `low >> 1 >> (63 - s)` is `low >> (64 - s)` that gives 0 for s == 0
    let shifted = (r << s) | ((low >> 1) >> (63u64.wrapping_sub(s)));
    let (q, r) = divide_by_normalized(low << s, shifted, d << s);
    ((q, high_q), (r >> s, 0))
}

/// For n >= d >= 2^64: the quotient fits into one word. It is estimated by the upper 64 bits of d, which
/// makes it one too low or exact after one is taken off (Warren, Hacker's Delight, 9-5).
#[inline(always)]
fn divide_by_wide((nl, nh): Wide, (dl, dh): Wide) -> (Wide, Wide) {
    let s = leading_zeros(dh);
    let top = (dh << s) | ((dl >> 1) >> (63u64.wrapping_sub(s)));
    let (estimate, _) = divide_by_normalized((nh << 63) | (nl >> 1), nh >> 1, top);
    let mut q = estimate >> (63u64.wrapping_sub(s));
    if q != 0 {
        q = q.wrapping_sub(1);
    }
    let (pl, ph) = multiply_words(q, dl);
    let ph = ph.wrapping_add(q.wrapping_mul(dh));
    let mut low = nl.wrapping_sub(pl);
    let mut high = nh.wrapping_sub(ph).wrapping_sub((nl < pl) as u64);
    if high > dh || (high == dh && low >= dl) {
        q = q.wrapping_add(1);
        let borrow = (low < dl) as u64;
        low = low.wrapping_sub(dl);
        high = high.wrapping_sub(dh).wrapping_sub(borrow);
    }
    ((q, 0), (low, high))
}
