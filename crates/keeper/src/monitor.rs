//! What the keeper shows of itself: metrics for Prometheus, and whether it is well.
use crate::core::{Duty, Observation};
use crate::source::gap::Gap;
use metrics::Metrics;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

mod metrics;

pub use metrics::Stage;

/// Where news come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SourceState {
    /// Nothing yet.
    Starting,
    /// Subscriptions.
    Live,
    /// The node is asked again and again.
    Polling,
    /// Nowhere any more.
    Stopped,
}

impl SourceState {
    const ALL: [Self; 4] = [Self::Starting, Self::Live, Self::Polling, Self::Stopped];

    const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Live => "live",
            Self::Polling => "polling",
            Self::Stopped => "stopped",
        }
    }
}

/// Counts and remembers. Every thread has one and the same.
pub struct Monitor {
    metrics: Metrics,
    /// Data older than this are stale.
    stale_ms: u64,
    source: AtomicU8,
    /// The newest slot announced, and when; times are milliseconds of the keeper's clock plus one, and zero
    /// for never.
    slot: AtomicU64,
    slot_at: AtomicU64,
    snapshot_at: AtomicU64,
    blockhash_at: AtomicU64,
    /// Why the last transaction could not be handed over, and when that was; `None` if it could.
    sending: Mutex<Option<(String, u64)>>,
    /// Whether the wallet has too little to go on sending.
    is_poor: AtomicBool,
}

/// Lamports with which the keeper can go on for a while: two hundred signatures.
const WALLET_LAMPORTS_MIN: u64 = 1_000_000;
/// How long a transaction that was not taken counts against the keeper's health: the next may be hours away.
const SENDING_MS: u64 = 60_000;

/// The core as it is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoreState {
    pub accounts: usize,
    pub sunk: usize,
    /// Below the line of margin calls, the sunk included.
    pub called: usize,
    pub in_flight: usize,
    /// The slot that decisions are made at.
    pub slot: u64,
}

impl Monitor {
    /// Nothing has happened yet; data older than `stale` will be unhealthy.
    pub fn new(stale: Duration) -> Self {
        Self {
            metrics: Metrics::new(),
            stale_ms: u64::try_from(stale.as_millis()).unwrap_or(u64::MAX),
            source: AtomicU8::new(SourceState::Starting as u8),
            slot: AtomicU64::new(0),
            slot_at: AtomicU64::new(0),
            snapshot_at: AtomicU64::new(0),
            blockhash_at: AtomicU64::new(0),
            sending: Mutex::new(None),
            is_poor: AtomicBool::new(false),
        }
    }

    /// News come from elsewhere now.
    pub fn source(&self, state: SourceState) {
        self.source.store(state as u8, Ordering::Relaxed);
    }

    /// A slot was announced.
    pub fn slot(&self, slot: u64, now_ms: u64) {
        self.slot.fetch_max(slot, Ordering::Relaxed);
        self.slot_at.store(now_ms + 1, Ordering::Relaxed);
    }

    /// A node answered with all of this.
    pub fn heard(&self, observations: &[Observation], now_ms: u64) {
        for observation in observations {
            match observation {
                Observation::Clock { slot, .. } => self.slot(*slot, now_ms),
                Observation::SnapshotEnded => self.snapshot_at.store(now_ms + 1, Ordering::Relaxed),
                _ => {}
            }
        }
    }

    /// A node gave no answer.
    pub fn unanswered(&self) {
        self.metrics.unanswered.inc();
    }

    /// The subscriptions stand, for the first time or again.
    pub fn connected(&self, is_first: bool) {
        if !is_first {
            self.metrics.reconnects.inc();
        }
    }

    pub fn gap(&self, gap: &Gap) {
        self.metrics.gaps.with_label_values(&[gap.kind()]).inc();
    }

    /// A blockhash was brought: there is something to sign for.
    pub fn blockhash(&self, now_ms: u64) {
        self.blockhash_at.store(now_ms + 1, Ordering::Relaxed);
    }

