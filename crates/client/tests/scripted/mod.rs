//! A chain of nothing but blocks and transactions, which fails as it is told, and its clock.
use plimsoll_client::chain::{
    At, Blockhash, Chain, ChainError, Commitment, Filter, Landed, Result, Simulation, Status,
};
use plimsoll_client::send::Time;
use solana_account::Account;
use solana_address::Address;
use solana_hash::Hash;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// Blocks in which a blockhash is good. The first one is of block 0.
pub const VALID_BLOCKS: u64 = 150;
const BLOCK: Duration = Duration::from_millis(400);

/// The chain. Time is its own: a block comes every 400 milliseconds, while somebody sleeps.
#[derive(Default)]
pub struct Scripted(RefCell<Script>);

#[derive(Default)]
struct Script {
    time: Duration,
    blockhashes: u64,
    sends: VecDeque<Result<()>>,
    broadcasts: u64,
    /// When each transaction was first broadcast, in that order.
    first_broadcasts: Vec<(Signature, u64)>,
    landed: BTreeMap<Signature, u64>,
    lost_broadcasts: u32,
    lost_blockhashes: BTreeSet<u64>,
    failing_statuses: u32,
    failing_blockhashes: u32,
    is_history_failing: bool,
    are_statuses_forgotten: bool,
    confirmed_after: u64,
    hidden_until: u64,
    statuses_lag: u64,
    error: Option<TransactionError>,
}

impl Scripted {
    /// The next broadcasts get lost on the way.
    pub fn lose_broadcasts(&self, count: u32) {
        self.0.borrow_mut().lost_broadcasts = count;
    }

    /// No transaction with the blockhash of that number lands.
    pub fn lose_all_with_blockhash(&self, number: u64) {
        self.0.borrow_mut().lost_blockhashes.insert(number);
    }

    /// The answers to the next broadcasts, whatever becomes of them.
    pub fn answer_sends(&self, answers: &[Result<()>]) {
        self.0.borrow_mut().sends = answers.iter().cloned().collect();
    }

    pub fn fail_statuses(&self, count: u32) {
        self.0.borrow_mut().failing_statuses = count;
    }

    pub fn fail_blockhashes(&self, count: u32) {
        self.0.borrow_mut().failing_blockhashes = count;
    }

    pub fn fail_history(&self, is_failing: bool) {
        self.0.borrow_mut().is_history_failing = is_failing;
    }

    /// No status is known of anything.
    pub fn forget_statuses(&self) {
        self.0.borrow_mut().are_statuses_forgotten = true;
    }

    /// What lands is only processed up to that slot.
    pub fn confirm_after_slot(&self, slot: u64) {
        self.0.borrow_mut().confirmed_after = slot;
    }

    /// Nobody who answers for a slot before that one knows of what has landed.
    pub fn hide_landed_until_slot(&self, slot: u64) {
        self.0.borrow_mut().hidden_until = slot;
    }

    /// Statuses and history come from a node that is so many slots behind.
    pub fn lag_answers(&self, slots: u64) {
        self.0.borrow_mut().statuses_lag = slots;
    }

    /// What lands fails.
    pub fn fail_landed(&self, error: TransactionError) {
        self.0.borrow_mut().error = Some(error);
    }

    pub fn broadcasts(&self) -> u64 {
        self.0.borrow().broadcasts
    }

    /// Every transaction that was broadcast, in order.
    pub fn signatures(&self) -> Vec<Signature> {
        self.0.borrow().first_broadcasts.iter().map(|(signature, _)| *signature).collect()
    }

    /// The height at which a transaction was first broadcast.
    pub fn first_broadcast(&self, signature: &Signature) -> u64 {
        let script = self.0.borrow();
        script.first_broadcasts.iter().find(|(sent, _)| sent == signature).expect("it was broadcast").1
    }

    pub fn height(&self) -> u64 {
        self.0.borrow().height()
    }
}

impl Script {
    fn height(&self) -> u64 {
        (self.time.as_millis() / BLOCK.as_millis()) as u64
    }
}

impl Time for Scripted {
    fn now(&self) -> Duration {
        self.0.borrow().time
    }

