//! Transactions: instructions with their limits, as bytes that a cluster takes.
use solana_address::Address;
use solana_compute_budget_interface::ComputeBudgetInstruction as Budget;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_message::{VersionedMessage, v0, v1};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use std::fmt;

/// Most compute units that a transaction can ask for.
pub const COMPUTE_UNITS_MAX: u32 = 1_400_000;
/// Most bytes of accounts that a transaction can ask to load.
pub const LOADED_BYTES_MAX: u32 = 64 << 20;
/// Accounts that a transaction can name.
pub const ACCOUNTS_MAX: usize = 64;

/// How a transaction is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Version {
    /// What every cluster and wallet takes: 1,232 bytes, its limits being instructions of their own.
    #[default]
    V0,
    /// 4,096 bytes, its limits being fields: for clusters that take it.
    V1,
}

impl Version {
    /// Length in bytes, signatures included, up to which a cluster takes it.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::V0 => 1_232,
            Self::V1 => v1::MAX_TRANSACTION_SIZE,
        }
    }

    const fn signatures_max(self) -> usize {
        match self {
            // As many as fit.
            Self::V0 => 127,
            Self::V1 => v1::MAX_SIGNATURES as usize,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0 => "v0",
            Self::V1 => "v1",
        })
    }
}

/// What a transaction asks for and offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Compute units it may use.
    pub compute_units: u32,
    /// Bytes of all accounts it may load.
    pub loaded_bytes: u32,
    /// Micro-lamports offered per compute unit asked for.
    pub price: u64,
}

impl Limits {
    /// Everything there is, for nothing: to try a transaction with, never to send.
    pub const UNLIMITED: Self =
        Self { compute_units: COMPUTE_UNITS_MAX, loaded_bytes: LOADED_BYTES_MAX, price: 0 };

    /// What the price comes to, in lamports, rounded up as the cluster does.
    pub fn priority_fee(&self) -> u64 {
        let micro_lamports = u128::from(self.price) * u128::from(self.compute_units);
        u64::try_from(micro_lamports.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }
}

/// A transaction but for blockhash and signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Pays the fees, and signs.
    pub payer: Address,
    /// Without those of the compute budget: `limits` stand for them.
    pub instructions: Vec<Instruction>,
    pub version: Version,
    pub limits: Limits,
}

/// Why a transaction can't be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    TooLong {
        version: Version,
        bytes: usize,
    },
    TooManyAccounts {
        accounts: usize,
    },
    TooManySignatures {
        version: Version,
        signatures: usize,
    },
    /// An instruction is wider than the format allows.
    Format(String),
    /// Nobody signs for an address that must.
    NoSigner(Address),
    /// A signer did not sign.
    NotSigned {
        signer: Address,
        why: String,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { version, bytes } => {
                let (max, advice) = (version.bytes_max(), advice(*version));
                let over = bytes.saturating_sub(max);
                write!(f, "the transaction has {bytes} bytes, {over} more than {version} allows: {advice}")
            }
            Self::TooManyAccounts { accounts } => {
                let over = accounts.saturating_sub(ACCOUNTS_MAX);
                write!(
                    f,
                    "the transaction names {accounts} accounts, {over} more than the cluster allows: split it"
                )
            }
            Self::TooManySignatures { version, signatures } => {
                let over = signatures.saturating_sub(version.signatures_max());
                write!(
                    f,
                    "the transaction has {signatures} signatures, {over} more than {version} allows: split it"
                )
            }
            Self::Format(why) => write!(f, "the transaction can't be written: {why}"),
            Self::NoSigner(address) => write!(f, "{address} must sign: give its keypair"),
            Self::NotSigned { signer, why } => write!(f, "{signer} did not sign: {why}"),
        }
    }
}

fn advice(version: Version) -> &'static str {
    match version {
        Version::V0 => "split it, or send it as v1 where the cluster takes that",
        Version::V1 => "split it",
    }
}

impl std::error::Error for BuildError {}

impl Draft {
    /// The instructions that a v0 transaction carries in front of its own: its limits.
    fn budget(&self) -> Vec<Instruction> {
        if self.version == Version::V1 {
            return Vec::new();
        }
        let Limits { compute_units, loaded_bytes, price } = self.limits;
        let mut budget = vec![
            Budget::set_compute_unit_limit(compute_units),
            Budget::set_loaded_accounts_data_size_limit(loaded_bytes),
        ];
        if price > 0 {
            budget.push(Budget::set_compute_unit_price(price));
        }
        budget
    }

    /// Where in [`instructions`](Self::instructions) the cluster's instruction number `index` is; `None` for
    /// one of the limits.
    pub fn own_index(&self, index: usize) -> Option<usize> {
        index.checked_sub(self.budget().len())
    }

