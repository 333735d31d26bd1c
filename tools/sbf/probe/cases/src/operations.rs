//! Arithmetic. Each operation's results over all inputs are folded into one word.
use crate::Random;

/// How many operations there are.
pub const COUNT: usize = 114;

/// Takes the operations' results on one input, in order.
trait Sink {
    fn put(&mut self, name: &'static str, value: u128);

    fn option(&mut self, name: &'static str, value: Option<u128>) {
        self.put(name, value.unwrap_or(0xdead_beef_dead_beef_0123_4567_89ab_cdef));
    }

    fn signed(&mut self, name: &'static str, value: Option<i128>) {
        self.option(name, value.map(|value| value as u128));
    }

    fn flagged(&mut self, name: &'static str, (value, flag): (u128, bool)) {
        self.put(name, value ^ (u128::from(flag) << 77));
    }
}

/// Folds results; the chain has no use for names.
struct Fold<'a> {
    words: &'a mut [u64; COUNT],
    next: usize,
}

impl Sink for Fold<'_> {
    #[inline(always)]
    fn put(&mut self, _: &'static str, value: u128) {
        let word = &mut self.words[self.next];
        let mixed = (word.rotate_left(5) ^ value as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        *word = mixed.rotate_left(23) ^ (value >> 64) as u64;
        self.next += 1;
    }
}

struct Names(Vec<&'static str>);

impl Sink for Names {
    fn put(&mut self, name: &'static str, _: u128) {
        self.0.push(name);
    }
}

/// The results of all operations over random inputs.
///
/// # Panics
/// When [`COUNT`] is wrong.
pub fn fold(seed: u64, inputs: u64) -> [u64; COUNT] {
    let (mut random, mut words) = (Random::new(seed), [0; COUNT]);
    for _ in 0..inputs {
        let mut sink = Fold { words: &mut words, next: 0 };
        all(&mut random, &mut sink);
        assert!(sink.next == COUNT);
    }
    words
}

/// The operations' names, in the order of [`fold`]'s results.
pub fn names() -> Vec<&'static str> {
    let mut names = Names(Vec::new());
    all(&mut Random::new(1), &mut names);
    names.0
}

fn all(random: &mut Random, sink: &mut impl Sink) {
    let (a, b) = (random.wide(), random.wide());
    wide_products(sink, a, b);
    wide_quotients(sink, a, b);
    wide_sums(sink, a, b);
    wide_shifts(sink, a, b);
    wide_bits(sink, a, b);
    by_constants(sink, a, b);
    let (a, b, c) = (random.word(), random.word(), random.word());
    words_to_wide(sink, a, b, c);
    words(sink, a, b);
    narrow(sink, a, b);
}

#[inline(never)]
fn wide_products(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, sb) = (a as i128, b as i128);
    sink.put("u128 wrapping_mul", a.wrapping_mul(b));
    sink.option("u128 checked_mul", a.checked_mul(b));
    sink.signed("i128 checked_mul", sa.checked_mul(sb));
    sink.flagged("u128 overflowing_mul", a.overflowing_mul(b));
    let (product, overflow) = sa.overflowing_mul(sb);
    sink.flagged("i128 overflowing_mul", (product as u128, overflow));
    sink.put("u128 saturating_mul", a.saturating_mul(b));
    sink.put("i128 saturating_mul", sa.saturating_mul(sb) as u128);
    sink.option("u128 checked_pow", a.checked_pow(b as u32 & 3));
    sink.signed("i128 checked_pow", sa.checked_pow(b as u32 & 3));
    sink.put("u128 wrapping_pow", a.wrapping_pow(b as u32 & 15));
    let parts = (a >> 64).checked_mul(b >> 64).and_then(|product| product.checked_div(1_000_000));
    sink.option("u128 high words mul_div", parts);
    let parts = (sa >> 64).checked_mul(sb >> 64).and_then(|product| product.checked_div(1_000_000));
    sink.signed("i128 high words mul_div", parts);
}

#[inline(never)]
fn wide_quotients(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, sb) = (a as i128, b as i128);
    sink.option("u128 checked_div", a.checked_div(b));
    sink.option("u128 checked_rem", a.checked_rem(b));
    sink.signed("i128 checked_div", sa.checked_div(sb));
    sink.signed("i128 checked_rem", sa.checked_rem(sb));
    sink.signed("i128 checked_div_euclid", sa.checked_div_euclid(sb));
    sink.signed("i128 checked_rem_euclid", sa.checked_rem_euclid(sb));
    sink.put("i128 wrapping_div", sa.wrapping_div(sb | 1) as u128);
    sink.put("i128 wrapping_rem", sa.wrapping_rem(sb | 1) as u128);
    sink.put("u128 div_ceil", a.div_ceil(b | 1));
    sink.option("u128 checked_next_multiple_of", a.checked_next_multiple_of(b));
    sink.put("u128 isqrt", a.isqrt());
    sink.option("u128 by high word", a.checked_div(b >> 64));
    sink.signed("i128 by high word", sa.checked_div(sb >> 64));
}

