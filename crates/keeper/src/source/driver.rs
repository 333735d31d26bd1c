//! Keeps the core told: opens the feed, takes snapshots, finds gaps, polls while there is no feed.
use super::feed::{Feed, News, Stream};
use super::gap::{Gap, Pulse};
use super::read::{oracles, read_all, read_moving};
use super::retry::Retry;
use crate::config::SourceConfig;
use crate::core::Observation;
use crate::inbox::{Inbox, Input};
use crate::monitor::{Monitor, SourceState};
use crate::time::Time;
use plimsoll_client::addresses::risk_board;
use plimsoll_client::chain::{Chain, Result};
use solana_address::Address;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::Duration;
use tracing::{info, warn};

/// How long to wait for news before looking after everything else.
const PATIENCE: Duration = Duration::from_millis(50);
/// Polls between two readings of every account, while there is no feed.
const POLLS_PER_SNAPSHOT: u32 = 10;

/// The thread that feeds the core.
pub struct Driver<C> {
    pub chain: Arc<C>,
    /// `None` to poll only.
    pub feed: Option<Box<dyn Feed>>,
    pub clearinghouse: Address,
    pub config: SourceConfig,
    pub inbox: Inbox,
    /// Set when a snapshot is wanted; cleared when one is begun.
    pub snapshot_wanted: Arc<AtomicBool>,
    pub monitor: Arc<Monitor>,
    pub time: Arc<dyn Time>,
    pub retry: Retry,
    /// How often the node was polled.
    pub polls: u32,
}

/// A connection and the oracles that it listens to, or why there is none.
type Opened = std::result::Result<(Box<dyn Stream>, Vec<Address>), Gap>;
/// A snapshot that is being read elsewhere.
type Reading = Receiver<Result<Vec<Observation>>>;

impl<C: Chain + Send + Sync + 'static> Driver<C> {
    /// Runs until the keeper stops.
    pub fn run(&mut self) {
        let mut is_first = true;
        while !self.time.is_stopped() {
            match self.open() {
                None => {}
                Some(Ok((stream, oracles))) => {
                    self.monitor.connected(is_first);
                    is_first = false;
                    if let Some(gap) = self.live(stream, &oracles) {
                        self.note(&gap);
                    }
                }
                Some(Err(gap)) => warn!(%gap, "no subscriptions: polling until they are tried again"),
            }
            self.poll();
        }
        self.monitor.source(SourceState::Stopped);
    }

    fn open(&mut self) -> Option<Opened> {
        let feed = self.feed.as_mut()?;
        let listened = match read_moving(self.chain.as_ref(), &self.clearinghouse) {
            Ok(moving) => moving.oracles,
            Err(error) => return Some(Err(Gap::Closed(error.to_string()))),
        };
        Some(feed.open(&listened).map(|stream| (stream, listened)))
    }

    /// Follows a connection until it is of no use any more; `None` when the keeper stops.
    fn live(&mut self, mut stream: Box<dyn Stream>, listened: &[Address]) -> Option<Gap> {
        info!(oracles = listened.len(), "connected");
        self.monitor.source(SourceState::Live);
        self.snapshot_wanted.store(true, Ordering::Relaxed);
        let mut pulse = Pulse::new(self.config.heartbeat, self.config.slots_skipped_max, self.time.now_ms());
        let mut reading: Option<Reading> = None;
        while !self.time.is_stopped() {
            if reading.is_none() && self.snapshot_wanted.swap(false, Ordering::Relaxed) {
                reading = Some(self.read());
            }
            reading = reading.and_then(|reading| self.take(reading));
            let heard = match stream.next(PATIENCE) {
                Ok(Some(news)) => self.hear(news, &mut pulse, listened),
                Ok(None) => pulse.silence(self.time.now_ms()),
                Err(gap) => Err(gap),
            };
            match heard {
                Ok(()) => {}
                Err(gap) if gap.needs_reconnect() => return Some(gap),
                Err(gap) => {
                    self.note(&gap);
                    self.snapshot_wanted.store(true, Ordering::Relaxed);
                }
            }
        }
        None
    }

    fn hear(&mut self, news: News, pulse: &mut Pulse, listened: &[Address]) -> std::result::Result<(), Gap> {
        let observation = match news {
            News::Slot(slot) => {
                self.monitor.slot(slot, self.time.now_ms());
                self.retry.reset();
                return pulse.slot(slot, self.time.now_ms());
            }
            News::Account(observation) => observation,
        };
        let is_other = match &observation {
            Observation::Account { address, data, .. } if *address == risk_board(&self.clearinghouse) => {
                oracles(Some(data)) != listened
            }
            _ => false,
        };
        self.tell(observation);
        if is_other { Err(Gap::Oracles) } else { Ok(()) }
    }

    /// Polls until it is time to try the feed again; for good if there is none.
    fn poll(&mut self) {
        let until_ms = match &self.feed {
            Some(_) => {
                let wait = u64::try_from(self.retry.wait().as_millis()).unwrap_or(u64::MAX);
                self.time.now_ms().saturating_add(wait)
            }
            None => u64::MAX,
        };
        self.monitor.source(SourceState::Polling);
        while !self.time.is_stopped() {
            let is_due = self.snapshot_wanted.swap(false, Ordering::Relaxed);
            let answer = if is_due || self.polls.is_multiple_of(POLLS_PER_SNAPSHOT) {
                read_all(self.chain.as_ref(), &self.clearinghouse)
            } else {
                read_moving(self.chain.as_ref(), &self.clearinghouse).map(|moving| moving.observations)
            };
            self.polls = self.polls.wrapping_add(1);
            self.report(answer);
            let left = until_ms.saturating_sub(self.time.now_ms());
            if left == 0 || self.time.wait(self.config.poll_every.min(Duration::from_millis(left))) {
                return;
            }
        }
    }

    /// Begins a snapshot in a thread of its own, so that the feed is heard meanwhile.
    fn read(&self) -> Reading {
        let (sender, reading) = sync_channel(1);
        let (chain, clearinghouse) = (Arc::clone(&self.chain), self.clearinghouse);
        let read = move || {
            // Nobody may be waiting any more: the connection may have ended meanwhile.
            let _ = sender.send(read_all(chain.as_ref(), &clearinghouse));
        };
        if let Err(error) = std::thread::Builder::new().name("snapshot".to_string()).spawn(read) {
            warn!(%error, "no thread for a snapshot: raise this user's limit of processes");
        }
        reading
    }

    /// Tells a snapshot if it has come; what is still to come is given back.
    fn take(&mut self, reading: Reading) -> Option<Reading> {
        match reading.try_recv() {
            Ok(answer) => {
                self.report(answer);
                None
            }
            Err(TryRecvError::Empty) => Some(reading),
            Err(TryRecvError::Disconnected) => {
                self.tell(Observation::SnapshotFailed);
                None
            }
        }
    }

    fn report(&mut self, answer: Result<Vec<Observation>>) {
        match answer {
            Ok(observations) => {
                self.monitor.heard(&observations, self.time.now_ms());
                observations.into_iter().for_each(|observation| self.tell(observation));
            }
            Err(error) => {
                warn!(%error, "the node gave no answer: asked again");
                self.monitor.unanswered();
                self.tell(Observation::SnapshotFailed);
            }
        }
    }

    fn note(&mut self, gap: &Gap) {
        warn!(kind = gap.kind(), %gap, "gap: everything is read anew");
        self.monitor.gap(gap);
        self.tell(Observation::Gap);
    }

    fn tell(&self, observation: Observation) {
        self.inbox.put(Input::News { observation, heard_us: self.time.now_us() });
    }
}
