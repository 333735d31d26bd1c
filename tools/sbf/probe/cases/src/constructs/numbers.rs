//! Numbers: jump and lookup tables, floats, rare integer methods.
use super::{hash, mix};
use crate::Random;

#[inline(never)]
fn dense(x: u64, y: u64) -> u64 {
    match x {
        0 => y + 1,
        1 => y ^ 5,
        2 => y * 3,
        3 => y / 3,
        4 => y % 11,
        5 => y << 2,
        6 => y >> 3,
        7 => !y,
        8 => y & 0xf0,
        9 => y | 9,
        10 => y.count_ones().into(),
        11 => y.leading_zeros().into(),
        12 => y.swap_bytes(),
        13 => 42,
        14 => y - y / 2,
        15 => y.trailing_zeros().into(),
        16 => y.rotate_left(9),
        100 => 5,
        1000 => 6,
        u64::MAX => 1,
        _ => y,
    }
}

#[inline(never)]
fn words(x: u64) -> &'static str {
    match x {
        0 => "a",
        1 => "bc",
        2 => "def",
        3 => "",
        4 => "ghij",
        5 => "k",
        6 => "lm",
        _ => "?",
    }
}

#[inline(never)]
fn constants(x: u64) -> u64 {
    match x {
        0 => 17,
        1 => 3,
        2 => 99,
        3 => 1 << 40,
        4 => 5,
        5 => 8,
        6 => 13,
        7 => 21,
        _ => 0,
    }
}

pub fn jumps(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..40 {
        let x = random.draw();
        mix(&mut total, &dense(x % 19, random.draw() >> 3));
        mix(&mut total, words(x >> 9 & 7));
        mix(&mut total, &constants(x >> 20 & 15));
    }
    total
}

type Comparison = fn(f64, f64) -> bool;

/// Each a function of its own, lest the optimizer makes one comparison of another's result. The first
/// seven are false for NaN, the others are true.
#[allow(clippy::double_comparisons, clippy::nonminimal_bool, clippy::neg_cmp_op_on_partial_ord)]
const COMPARISONS: [Comparison; 14] = [
    |x, y| x == y,
    |x, y| x < y,
    |x, y| x <= y,
    |x, y| x > y,
    |x, y| x >= y,
    |x, y| x < y || x > y,
    |x, y| !x.is_nan() && !y.is_nan(),
    |x, y| x != y,
    |x, y| !(x < y),
    |x, y| !(x <= y),
    |x, y| !(x > y),
    |x, y| !(x >= y),
    |x, y| !(x < y || x > y),
    |x, y| x.is_nan() || y.is_nan(),
];

fn compare(x: f64, y: f64) -> u64 {
    let comparisons = std::hint::black_box(COMPARISONS);
    comparisons.iter().fold(0, |bits, comparison| bits << 1 | u64::from(comparison(x, y)))
}

pub fn floats(random: &mut Random) -> u64 {
    let mut total = 0u64;
    for _ in 0..20 {
        let a = (random.draw() as i64 >> random.below(32)) as f64 / 1024.0;
        let b = (random.draw() >> random.below(64)) as f64 + 0.5;
        let (c, d) = (a as f32, b as f32);
        let any = f64::from_bits(random.draw() & !(0x7ff << 52) | 0x3ff << 52);
        let single = [(c + d).into(), (c * d / 3.0).into()];
        for x in [a + b, a - b, a * b, a / b, -a, single[0], single[1], any] {
            let order = (compare(x, b), c < d, c >= x as f32, d != x as f32, x.partial_cmp(&a));
            let integers = (x as i64, x as u64, x as i32, x as u8, x as i16);
            mix(&mut total, &(x.to_bits(), x.abs().to_bits(), order, integers));
        }
        let [nan, infinite] = std::hint::black_box([f64::NAN, f64::INFINITY]);
        for (x, y) in [(a, b), (b, a), (a, a), (a, nan), (nan, b), (nan, nan), (infinite, b), (-infinite, a)]
        {
            mix(&mut total, &(compare(x, y), compare(f64::from(x as f32), y)));
        }
        mix(&mut total, &(nan as u64, infinite as i32, -infinite as i8, -b as u64));
        let converted = ((random.word() as f32).to_bits(), f64::from(random.word() as u32).to_bits());
        mix(&mut total, &(converted, (random.word() as i64 as f64).to_bits()));
    }
    total
}

pub fn integers(random: &mut Random) -> u64 {
    let mut total = 0;
    for _ in 0..20 {
        let (a, b) = (random.word(), random.word());
        let (sa, odd) = (a as i64, (b as i64 >> 1) | 1);
        let powers = (a.checked_pow((b & 7) as u32), i128::from(a).checked_pow((b & 3) as u32));
        mix(
            &mut total,
            &(powers, sa.checked_neg(), sa.wrapping_rem_euclid(odd), sa.wrapping_div_euclid(odd)),
        );
        let shifts =
            (a.wrapping_shl(b as u32), sa.wrapping_shr(b as u32), (a as u32).rotate_left(b as u32 & 31));
        mix(&mut total, &(shifts, a.rotate_right(b as u32 & 63), a.midpoint(b), a.isqrt()));
        let narrow = ((a as i16).overflowing_mul(b as i16), i64::from(a as i8) * i64::from(b as i8));
        let bits = ((a as u8).leading_zeros(), (a as u16).swap_bytes(), (a as i32).checked_abs());
        mix(&mut total, &(narrow, bits, a.checked_next_multiple_of((b >> 33) | 1)));
        mix(&mut total, &(a.checked_ilog2(), (u128::from(a) * 7).checked_ilog10(), a.checked_ilog10()));
        total ^= hash(&a.to_be_bytes()) ^ hash(&i128::from(sa).to_le_bytes());
    }
    total
}