    /// A transaction could be handed to a node, or why not.
    pub fn sending(&self, problem: Option<String>, now_ms: u64) {
        let problem = problem.map(|problem| (problem, now_ms));
        *self.sending.lock().unwrap_or_else(PoisonError::into_inner) = problem;
    }

    /// A task came to a stage.
    pub fn task(&self, duty: Duty, stage: Stage) {
        self.metrics.tasks.with_label_values(&[duty.name(), stage.name()]).inc();
    }

    /// Lamports that the wallet has.
    pub fn wallet(&self, lamports: u64) {
        self.metrics.wallet.set(i64::try_from(lamports).unwrap_or(i64::MAX));
        self.is_poor.store(lamports < WALLET_LAMPORTS_MIN, Ordering::Relaxed);
    }

    /// What a landed transaction brought and cost.
    pub fn earned(&self, bounty_micro_usd: u64, lamports: u64) {
        self.metrics.bounty.inc_by(bounty_micro_usd);
        self.metrics.lamports.inc_by(lamports);
    }

    /// From the news that made a task due to its transaction being handed over.
    pub fn tick_to_send(&self, us: u64) {
        self.metrics.tick_to_send.observe(us as f64 / 1e6);
    }

    /// A notification went out, or did not.
    pub fn notified(&self, channel: &str, result: &str) {
        self.metrics.notifications.with_label_values(&[channel, result]).inc();
    }

    /// The core as it is now.
    pub fn core(&self, state: &CoreState) {
        let set = |gauge: &prometheus::IntGauge, value: usize| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.metrics.accounts, state.accounts);
        set(&self.metrics.sunk, state.sunk);
        set(&self.metrics.called, state.called);
        set(&self.metrics.in_flight, state.in_flight);
        let lag = self.slot.load(Ordering::Relaxed).saturating_sub(state.slot);
        self.metrics.slot_lag.set(i64::try_from(lag).unwrap_or(i64::MAX));
    }

    /// All metrics in the text form of Prometheus.
    pub fn text(&self, now_ms: u64) -> String {
        for state in SourceState::ALL {
            let is_current = self.source.load(Ordering::Relaxed) == state as u8;
            self.metrics.source.with_label_values(&[state.name()]).set(i64::from(is_current));
        }
        let slot = self.slot.load(Ordering::Relaxed);
        self.metrics.slot.set(i64::try_from(slot).unwrap_or(i64::MAX));
        let age = age_ms(&self.snapshot_at, now_ms).map_or(-1.0, |ms| ms as f64 / 1e3);
        self.metrics.snapshot_age.set(age);
        self.metrics.healthy.set(i64::from(self.health(now_ms).is_ok()));
        self.metrics.text()
    }

    /// Whether data are fresh and transactions can be sent.
    ///
    /// # Errors
    /// What is wrong, in one line.
    pub fn health(&self, now_ms: u64) -> Result<(), String> {
        if age_ms(&self.snapshot_at, now_ms).is_none() {
            return Err("no snapshot yet: the node has not told all accounts".to_string());
        }
        let fresh = |what: &str, at: &AtomicU64| match age_ms(at, now_ms) {
            None => Err(format!("{what} yet: is the node there?")),
            Some(ms) if ms > self.stale_ms => Err(format!("{what} for {ms} ms: is the node there?")),
            Some(_) => Ok(()),
        };
        fresh("no slot", &self.slot_at)?;
        fresh("no blockhash", &self.blockhash_at)?;
        if self.is_poor.load(Ordering::Relaxed) {
            return Err("the wallet has less than 0.001 SOL: send it some".to_string());
        }
        match self.sending.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            Some((problem, at)) if now_ms.saturating_sub(*at) <= SENDING_MS => {
                Err(format!("the last transaction was not taken: {problem}"))
            }
            _ => Ok(()),
        }
    }
}

