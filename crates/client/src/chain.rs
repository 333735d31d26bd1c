//! What the client asks of a chain, whatever stands behind it: a node, or an SVM in this process.
use solana_account::Account;
use solana_address::Address;
use solana_hash::Hash;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;
use std::fmt;

/// What a chain answers.
pub type Result<T> = core::result::Result<T, ChainError>;

/// Why a chain gave no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChainError {
    /// Nobody answered, or only that they are too busy: the same call may go through later.
    Unavailable(String),
    /// The answer was no, and will be no again; one line that says what to do.
    Refused(String),
    /// The answer is not one that a Solana node gives.
    Strange(String),
    /// The transaction was tried before it was sent on, and failed; it was not sent.
    Failed { error: TransactionError, logs: Vec<String> },
}

impl fmt::Display for ChainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) | Self::Refused(why) | Self::Strange(why) => f.write_str(why),
            Self::Failed { error, .. } => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ChainError {}

/// An answer and the slot it was true in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    pub slot: u64,
    pub value: T,
}

/// A blockhash and how long it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blockhash {
    pub hash: Hash,
    /// A transaction with this blockhash can't land in a block higher than this.
    pub last_valid_block_height: u64,
}

/// What a transaction would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Why it would fail; `None` if it would not.
    pub error: Option<TransactionError>,
    pub logs: Vec<String>,
    pub compute_units: u64,
    /// Bytes of all accounts it loads; `None` where the node does not say.
    pub loaded_bytes: Option<u32>,
    /// The accounts asked for, as they would be afterwards, in the order asked for.
    pub accounts: Vec<Option<Account>>,
}

/// How far the cluster has agreed on something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Commitment {
    Processed,
    #[default]
    Confirmed,
    Finalized,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub slot: u64,
    pub commitment: Commitment,
    /// Why it failed; `None` if it did not.
    pub error: Option<TransactionError>,
}

/// A transaction in the chain's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    pub signature: Signature,
    pub slot: u64,
    /// Unix time of its block; `None` where the node no longer knows.
    pub block_time: Option<i64>,
    pub error: Option<TransactionError>,
    /// What it logged; empty in a listing.
    pub logs: Vec<String>,
    /// Lamports paid for it; zero in a listing.
    pub fee: u64,
    /// What it used; zero in a listing, and where the node does not say.
    pub compute_units: u64,
}

/// Which of the program's accounts are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter {
    /// The discriminator of the account type.
    pub discriminator: [u8; 8],
    /// Length of its accounts in bytes.
    pub length: usize,
    /// An address that must stand at an offset of the account's data.
    pub address_at: Option<(usize, Address)>,
}

/// A chain to read and to send to. Takes `&self`, as keepers ask from several threads.
pub trait Chain {
    /// What tells this cluster from others.
    ///
    /// # Errors
    /// When there is no answer.
    fn genesis_hash(&self) -> Result<Hash>;

    /// The accounts at `addresses`, however many, in their order; `None` for one that is not there.
    ///
    /// # Errors
    /// When there is no answer.
    fn accounts(&self, addresses: &[Address]) -> Result<At<Vec<Option<Account>>>>;

    /// The accounts of a program that pass a filter.
    ///
    /// # Errors
    /// When there is no answer.
    fn program_accounts(&self, program: &Address, filter: &Filter) -> Result<At<Vec<(Address, Account)>>>;

    /// A recent blockhash.
    ///
    /// # Errors
    /// When there is no answer.
    fn latest_blockhash(&self) -> Result<Blockhash>;

    /// The height of the newest block: a blockhash that ended below it is dead. A transaction with it has
    /// certainly not landed once [`statuses`](Self::statuses), true in this slot or a later one, does not
    /// know it.
    ///
    /// # Errors
    /// When there is no answer.
    fn block_height(&self) -> Result<At<u64>>;

    /// Tries a transaction without sending it; signatures and blockhash are not looked at. Returns the
    /// accounts at `wanted` as they would be afterwards.
    ///
    /// # Errors
    /// When there is no answer; a transaction that would fail is an answer.
    fn simulate(&self, transaction: &VersionedTransaction, wanted: &[Address]) -> Result<Simulation>;

    /// Sends a signed transaction without waiting for it, and without trying it first.
    ///
    /// # Errors
    /// When it was not taken. After [`ChainError::Unavailable`] it may have been sent all the same.
    fn send(&self, transaction: &VersionedTransaction) -> Result<Signature>;

    /// What became of each of the transactions; `None` for one that is not known (yet, or any more).
    ///
    /// # Errors
    /// When there is no answer.
    fn statuses(&self, signatures: &[Signature]) -> Result<At<Vec<Option<Status>>>>;

    /// A transaction with its log; `None` if it is not known.
    ///
    /// # Errors
    /// When there is no answer.
    fn transaction(&self, signature: &Signature) -> Result<Option<Landed>>;

    /// Transactions that name an address, newest first, at most `limit`, older than `before`.
    ///
    /// # Errors
    /// When there is no answer.
    fn history(&self, address: &Address, before: Option<Signature>, limit: usize) -> Result<Vec<Landed>>;

    /// Priority fees that were paid of late, micro-lamports per compute unit, by transactions that
    /// write-locked `writable`.
    ///
    /// # Errors
    /// When there is no answer.
    fn priority_fees(&self, writable: &[Address]) -> Result<Vec<u64>>;

    /// Asks for lamports from a faucet.
    ///
    /// # Errors
    /// When the cluster has none, or it is dry.
    fn airdrop(&self, to: &Address, lamports: u64) -> Result<Signature>;
}
