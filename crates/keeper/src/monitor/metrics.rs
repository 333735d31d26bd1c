//! The metrics themselves.
use crate::core::Duty;
use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// What becomes of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Wanted by the core.
    Planned,
    /// Handed to a node.
    Sent,
    /// Carried out.
    Landed,
    /// Carried out by somebody else before: it landed and did nothing.
    LostRace,
    /// Landed and failed.
    Failed,
    /// Not taken, or not built, or too late.
    Dropped,
    /// Sent, and never seen again.
    Expired,
}

impl Stage {
    pub const ALL: [Self; 7] =
        [Self::Planned, Self::Sent, Self::Landed, Self::LostRace, Self::Failed, Self::Dropped, Self::Expired];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Landed => "landed",
            Self::LostRace => "lost_race",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
        }
    }
}

pub struct Metrics {
    registry: Registry,
    pub accounts: IntGauge,
    pub sunk: IntGauge,
    pub called: IntGauge,
    pub in_flight: IntGauge,
    pub slot: IntGauge,
    pub slot_lag: IntGauge,
    pub snapshot_age: Gauge,
    pub source: IntGaugeVec,
    pub healthy: IntGauge,
    pub reconnects: IntCounter,
    pub gaps: IntCounterVec,
    pub unanswered: IntCounter,
    pub tasks: IntCounterVec,
    pub bounty: IntCounter,
    pub lamports: IntCounter,
    pub wallet: IntGauge,
    pub tick_to_send: Histogram,
    pub notifications: IntCounterVec,
}

/// Makes and registers metrics. Their names are literals that are valid and differ, which a test shows by
/// making them.
struct Maker(Registry);

impl Maker {
    fn register<M: Collector + Clone + 'static>(&self, metric: prometheus::Result<M>) -> M {
        let metric = metric.expect("a valid name");
        self.0.register(Box::new(metric.clone())).expect("a name used once");
        metric
    }

    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.register(IntGauge::with_opts(opts(name, help)))
    }

    fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.register(IntCounter::with_opts(opts(name, help)))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.register(IntCounterVec::new(opts(name, help), labels))
    }
}

fn opts(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace("plimsoll_keeper")
}

impl Metrics {
    pub fn new() -> Self {
        let maker = Maker(Registry::new());
        let buckets =
            vec![0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
        let latency =
            HistogramOpts::new("tick_to_send_seconds", "From the news to the transaction handed over")
                .namespace("plimsoll_keeper")
                .buckets(buckets);
        let metrics = Self {
            accounts: maker.gauge("accounts", "Margin accounts watched"),
            sunk: maker.gauge("accounts_sunk", "Margin accounts below maintenance"),
            called: maker.gauge("accounts_called", "Margin accounts below the line of margin calls"),
            in_flight: maker.gauge("in_flight", "Tasks whose fate is not known yet"),
            slot: maker.gauge("slot", "Newest slot announced"),
            slot_lag: maker.gauge("slot_lag", "Slots by which the clock that decisions use is behind that"),
            snapshot_age: maker.register(Gauge::with_opts(opts(
                "snapshot_age_seconds",
                "Since everything was read; -1 for never",
            ))),
            source: maker
                .register(IntGaugeVec::new(opts("source", "1 for where news come from"), &["state"])),
            healthy: maker.gauge("healthy", "1 while /healthz says so"),
            reconnects: maker.counter("reconnects_total", "Subscriptions that had to be made anew"),
            gaps: maker.counters("gaps_total", "Times that something may have been missed", &["kind"]),
            unanswered: maker.counter("unanswered_total", "Questions to which the node gave no answer"),
            tasks: maker.counters("tasks_total", "Tasks by what became of them", &["duty", "stage"]),
            bounty: maker.counter("bounty_micro_usd_total", "Bounties earned, micro-USD"),
            lamports: maker.counter("lamports_spent_total", "Fees paid, lamports"),
            wallet: maker.gauge("wallet_lamports", "What the wallet has, lamports"),
            tick_to_send: maker.register(Histogram::with_opts(latency)),
            notifications: maker.counters("notifications_total", "Notifications", &["channel", "result"]),
            registry: maker.0,
        };
        for duty in Duty::ALL {
            for stage in Stage::ALL {
                metrics.tasks.with_label_values(&[duty.name(), stage.name()]);
            }
        }
        metrics
    }

    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}
