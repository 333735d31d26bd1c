//! The SVM as a chain: what a node would answer, without a network, and the same in every run.

use crate::invariants;
use crate::svm::Svm;
use crate::world::World;
use plimsoll_client::chain::{
    At, Blockhash, Chain, ChainError, Commitment, Filter, Landed, Result, Simulation, Status,
};
use plimsoll_client::send::Time;
use plimsoll_client::transaction::{Version, wire};
use solana_account::Account;
use solana_address::{Address, address};
use solana_clock::Clock;
use solana_hash::Hash;
use solana_message::VersionedMessage;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// Blocks in which a transaction with the newest blockhash can land, as on a cluster.
pub const BLOCKHASH_BLOCKS: u64 = 150;
/// What tells this chain from every cluster.
pub const GENESIS_HASH: Hash = Hash::new_from_array(*b"Plimsoll's chain in this process");

/// Milliseconds between two blocks.
const BLOCK_MILLISECONDS: u64 = 400;
/// What the runtime counts for every account that is loaded, besides its data.
const ACCOUNT_BYTES: usize = 64;
const UPGRADEABLE_LOADER: Address = address!("BPFLoaderUpgradeab1e11111111111111111111111");
/// Transactions that the SVM itself remembers, so as to say which were included.
const REMEMBERED: usize = 4;

/// What has an SVM in it.
pub trait Host {
    fn svm(&self) -> &Svm;
    fn svm_mut(&mut self) -> &mut Svm;
    /// After a transaction has landed.
    fn landed(&mut self) {}
}

impl Host for Svm {
    fn svm(&self) -> &Svm {
        self
    }

    fn svm_mut(&mut self) -> &mut Svm {
        self
    }
}

/// Invariants are checked after every transaction unless the world says otherwise.
impl Host for World {
    fn svm(&self) -> &Svm {
        &self.svm
    }

    fn svm_mut(&mut self) -> &mut Svm {
        &mut self.svm
    }

    fn landed(&mut self) {
        if self.check_invariants {
            invariants::check(self);
        }
    }
}

/// A [`World`] (or a bare [`Svm`]) as a chain. A transaction lands the moment it is sent, in a block of its own
/// that is final at once; what would not land on a cluster is dropped without a word. Time stands still
/// unless a test lets it [`pass`](Self::pass).
pub struct SvmChain<H: Host = World> {
    inner: Mutex<Inner<H>>,
}

struct Inner<H> {
    host: H,
    /// Of the newest block; the slot is the same number.
    height: u64,
    landed: Vec<Record>,
    by_signature: BTreeMap<Signature, usize>,
    priority_fees: Vec<u64>,
    airdrops: u64,
}

struct Record {
    landed: Landed,
    addresses: Vec<Address>,
}

impl<H: Host> SvmChain<H> {
    pub fn new(mut host: H) -> Self {
        let vm = std::mem::take(&mut host.svm_mut().vm);
        // Signatures and blockhashes are checked here: a simulation must do without either.
        host.svm_mut().vm =
            vm.with_sigverify(false).with_blockhash_check(false).with_transaction_history(REMEMBERED);
        let height = host.svm().vm.get_sysvar::<Clock>().slot + 1;
        let inner = Inner {
            host,
            height,
            landed: Vec::new(),
            by_signature: BTreeMap::new(),
            priority_fees: Vec::new(),
            airdrops: 0,
        };
        let chain = Self { inner: Mutex::new(inner) };
        chain.mine(0);
        chain
    }

    /// Does something with the world inside. Transactions it sends itself are not in the chain's history.
    pub fn with<T>(&self, act: impl FnOnce(&mut H) -> T) -> T {
        act(&mut self.inner().host)
    }

    /// The world, when the chain is no longer needed.
    ///
    /// # Panics
    /// If a test has failed inside of [`with`](Self::with).
    pub fn into_inner(self) -> H {
        self.inner.into_inner().expect("no test has failed inside").host
    }

    /// Lets time pass, with the blocks that belong to it.
    pub fn pass(&self, seconds: u32) {
        self.with(|host| host.svm_mut().advance(i64::from(seconds)));
        self.mine(u64::from(seconds) * 1_000 / BLOCK_MILLISECONDS);
    }

    /// Makes blocks without letting time pass.
    pub fn mine(&self, blocks: u64) {
        self.inner().mine(blocks);
    }

    /// What [`Chain::priority_fees`] answers from now on.
    pub fn set_priority_fees(&self, fees: &[u64]) {
        self.inner().priority_fees = fees.to_vec();
    }

