//! The thread that owns the core: it tells the core what the others have learnt, and hands out what the core
//! wants done.
use crate::asker::{Followed, Wish};
use crate::core::{Core, Key, Needs, Observation, Refusal, SendOutcome, Task};
use crate::inbox::{Input, Signed};
use crate::journal::Journal;
use crate::monitor::{CoreState, Monitor, Stage};
use crate::notify::Changes;
use crate::sender::{Job, Jobs, Newest};
use crate::time::Time;
use plimsoll_client::chain::Commitment;
use plimsoll_client::decode::decode;
use plimsoll_client::program::state::MarginState;
use solana_address::Address;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;
use tracing::{error, info, warn};

/// How long to wait for a message.
const PATIENCE: Duration = Duration::from_millis(20);
/// Messages taken before the core is asked what to do.
const MESSAGES_PER_TURN: usize = 4_096;
/// How long the core is not asked what to do when nothing was learnt.
const PLAN_EVERY_MS: u64 = 250;
/// How long until a transaction whose fate is not known is sent again.
const RESEND_MS: u64 = 2_000;
/// The least time between two wishes for a snapshot.
const SNAPSHOT_EVERY_MS: u64 = 1_000;
/// How long one round waits for accounts that nobody can show.
const ROUND_WAIT_MS: u64 = 5_000;

/// What is done with what the core wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// Tried and reported instead of sent.
    pub is_dry: bool,
    /// Only what is due once everything has been read; then the end.
    pub is_once: bool,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As asked, and nothing went wrong.
    Done,
    /// Something that was sent failed, or was never seen again.
    Failed,
    /// Something that was sent may still land: the journal has it.
    Unsettled,
    /// The journal can't be written: nothing can be sent.
    NoJournal,
}

/// A transaction that may still land.
struct Flight {
    key: Key,
    /// `None` for one that an earlier process sent.
    transaction: Option<Arc<VersionedTransaction>>,
    sent_ms: u64,
    /// Whether a node may have it.
    is_out: bool,
    fate: Option<Stage>,
}

/// The thread's things.
pub struct Owner {
    pub core: Core,
    pub inbox: Receiver<Input>,
    pub jobs: Jobs,
    pub wishes: SyncSender<Wish>,
    pub snapshot_wanted: Arc<AtomicBool>,
    pub blockhash: Arc<Newest>,
    /// Landed transactions whose logs the asker has still to read.
    pub unread: Arc<AtomicUsize>,
    pub journal: Journal,
    pub changes: Option<Changes>,
    pub monitor: Arc<Monitor>,
    pub time: Arc<dyn Time>,
    pub mode: Mode,
    pub stop_wait: Duration,
    pub state: OwnerState,
}

/// What the thread remembers.
#[derive(Default)]
pub struct OwnerState {
    flights: BTreeMap<Signature, Flight>,
    /// Tasks at the workers, and when what made them due was heard.
    building: BTreeMap<u64, (Key, u64)>,
    landed: Vec<Followed>,
    heard_us: Option<u64>,
    planned_ms: Option<u64>,
    snapshot_ms: Option<u64>,
    book_ms: Option<u64>,
    /// Accounts that the chain says are below the line of margin calls.
    called: BTreeSet<Address>,
    has_had_round: bool,
    has_failed: bool,
    no_journal: bool,
}

impl Owner {
    /// Takes over what an earlier process has sent.
    pub fn import(&mut self, sent: &[crate::core::Sent]) {
        self.core.import(sent);
        for sent in sent {
            let flight = Flight { key: sent.key, transaction: None, sent_ms: 0, is_out: true, fate: None };
            self.state.flights.insert(sent.signature, flight);
        }
    }

    /// Runs until the keeper stops, or a single round is over.
    pub fn run(&mut self) -> End {
        let mut deadline_ms = None;
        loop {
            self.listen();
            let now_ms = self.time.now_ms();
            let is_stopping = deadline_ms.is_some();
            if !is_stopping {
                self.plan(now_ms);
                self.core.rest();
            }
            self.settle(now_ms);
            self.ask(now_ms);
            self.show();
            if deadline_ms.is_none() && (self.time.is_stopped() || self.state.no_journal) {
                info!(in_flight = self.core.in_flight_count(), "stopping");
                let wait = u64::try_from(self.stop_wait.as_millis()).unwrap_or(u64::MAX);
                deadline_ms = Some(now_ms.saturating_add(wait));
            }
            let is_settled = self.state.building.is_empty() && self.state.flights.is_empty();
            let is_told = self.state.landed.is_empty() && self.unread.load(Ordering::SeqCst) == 0;
            let is_late = deadline_ms.is_some_and(|deadline| now_ms >= deadline);
            let is_over = is_stopping || (self.mode.is_once && self.state.has_had_round);
            if is_over && is_settled && (is_told || is_late) {
                return self.end();
            }
            if is_late {
                warn!(
                    in_flight = self.state.flights.len(),
                    "not settled in time: the journal has what was sent"
                );
                return End::Unsettled;
            }
        }
    }

