//! The same news is told once.
use super::watch::Kind;
use solana_address::Address;
use std::collections::HashMap;
use std::time::Duration;

/// What was told, and when.
#[derive(Clone, Debug)]
pub struct Once {
    repeat_ms: u64,
    told: HashMap<(Address, Kind), u64>,
}

impl Once {
    /// The same news of the same account is news again after `repeat`.
    pub fn new(repeat: Duration) -> Self {
        Self { repeat_ms: u64::try_from(repeat.as_millis()).unwrap_or(u64::MAX), told: HashMap::new() }
    }

    /// Whether this is to be told now; it counts as told then. Keeps one time per watched account and kind.
    pub fn is_new(&mut self, account: Address, kind: Kind, now_ms: u64) -> bool {
        let told = self.told.get(&(account, kind));
        if told.is_some_and(|at| now_ms.saturating_sub(*at) < self.repeat_ms) {
            return false;
        }
        self.told.insert((account, kind), now_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_news_is_told_again_only_after_the_interval() {
        let [a, b] = [1, 2].map(|byte| Address::new_from_array([byte; 32]));
        let mut once = Once::new(Duration::from_secs(60));
        assert!(once.is_new(a, Kind::MarginCalled, 0));
        assert!(!once.is_new(a, Kind::MarginCalled, 59_999));
        assert!(once.is_new(a, Kind::Liquidated, 1));
        assert!(once.is_new(b, Kind::MarginCalled, 1));
        assert!(once.is_new(a, Kind::MarginCalled, 60_000));
        assert!(!once.is_new(a, Kind::MarginCalled, 60_001));
    }
}
