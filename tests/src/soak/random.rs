//! Numbers that look random: the same seed gives the same ones.

/// SplitMix64 (Steele, Lea, Flood 2014).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.word() % bound
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// Any order of magnitude from 1 to `most`; 1 if that is zero.
    pub fn size(&mut self, most: u64) -> u64 {
        let most = most.max(1);
        let bits = 64 - most.leading_zeros() as u64;
        let ceiling = 1u64 << (1 + self.below(bits)).min(63);
        1 + self.below(ceiling.min(most))
    }

    /// From `-span` to `span`.
    pub fn around_zero(&mut self, span: u32) -> i64 {
        self.below(2 * span as u64 + 1) as i64 - span as i64
    }

    /// One of `choices`; `None` if there is none.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        if choices.is_empty() { None } else { Some(choices[self.below(choices.len() as u64) as usize]) }
    }
}
