//! What the core is told. Everything may come late, twice, in any order or not at all.
use plimsoll_client::chain::Status;
use solana_address::Address;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;

/// Something that the keeper has learnt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// An account as it was in a slot: one of the program's, an oracle, anything. What is of no use is
    /// counted and dropped.
    Account { address: Address, slot: u64, owner: Address, data: Vec<u8> },
    /// There is no such account in a slot: it has been closed.
    Gone { address: Address, slot: u64 },
    /// A snapshot of all the program's accounts begins: what follows as [`Account`](Self::Account), until
    /// the end, is in it.
    SnapshotBegun { slot: u64 },
    /// All of the snapshot has been told: margin accounts that were not in it, and were last seen before
    /// it, are no more.
    SnapshotEnded,
    /// The snapshot broke off; what it told stays.
    SnapshotFailed,
    /// Something may have been missed: a subscription was lost, a counter jumped. A new snapshot is needed.
    Gap,
    /// The cluster's clock in a slot, unix seconds. Before the first no news are believed, as nobody knows which slots
    /// there can be: tell it first.
    Clock { slot: u64, unix_time: i64 },
    /// The height of the newest block, by a node that was in this slot.
    Height { slot: u64, height: u64 },
    /// What a node that was in this slot says of a transaction; `None` if it does not know it.
    Status { signature: Signature, slot: u64, status: Option<Status> },
    /// What came of handing a transaction to a node.
    Sent { signature: Signature, outcome: SendOutcome },
    /// A task that was handed out will not be sent: it could not be built, or failed when it was tried.
    Abandoned { claim: super::Claim, why: Refusal },
    /// The going priority fee, micro-lamports per compute unit.
    PriorityFee(u64),
}

/// What came of handing a transaction to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// The node has taken it. It may land, or not.
    Taken,
    /// The node did not take it, and has not passed it on.
    Refused(Refusal),
    /// No answer: it may have been passed on.
    Unavailable,
}

/// Why something was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It would fail with this error.
    Error(TransactionError),
    /// For another reason, which may pass.
    Other,
}
