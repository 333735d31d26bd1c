//! The thread that asks: what the core needs, blockhashes, fees, and what became of what was sent.
use crate::core::{Key, Needs, Observation};
use crate::inbox::Inbox;
use crate::monitor::{Monitor, Stage};
use crate::sender::Newest;
use crate::source::read::{read_moving, told};
use crate::time::Time;
use plimsoll_client::Event;
use plimsoll_client::chain::{Chain, Landed, Result};
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::fetch::CLOCK;
use plimsoll_client::logs::events;
use solana_address::Address;
use solana_signature::Signature;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tracing::{debug, info, warn};

/// How often a blockhash is brought.
const BLOCKHASH_EVERY_MS: u64 = 1_000;
/// How often the fees paid of late and the wallet's balance are asked for.
const FEES_EVERY_MS: u64 = 5_000;
/// How often the log of a landed transaction is asked for before it is given up; nodes know it a moment later.
const LOG_TRIES: u32 = 40;

/// A transaction whose fate interests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Followed {
    pub key: Key,
    pub signature: Signature,
    /// Landed or failed, as its status says.
    pub fate: Stage,
}

/// What to ask for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub needs: Needs,
    /// Transactions that landed or failed, whose logs tell what they brought.
    pub landed: Vec<Followed>,
}

/// The thread's things.
pub struct Asker<C> {
    pub chain: Arc<C>,
    pub wishes: Receiver<Wish>,
    pub inbox: Inbox,
    pub blockhash: Arc<Newest>,
    pub fees: FeePolicy,
    /// Whose recent fees are asked for: what the keeper's transactions write.
    pub contended: Vec<Address>,
    pub wallet: Address,
    /// The keeper's margin account.
    pub account: Address,
    pub every: Duration,
    pub clearinghouse: Address,
    /// How often clock, board and oracles are read, whatever is announced: a node can announce a price as
    /// older than it is, or not at all.
    pub moving_every: Duration,
    /// Counted down for each landed transaction whose log was read, or given up.
    pub unread: Arc<AtomicUsize>,
    pub monitor: Arc<Monitor>,
    pub time: Arc<dyn Time>,
    pub state: AskerState,
}

/// What the thread remembers.
#[derive(Debug, Default)]
pub struct AskerState {
    blockhash_ms: Option<u64>,
    fees_ms: Option<u64>,
    moving_ms: Option<u64>,
    logs: BTreeMap<Signature, (Followed, u32)>,
}

