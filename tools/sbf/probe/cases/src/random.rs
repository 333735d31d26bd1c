//! Inputs.

/// xorshift64*, seeded with anything but zero.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Less than `end`, which is small.
    pub fn below(&mut self, end: u64) -> u64 {
        (self.draw() >> 8) % end
    }

    /// A word, often next to an edge: small, near a power of two, all ones, halves of zeros.
    pub fn word(&mut self) -> u64 {
        let (kind, value) = (self.draw(), self.draw());
        match kind & 15 {
            0 => 0,
            1 => 1,
            2 => u64::MAX,
            3 => 1 << 63,
            4 => (1 << 63) - 1,
            5 => 1u64 << (value & 63),
            6 => (1u64 << (value & 63)).wrapping_sub(1),
            7 => (1u64 << (value & 63)).wrapping_neg(),
            8 => value & 0xff,
            9 => value & 0xffff_ffff,
            10 => value >> ((kind >> 8) & 63),
            11 => (value & 0xffff).wrapping_neg(),
            12 => value & 0xffff_ffff_0000_0000,
            _ => value,
        }
    }

    /// 128 bits, often a word, a sign-extended word, or next to a power of two.
    pub fn wide(&mut self) -> u128 {
        let kind = self.draw();
        let (low, high) = (self.word(), self.word());
        match kind & 7 {
            0 => low as u128,
            1 => (low as i64) as i128 as u128,
            2 => (high as u128) << 64,
            3 => 1u128 << ((kind >> 8) & 127),
            4 => (1u128 << ((kind >> 8) & 127)).wrapping_sub(1),
            _ => (high as u128) << 64 | low as u128,
        }
    }

    /// A signed number of fewer than `bits` bits.
    pub fn signed(&mut self, bits: u32) -> i128 {
        self.wide() as i128 >> (128 - bits)
    }
}
