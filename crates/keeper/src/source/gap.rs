//! Whether something may have been missed.
use std::fmt;
use std::time::Duration;

/// Why something may have been missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The connection ended, or was never there.
    Closed(String),
    /// No slot was announced for this long: the connection is taken for dead.
    Silent { ms: u64 },
    /// Slots were left out.
    Jump { from: u64, to: u64 },
    /// More came than could be taken.
    Overflow,
    /// Other oracles than those that are listened to.
    Oracles,
}

impl Gap {
    /// As metrics call it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Closed(_) => "closed",
            Self::Silent { .. } => "silent",
            Self::Jump { .. } => "jump",
            Self::Overflow => "overflow",
            Self::Oracles => "oracles",
        }
    }

    /// Whether the connection itself is of no use any more.
    pub fn needs_reconnect(&self) -> bool {
        !matches!(self, Self::Jump { .. })
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(why) => write!(f, "the connection is closed: {why}"),
            Self::Silent { ms } => write!(f, "no slot for {ms} ms"),
            Self::Jump { from, to } => write!(f, "after slot {from} came {to}"),
            Self::Overflow => write!(f, "news came faster than they could be taken"),
            Self::Oracles => write!(f, "the board names other oracles now"),
        }
    }
}

/// The slots that a connection announces: its pulse.
#[derive(Clone, Debug)]
pub struct Pulse {
    silence_ms_max: u64,
    skipped_max: u64,
    slot: u64,
    heard_ms: u64,
}

impl Pulse {
    /// A connection that stands since `now_ms`. It must announce a slot every `silence_max`, and leave out
    /// at most `skipped_max`.
    pub fn new(silence_max: Duration, skipped_max: u64, now_ms: u64) -> Self {
        let silence_ms_max = u64::try_from(silence_max.as_millis()).unwrap_or(u64::MAX);
        Self { silence_ms_max, skipped_max, slot: 0, heard_ms: now_ms }
    }

    /// A slot was announced. Forks announce slots again, and in another order.
    ///
    /// # Errors
    /// The gap before it, if there is one.
    pub fn slot(&mut self, slot: u64, now_ms: u64) -> Result<(), Gap> {
        self.heard_ms = now_ms;
        let from = self.slot;
        self.slot = from.max(slot);
        let is_jump = from != 0 && slot > from.saturating_add(self.skipped_max).saturating_add(1);
        if is_jump { Err(Gap::Jump { from, to: slot }) } else { Ok(()) }
    }

    /// Nothing was announced until now.
    ///
    /// # Errors
    /// When that is too long.
    pub fn silence(&self, now_ms: u64) -> Result<(), Gap> {
        let ms = now_ms.saturating_sub(self.heard_ms);
        if ms > self.silence_ms_max { Err(Gap::Silent { ms }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(5_000);

    #[test]
    fn slots_in_order_again_or_reordered_are_no_gap() {
        let mut pulse = Pulse::new(LIMIT, 2, 0);
        for slot in [100, 101, 101, 99, 102, 105] {
            assert_eq!(pulse.slot(slot, 0), Ok(()), "{slot}");
        }
    }

    #[test]
    fn a_jump_beyond_the_limit_is_a_gap_once() {
        let mut pulse = Pulse::new(LIMIT, 2, 0);
        assert_eq!(pulse.slot(100, 0), Ok(()));
        assert_eq!(pulse.slot(104, 0), Err(Gap::Jump { from: 100, to: 104 }));
        assert_eq!(pulse.slot(105, 0), Ok(()));
    }

    #[test]
    fn silence_beyond_the_limit_is_a_gap() {
        let mut pulse = Pulse::new(LIMIT, 2, 1_000);
        assert_eq!(pulse.silence(6_000), Ok(()));
        assert_eq!(pulse.silence(6_001), Err(Gap::Silent { ms: 5_001 }));
        pulse.slot(1, 6_000).unwrap();
        assert_eq!(pulse.silence(11_000), Ok(()));
    }
}
