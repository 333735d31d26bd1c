//! Sends a transaction until it is known what became of it.
//!
//! A transaction is broadcast again and again while its blockhash lives. Only when that has died, and the
//! chain does not know the transaction in a slot that comes after, is it signed anew with another blockhash:
//! never are there two that may both land.
use crate::Event;
use crate::chain::{Blockhash, Chain, ChainError, Commitment, Landed, Status};
use crate::failure::Failure;
use crate::logs;
use crate::transaction::{BuildError, Draft};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::fmt;
use std::time::{Duration, Instant};

/// A clock that can be waited for.
pub trait Time {
    /// Time since some moment that stays the same.
    fn now(&self) -> Duration;
    fn sleep(&self, duration: Duration);
}

/// The machine's clock.
pub struct SystemTime(Instant);

impl Default for SystemTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Time for SystemTime {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}

/// How a transaction is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendPolicy {
    /// What it must reach to count as landed.
    pub commitment: Commitment,
    /// How long to wait between two questions to the chain.
    pub poll_every: Duration,
    /// How long to wait between two broadcasts.
    pub rebroadcast_every: Duration,
    /// After how long to stop, whatever is known then.
    pub give_up_after: Duration,
    /// Blockhashes to try, one after the other.
    pub blockhashes: u32,
}

impl Default for SendPolicy {
    /// Confirmed; a question twice per second, a broadcast every two; three blockhashes (each lives for
    /// about a minute) within four minutes.
    fn default() -> Self {
        Self {
            commitment: Commitment::Confirmed,
            poll_every: Duration::from_millis(500),
            rebroadcast_every: Duration::from_secs(2),
            give_up_after: Duration::from_secs(240),
            blockhashes: 3,
        }
    }
}

/// A transaction that landed and did what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub signature: Signature,
    pub slot: u64,
    /// Unix time of its block; `None` where the node does not say.
    pub block_time: Option<i64>,
    /// What the program did, in order.
    pub events: Vec<Event>,
    /// Whether `events` are all there were: the log may be cut off, or not be there yet.
    pub is_complete: bool,
    /// Zero where the node does not say.
    pub compute_units: u64,
    /// Lamports paid; zero where the node does not say.
    pub fee: u64,
}

/// Why there is no receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// It can't be made; nothing was sent.
    Build(BuildError),
    /// Nothing was sent: the chain gave no blockhash, or refused the transaction.
    NotSent(ChainError),
    /// It landed and failed; the fee has been paid. Without a signature: it was refused before it was sent.
    Failed(Box<Failure>),
    /// It did not land before its blockhashes died, and can't land any more.
    Expired { blockhashes: u32 },
    /// It may have landed, and may still land up to that block height.
    Unknown { signature: Signature, last_valid_block_height: u64 },
}

impl SendError {
    /// Whether something of what was sent may have happened, or may still happen.
    pub fn may_still_land(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(e) => e.fmt(f),
            Self::NotSent(e) => e.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
            Self::Expired { blockhashes } => write!(
                f,
                "the transaction did not land with any of {blockhashes} blockhashes, and can't any more: \
                 send it again, with a higher fee"
            ),
            Self::Unknown { signature, last_valid_block_height } => write!(
                f,
                "{signature} may have landed, and may still land until block {last_valid_block_height}: \
                 look it up before you send it again"
            ),
        }
    }
}

impl std::error::Error for SendError {}

/// What became of a transaction with one blockhash.
enum End {
    Landed(Status),
    /// It did not land, and can't any more.
    Dead,
    /// Time is up.
    Unknown,
}

/// Sends to a chain. What the chain answers must be confirmed at least: a fork that is abandoned has block
/// heights too.
pub struct Sender<'a> {
    pub chain: &'a dyn Chain,
    pub time: &'a dyn Time,
    pub policy: SendPolicy,
}

/// Questions for the log of a transaction that has just landed: nodes have it a moment later.
const LOG_TRIES: u32 = 10;

