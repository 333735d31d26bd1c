//! How long to wait before a lost connection is tried again.
use std::time::Duration;

/// Waits that double up to a maximum, each cut at random to between half and all of it, so that keepers that
/// lost a node together do not come back together.
#[derive(Clone, Debug)]
pub struct Retry {
    min: Duration,
    max: Duration,
    next: Duration,
    state: u64,
}

impl Retry {
    /// From `min` on, at most `max`; `seed` decides how the waits are cut.
    pub fn new(min: Duration, max: Duration, seed: u64) -> Self {
        Self { min, max, next: min.min(max), state: seed | 1 }
    }

    /// The next wait.
    pub fn wait(&mut self) -> Duration {
        let whole = self.next;
        self.next = whole.saturating_mul(2).min(self.max);
        let half = whole / 2;
        let half_ms = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
        half + Duration::from_millis(self.random() % half_ms.saturating_add(1))
    }

    /// It worked: the next wait is the shortest again.
    pub fn reset(&mut self) {
        self.next = self.min.min(self.max);
    }

    /// Marsaglia's xorshift with 64 bits.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_maximum_within_their_half() {
        let ms = Duration::from_millis;
        let mut retry = Retry::new(ms(100), ms(1_000), 7);
        for whole in [100, 200, 400, 800, 1_000, 1_000] {
            let wait = retry.wait();
            assert!(wait >= ms(whole / 2) && wait <= ms(whole), "{whole}: {wait:?}");
        }
        retry.reset();
        assert!(retry.wait() <= ms(100));
    }

    #[test]
    fn keepers_wait_differently() {
        let ms = Duration::from_millis;
        let waits = |seed| {
            let mut retry = Retry::new(ms(10_000), ms(10_000), seed);
            [retry.wait(), retry.wait()]
        };
        assert_ne!(waits(1), waits(12_345));
        assert_eq!(waits(9), waits(9));
    }
}
