//! Gaps are found, and everything is read again after each.
use crate::fake::{FakeChain, FakeFeed, FakeTime, Step, address, board};
use plimsoll_client::addresses::{PROGRAM, risk_board};
use plimsoll_keeper::config::SourceConfig;
use plimsoll_keeper::core::Observation;
use plimsoll_keeper::inbox::{Inbox, Input};
use plimsoll_keeper::monitor::Monitor;
use plimsoll_keeper::source::driver::Driver;
use plimsoll_keeper::source::feed::News;
use plimsoll_keeper::source::retry::Retry;
use solana_address::Address;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const HEARTBEAT_MS: u64 = 5_000;
/// How often a driver that says nothing is asked again before a test gives it up.
const QUIET_MAX: usize = 4_000;

fn house() -> Address {
    address(1)
}

fn config() -> SourceConfig {
    SourceConfig {
        poll_every: Duration::from_millis(1_000),
        heartbeat: Duration::from_millis(HEARTBEAT_MS),
        slots_skipped_max: 4,
        reconnect_min: Duration::from_millis(400),
        reconnect_max: Duration::from_millis(400),
    }
}

/// A driver in its thread, with what it reads, and what it tells.
struct Rig {
    chain: Arc<FakeChain>,
    time: Arc<FakeTime>,
    monitor: Arc<Monitor>,
    listened: Arc<Mutex<Vec<Vec<Address>>>>,
    /// One per connection that the feed can make.
    steps: Vec<Sender<Step>>,
    told: Receiver<Input>,
    thread: JoinHandle<()>,
}

impl Rig {
    /// With a feed that can be opened `connections` times.
    fn new(connections: usize) -> Self {
        let chain = Arc::new(FakeChain::new(&house(), &[address(7)]));
        let time = Arc::new(FakeTime::default());
        let listened = Arc::new(Mutex::new(Vec::new()));
        let (steps, scripts): (Vec<_>, Vec<_>) = (0..connections).map(|_| channel()).unzip();
        let feed = FakeFeed {
            scripts,
            listened: Arc::clone(&listened),
            events: Arc::clone(&chain.events),
            time: Arc::clone(&time),
        };
        let monitor = Arc::new(Monitor::new(Duration::from_secs(15)));
        let (inbox, told) = Inbox::new();
        let mut driver = Driver {
            chain: Arc::clone(&chain),
            feed: Some(Box::new(feed)),
            clearinghouse: house(),
            config: config(),
            inbox,
            snapshot_wanted: Arc::new(AtomicBool::new(false)),
            monitor: Arc::clone(&monitor),
            time: time.clone(),
            retry: Retry::new(config().reconnect_min, config().reconnect_max, 1),
            polls: 0,
        };
        let thread = std::thread::spawn(move || driver.run());
        Self { chain, time, monitor, listened, steps, told, thread }
    }

    /// Waits until the driver tells something, while its connection brings nothing.
    fn until(&self, connection: usize, is_it: impl Fn(&Observation) -> bool) {
        for _ in 0..QUIET_MAX {
            match self.told.recv_timeout(Duration::from_millis(5)) {
                Ok(Input::News { observation, .. }) if is_it(&observation) => return,
                Ok(_) => {}
                Err(_) => {
                    let _ = self.steps[connection].send(Step::Nothing);
                }
            }
        }
        panic!("it is not told; so far: {:?}", self.events());
    }

    fn step(&self, connection: usize, step: Step) {
        self.steps[connection].send(step).unwrap();
    }

    fn slot(&self, connection: usize, slot: u64) {
        self.step(connection, Step::News(News::Slot(slot)));
    }

    fn events(&self) -> Vec<&'static str> {
        self.chain.events.lock().unwrap().clone()
    }

    fn gaps(&self, kind: &str) -> bool {
        let line = format!("plimsoll_keeper_gaps_total{{kind=\"{kind}\"}} 1\n");
        self.monitor.text(0).contains(&line)
    }

    fn stop(self) {
        self.time.stopped.store(true, Ordering::SeqCst);
        drop(self.steps);
        // What it tells must not fill up while it ends.
        drop(self.told);
        self.thread.join().unwrap();
    }
}

fn is_end(observation: &Observation) -> bool {
    *observation == Observation::SnapshotEnded
}

fn is_gap(observation: &Observation) -> bool {
    *observation == Observation::Gap
}