    fn inner(&self) -> MutexGuard<'_, Inner<H>> {
        self.inner.lock().expect("no test has failed inside")
    }
}

impl<H: Host> Inner<H> {
    fn mine(&mut self, blocks: u64) {
        self.height += blocks;
        self.host.svm_mut().vm.warp_to_slot(self.height);
    }

    fn at<T>(&self, value: T) -> At<T> {
        At { slot: self.height, value }
    }

    fn account(&self, address: &Address) -> Option<Account> {
        // An account without lamports is gone, though the SVM still has a place for it.
        self.host.svm().vm.get_account(address).filter(|account| account.lamports > 0)
    }

    fn record(&mut self, landed: Landed, addresses: Vec<Address>) {
        self.by_signature.insert(landed.signature, self.landed.len());
        self.landed.push(Record { landed, addresses });
    }

    /// Lands a transaction in the next block, if it can be included.
    fn land(&mut self, transaction: &VersionedTransaction) {
        let signature = transaction.signatures[0];
        let last = last_height(transaction.message.recent_blockhash());
        if self.by_signature.contains_key(&signature) || last.is_none_or(|last| self.height >= last) {
            return;
        }
        self.mine(1);
        let result = self.host.svm_mut().vm.send_transaction(transaction.clone());
        if self.host.svm().vm.get_transaction(&signature).is_none() {
            return;
        }
        let (meta, error) = match result {
            Ok(meta) => (meta, None),
            Err(failed) => (failed.meta, Some(failed.err)),
        };
        let landed = Landed {
            signature,
            slot: self.height,
            block_time: Some(self.host.svm().now()),
            error,
            logs: meta.logs,
            fee: meta.fee,
            compute_units: meta.compute_units_consumed,
        };
        self.record(landed, transaction.message.static_account_keys().to_vec());
        self.host.landed();
    }

    /// What the runtime counts against a transaction's limit: every account there is, and behind a program
    /// the account that holds its code.
    fn loaded_bytes(&self, transaction: &VersionedTransaction) -> u32 {
        let mut total = 0;
        for address in transaction.message.static_account_keys() {
            let Some(account) = self.account(address) else { continue };
            total += ACCOUNT_BYTES + account.data.len();
            let code = (account.owner == UPGRADEABLE_LOADER).then(|| account.data.get(4..36)).flatten();
            let code = code.and_then(|bytes| Address::try_from(bytes).ok());
            if let Some(code) = code.and_then(|code| self.account(&code)) {
                total += ACCOUNT_BYTES + code.data.len();
            }
        }
        total as u32
    }
}

fn blockhash(height: u64) -> Hash {
    let mut bytes = GENESIS_HASH.to_bytes();
    bytes[..8].copy_from_slice(&height.to_le_bytes());
    Hash::new_from_array(bytes)
}

/// The last block in which a blockhash of this chain is good.
fn last_height(hash: &Hash) -> Option<u64> {
    let height = u64::from_le_bytes(*hash.as_bytes().first_chunk()?);
    (blockhash(height) == *hash).then(|| height + BLOCKHASH_BLOCKS)
}

/// Whoever waits sees blocks go by; the cluster's clock stands still.
impl<H: Host> Time for SvmChain<H> {
    fn now(&self) -> Duration {
        Duration::from_millis(self.inner().height * BLOCK_MILLISECONDS)
    }

    fn sleep(&self, duration: Duration) {
        self.mine((duration.as_millis() as u64).div_ceil(BLOCK_MILLISECONDS));
    }
}

impl<H: Host> Chain for SvmChain<H> {
    fn genesis_hash(&self) -> Result<Hash> {
        Ok(GENESIS_HASH)
    }

    fn accounts(&self, addresses: &[Address]) -> Result<At<Vec<Option<Account>>>> {
        let inner = self.inner();
        Ok(inner.at(addresses.iter().map(|address| inner.account(address)).collect()))
    }

    fn program_accounts(&self, program: &Address, filter: &Filter) -> Result<At<Vec<(Address, Account)>>> {
        let inner = self.inner();
        let passes = |account: &Account| {
            account.lamports > 0
                && account.data.len() == filter.length
                && account.data.starts_with(&filter.discriminator)
                && filter.address_at.is_none_or(|(offset, address)| {
                    account.data.get(offset..offset + 32) == Some(address.as_ref())
                })
        };
        let mut found = inner.host.svm().vm.get_program_accounts(program);
        found.retain(|(_, account)| passes(account));
        found.sort_by_key(|(address, _)| *address);
        Ok(inner.at(found))
    }

