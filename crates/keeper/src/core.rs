//! The keeper's mind: what it knows, and what it wants sent. It has no clock, no thread, no network and no
//! randomness of its own: the same observations and the same calls give the same tasks, which is what lets a
//! test break everything around it and replay that.
//!
//! ```text
//!          observe(Observation)                 plan(now) -> tasks
//! sources ─────────────────────▶     Core     ─────────────────────▶ build, sign
//!    ▲                               │  ▲                                │
//!    └────── needs(now) ─────────────┘  └── sign(claim, signature) ◀─────┘
//!                                       └── Observation::Sent, Status, Height
//! ```
//!
//! The shell does, again and again: what [`Core::needs`] asks for, telling the answers to [`Core::observe`]; and
//! [`Core::plan`]. Each task it builds and signs it registers with [`Core::sign`] **before** it is sent, and
//! does not send it if that says no. What [`Core::sign`] returns goes to the journal before the transaction
//! goes out; after a restart the journal is given to [`Core::import`], and [`Core::export`] is what a journal
//! has to hold at any time.
mod accounts;
mod backoff;
mod deployment;
mod inflight;
pub mod observation;
mod plan;
pub mod policy;
pub mod task;
#[cfg(test)]
mod tests;
mod view;

use accounts::{Accounts, News};
use backoff::Backoff;
use deployment::Deployment;
use inflight::{Fate, InFlight, Known, Resolved};
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::decode::{Layout, account_name};
use plimsoll_client::program::state::MarginState;
use solana_address::Address;
use solana_signature::Signature;
use std::collections::BTreeSet;

pub use observation::{Observation, Refusal, SendOutcome};
pub use policy::{Duties, Keeper, Mode, Policy};
pub use task::{Claim, Duty, Key, NotAKey, Sent, Subject, Task};

/// News that claim to be of a slot further ahead than this of the newest that the clock has told are not believed.
const SLOT_LEAD_MAX: u64 = 512;

/// What the core would like to be told. Each is a wish: asking late or in vain harms nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// A snapshot of all accounts of the program that are of this clearinghouse.
    pub snapshot: bool,
    /// These accounts, whatever they are, from a node that is not behind.
    pub accounts: Vec<Address>,
    /// The status of these transactions, and the block height, asked for before.
    pub statuses: Vec<Signature>,
}

/// What has been seen and done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// News that were taken, were older than what was known, were not believed for their slot, or could not
    /// be read.
    pub taken: u64,
    pub stale: u64,
    pub unbelieved: u64,
    pub foreign: u64,
    /// Tasks by what became of them.
    pub planned: u64,
    pub sent: u64,
    pub landed: u64,
    pub failed: u64,
    pub refused: u64,
    pub lost: u64,
}

/// What a keeper knows, and what it wants sent.
pub struct Core {
    policy: Policy,
    keeper: Keeper,
    deployment: Deployment,
    accounts: Accounts,
    in_flight: InFlight,
    backoff: Backoff,
    known: Known,
    going_price: u64,
    now_ms: u64,
    /// When every account was last looked at for what only a look at every account shows.
    surveyed_ms: Option<u64>,
    /// Plans so far.
    turns: usize,
    /// A slot that the clock told and that was too far ahead to be believed at once.
    ahead: Option<u64>,
    /// The slot of the snapshot that is being told.
    snapshot: Option<u64>,
    /// When the last one was complete; `None` while there is none, or something was missed since.
    complete_ms: Option<u64>,
    has_book: bool,
    counters: Counters,
}

impl Core {
    pub fn new(policy: Policy, keeper: Keeper, clearinghouse: Address) -> Self {
        Self {
            policy,
            keeper,
            deployment: Deployment::new(clearinghouse),
            accounts: Accounts::new(clearinghouse),
            in_flight: InFlight::default(),
            backoff: Backoff::new(policy.backoff_ms, policy.backoff_ms_max),
            known: Known::default(),
            going_price: 0,
            now_ms: 0,
            surveyed_ms: None,
            turns: 0,
            ahead: None,
            snapshot: None,
            complete_ms: None,
            has_book: false,
            counters: Counters::default(),
        }
    }