#[test]
fn subscriptions_stand_before_the_snapshot_is_read() {
    let rig = Rig::new(1);
    rig.until(0, is_end);
    assert_eq!(rig.events(), ["open", "snapshot"]);
    assert_eq!(*rig.listened.lock().unwrap(), [[address(7)]]);
    rig.stop();
}

#[test]
fn a_jump_of_slots_brings_a_snapshot_over_the_same_connection() {
    let rig = Rig::new(1);
    rig.until(0, is_end);
    rig.slot(0, 100);
    rig.slot(0, 105);
    rig.slot(0, 111);
    rig.until(0, is_gap);
    rig.until(0, is_end);
    assert_eq!(rig.events(), ["open", "snapshot", "snapshot"]);
    assert!(rig.gaps("jump"));
    rig.stop();
}

#[test]
fn a_missed_heartbeat_brings_a_new_connection_and_a_snapshot() {
    let rig = Rig::new(2);
    rig.until(0, is_end);
    rig.slot(0, 100);
    rig.step(0, Step::Silence(HEARTBEAT_MS));
    rig.slot(0, 101);
    rig.step(0, Step::Silence(HEARTBEAT_MS + 1));
    rig.until(1, is_gap);
    // Once by polling, until the connection is tried again, and once when it stands.
    rig.until(1, is_end);
    rig.until(1, is_end);
    assert_eq!(rig.events(), ["open", "snapshot", "snapshot", "open", "snapshot"]);
    assert!(rig.gaps("silent"));
    assert!(rig.monitor.text(0).contains("plimsoll_keeper_reconnects_total 1\n"));
    rig.stop();
}

#[test]
fn a_closed_connection_is_polled_for_until_it_can_be_opened_again() {
    let rig = Rig::new(1);
    rig.until(0, is_end);
    rig.slot(0, 100);
    rig.step(0, Step::Close);
    rig.until(0, is_gap);
    // Polled: the clock is told without a connection.
    rig.until(0, |told| matches!(told, Observation::Clock { .. }));
    assert!(rig.gaps("closed"));
    while rig.events().iter().filter(|event| **event == "open").count() < 3 {
        let _ = rig.told.recv_timeout(Duration::from_millis(5));
    }
    assert!(rig.time.waits.lock().unwrap().iter().all(|ms| *ms <= 400));
    rig.stop();
}

#[test]
fn other_oracles_on_the_board_are_listened_to() {
    let rig = Rig::new(2);
    rig.until(0, is_end);
    let changed = board(&house(), &[address(7), address(8)]);
    rig.chain.put(risk_board(&house()), changed.clone());
    let told =
        Observation::Account { address: risk_board(&house()), slot: 101, owner: PROGRAM, data: changed.data };
    rig.step(0, Step::News(News::Account(told.clone())));
    rig.until(0, |observation| *observation == told);
    rig.until(1, is_gap);
    // First the poll's, until the feed is opened again; then the connection's.
    rig.until(1, is_end);
    rig.until(1, is_end);
    assert_eq!(*rig.listened.lock().unwrap(), [vec![address(7)], vec![address(7), address(8)]]);
    rig.stop();
}

#[test]
fn a_snapshot_that_fails_is_told_so() {
    let rig = Rig::new(1);
    rig.until(0, is_end);
    rig.chain.is_down.store(true, Ordering::SeqCst);
    rig.slot(0, 100);
    rig.slot(0, 200);
    rig.until(0, is_gap);
    rig.until(0, |told| *told == Observation::SnapshotFailed);
    assert!(rig.monitor.text(0).contains("plimsoll_keeper_unanswered_total 1\n"));
    rig.stop();
}

#[test]
fn without_a_feed_everything_is_read_at_every_tenth_poll() {
    let chain = Arc::new(FakeChain::new(&house(), &[address(7)]));
    let time = Arc::new(FakeTime { waits_max: Some(21), ..FakeTime::default() });
    let (inbox, told) = Inbox::new();
    let mut driver = Driver {
        chain: Arc::clone(&chain),
        feed: None,
        clearinghouse: house(),
        config: config(),
        inbox,
        snapshot_wanted: Arc::new(AtomicBool::new(false)),
        monitor: Arc::new(Monitor::new(Duration::from_secs(15))),
        time: time.clone(),
        retry: Retry::new(config().reconnect_min, config().reconnect_max, 1),
        polls: 0,
    };
    driver.run();
    let ends = told
        .try_iter()
        .filter(|input| matches!(input, Input::News { observation, .. } if is_end(observation)));
    assert_eq!(ends.count(), 3);
    assert_eq!(*time.waits.lock().unwrap(), [1_000; 21]);
}
