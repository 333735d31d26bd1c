//! Threads that build, sign, try and send.
use crate::core::{Claim, Observation, Refusal, SendOutcome, Task};
use crate::inbox::{Inbox, Input, Signed};
use crate::monitor::Monitor;
use crate::report::Report;
use crate::time::Time;
use plimsoll_client::chain::{Blockhash, Chain, ChainError, Result};
use plimsoll_client::failure::Failure;
use plimsoll_client::fees::loaded_limit;
use plimsoll_client::transaction::{Draft, Limits, Version};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::{debug, warn};

/// A blockhash older than this is not signed for: the node is behind or silent.
const BLOCKHASH_AGE_MS_MAX: u64 = 20_000;
/// The most that an account other than a program's code holds, with what the runtime counts on top.
const ACCOUNT_BYTES_MAX: u32 = 10_240 + 128;

/// Something for a worker to do.
pub enum Job {
    /// Build and sign a task, and ask for leave to send it.
    Build(Box<Task>),
    /// Build a task and try it, without sending it.
    Try(Box<Task>),
    /// Send a signed transaction; `heard_us` is when its cause was heard, the first time it is sent.
    Send { signature: Signature, transaction: Arc<VersionedTransaction>, heard_us: Option<u64> },
}

/// Where transactions are handed over.
pub trait Delivery: Send + Sync {
    /// Hands a transaction over, and does not wait for it to land.
    ///
    /// # Errors
    /// As [`Chain::send`].
    fn deliver(&self, transaction: &VersionedTransaction) -> Result<()>;

    /// What a transaction has to do besides, to be taken.
    fn tip(&self) -> Option<Instruction> {
        None
    }
}

/// Hands transactions to a node.
pub struct Node<C>(pub Arc<C>);

impl<C: Chain + Send + Sync> Delivery for Node<C> {
    fn deliver(&self, transaction: &VersionedTransaction) -> Result<()> {
        self.0.send(transaction).map(|_| ())
    }
}

/// The newest blockhash, and when it was brought.
#[derive(Debug, Default)]
pub struct Newest(Mutex<Option<(Blockhash, u64)>>);

impl Newest {
    pub fn set(&self, blockhash: Blockhash, now_ms: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((blockhash, now_ms));
    }

    /// `None` if there is none that is new enough to sign for.
    pub fn get(&self, now_ms: u64) -> Option<Blockhash> {
        let newest = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (blockhash, at) = newest?;
        (now_ms.saturating_sub(at) <= BLOCKHASH_AGE_MS_MAX).then_some(blockhash)
    }
}

/// Where jobs are put.
#[derive(Clone)]
pub struct Jobs(SyncSender<Job>);

impl Jobs {
    /// A queue for at most `waiting_max` jobs.
    pub fn new(waiting_max: usize) -> (Self, JobQueue) {
        let (sender, receiver) = sync_channel(waiting_max);
        (Self(sender), Arc::new(Mutex::new(receiver)))
    }

    /// Puts a job in, without waiting; gives it back if there is no room.
    pub fn put(&self, job: Job) -> Option<Job> {
        match self.0.try_send(job) {
            Ok(()) => None,
            Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) => Some(job),
        }
    }
}

/// Where workers take jobs from.
pub type JobQueue = Arc<Mutex<Receiver<Job>>>;

/// What all workers share.
pub struct Workshop<C> {
    pub chain: Arc<C>,
    pub delivery: Arc<dyn Delivery>,
    pub keypair: Arc<Keypair>,
    pub wallet: Address,
    /// Bytes of the program's own code, which every transaction loads.
    pub program_bytes: u32,
    pub blockhash: Arc<Newest>,
    pub inbox: Inbox,
    pub report: Arc<Report>,
    pub monitor: Arc<Monitor>,
    pub time: Arc<dyn Time>,
}