#[inline(never)]
fn wide_sums(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, sb) = (a as i128, b as i128);
    sink.option("u128 checked_add", a.checked_add(b));
    sink.option("u128 checked_sub", a.checked_sub(b));
    sink.signed("i128 checked_add", sa.checked_add(sb));
    sink.signed("i128 checked_sub", sa.checked_sub(sb));
    sink.put("u128 saturating_add", a.saturating_add(b));
    sink.put("u128 saturating_sub", a.saturating_sub(b));
    sink.put("i128 saturating_add", sa.saturating_add(sb) as u128);
    sink.put("i128 saturating_sub", sa.saturating_sub(sb) as u128);
    sink.signed("i128 checked_neg", sa.checked_neg());
    sink.signed("i128 checked_abs", sa.checked_abs());
    sink.put("i128 unsigned_abs", sa.unsigned_abs());
    sink.put("u128 abs_diff", a.abs_diff(b));
    sink.put("i128 abs_diff", sa.abs_diff(sb));
    sink.put("u128 midpoint", a.midpoint(b));
    sink.option("u128 checked_add_signed", a.checked_add_signed(sb));
    sink.put("i128 signum", sa.signum() as u128);
}

#[inline(never)]
fn wide_shifts(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, n) = (a as i128, b as u32 & 127);
    sink.put("u128 shl", a << n);
    sink.put("u128 shr", a >> n);
    sink.put("i128 shr", (sa >> n) as u128);
    sink.option("u128 checked_shl", a.checked_shl(b as u32 & 255));
    sink.signed("i128 checked_shr", sa.checked_shr(b as u32 & 255));
    sink.put("u128 rotate_left", a.rotate_left(n));
    sink.put("u128 rotate_right", a.rotate_right(n));
    sink.put("u128 funnel shift", (a << n) | (b >> 1 >> (127 - n)));
    sink.put("u128 shl constants", (a << 1) ^ (a << 63) ^ (a << 64) ^ (a << 65) ^ (a << 127));
    sink.put("u128 shr constants", (a >> 1) ^ (a >> 63) ^ (a >> 64) ^ (a >> 65) ^ (a >> 127));
    sink.put("i128 shr constants", ((sa >> 1) ^ (sa >> 63) ^ (sa >> 64) ^ (sa >> 65) ^ (sa >> 127)) as u128);
    sink.put("u128 rotate constants", a.rotate_left(13) ^ a.rotate_left(64) ^ a.rotate_right(77));
    sink.put("u128 shr fixed point", (a >> 64).wrapping_mul(b >> 64) >> 64);
}

#[inline(never)]
fn wide_bits(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, sb) = (a as i128, b as i128);
    let counts = a.leading_zeros() + 1_000 * a.trailing_zeros() + 1_000_000 * a.count_ones();
    sink.put("u128 zeros and ones", counts.into());
    sink.put("u128 swap_bytes", a.swap_bytes());
    sink.put("u128 reverse_bits", a.reverse_bits());
    let order = u128::from(a < b) | u128::from(sa < sb) << 1 | u128::from(a == b) << 2;
    sink.put("u128 order", order | u128::from(sa >= sb) << 3 | u128::from(a <= b) << 4);
    sink.put("u128 cmp", a.cmp(&b) as i8 as u128);
    sink.put("i128 cmp", sa.cmp(&sb) as i8 as u128);
    sink.put("u128 min max", a.min(b) ^ a.max(b).rotate_left(1));
    sink.put("i128 min max clamp", (sa.min(sb) ^ sa.clamp(-5, 1 << 90)) as u128);
    sink.option("u128 checked_ilog2", a.checked_ilog2().map(u128::from));
    sink.option("u128 checked_ilog10", a.checked_ilog10().map(u128::from));
    sink.option("u128 checked_next_power_of_two", a.checked_next_power_of_two());
    sink.option("u128 to u64", u64::try_from(a).ok().map(u128::from));
    sink.signed("i128 to i64", i64::try_from(sa).ok().map(i128::from));
    sink.option("i128 to u64", u64::try_from(sa).ok().map(u128::from));
}