    fn latest_blockhash(&self) -> Result<Blockhash> {
        let height = self.inner().height;
        Ok(Blockhash { hash: blockhash(height), last_valid_block_height: height + BLOCKHASH_BLOCKS })
    }

    fn block_height(&self) -> Result<At<u64>> {
        let inner = self.inner();
        Ok(inner.at(inner.height))
    }

    fn simulate(&self, transaction: &VersionedTransaction, wanted: &[Address]) -> Result<Simulation> {
        let inner = self.inner();
        let loaded_bytes = Some(inner.loaded_bytes(transaction));
        let result = inner.host.svm().vm.simulate_transaction(transaction.clone());
        Ok(match result {
            Ok(done) => {
                let after = |address: &Address| {
                    let changed = done.post_accounts.iter().find(|(changed, _)| changed == address);
                    match changed {
                        Some((_, account)) => Some(account.clone().into()),
                        None => inner.account(address),
                    }
                    .filter(|account: &Account| account.lamports > 0)
                };
                Simulation {
                    error: None,
                    accounts: wanted.iter().map(after).collect(),
                    logs: done.meta.logs,
                    compute_units: done.meta.compute_units_consumed,
                    loaded_bytes,
                }
            }
            Err(failed) => Simulation {
                error: Some(failed.err),
                logs: failed.meta.logs,
                compute_units: failed.meta.compute_units_consumed,
                loaded_bytes,
                accounts: vec![None; wanted.len()],
            },
        })
    }

    /// # Errors
    /// When it is malformed, too long, or not signed by all who must.
    fn send(&self, transaction: &VersionedTransaction) -> Result<Signature> {
        let refused = |why: &str| Err(ChainError::Refused(why.to_string()));
        if transaction.sanitize().is_err() {
            return refused("invalid transaction: failed to sanitize accounts offsets correctly");
        }
        let version = match transaction.message {
            VersionedMessage::V1(_) => Version::V1,
            _ => Version::V0,
        };
        let (bytes, max) = (wire(transaction).len(), version.bytes_max());
        if bytes > max {
            return refused(&format!("transaction too large: {bytes} bytes (max: {max} bytes)"));
        }
        if transaction.verify_with_results().contains(&false) {
            return refused("Transaction signature verification failure");
        }
        self.inner().land(transaction);
        Ok(transaction.signatures[0])
    }

    fn statuses(&self, signatures: &[Signature]) -> Result<At<Vec<Option<Status>>>> {
        let inner = self.inner();
        let status = |signature: &Signature| {
            let landed = &inner.landed[*inner.by_signature.get(signature)?].landed;
            let (slot, error) = (landed.slot, landed.error.clone());
            Some(Status { slot, commitment: Commitment::Finalized, error })
        };
        Ok(inner.at(signatures.iter().map(status).collect()))
    }

    fn transaction(&self, signature: &Signature) -> Result<Option<Landed>> {
        let inner = self.inner();
        Ok(inner.by_signature.get(signature).map(|index| inner.landed[*index].landed.clone()))
    }

    fn history(&self, address: &Address, before: Option<Signature>, limit: usize) -> Result<Vec<Landed>> {
        let inner = self.inner();
        let end = match before {
            None => inner.landed.len(),
            Some(signature) => inner.by_signature.get(&signature).copied().unwrap_or_default(),
        };
        let named = inner.landed[..end].iter().rev().filter(|record| record.addresses.contains(address));
        let listed =
            |record: &Record| Landed { logs: Vec::new(), fee: 0, compute_units: 0, ..record.landed.clone() };
        Ok(named.take(limit).map(listed).collect())
    }

    fn priority_fees(&self, _writable: &[Address]) -> Result<Vec<u64>> {
        Ok(self.inner().priority_fees.clone())
    }

    fn airdrop(&self, to: &Address, lamports: u64) -> Result<Signature> {
        let mut inner = self.inner();
        inner.airdrops += 1;
        inner.mine(1);
        let mut account = inner.account(to).unwrap_or_default();
        account.lamports += lamports;
        inner.host.svm_mut().set_account(*to, account);
        let mut bytes = [0xa1; 64];
        bytes[..8].copy_from_slice(&inner.airdrops.to_le_bytes());
        let signature = Signature::from(bytes);
        let landed = Landed {
            signature,
            slot: inner.height,
            block_time: Some(inner.host.svm().now()),
            error: None,
            logs: Vec::new(),
            fee: 0,
            compute_units: 0,
        };
        inner.record(landed, vec![*to]);
        Ok(signature)
    }
}