    /// Learns something. Any observation may come late, twice or never; what can't be read is counted.
    pub fn observe(&mut self, observation: Observation) {
        match observation {
            Observation::Account { address, slot, owner, data } => self.see(address, slot, owner, data),
            Observation::Gone { address, slot } => {
                if self.believes(slot) {
                    let news = self.accounts.lose(address, slot);
                    self.count(news);
                    self.in_flight.seen(&Subject::Account(address), slot);
                }
            }
            Observation::SnapshotBegun { slot } => self.snapshot = Some(slot),
            Observation::SnapshotEnded => {
                if let Some(slot) = self.snapshot.take() {
                    self.accounts.doubt_older(slot.min(self.known.slot));
                    self.complete_ms = Some(self.now_ms);
                    self.has_book = true;
                }
            }
            Observation::SnapshotFailed => self.snapshot = None,
            Observation::Gap => {
                self.snapshot = None;
                self.complete_ms = None;
            }
            Observation::Clock { slot, unix_time } => self.tick(slot, unix_time),
            Observation::Height { slot, height } => self.rise(slot, height),
            Observation::Status { signature, slot, status } => {
                if self.believes(slot) {
                    let resolved = self.in_flight.status(&signature, slot, status, &self.known);
                    self.resolve(resolved);
                }
            }
            Observation::Sent { signature, outcome } => {
                let resolved = self.in_flight.handed_over(&signature, outcome);
                self.resolve(resolved);
            }
            Observation::Abandoned { claim, why } => {
                let resolved = self.in_flight.abandon(claim, why);
                self.resolve(resolved);
            }
            Observation::PriorityFee(price) => self.going_price = price,
        }
    }

    /// What to send now, the most urgent first; `now_ms` is any clock of the caller's that does not go back.
    /// A task is handed out once: until its fate is known, or it was not signed in time.
    pub fn plan(&mut self, now_ms: u64) -> Vec<Task> {
        self.now_ms = self.now_ms.max(now_ms);
        self.in_flight.expire_claims(self.now_ms);
        self.plan_tasks()
    }

    /// Does a bounded part of the work that plans have put off until their tasks were handed out; call it after
    /// that. Left out, it is done in the next plan.
    pub fn rest(&mut self) {
        self.accounts.book.settle();
    }

    /// Accounts below maintenance at the prices of the last plan.
    pub fn sunk_count(&self) -> usize {
        self.accounts.book.sunk().len()
    }

    /// Notes a task's signature. Only what this returns may be sent, and not before it is in the journal;
    /// `None`: drop it, it took too long and may have been handed out again.
    #[must_use = "a transaction that was not registered must not be sent"]
    pub fn sign(&mut self, claim: Claim, signature: Signature, last_valid_block_height: u64) -> Option<Sent> {
        let sent = self.in_flight.sign(claim, signature, last_valid_block_height, self.known.height);
        self.counters.sent += sent.is_some() as u64;
        sent
    }

    /// What the core would like to be told now.
    pub fn needs(&self, now_ms: u64) -> Needs {
        let is_old = |at: u64| now_ms.saturating_sub(at) >= self.policy.snapshot_ms;
        let settling = self.in_flight.settling().filter_map(|subject| self.address_of(&subject));
        let mut accounts: BTreeSet<Address> = settling.collect();
        accounts.extend(self.deployment.unseen());
        accounts.extend(self.accounts.doubtful());
        Needs {
            snapshot: self.snapshot.is_none() && self.complete_ms.is_none_or(is_old),
            accounts: accounts.into_iter().collect(),
            statuses: self.in_flight.unresolved().collect(),
        }
    }

    /// Transactions that may still land, for the journal.
    pub fn export(&self) -> Vec<Sent> {
        self.in_flight.sent()
    }

    /// Takes over what an earlier process may have sent: nothing is planned for the same accounts before its fate
    /// is known.
    pub fn import(&mut self, sent: &[Sent]) {
        for sent in sent {
            self.in_flight.adopt(sent, self.known.height);
        }
    }

