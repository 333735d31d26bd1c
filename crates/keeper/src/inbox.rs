//! What the owner of the core is told by all other threads, through one bounded channel.
use crate::core::{Claim, Observation};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Messages that may wait; whoever has one more waits too.
const WAITING_MAX: usize = 16_384;

/// A message to the owner.
#[derive(Debug)]
pub enum Input {
    /// Something was learnt, at a time of the keeper's clock.
    News { observation: Observation, heard_us: u64 },
    /// A task was built and signed, and waits for leave to be sent.
    Signed(Box<Signed>),
}

/// A signed transaction for a task.
#[derive(Clone, Debug)]
pub struct Signed {
    pub claim: Claim,
    pub signature: Signature,
    pub transaction: VersionedTransaction,
    pub last_valid_block_height: u64,
}

/// The sending end.
#[derive(Clone, Debug)]
pub struct Inbox(SyncSender<Input>);

impl Inbox {
    /// Both ends.
    pub fn new() -> (Self, Receiver<Input>) {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        (Self(sender), receiver)
    }

    /// Hands a message over; waits while the inbox is full. Lost when the owner has ended, which it does last.
    pub fn put(&self, input: Input) {
        let _ = self.0.send(input);
    }

    /// Tells an observation.
    pub fn tell(&self, observation: Observation, heard_us: u64) {
        self.put(Input::News { observation, heard_us });
    }
}
