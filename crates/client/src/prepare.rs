//! From instructions to a transaction with the limits it needs: tried first, without a signature.
use crate::chain::{Chain, ChainError, Simulation};
use crate::failure::Failure;
use crate::fees::{FeePolicy, limits};
use crate::transaction::{BuildError, Draft, Limits, Version};
use solana_account::Account;
use solana_address::{Address, address};
use solana_instruction::Instruction;
use std::fmt;

/// What the runtime counts for every account there is, besides its data.
const ACCOUNT_BYTES: usize = 64;
const UPGRADEABLE_LOADER: Address = address!("BPFLoaderUpgradeab1e11111111111111111111111");

/// A transaction with its limits, and what it does as things stand.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub draft: Draft,
    pub simulation: Simulation,
}

/// Why a transaction can't be prepared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrepareError {
    Build(BuildError),
    Chain(ChainError),
    /// It would fail as things stand.
    WouldFail(Box<Failure>),
}

impl fmt::Display for PrepareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(e) => e.fmt(f),
            Self::Chain(e) => e.fmt(f),
            Self::WouldFail(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for PrepareError {}

impl From<BuildError> for PrepareError {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<ChainError> for PrepareError {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

/// Tries `instructions` with all the limits there are, and makes of them the transaction to send: limits as
/// they were used, with headroom ([`fees`](crate::fees)), and the price that `policy` makes of what others
/// have paid of late for the same accounts. The simulation has the accounts at `wanted` as they would be
/// afterwards.
///
/// # Errors
/// When it does not fit, would fail, or the chain gives no answer.
pub fn prepare(
    chain: &dyn Chain,
    payer: Address,
    instructions: Vec<Instruction>,
    version: Version,
    policy: &FeePolicy,
    wanted: &[Address],
) -> Result<Prepared, PrepareError> {
    let mut draft = Draft { payer, instructions, version, limits: Limits::UNLIMITED };
    let blockhash = chain.latest_blockhash()?.hash;
    let unsigned = draft.unsigned(blockhash)?;
    let simulation = chain.simulate(&unsigned, wanted)?;
    if let Some(error) = simulation.error {
        let failure = Failure::of(&draft, None, error, simulation.logs);
        return Err(PrepareError::WouldFail(Box::new(failure)));
    }
    let loaded = match simulation.loaded_bytes {
        Some(bytes) => bytes,
        None => loaded_bytes(chain, unsigned.message.static_account_keys())?,
    };
    let paid = match policy.cap {
        0 => Vec::new(),
        _ => chain.priority_fees(&draft.writable())?,
    };
    draft.limits = limits(policy, &paid, simulation.compute_units, loaded);
    // The price may be one instruction more.
    draft.message(blockhash)?;
    Ok(Prepared { draft, simulation })
}

/// Bytes that a transaction over these accounts loads, as the runtime counts them: every account there is,
/// and behind a program the account that holds its code.
///
/// # Errors
/// When the chain gives no answer.
pub fn loaded_bytes(chain: &dyn Chain, addresses: &[Address]) -> Result<u32, ChainError> {
    let named: Vec<Account> = chain.accounts(addresses)?.value.into_iter().flatten().collect();
    let codes: Vec<Address> = named.iter().filter_map(code).collect();
    let codes = chain.accounts(&codes)?.value.into_iter().flatten();
    let total: usize = named.iter().cloned().chain(codes).map(|a| ACCOUNT_BYTES + a.data.len()).sum();
    Ok(u32::try_from(total).unwrap_or(u32::MAX))
}

/// Where the code of an upgradeable program is.
fn code(program: &Account) -> Option<Address> {
    let bytes = program.data.get(4..36).filter(|_| program.owner == UPGRADEABLE_LOADER)?;
    program.executable.then(|| Address::try_from(bytes).ok()).flatten()
}