#[inline(never)]
fn by_constants(sink: &mut impl Sink, a: u128, b: u128) {
    let (sa, sb) = (a as i128, b as i128);
    sink.put("u128 / 10", a / 10);
    sink.put("u128 % 10", a % 10);
    sink.put("i128 / 1e6", (sa / 1_000_000) as u128);
    sink.put("i128 % 1e6", (sa % 1_000_000) as u128);
    sink.put("u128 / 1e18", a / 1_000_000_000_000_000_000);
    sink.put("i128 / 2^32+1", (sa / 0x1_0000_0001) as u128);
    sink.put("u128 / 2^64-1", a / u128::from(u64::MAX));
    sink.put("u128 / 2^64", a / (1 << 64));
    sink.put("i128 / 2^20", (sa / (1 << 20)) as u128);
    sink.put("i128 % 2^70", (sa % (1 << 70)) as u128);
    sink.put("u128 / (max / 3)", a / (u128::MAX / 3));
    sink.put("u128 * 1e9+7", a.wrapping_mul(1_000_000_007));
    sink.option("u128 checked * 1e6", b.checked_mul(1_000_000));
    sink.signed("i128 checked * -1e6", sb.checked_mul(-1_000_000));
    sink.signed("i128 checked / -1", sb.checked_div(-1));
}

#[inline(never)]
fn words_to_wide(sink: &mut impl Sink, a: u64, b: u64, c: u64) {
    let (sa, sb, sc) = (a as i64, b as i64, c as i64);
    let (product, signed_product) = (u128::from(a) * u128::from(b), i128::from(sa) * i128::from(sb));
    sink.put("u64 widening product", product);
    sink.put("i64 widening product", signed_product as u128);
    sink.put("u64 * i64 widening", (i128::from(a) * i128::from(sb)) as u128);
    sink.put("u64 product / 1e9+7", product / 1_000_000_007);
    sink.option("u64 mul_div", product.checked_div(c.into()));
    sink.option("u64 mul_rem", product.checked_rem(c.into()));
    sink.signed("i64 mul_div", signed_product.checked_div(sc.into()));
    sink.put("u64 fixed-point product", product >> 64);
    sink.put("i64 fixed-point product", (signed_product >> 64) as u128);
    sink.option("u64 fixed-point quotient", (u128::from(a) << 64).checked_div(b.into()));
    let (sum, carry) = a.overflowing_add(b);
    sink.put("u64 carry chain", u128::from(sum) | u128::from(c.wrapping_add(carry.into())) << 64);
}

#[inline(never)]
fn words(sink: &mut impl Sink, a: u64, b: u64) {
    let (sa, sb) = (a as i64, b as i64);
    sink.option("u64 checked_mul", a.checked_mul(b).map(u128::from));
    sink.signed("i64 checked_mul", sa.checked_mul(sb).map(i128::from));
    sink.signed("i64 checked_div", sa.checked_div(sb).map(i128::from));
    sink.signed("i64 checked_rem", sa.checked_rem(sb).map(i128::from));
    sink.option("u64 checked_div", a.checked_div(b).map(u128::from));
    sink.option("u64 checked_rem", a.checked_rem(b).map(u128::from));
    sink.put("i64 by constants", (sa / 1000) as u128 ^ (sa % 7) as u128);
    sink.option("u64 checked * 1e6", a.checked_mul(1_000_000).map(u128::from));
    sink.signed("i64 checked * -3", sa.checked_mul(-3).map(i128::from));
    sink.put("u64 saturating_mul", a.saturating_mul(b).into());
    sink.put("i64 saturating_mul", sa.saturating_mul(sb) as u128);
}

#[inline(never)]
fn narrow(sink: &mut impl Sink, a: u64, b: u64) {
    let (sa, sb) = (a as i64, b as i64);
    sink.signed("i32 checked_mul", (sa as i32).checked_mul(sb as i32).map(i128::from));
    sink.signed("i32 checked_div", (sa as i32).checked_div(sb as i32).map(i128::from));
    sink.signed("i32 checked_rem", (sa as i32).checked_rem(sb as i32).map(i128::from));
    sink.signed("i16 checked_mul", (sa as i16).checked_mul(sb as i16).map(i128::from));
    sink.signed("i8 checked_div", (sa as i8).checked_div(sb as i8).map(i128::from));
    sink.option("u32 checked_mul", (a as u32).checked_mul(b as u32).map(u128::from));
    sink.put("i32 wrapping_shr", (sa as i32).wrapping_shr(b as u32) as u128);
    sink.put("u16 rotate_left", (a as u16).rotate_left(b as u32 & 15).into());
    sink.put("i8 saturating_mul", (sa as i8).saturating_mul(sb as i8) as u128);
}