    fn end(&self) -> End {
        match (self.state.no_journal, self.state.has_failed && self.mode.is_once) {
            (true, _) => End::NoJournal,
            (false, true) => End::Failed,
            (false, false) => End::Done,
        }
    }

    fn listen(&mut self) {
        self.state.heard_us = None;
        match self.inbox.recv_timeout(PATIENCE) {
            Ok(input) => self.take(input),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        }
        for _ in 0..MESSAGES_PER_TURN {
            match self.inbox.try_recv() {
                Ok(input) => self.take(input),
                Err(_) => return,
            }
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Signed(signed) => self.register(*signed),
            Input::News { observation, heard_us } => {
                self.note(&observation, heard_us);
                self.core.observe(observation);
            }
        }
    }

    /// What the shell itself has to know of an observation.
    fn note(&mut self, observation: &Observation, heard_us: u64) {
        match observation {
            Observation::Account { address, data, .. } => {
                self.state.heard_us.get_or_insert(heard_us);
                if let Ok(state) = decode::<MarginState>(data) {
                    mark(&mut self.state.called, *address, state.called_at != 0 || state.sunk_at != 0);
                }
                if let Some(changes) = &self.changes {
                    changes.note(address);
                }
            }
            Observation::Gone { address, .. } => {
                mark(&mut self.state.called, *address, false);
            }
            Observation::Abandoned { claim, .. } => {
                if let Some((key, _)) = self.state.building.remove(&claim.0)
                    && !self.mode.is_dry
                {
                    self.monitor.task(key.duty(), Stage::Dropped);
                }
            }
            Observation::Sent { signature, outcome } => self.handed_over(signature, outcome),
            Observation::Status { signature, status: Some(status), .. }
                if status.commitment >= Commitment::Confirmed =>
            {
                let fate = if status.error.is_some() { Stage::Failed } else { Stage::Landed };
                self.decide(signature, fate);
            }
            _ => {}
        }
    }

    /// A node took a transaction, or did not. Once any may have it, refusals of others settle nothing.
    fn handed_over(&mut self, signature: &Signature, outcome: &SendOutcome) {
        let Some(flight) = self.state.flights.get_mut(signature) else { return };
        match outcome {
            SendOutcome::Refused(_) if !flight.is_out => flight.fate = Some(Stage::Dropped),
            SendOutcome::Refused(_) => {}
            SendOutcome::Taken | SendOutcome::Unavailable => flight.is_out = true,
        }
    }

    fn decide(&mut self, signature: &Signature, fate: Stage) {
        if let Some(flight) = self.state.flights.get_mut(signature) {
            flight.fate = Some(fate);
        }
    }

    /// A task was signed: it goes out if the core still wants it, and the journal has it.
    fn register(&mut self, signed: Signed) {
        let Some((key, heard_us)) = self.state.building.remove(&signed.claim.0) else { return };
        let signature = signed.signature;
        if self.core.sign(signed.claim, signature, signed.last_valid_block_height).is_none() {
            self.monitor.task(key.duty(), Stage::Dropped);
            return;
        }
        if !self.write_journal() {
            self.core.observe(Observation::Abandoned { claim: signed.claim, why: Refusal::Other });
            self.monitor.task(key.duty(), Stage::Dropped);
            return;
        }
        let transaction = Arc::new(signed.transaction);
        let flight = Flight {
            key,
            transaction: Some(Arc::clone(&transaction)),
            sent_ms: self.time.now_ms(),
            is_out: false,
            fate: None,
        };
        self.state.flights.insert(signature, flight);
        info!(%key, %signature, "sent");
        self.monitor.task(key.duty(), Stage::Sent);
        // Without room it is sent with those that are sent again.
        let _ = self.jobs.put(Job::Send { signature, transaction, heard_us: Some(heard_us) });
    }

    fn plan(&mut self, now_ms: u64) {
        let is_round = self.mode.is_once;
        let is_due = self.state.heard_us.is_some()
            || self.state.planned_ms.is_none_or(|at| now_ms.saturating_sub(at) >= PLAN_EVERY_MS);
        if !is_due || (is_round && (self.state.has_had_round || !self.is_ready(now_ms))) {
            return;
        }
        if !self.core.has_book() || self.blockhash.get(now_ms).is_none() {
            return;
        }
        self.state.planned_ms = Some(now_ms);
        self.state.has_had_round = true;
        let heard_us = self.state.heard_us.unwrap_or_else(|| self.time.now_us());
        for task in self.core.plan(now_ms) {
            self.hand_out(task, heard_us);
        }
    }