impl Sender<'_> {
    /// Signs and sends a transaction, and waits until it has landed.
    ///
    /// # Errors
    /// What became of it otherwise; see [`SendError::may_still_land`].
    pub fn send(&self, draft: &Draft, signers: &[&dyn Signer]) -> Result<Receipt, SendError> {
        let deadline = self.time.now() + self.policy.give_up_after;
        for _ in 0..self.policy.blockhashes {
            let blockhash = self.blockhash(deadline)?;
            let transaction = draft.sign(blockhash.hash, signers).map_err(SendError::Build)?;
            let signature = transaction.signatures[0];
            match self.land(draft, &transaction, blockhash.last_valid_block_height, deadline)? {
                End::Landed(status) => return self.receipt(draft, signature, &status),
                End::Dead if self.time.now() < deadline => {}
                End::Dead => break,
                End::Unknown => {
                    let last_valid_block_height = blockhash.last_valid_block_height;
                    return Err(SendError::Unknown { signature, last_valid_block_height });
                }
            }
        }
        Err(SendError::Expired { blockhashes: self.policy.blockhashes })
    }

    fn blockhash(&self, deadline: Duration) -> Result<Blockhash, SendError> {
        loop {
            match self.chain.latest_blockhash() {
                Err(ChainError::Unavailable(_)) if self.time.now() < deadline => self.pause(),
                answer => return answer.map_err(SendError::NotSent),
            }
        }
    }

    /// Broadcasts a signed transaction until it has landed or can't any more.
    fn land(
        &self,
        draft: &Draft,
        transaction: &VersionedTransaction,
        last_height: u64,
        deadline: Duration,
    ) -> Result<End, SendError> {
        let signature = transaction.signatures[0];
        let mut is_out = false;
        let mut broadcast_at = Duration::ZERO;
        loop {
            if !is_out || self.time.now() >= broadcast_at {
                is_out |= self.broadcast(draft, transaction, is_out)?;
                broadcast_at = self.time.now() + self.policy.rebroadcast_every;
            }
            // The height first: what is unknown in a later slot than this one's was not in a block up to it.
            let height = self.chain.block_height();
            let statuses = self.chain.statuses(&[signature]);
            if let Ok(statuses) = &statuses {
                match statuses.value.first() {
                    Some(Some(status)) if status.commitment >= self.policy.commitment => {
                        return Ok(End::Landed(status.clone()));
                    }
                    Some(None) => {
                        let is_dead = height
                            .is_ok_and(|height| height.value > last_height && statuses.slot >= height.slot);
                        if is_dead && let Some(end) = self.look_up(&signature) {
                            return Ok(end);
                        }
                    }
                    _ => {}
                }
            }
            if self.time.now() >= deadline {
                return Ok(End::Unknown);
            }
            self.pause();
        }
    }

    /// Whether the transaction may be on its way now. `was_out`: whether it may have been before.
    fn broadcast(
        &self,
        draft: &Draft,
        transaction: &VersionedTransaction,
        was_out: bool,
    ) -> Result<bool, SendError> {
        match self.chain.send(transaction) {
            // After an answer that is no answer it may have been sent all the same.
            Ok(_) | Err(ChainError::Unavailable(_) | ChainError::Strange(_)) => Ok(true),
            // Another node has it already: only the chain tells what became of it.
            Err(_) if was_out => Ok(true),
            Err(ChainError::Failed { error, logs }) => {
                Err(SendError::Failed(Box::new(Failure::of(draft, None, error, logs))))
            }
            Err(refused) => Err(SendError::NotSent(refused)),
        }
    }

    /// What history knows of a transaction that no status is known of any more; `None` if it gives no
    /// answer.
    fn look_up(&self, signature: &Signature) -> Option<End> {
        match self.chain.transaction(signature) {
            Ok(None) => Some(End::Dead),
            Ok(Some(landed)) => {
                let (slot, error, commitment) = (landed.slot, landed.error, self.policy.commitment);
                Some(End::Landed(Status { slot, commitment, error }))
            }
            Err(_) => None,
        }
    }

    fn receipt(&self, draft: &Draft, signature: Signature, status: &Status) -> Result<Receipt, SendError> {
        let landed = self.landed(&signature);
        if let Some(error) = &status.error {
            let logs = landed.map(|landed| landed.logs).unwrap_or_default();
            let failure = Failure::of(draft, Some(signature), error.clone(), logs);
            return Err(SendError::Failed(Box::new(failure)));
        }
        let logged = logs::events(landed.iter().flat_map(|landed| landed.logs.iter().map(String::as_str)));
        Ok(Receipt {
            signature,
            slot: status.slot,
            block_time: landed.as_ref().and_then(|landed| landed.block_time),
            is_complete: landed.is_some() && logged.unknown.is_empty() && !logged.is_truncated,
            events: logged.events,
            compute_units: landed.as_ref().map_or(0, |landed| landed.compute_units),
            fee: landed.as_ref().map_or(0, |landed| landed.fee),
        })
    }

    fn landed(&self, signature: &Signature) -> Option<Landed> {
        for _ in 0..LOG_TRIES {
            if let Ok(Some(landed)) = self.chain.transaction(signature) {
                return Some(landed);
            }
            self.pause();
        }
        None
    }

    fn pause(&self) {
        self.time.sleep(self.policy.poll_every);
    }
}