/// How long ago; `None` for never.
fn age_ms(at: &AtomicU64, now_ms: u64) -> Option<u64> {
    let at = at.load(Ordering::Relaxed).checked_sub(1)?;
    Some(now_ms.saturating_sub(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALE: Duration = Duration::from_secs(15);

    fn well(now_ms: u64) -> Monitor {
        let monitor = Monitor::new(STALE);
        let snapshot = [Observation::Clock { slot: 9, unix_time: 0 }, Observation::SnapshotEnded];
        monitor.heard(&snapshot, now_ms);
        monitor.blockhash(now_ms);
        monitor
    }

    #[test]
    fn health_says_what_is_wrong() {
        let monitor = Monitor::new(STALE);
        let no_snapshot = "no snapshot yet: the node has not told all accounts";
        assert_eq!(monitor.health(0), Err(no_snapshot.to_string()));
        monitor.heard(&[Observation::SnapshotEnded], 0);
        assert_eq!(monitor.health(0), Err("no slot yet: is the node there?".to_string()));
        let monitor = well(1_000);
        assert_eq!(monitor.health(16_000), Ok(()));
        let old = "no slot for 15001 ms: is the node there?";
        assert_eq!(monitor.health(16_001), Err(old.to_string()));
        monitor.slot(10, 16_001);
        let old = "no blockhash for 15001 ms: is the node there?";
        assert_eq!(monitor.health(16_001), Err(old.to_string()));
        monitor.blockhash(16_001);
        monitor.sending(Some("no funds".to_string()), 16_001);
        let not_taken = "the last transaction was not taken: no funds";
        assert_eq!(monitor.health(16_001), Err(not_taken.to_string()));
        monitor.slot(11, 76_002);
        monitor.blockhash(76_002);
        assert_eq!(monitor.health(76_002), Ok(()));
        monitor.sending(Some("no funds".to_string()), 76_002);
        monitor.sending(None, 76_002);
        assert_eq!(monitor.health(76_002), Ok(()));
        monitor.wallet(999_999);
        let poor = "the wallet has less than 0.001 SOL: send it some";
        assert_eq!(monitor.health(76_002), Err(poor.to_string()));
        monitor.wallet(1_000_000);
        assert_eq!(monitor.health(76_002), Ok(()));
    }

    #[test]
    fn metrics_say_what_happened() {
        let monitor = well(1_000);
        monitor.source(SourceState::Live);
        monitor.slot(12, 1_000);
        monitor.connected(true);
        monitor.connected(false);
        monitor.gap(&Gap::Overflow);
        monitor.task(Duty::Liquidate, Stage::LostRace);
        monitor.earned(2_500_000, 5_000);
        monitor.tick_to_send(1_500);
        monitor.notified("webhook", "sent");
        monitor.wallet(7_000_000);
        let state = CoreState { accounts: 7, sunk: 2, called: 3, in_flight: 1, slot: 9 };
        monitor.core(&state);
        let text = monitor.text(5_000);
        for line in [
            "plimsoll_keeper_accounts 7",
            "plimsoll_keeper_accounts_sunk 2",
            "plimsoll_keeper_accounts_called 3",
            "plimsoll_keeper_in_flight 1",
            "plimsoll_keeper_slot 12",
            "plimsoll_keeper_slot_lag 3",
            "plimsoll_keeper_snapshot_age_seconds 4",
            "plimsoll_keeper_source{state=\"live\"} 1",
            "plimsoll_keeper_source{state=\"polling\"} 0",
            "plimsoll_keeper_reconnects_total 1",
            "plimsoll_keeper_gaps_total{kind=\"overflow\"} 1",
            "plimsoll_keeper_tasks_total{duty=\"liquidate\",stage=\"lost_race\"} 1",
            "plimsoll_keeper_tasks_total{duty=\"sweep\",stage=\"planned\"} 0",
            "plimsoll_keeper_bounty_micro_usd_total 2500000",
            "plimsoll_keeper_lamports_spent_total 5000",
            "plimsoll_keeper_tick_to_send_seconds_count 1",
            "plimsoll_keeper_tick_to_send_seconds_bucket{le=\"0.001\"} 0",
            "plimsoll_keeper_tick_to_send_seconds_bucket{le=\"0.002\"} 1",
            "plimsoll_keeper_notifications_total{channel=\"webhook\",result=\"sent\"} 1",
            "plimsoll_keeper_wallet_lamports 7000000",
            "plimsoll_keeper_healthy 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