    /// Whether everything is known that a single round needs.
    fn is_ready(&mut self, now_ms: u64) -> bool {
        if !self.core.has_book() {
            return false;
        }
        let since_ms = *self.state.book_ms.get_or_insert(now_ms);
        let Needs { snapshot, accounts, .. } = self.core.needs(now_ms);
        let is_late = now_ms.saturating_sub(since_ms) >= ROUND_WAIT_MS;
        is_late || (!snapshot && accounts.is_empty())
    }

    fn hand_out(&mut self, task: Task, heard_us: u64) {
        let (claim, key) = (task.claim, task.key);
        self.monitor.task(key.duty(), Stage::Planned);
        info!(%key, bounty = task.bounty.0, cost = task.cost.0, depth = task.depth, "planned");
        let task = Box::new(task);
        let job = if self.mode.is_dry { Job::Try(task) } else { Job::Build(task) };
        match self.jobs.put(job) {
            None => {
                self.state.building.insert(claim.0, (key, heard_us));
            }
            Some(_) => self.core.observe(Observation::Abandoned { claim, why: Refusal::Other }),
        }
    }

    /// Lets go of what is settled, sends again what is not, and writes the journal.
    fn settle(&mut self, now_ms: u64) {
        let open: BTreeSet<Signature> = self.core.export().iter().map(|sent| sent.signature).collect();
        let closed: Vec<Signature> =
            self.state.flights.keys().filter(|signature| !open.contains(*signature)).copied().collect();
        for signature in closed {
            let Some(Flight { key, fate, .. }) = self.state.flights.remove(&signature) else { continue };
            let fate = fate.unwrap_or(Stage::Expired);
            self.state.has_failed |= matches!(fate, Stage::Expired | Stage::Failed | Stage::Dropped);
            match fate {
                Stage::Landed | Stage::Failed => self.state.landed.push(Followed { key, signature, fate }),
                fate => {
                    warn!(%key, %signature, fate = fate.name(), "it did not land");
                    self.monitor.task(key.duty(), fate);
                }
            }
        }
        for (signature, flight) in &mut self.state.flights {
            let Some(transaction) = &flight.transaction else { continue };
            if flight.fate.is_none() && now_ms.saturating_sub(flight.sent_ms) >= RESEND_MS {
                flight.sent_ms = now_ms;
                let (signature, transaction) = (*signature, Arc::clone(transaction));
                let _ = self.jobs.put(Job::Send { signature, transaction, heard_us: None });
            }
        }
        self.write_journal();
    }

    fn write_journal(&mut self) -> bool {
        if let Err(problem) = self.journal.write(&self.core.export()) {
            error!("{problem}");
            self.state.no_journal = true;
        }
        !self.state.no_journal
    }

    /// Passes on what the core needs. The asker is busy at times: it is asked again in the next turn.
    fn ask(&mut self, now_ms: u64) {
        let needs = self.core.needs(now_ms);
        let is_early = |at: u64| now_ms.saturating_sub(at) < SNAPSHOT_EVERY_MS;
        if needs.snapshot && !self.state.snapshot_ms.is_some_and(is_early) {
            self.state.snapshot_ms = Some(now_ms);
            self.snapshot_wanted.store(true, Ordering::Relaxed);
        }
        if needs.accounts.is_empty() && needs.statuses.is_empty() && self.state.landed.is_empty() {
            return;
        }
        let landed = std::mem::take(&mut self.state.landed);
        let count = landed.len();
        self.unread.fetch_add(count, Ordering::SeqCst);
        if let Err(TrySendError::Full(wish) | TrySendError::Disconnected(wish)) =
            self.wishes.try_send(Wish { needs, landed })
        {
            self.unread.fetch_sub(count, Ordering::SeqCst);
            self.state.landed = wish.landed;
        }
    }

    fn show(&self) {
        self.monitor.core(&CoreState {
            accounts: self.core.account_count(),
            sunk: self.core.sunk_count(),
            called: self.state.called.len(),
            in_flight: self.core.in_flight_count(),
            slot: self.core.slot(),
        });
    }
}

fn mark(set: &mut BTreeSet<Address>, address: Address, is_in: bool) {
    if is_in {
        set.insert(address);
    } else {
        set.remove(&address);
    }
}