impl<C: Chain> Workshop<C> {
    /// Works until there will be no more jobs.
    pub fn run(&self, queue: &JobQueue) {
        loop {
            let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
            match job {
                Ok(Job::Build(task)) => self.build(&task),
                Ok(Job::Try(task)) => self.attempt(&task),
                Ok(Job::Send { signature, transaction, heard_us }) => {
                    self.send(signature, &transaction, heard_us)
                }
                Err(_) => return,
            }
        }
    }

    fn draft(&self, task: &Task) -> Draft {
        let mut instructions = task.instructions.clone();
        instructions.extend(self.delivery.tip());
        let named = instructions.iter().map(|instruction| instruction.accounts.len() + 1).sum::<usize>() + 4;
        let others = u32::try_from(named).unwrap_or(u32::MAX).saturating_mul(ACCOUNT_BYTES_MAX);
        let limits = Limits {
            compute_units: task.compute_units,
            loaded_bytes: loaded_limit(self.program_bytes.saturating_add(others)),
            price: task.unit_price,
        };
        Draft { payer: self.wallet, instructions, version: Version::V0, limits }
    }

    fn build(&self, task: &Task) {
        let Some(blockhash) = self.blockhash.get(self.time.now_ms()) else {
            warn!(key = %task.key, "no blockhash that is new enough: waiting for the node");
            return self.abandon(task.claim, Refusal::Other);
        };
        match self.draft(task).sign(blockhash.hash, &[self.keypair.as_ref()]) {
            Ok(transaction) => self.inbox.put(Input::Signed(Box::new(Signed {
                claim: task.claim,
                signature: transaction.signatures[0],
                transaction,
                last_valid_block_height: blockhash.last_valid_block_height,
            }))),
            Err(error) => {
                warn!(key = %task.key, %error, "the transaction can't be made: left out");
                self.abandon(task.claim, Refusal::Other);
            }
        }
    }

    /// Tries a task, and says what came of it. It is never sent, so it is taken back in any case.
    fn attempt(&self, task: &Task) {
        let draft = self.draft(task);
        let answer = match draft.unsigned(Default::default()) {
            Ok(transaction) => self.chain.simulate(&transaction, &[]).map_err(|e| e.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let outcome = answer.and_then(|simulation| match simulation.error {
            None => Ok(simulation.compute_units),
            Some(error) => Err(Failure::of(&draft, None, error, simulation.logs).to_string()),
        });
        self.report.tried(task, &outcome);
        self.abandon(task.claim, Refusal::Other);
    }

    fn send(&self, signature: Signature, transaction: &VersionedTransaction, heard_us: Option<u64>) {
        let outcome = match self.delivery.deliver(transaction) {
            Ok(()) => {
                self.monitor.sending(None, self.time.now_ms());
                SendOutcome::Taken
            }
            Err(ChainError::Failed { error, .. }) => {
                self.monitor.sending(None, self.time.now_ms());
                SendOutcome::Refused(Refusal::Error(error))
            }
            Err(ChainError::Refused(why)) => {
                warn!(%signature, error = %why, "the transaction was refused");
                self.monitor.sending(Some(why), self.time.now_ms());
                SendOutcome::Refused(Refusal::Other)
            }
            Err(ChainError::Unavailable(why) | ChainError::Strange(why)) => {
                warn!(%signature, error = %why, "no word whether the transaction was taken: sent again");
                self.monitor.sending(Some(why), self.time.now_ms());
                SendOutcome::Unavailable
            }
        };
        let now_us = self.time.now_us();
        if let Some(heard_us) = heard_us {
            self.monitor.tick_to_send(now_us.saturating_sub(heard_us));
        }
        debug!(%signature, ?outcome, "handed over");
        self.inbox.tell(Observation::Sent { signature, outcome }, now_us);
    }

    fn abandon(&self, claim: Claim, why: Refusal) {
        self.inbox.tell(Observation::Abandoned { claim, why }, self.time.now_us());
    }
}