impl<C: Chain> Asker<C> {
    /// Asks until nobody wishes for anything any more.
    pub fn run(&mut self) {
        loop {
            let wish = match self.wishes.recv_timeout(self.every) {
                Ok(wish) => wish,
                Err(RecvTimeoutError::Timeout) => Wish::default(),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            self.round(wish);
        }
    }

    /// Asks for everything that is due. An answer that does not come is asked for again in the next round.
    fn round(&mut self, wish: Wish) {
        for followed in wish.landed {
            self.state.logs.insert(followed.signature, (followed, 0));
        }
        let answers = [
            self.ask_accounts(&wish.needs.accounts),
            self.ask_moving(),
            self.ask_blockhash(),
            self.ask_statuses(&wish.needs.statuses),
            self.ask_fees(),
        ];
        let mut problems = answers.into_iter().filter_map(Result::err);
        if let Some(error) = problems.next() {
            self.monitor.unanswered();
            warn!(%error, "the node gave no answer: asked again");
        }
        self.ask_logs();
    }

    fn ask_accounts(&self, wanted: &[Address]) -> Result<()> {
        let addresses: Vec<Address> = std::iter::once(CLOCK).chain(wanted.iter().copied()).collect();
        let found = self.chain.accounts(&addresses)?;
        let answers = addresses.iter().zip(found.value);
        let observations: Vec<Observation> =
            answers.map(|(address, account)| told(*address, found.slot, account)).collect();
        self.monitor.heard(&observations, self.time.now_ms());
        observations.into_iter().for_each(|observation| self.tell(observation));
        Ok(())
    }

    fn ask_moving(&mut self) -> Result<()> {
        let every_ms = u64::try_from(self.moving_every.as_millis()).unwrap_or(u64::MAX);
        let now_ms = self.time.now_ms();
        if is_due(&mut self.state.moving_ms, every_ms, now_ms) {
            let moving = read_moving(self.chain.as_ref(), &self.clearinghouse)?;
            moving.observations.into_iter().for_each(|observation| self.tell(observation));
        }
        Ok(())
    }

    fn ask_blockhash(&mut self) -> Result<()> {
        let now_ms = self.time.now_ms();
        if is_due(&mut self.state.blockhash_ms, BLOCKHASH_EVERY_MS, now_ms) {
            let blockhash = self.chain.latest_blockhash().inspect_err(|_| self.state.blockhash_ms = None)?;
            self.blockhash.set(blockhash, self.time.now_ms());
            self.monitor.blockhash(self.time.now_ms());
        }
        Ok(())
    }

    /// The height is asked for first: a node that does not know a transaction after that may be believed.
    fn ask_statuses(&self, signatures: &[Signature]) -> Result<()> {
        if signatures.is_empty() {
            return Ok(());
        }
        let height = self.chain.block_height()?;
        let statuses = self.chain.statuses(signatures)?;
        self.tell(Observation::Height { slot: height.slot, height: height.value });
        for (signature, status) in signatures.iter().zip(statuses.value) {
            self.tell(Observation::Status { signature: *signature, slot: statuses.slot, status });
        }
        Ok(())
    }

    fn ask_fees(&mut self) -> Result<()> {
        let now_ms = self.time.now_ms();
        if !is_due(&mut self.state.fees_ms, FEES_EVERY_MS, now_ms) {
            return Ok(());
        }
        let paid = self.chain.priority_fees(&self.contended)?;
        self.tell(Observation::PriorityFee(self.fees.price(&paid, 0)));
        let wallet = self.chain.accounts(&[self.wallet])?.value.pop().flatten();
        self.monitor.wallet(wallet.map_or(0, |wallet| wallet.lamports));
        Ok(())
    }

    /// Asks what landed transactions did.
    fn ask_logs(&mut self) {
        let pending = std::mem::take(&mut self.state.logs);
        for (signature, (followed, tries)) in pending {
            let Followed { key, fate, .. } = followed;
            match self.chain.transaction(&signature) {
                Ok(Some(landed)) => self.count(&key, &landed),
                Ok(None) | Err(_) if tries < LOG_TRIES => {
                    self.state.logs.insert(signature, (followed, tries + 1));
                    continue;
                }
                Ok(None) | Err(_) => {
                    debug!(%key, %signature, fate = fate.name(), "the node does not show what it did");
                    self.monitor.task(key.duty(), fate);
                }
            }
            self.unread.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn count(&self, key: &Key, landed: &Landed) {
        let duty = key.duty();
        let signature = landed.signature;
        if let Some(error) = &landed.error {
            self.monitor.task(duty, Stage::Failed);
            self.monitor.earned(0, landed.fee);
            info!(%key, %signature, fee = landed.fee, %error, "failed");
            return;
        }
        let found = events(landed.logs.iter().map(String::as_str));
        let bounty: i64 = found.events.iter().filter_map(|event| bounty(event, &self.account)).sum();
        let is_lost = !found.is_truncated && !found.events.iter().any(|event| is_own(key, event));
        self.monitor.task(duty, if is_lost { Stage::LostRace } else { Stage::Landed });
        self.monitor.earned(u64::try_from(bounty).unwrap_or_default(), landed.fee);
        let outcome = if is_lost { "lost race" } else { "landed" };
        info!(%key, %signature, bounty, fee = landed.fee, slot = landed.slot, outcome, "settled");
    }

    fn tell(&self, observation: Observation) {
        self.inbox.tell(observation, self.time.now_us());
    }
}

/// Whether it is time again; if so, that is noted.
fn is_due(last_ms: &mut Option<u64>, every_ms: u64, now_ms: u64) -> bool {
    if last_ms.is_some_and(|last| now_ms.saturating_sub(last) < every_ms) {
        return false;
    }
    *last_ms = Some(now_ms);
    true
}

/// What an event credits to a margin account as a bounty, micro-USD.
fn bounty(event: &Event, account: &Address) -> Option<i64> {
    match event {
        Event::Liquidated(e) if e.keeper_account == *account => Some(e.bounty),
        _ => None,
    }
}

/// Whether an event is what a task of this key is for. A refresh that comes along with a task is not.
fn is_own(key: &Key, event: &Event) -> bool {
    match (key, event) {
        (Key::Liquidate(account), Event::Liquidated(e)) => e.account == *account,
        (Key::TakeDebt(account), Event::DebtLiquidated(e)) => e.account == *account,
        (Key::CallMargin(account), Event::StockTaken(e)) => e.account == *account,
        (Key::StartAuction(account), Event::AuctionStarted(e)) => e.account == *account,
        (Key::WinAuction(account), Event::AuctionWon(e)) => e.account == *account,
        (Key::Resolve(account), Event::BankruptcyResolved(e)) => e.account == *account,
        (Key::SettleLoss(account), Event::LossSettled(e)) => e.account == *account,
        (Key::Deleverage(_), Event::Deleveraged(_) | Event::CapitalRebalanced(_)) => true,
        (Key::Sweep(_), Event::InsuranceSwept(_)) => true,
        (Key::Refresh(_), Event::PriceRefreshed(_)) => true,
        (Key::WarmUp(_), Event::WarmedUp(_)) => true,
        _ => false,
    }
}
