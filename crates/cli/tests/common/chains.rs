//! Chains that give no answer, or none that helps.
use plimsoll_client::chain::{
    At, Blockhash, Chain, ChainError, Filter, Landed, Result as ChainResult, Simulation, Status,
};
use solana_account::Account;
use solana_address::Address;
use solana_hash::Hash;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;

/// A node without any account, or one that does not answer.
#[derive(Default)]
pub struct Node {
    pub genesis: &'static str,
    pub is_silent: bool,
}

impl Node {
    fn answer<T>(&self, value: T) -> ChainResult<T> {
        if self.is_silent { Err(ChainError::Unavailable("nobody answers".into())) } else { Ok(value) }
    }
}

macro_rules! chain_by {
    ($($name:ident($($argument:ident: $type:ty),*) -> $answer:ty = |$this:ident| $body:expr;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> ChainResult<$answer> {
            let $this = self;
            $body
        })*
    };
}

impl Chain for Node {
    chain_by! {
        genesis_hash() -> Hash = |node| node.answer(node.genesis.parse().unwrap_or_default());
        accounts(addresses: &[Address]) -> At<Vec<Option<Account>>> =
            |node| node.answer(At { slot: 1, value: vec![None; addresses.len()] });
        program_accounts(_program: &Address, _filter: &Filter) -> At<Vec<(Address, Account)>> =
            |node| node.answer(At { slot: 1, value: Vec::new() });
        latest_blockhash() -> Blockhash =
            |node| node.answer(Blockhash { hash: Hash::default(), last_valid_block_height: 1 });
        block_height() -> At<u64> = |node| node.answer(At { slot: 1, value: 1 });
        simulate(_transaction: &VersionedTransaction, _wanted: &[Address]) -> Simulation =
            |_node| Err(ChainError::Refused("nothing to try".into()));
        send(_transaction: &VersionedTransaction) -> Signature =
            |_node| Err(ChainError::Refused("nothing to send to".into()));
        statuses(signatures: &[Signature]) -> At<Vec<Option<Status>>> =
            |node| node.answer(At { slot: 1, value: vec![None; signatures.len()] });
        transaction(_signature: &Signature) -> Option<Landed> = |node| node.answer(None);
        history(_address: &Address, _before: Option<Signature>, _limit: usize) -> Vec<Landed> =
            |node| node.answer(Vec::new());
        priority_fees(_writable: &[Address]) -> Vec<u64> = |node| node.answer(Vec::new());
        airdrop(_to: &Address, _lamports: u64) -> Signature =
            |_node| Err(ChainError::Refused("no faucet".into()));
    }
}

/// A chain that takes nothing: it says so, or it does not answer and knows of nothing.
pub struct Lossy<'a> {
    pub inner: &'a dyn Chain,
    pub keeps_silent: bool,
}

impl Chain for Lossy<'_> {
    chain_by! {
        genesis_hash() -> Hash = |lossy| lossy.inner.genesis_hash();
        accounts(addresses: &[Address]) -> At<Vec<Option<Account>>> = |lossy| lossy.inner.accounts(addresses);
        program_accounts(program: &Address, filter: &Filter) -> At<Vec<(Address, Account)>> =
            |lossy| lossy.inner.program_accounts(program, filter);
        latest_blockhash() -> Blockhash = |lossy| lossy.inner.latest_blockhash();
        block_height() -> At<u64> = |lossy| lossy.inner.block_height();
        simulate(transaction: &VersionedTransaction, wanted: &[Address]) -> Simulation =
            |lossy| lossy.inner.simulate(transaction, wanted);
        send(_transaction: &VersionedTransaction) -> Signature = |lossy| match lossy.keeps_silent {
            true => Err(ChainError::Unavailable("nobody answers".into())),
            false => Err(ChainError::Refused("not today".into())),
        };
        statuses(signatures: &[Signature]) -> At<Vec<Option<Status>>> = |lossy| lossy.inner.statuses(signatures);
        transaction(signature: &Signature) -> Option<Landed> = |lossy| lossy.inner.transaction(signature);
        history(address: &Address, before: Option<Signature>, limit: usize) -> Vec<Landed> =
            |lossy| lossy.inner.history(address, before, limit);
        priority_fees(writable: &[Address]) -> Vec<u64> = |lossy| lossy.inner.priority_fees(writable);
        airdrop(to: &Address, lamports: u64) -> Signature = |lossy| lossy.inner.airdrop(to, lamports);
    }
}