    /// A margin account as it was last seen, and in which slot.
    pub fn account(&self, address: &Address) -> Option<(u64, MarginState)> {
        self.accounts.get(address).map(|entry| (entry.slot, entry.state))
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The cluster's clock as last told, unix seconds.
    pub fn unix_time(&self) -> i64 {
        self.deployment.unix_time()
    }

    /// The newest slot that the clock has told.
    pub fn slot(&self) -> u64 {
        self.known.slot
    }

    /// Margin accounts known.
    pub fn account_count(&self) -> usize {
        self.accounts.len()
    }

    /// Tasks handed out or sent whose fate is not known yet.
    pub fn in_flight_count(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether a snapshot has been told in full since the start.
    pub fn has_book(&self) -> bool {
        self.has_book
    }

    fn see(&mut self, address: Address, slot: u64, owner: Address, data: Vec<u8>) {
        if !self.believes(slot) {
            return;
        }
        let is_margin = account_name(&data) == Some(MarginState::NAME);
        let (news, subject) = if owner != PROGRAM {
            (self.deployment.see_oracle(address, slot, owner, data), None)
        } else if is_margin {
            let news = self.accounts.see(address, slot, &data);
            (news, Some(Subject::Account(address)))
        } else {
            (self.deployment.see(address, slot, &data), None)
        };
        if news == News::Taken && subject.is_none() {
            self.set_terms(&address);
        }
        self.count(news);
        if news != News::Taken {
            return;
        }
        if let Some(subject) = subject {
            self.in_flight.seen(&subject, slot);
        }
        for subject in self.in_flight.settling().collect::<Vec<_>>() {
            if self.address_of(&subject) == Some(address) {
                self.in_flight.seen(&subject, slot);
            }
        }
    }

    /// A bank's or market's terms say what its liquidations pay.
    fn set_terms(&mut self, address: &Address) {
        for accounts in self.deployment.assets() {
            if let Some((_, market)) = accounts.market.as_ref().filter(|(at, _)| at == address) {
                self.accounts.book.set_market(market);
            }
            if let Some((_, bank)) = accounts.bank.as_ref().filter(|(at, _)| at == address) {
                self.accounts.book.set_bank(bank);
            }
        }
    }

    /// The account that tells what became of a subject.
    fn address_of(&self, subject: &Subject) -> Option<Address> {
        match *subject {
            Subject::Account(address) => Some(address),
            Subject::Board => Some(self.deployment.board_address),
            Subject::Market(asset) => Some(self.deployment.asset(asset)?.market.as_ref()?.0),
            Subject::Listing(asset) => {
                let accounts = self.deployment.asset(asset)?;
                let bank = accounts.bank.as_ref().map(|(address, _)| *address);
                bank.or(accounts.market.as_ref().map(|(address, _)| *address))
            }
        }
    }

    fn believes(&mut self, slot: u64) -> bool {
        let is_believed = slot <= self.known.slot_max;
        self.counters.unbelieved += !is_believed as u64;
        is_believed
    }

    /// The clock goes forward. Where it jumps by more than news may be ahead, it is believed once it was told again.
    fn tick(&mut self, slot: u64, unix_time: i64) {
        if slot < self.known.slot {
            self.counters.stale += 1;
            return;
        }
        let is_near = |from: u64| slot >= from && slot <= from.saturating_add(SLOT_LEAD_MAX);
        let before = self.ahead.replace(slot);
        if self.known.slot != 0 && !is_near(self.known.slot) && !before.is_some_and(is_near) {
            self.counters.unbelieved += 1;
            return;
        }
        self.known.slot = slot;
        self.known.slot_max = slot.saturating_add(SLOT_LEAD_MAX);
        let unix_time = unix_time.max(self.unix_time());
        self.deployment.tick(slot, unix_time);
    }

    /// Heights only rise, and there are no more blocks than slots.
    fn rise(&mut self, slot: u64, height: u64) {
        if !self.believes(slot) {
            return;
        }
        if height > slot {
            self.counters.unbelieved += 1;
            return;
        }
        self.known.height = self.known.height.max(height);
        self.in_flight.rise(height, slot);
    }

    fn count(&mut self, news: News) {
        match news {
            News::Taken => self.counters.taken += 1,
            News::Stale => self.counters.stale += 1,
            News::Foreign => self.counters.foreign += 1,
        }
    }

    fn resolve(&mut self, resolved: Option<Resolved>) {
        let Some(resolved) = resolved else { return };
        match resolved.fate {
            Fate::Landed { .. } => self.counters.landed += 1,
            Fate::Failed { .. } => self.counters.failed += 1,
            Fate::Refused(_) => self.counters.refused += 1,
            Fate::Lost => self.counters.lost += 1,
        }
        self.backoff.note(&resolved, self.now_ms);
    }
}
