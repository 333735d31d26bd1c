//! The helpers against the compiler's own 128-bit arithmetic, on random and edge inputs.
use super::*;

const CASES: usize = 500_000;

type Binary = unsafe extern "C" fn(*mut u64, u64, u64, u64, u64);
type Checked = unsafe extern "C" fn(*mut u64, u64, u64, u64, u64) -> u64;
type Shift = unsafe extern "C" fn(*mut u64, u64, u64, u64);

/// xorshift64*
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Words near the edges of every size, and plain random ones.
    fn word(&mut self) -> u64 {
        const EDGES: [u64; 8] =
            [0, 1, 2, u64::MAX, 1 << 63, (1 << 63) - 1, u32::MAX as u64, u32::MAX as u64 + 1];
        let (kind, value) = (self.next(), self.next());
        match kind % 8 {
            0 => EDGES[(value % 8) as usize],
            1 => 1 << (value % 64),
            2 => (1 << (value % 64)) - 1,
            3 => value >> ((kind >> 8) % 64),
            4 => (value & 0xffff).wrapping_neg(),
            _ => value,
        }
    }

    /// 128 bits; one word in a third of the cases.
    fn wide(&mut self) -> u128 {
        let (low, high, kind) = (self.word(), self.word(), self.next());
        if kind.is_multiple_of(3) { low as u128 } else { join([low, high]) }
    }
}

fn join([low, high]: [u64; 2]) -> u128 {
    low as u128 | (high as u128) << 64
}

fn split(value: u128) -> (u64, u64) {
    (value as u64, (value >> 64) as u64)
}

fn call(helper: Binary, a: u128, b: u128) -> u128 {
    let (mut out, (al, ah), (bl, bh)) = ([0; 2], split(a), split(b));
    unsafe { helper(out.as_mut_ptr(), al, ah, bl, bh) };
    join(out)
}

fn call_checked(helper: Checked, a: u128, b: u128) -> (u128, bool) {
    let (mut out, (al, ah), (bl, bh)) = ([0; 2], split(a), split(b));
    let overflow = unsafe { helper(out.as_mut_ptr(), al, ah, bl, bh) };
    (join(out), overflow != 0)
}

fn call_shift(helper: Shift, value: u128, amount: u64) -> u128 {
    let (mut out, (low, high)) = ([0; 2], split(value));
    unsafe { helper(out.as_mut_ptr(), low, high, amount) };
    join(out)
}

fn for_pairs(seed: u64, mut check: impl FnMut(u128, u128)) {
    let mut random = Random(seed);
    for _ in 0..CASES {
        check(random.wide(), random.wide());
    }
}

#[test]
fn products_equal_native_ones() {
    for_pairs(0x1234_5678_9abc_def1, |a, b| {
        assert_eq!(call(__sbf_mul128, a, b), a.wrapping_mul(b), "{a} * {b}");
        let mut out = [0; 2];
        unsafe { __sbf_umulw(out.as_mut_ptr(), a as u64, b as u64) };
        assert_eq!(join(out), u128::from(a as u64) * u128::from(b as u64));
    });
}

#[test]
fn overflow_is_reported_exactly_when_native_arithmetic_does() {
    for_pairs(0x2234_5678_9abc_def1, |a, b| {
        assert_eq!(call_checked(__sbf_umulo128, a, b), a.overflowing_mul(b), "{a} * {b}");
        let (product, overflow) = (a as i128).overflowing_mul(b as i128);
        assert_eq!(
            call_checked(__sbf_smulo128, a, b),
            (product as u128, overflow),
            "{} * {}",
            a as i128,
            b as i128
        );
        let overflow = (a as i64).overflowing_mul(b as i64).1;
        assert_eq!(
            unsafe { __sbf_smulo64(a as u64, b as u64) } != 0,
            overflow,
            "{} * {}",
            a as i64,
            b as i64
        );
    });
}

#[test]
fn signed_overflow_is_exact_at_the_limits() {
    let limits =
        [i128::MIN, i128::MIN + 1, -(1 << 64), -(1 << 63), -2, -1, 0, 1, 2, 1 << 63, 1 << 64, i128::MAX];
    for (a, b) in limits.iter().flat_map(|a| limits.map(|b| (*a, b))) {
        let (product, overflow) = a.overflowing_mul(b);
        assert_eq!(
            call_checked(__sbf_smulo128, a as u128, b as u128),
            (product as u128, overflow),
            "{a} * {b}"
        );
        let (a, b) = (a as i64, b as i64);
        let overflow = a.overflowing_mul(b).1;
        assert_eq!(unsafe { __sbf_smulo64(a as u64, b as u64) } != 0, overflow, "{a} * {b}");
    }
}

#[test]
fn quotients_and_remainders_equal_native_ones() {
    for_pairs(0x3234_5678_9abc_def1, |a, b| {
        if b == 0 {
            return;
        }
        let (signed_a, signed_b) = (a as i128, b as i128);
        assert_eq!(call(__sbf_udiv128, a, b), a / b, "{a} / {b}");
        assert_eq!(call(__sbf_urem128, a, b), a % b, "{a} % {b}");
        let (quotient, remainder) = (signed_a.wrapping_div(signed_b), signed_a.wrapping_rem(signed_b));
        assert_eq!(call(__sbf_sdiv128, a, b) as i128, quotient, "{signed_a} / {signed_b}");
        assert_eq!(call(__sbf_srem128, a, b) as i128, remainder, "{signed_a} % {signed_b}");
    });
}

#[test]
fn quotients_are_exact_next_to_multiples() {
    for_pairs(0x4234_5678_9abc_def1, |a, b| {
        let product = a.wrapping_mul(b);
        for n in [product, product.wrapping_sub(1), product.wrapping_add(1)] {
            if b != 0 {
                assert_eq!(call(__sbf_udiv128, n, b), n / b, "{n} / {b}");
                assert_eq!(call(__sbf_urem128, n, b), n % b, "{n} % {b}");
            }
        }
    });
}

#[test]
fn shifts_equal_native_ones_for_every_amount() {
    let mut random = Random(0x5234_5678_9abc_def1);
    for _ in 0..CASES / 128 {
        let value = random.wide();
        for amount in 0..128 {
            assert_eq!(call_shift(__sbf_shl128, value, amount), value << amount);
            assert_eq!(call_shift(__sbf_lshr128, value, amount), value >> amount);
            assert_eq!(call_shift(__sbf_ashr128, value, amount) as i128, value as i128 >> amount);
        }
    }
}

#[test]
fn products_of_256_bits_equal_schoolbook_multiplication_by_128_bit_words() {
    let mut random = Random(0x6234_5678_9abc_def1);
    for _ in 0..CASES {
        let (a, b) = ([(); 4].map(|()| random.word()), [(); 4].map(|()| random.word()));
        let mut expected = [0u64; 4];
        for i in 0..4 {
            let mut carry = 0u128;
            for j in 0..4 - i {
                let total = a[i] as u128 * b[j] as u128 + expected[i + j] as u128 + carry;
                expected[i + j] = total as u64;
                carry = total >> 64;
            }
        }
        let mut out = [0u64; 4];
        unsafe { __sbf_mul256(out.as_mut_ptr(), a.as_ptr(), b.as_ptr()) };
        assert_eq!(out, expected);
    }
}