    /// What is signed.
    ///
    /// # Errors
    /// When it does not fit; the error says by how much.
    pub fn message(&self, blockhash: Hash) -> Result<VersionedMessage, BuildError> {
        let format = |e: solana_message::CompileError| BuildError::Format(e.to_string());
        let message = match self.version {
            Version::V0 => {
                let instructions = [self.budget(), self.instructions.clone()].concat();
                let message = v0::Message::try_compile(&self.payer, &instructions, &[], blockhash);
                VersionedMessage::V0(message.map_err(format)?)
            }
            Version::V1 => {
                let config = v1::TransactionConfig {
                    priority_fee: Some(self.limits.priority_fee()).filter(|fee| *fee > 0),
                    compute_unit_limit: Some(self.limits.compute_units),
                    loaded_accounts_data_size_limit: Some(self.limits.loaded_bytes),
                    heap_size: None,
                };
                let (payer, instructions) = (&self.payer, &self.instructions);
                let message = v1::Message::try_compile_with_config(payer, instructions, blockhash, config);
                VersionedMessage::V1(message.map_err(format)?)
            }
        };
        self.check(&message)?;
        Ok(message)
    }

    fn check(&self, message: &VersionedMessage) -> Result<(), BuildError> {
        let version = self.version;
        let signatures = usize::from(message.header().num_required_signatures);
        if signatures > version.signatures_max() {
            return Err(BuildError::TooManySignatures { version, signatures });
        }
        let accounts = message.static_account_keys().len();
        if accounts > ACCOUNTS_MAX {
            return Err(BuildError::TooManyAccounts { accounts });
        }
        if let VersionedMessage::V1(message) = message {
            message.validate().map_err(|e| BuildError::Format(e.to_string()))?;
        }
        let bytes = length(message);
        if bytes > version.bytes_max() {
            return Err(BuildError::TooLong { version, bytes });
        }
        Ok(())
    }

    /// The transaction with signatures of zeros: to be tried, or handed to a wallet.
    ///
    /// # Errors
    /// As [`message`](Self::message).
    pub fn unsigned(&self, blockhash: Hash) -> Result<VersionedTransaction, BuildError> {
        let message = self.message(blockhash)?;
        let count = usize::from(message.header().num_required_signatures);
        Ok(VersionedTransaction { signatures: vec![Signature::default(); count], message })
    }

    /// The transaction, signed by those of `signers` who must.
    ///
    /// # Errors
    /// As [`message`](Self::message), and when someone who must sign does not.
    pub fn sign(&self, blockhash: Hash, signers: &[&dyn Signer]) -> Result<VersionedTransaction, BuildError> {
        let message = self.message(blockhash)?;
        let count = usize::from(message.header().num_required_signatures);
        let bytes = message.serialize();
        let sign = |address: &Address| {
            let signer = signers.iter().find(|signer| signer.try_pubkey().ok() == Some(*address));
            let signer = signer.ok_or(BuildError::NoSigner(*address))?;
            let refused = |e: solana_signer::SignerError| BuildError::NotSigned {
                signer: *address,
                why: e.to_string(),
            };
            signer.try_sign_message(&bytes).map_err(refused)
        };
        let signatures = message.static_account_keys()[..count].iter().map(sign);
        let signatures = signatures.collect::<Result<Vec<_>, _>>()?;
        Ok(VersionedTransaction { signatures, message })
    }

    /// Addresses that the transaction locks for writing.
    pub fn writable(&self) -> Vec<Address> {
        let named = self.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut writable: Vec<Address> =
            named.filter(|account| account.is_writable).map(|account| account.pubkey).collect();
        writable.push(self.payer);
        writable.sort();
        writable.dedup();
        writable
    }
}

/// Length of a transaction with this message, in bytes, signatures included.
fn length(message: &VersionedMessage) -> usize {
    let signatures = usize::from(message.header().num_required_signatures);
    let count = match message {
        VersionedMessage::V1(_) => 0,
        _ => 1,
    };
    count + signatures * size_of::<Signature>() + message.serialize().len()
}

/// The bytes that are sent.
///
/// # Panics
/// When a transaction that is not v1 has 128 signatures or more: no cluster takes it.
pub fn wire(transaction: &VersionedTransaction) -> Vec<u8> {
    let message = transaction.message.serialize();
    let signatures = transaction.signatures.iter().flat_map(|signature| signature.as_ref().to_vec());
    if matches!(transaction.message, VersionedMessage::V1(_)) {
        return message.into_iter().chain(signatures).collect();
    }
    let count = u8::try_from(transaction.signatures.len()).ok().filter(|count| *count < 128);
    let count = count.expect("a packet has room for few signatures");
    std::iter::once(count).chain(signatures).chain(message).collect()
}