    fn sleep(&self, duration: Duration) {
        self.0.borrow_mut().time += duration;
    }
}

fn unavailable() -> ChainError {
    ChainError::Unavailable("gone fishing".to_string())
}

/// Takes one off a count of failures to come.
fn fails(left: &mut u32) -> bool {
    let is_left = *left > 0;
    *left = left.saturating_sub(1);
    is_left
}

impl Chain for Scripted {
    fn latest_blockhash(&self) -> Result<Blockhash> {
        let mut script = self.0.borrow_mut();
        if fails(&mut script.failing_blockhashes) {
            return Err(unavailable());
        }
        let mut bytes = [0xb1; 32];
        bytes[0] = script.blockhashes as u8;
        script.blockhashes += 1;
        let last_valid_block_height = script.height() + VALID_BLOCKS;
        Ok(Blockhash { hash: Hash::new_from_array(bytes), last_valid_block_height })
    }

    fn block_height(&self) -> Result<At<u64>> {
        let height = self.0.borrow().height();
        Ok(At { slot: height, value: height })
    }

    fn send(&self, transaction: &VersionedTransaction) -> Result<Signature> {
        let mut script = self.0.borrow_mut();
        let (signature, height) = (transaction.signatures[0], script.height());
        let number = u64::from(transaction.message.recent_blockhash().as_bytes()[0]);
        script.broadcasts += 1;
        if !script.first_broadcasts.iter().any(|(sent, _)| *sent == signature) {
            script.first_broadcasts.push((signature, height));
        }
        let is_lost = fails(&mut script.lost_broadcasts) || script.lost_blockhashes.contains(&number);
        if !is_lost {
            script.landed.entry(signature).or_insert(height + 1);
        }
        script.sends.pop_front().unwrap_or(Ok(())).map(|()| signature)
    }

    fn statuses(&self, signatures: &[Signature]) -> Result<At<Vec<Option<Status>>>> {
        let mut script = self.0.borrow_mut();
        if fails(&mut script.failing_statuses) {
            return Err(unavailable());
        }
        let slot = script.height().saturating_sub(script.statuses_lag);
        let is_known = !script.are_statuses_forgotten && slot >= script.hidden_until;
        let status = |signature: &Signature| {
            let landed_in = *script.landed.get(signature).filter(|_| is_known)?;
            let is_confirmed = slot >= script.confirmed_after;
            let commitment = if is_confirmed { Commitment::Confirmed } else { Commitment::Processed };
            Some(Status { slot: landed_in, commitment, error: script.error.clone() })
        };
        Ok(At { slot, value: signatures.iter().map(status).collect() })
    }

    fn transaction(&self, signature: &Signature) -> Result<Option<Landed>> {
        let script = self.0.borrow();
        if script.is_history_failing {
            return Err(unavailable());
        }
        let landed = |slot: &u64| Landed {
            signature: *signature,
            slot: *slot,
            block_time: None,
            error: script.error.clone(),
            logs: Vec::new(),
            fee: 5_000,
            compute_units: 0,
        };
        let slot = script.height().saturating_sub(script.statuses_lag);
        Ok(script.landed.get(signature).filter(|_| slot >= script.hidden_until).map(landed))
    }

    fn genesis_hash(&self) -> Result<Hash> {
        Err(unavailable())
    }

    fn accounts(&self, _: &[Address]) -> Result<At<Vec<Option<Account>>>> {
        Err(unavailable())
    }

    fn program_accounts(&self, _: &Address, _: &Filter) -> Result<At<Vec<(Address, Account)>>> {
        Err(unavailable())
    }

    fn simulate(&self, _: &VersionedTransaction, _: &[Address]) -> Result<Simulation> {
        Err(unavailable())
    }

    fn history(&self, _: &Address, _: Option<Signature>, _: usize) -> Result<Vec<Landed>> {
        Err(unavailable())
    }

    fn priority_fees(&self, _: &[Address]) -> Result<Vec<u64>> {
        Err(unavailable())
    }

    fn airdrop(&self, _: &Address, _: u64) -> Result<Signature> {
        Err(unavailable())
    }
}
