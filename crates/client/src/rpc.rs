//! A node, by JSON-RPC over HTTP.
mod error;
mod url;

pub use url::{node_url, shown, websocket_url};

use crate::chain::{
    At, Blockhash, Chain, ChainError, Commitment, Filter, Landed, Result, Simulation, Status,
};
use error::chain_error;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::rpc_client::{GetConfirmedSignaturesForAddress2Config, RpcClient};
use solana_rpc_client_api::client_error::Error;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSendTransactionConfig,
    RpcSimulateTransactionAccountsConfig, RpcSimulateTransactionConfig, RpcTransactionConfig,
    UiAccountEncoding, UiTransactionEncoding,
};
use solana_rpc_client_api::filter::{Memcmp, RpcFilterType};
use solana_rpc_client_api::request::RpcRequest;
use solana_rpc_client_api::response::{
    OptionalContext, RpcConfirmedTransactionStatusWithSignature, RpcKeyedAccount, UiAccount,
};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, TransactionConfirmationStatus, TransactionStatus,
};
use std::time::Duration;

/// Accounts that a node returns at once.
pub const ACCOUNTS_AT_ONCE_MAX: usize = 100;
/// Statuses that a node returns at once.
const STATUSES_AT_ONCE_MAX: usize = 256;
/// Transactions of a history that a node returns at once.
const HISTORY_AT_ONCE_MAX: usize = 1_000;
/// Addresses for which a node tells the fees paid at once.
const FEE_ADDRESSES_MAX: usize = 128;
/// The newest version of transactions that answers may hold.
const TRANSACTION_VERSION_MAX: u8 = 1;
/// How long a node may take for one answer, unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// A node.
pub struct Rpc {
    client: RpcClient,
    url: String,
    commitment: CommitmentConfig,
}

impl Rpc {
    /// The node at an address, or of the cluster that `url` names as Solana's tools do. What it answers is
    /// true at `commitment`; it has [`TIMEOUT`] for each answer. A node that limits requests is asked five
    /// times more, after the pauses that it names. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ChainError::Refused`] when `url` is neither an address nor a name.
    pub fn new(url: &str, commitment: Commitment) -> Result<Self> {
        Self::with_timeout(url, commitment, TIMEOUT)
    }

    /// The same with another time for each answer.
    ///
    /// # Errors
    /// [`ChainError::Refused`] when `url` is neither an address nor a name.
    pub fn with_timeout(url: &str, commitment: Commitment, timeout: Duration) -> Result<Self> {
        let url = node_url(url).map_err(ChainError::Refused)?;
        let commitment = match commitment {
            Commitment::Processed => CommitmentConfig::processed(),
            Commitment::Confirmed => CommitmentConfig::confirmed(),
            Commitment::Finalized => CommitmentConfig::finalized(),
        };
        let client = RpcClient::new_with_timeout_and_commitment(&url, timeout, commitment);
        Ok(Self { client, url, commitment })
    }

    /// The node's whole address, which may hold a secret: see [`shown`].
    pub fn url(&self) -> &str {
        &self.url
    }

    fn error(&self, error: Error) -> ChainError {
        chain_error(&self.url, error)
    }

    fn strange(&self, method: &str) -> ChainError {
        ChainError::Strange(format!("{}: {method}: not an answer of a Solana node", shown(&self.url)))
    }

    /// Calls a method that the client library has no function for, or one that drops part of the answer.
    fn call<T: DeserializeOwned>(&self, request: RpcRequest, params: Value) -> Result<T> {
        self.client.send(request, params).map_err(|e| self.error(e))
    }

    fn listed(&self, found: RpcConfirmedTransactionStatusWithSignature) -> Result<Landed> {
        let signature = found.signature.parse().map_err(|_| self.strange("getSignaturesForAddress"))?;
        let error = found.err.map(Into::into);
        let (slot, block_time) = (found.slot, found.block_time);
        Ok(Landed { signature, slot, block_time, error, logs: Vec::new(), fee: 0, compute_units: 0 })
    }
}

fn status(found: TransactionStatus) -> Status {
    let commitment = match found.confirmation_status {
        Some(TransactionConfirmationStatus::Finalized) => Commitment::Finalized,
        Some(TransactionConfirmationStatus::Confirmed) => Commitment::Confirmed,
        Some(TransactionConfirmationStatus::Processed) => Commitment::Processed,
        // Nodes that do not say count confirmations until there are enough.
        None if found.confirmations.is_none() => Commitment::Finalized,
        None => Commitment::Processed,
    };
    Status { slot: found.slot, commitment, error: found.err }
}

impl Chain for Rpc {
    fn genesis_hash(&self) -> Result<Hash> {
        self.client.get_genesis_hash().map_err(|e| self.error(e))
    }

    /// In requests of [`ACCOUNTS_AT_ONCE_MAX`]; the slot is that of the oldest answer.
    fn accounts(&self, addresses: &[Address]) -> Result<At<Vec<Option<Account>>>> {
        let mut all = At { slot: u64::MAX, value: Vec::with_capacity(addresses.len()) };
        for some in addresses.chunks(ACCOUNTS_AT_ONCE_MAX) {
            let found = self.client.get_multiple_accounts_with_commitment(some, self.commitment);
            let found = found.map_err(|e| self.error(e))?;
            if found.value.len() != some.len() {
                return Err(self.strange("getMultipleAccounts"));
            }
            all.slot = all.slot.min(found.context.slot);
            all.value.extend(found.value);
        }
        Ok(all)
    }

    fn program_accounts(&self, program: &Address, filter: &Filter) -> Result<At<Vec<(Address, Account)>>> {
        const METHOD: &str = "getProgramAccounts";
        let bytes_at =
            |offset, bytes: &[u8]| RpcFilterType::Memcmp(Memcmp::new_base58_encoded(offset, bytes));
        let mut filters =
            vec![RpcFilterType::DataSize(filter.length as u64), bytes_at(0, &filter.discriminator)];
        filters.extend(filter.address_at.map(|(offset, address)| bytes_at(offset, address.as_ref())));
        let config = RpcProgramAccountsConfig {
            filters: Some(filters),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64Zstd),
                commitment: Some(self.commitment),
                ..RpcAccountInfoConfig::default()
            },
            with_context: Some(true),
            sort_results: None,
        };
        let params = json!([program.to_string(), config]);
        let found: OptionalContext<Vec<RpcKeyedAccount>> =
            self.call(RpcRequest::GetProgramAccounts, params)?;
        let OptionalContext::Context(found) = found else { return Err(self.strange(METHOD)) };
        let read = |keyed: RpcKeyedAccount| {
            let address = keyed.pubkey.parse().ok();
            address.zip(keyed.account.to_account()).ok_or_else(|| self.strange(METHOD))
        };
        let accounts: Result<Vec<(Address, Account)>> = found.value.into_iter().map(read).collect();
        let mut value = accounts?;
        value.sort_by_key(|(address, _)| *address);
        Ok(At { slot: found.context.slot, value })
    }

    fn latest_blockhash(&self) -> Result<Blockhash> {
        let found = self.client.get_latest_blockhash_with_commitment(self.commitment);
        let (hash, last_valid_block_height) = found.map_err(|e| self.error(e))?;
        Ok(Blockhash { hash, last_valid_block_height })
    }

    fn block_height(&self) -> Result<At<u64>> {
        let found = self.client.get_epoch_info_with_commitment(self.commitment);
        let found = found.map_err(|e| self.error(e))?;
        Ok(At { slot: found.absolute_slot, value: found.block_height })
    }

    fn simulate(&self, transaction: &VersionedTransaction, wanted: &[Address]) -> Result<Simulation> {
        const METHOD: &str = "simulateTransaction";
        let accounts = (!wanted.is_empty()).then(|| RpcSimulateTransactionAccountsConfig {
            encoding: Some(UiAccountEncoding::Base64),
            addresses: wanted.iter().map(ToString::to_string).collect(),
        });
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(self.commitment),
            accounts,
            ..RpcSimulateTransactionConfig::default()
        };
        let found = self.client.simulate_transaction_with_config(transaction, config);
        let found = found.map_err(|e| self.error(e))?.value;
        let error = found.err.map(Into::into);
        let accounts = match found.accounts {
            Some(accounts) if accounts.len() == wanted.len() => {
                let read = |account: Option<UiAccount>| match account {
                    None => Ok(None),
                    Some(account) => Ok(Some(account.to_account().ok_or_else(|| self.strange(METHOD))?)),
                };
                accounts.into_iter().map(read).collect::<Result<Vec<_>>>()?
            }
            None if wanted.is_empty() || error.is_some() => vec![None; wanted.len()],
            _ => return Err(self.strange(METHOD)),
        };
        Ok(Simulation {
            error,
            logs: found.logs.unwrap_or_default(),
            compute_units: found.units_consumed.unwrap_or_default(),
            loaded_bytes: found.loaded_accounts_data_size,
            accounts,
        })
    }

    fn send(&self, transaction: &VersionedTransaction) -> Result<Signature> {
        let config = RpcSendTransactionConfig {
            skip_preflight: true,
            // Whoever sends rebroadcasts, and knows for how long.
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        self.client.send_transaction_with_config(transaction, config).map_err(|e| self.error(e))
    }

    /// In requests of 256; the slot is that of the oldest answer.
    fn statuses(&self, signatures: &[Signature]) -> Result<At<Vec<Option<Status>>>> {
        let mut all = At { slot: u64::MAX, value: Vec::with_capacity(signatures.len()) };
        for some in signatures.chunks(STATUSES_AT_ONCE_MAX) {
            let found = self.client.get_signature_statuses(some).map_err(|e| self.error(e))?;
            if found.value.len() != some.len() {
                return Err(self.strange("getSignatureStatuses"));
            }
            all.slot = all.slot.min(found.context.slot);
            all.value.extend(found.value.into_iter().map(|found| found.map(status)));
        }
        Ok(all)
    }

    fn transaction(&self, signature: &Signature) -> Result<Option<Landed>> {
        // A node has transactions from confirmed on.
        let commitment =
            if self.commitment.is_finalized() { self.commitment } else { CommitmentConfig::confirmed() };
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(commitment),
            max_supported_transaction_version: Some(TRANSACTION_VERSION_MAX),
        };
        let params = json!([signature.to_string(), config]);
        let found: Option<EncodedConfirmedTransactionWithStatusMeta> =
            self.call(RpcRequest::GetTransaction, params)?;
        let Some(found) = found else { return Ok(None) };
        let meta = found.transaction.meta.ok_or_else(|| self.strange("getTransaction"))?;
        Ok(Some(Landed {
            signature: *signature,
            slot: found.slot,
            block_time: found.block_time,
            error: meta.err.map(Into::into),
            logs: Option::from(meta.log_messages).unwrap_or_default(),
            fee: meta.fee,
            compute_units: Option::from(meta.compute_units_consumed).unwrap_or_default(),
        }))
    }

    fn history(&self, address: &Address, before: Option<Signature>, limit: usize) -> Result<Vec<Landed>> {
        let mut all: Vec<Landed> = Vec::new();
        while all.len() < limit {
            let at_once = (limit - all.len()).min(HISTORY_AT_ONCE_MAX);
            let config = GetConfirmedSignaturesForAddress2Config {
                before: all.last().map(|oldest| oldest.signature).or(before),
                limit: Some(at_once),
                commitment: Some(if self.commitment.is_finalized() {
                    self.commitment
                } else {
                    CommitmentConfig::confirmed()
                }),
                ..GetConfirmedSignaturesForAddress2Config::default()
            };
            let found = self.client.get_signatures_for_address_with_config(address, config);
            let found = found.map_err(|e| self.error(e))?;
            let is_last = found.len() < at_once;
            for listed in found {
                all.push(self.listed(listed)?);
            }
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    fn priority_fees(&self, writable: &[Address]) -> Result<Vec<u64>> {
        let some = &writable[..writable.len().min(FEE_ADDRESSES_MAX)];
        let found = self.client.get_recent_prioritization_fees(some).map_err(|e| self.error(e))?;
        Ok(found.into_iter().map(|fee| fee.prioritization_fee).collect())
    }

    fn airdrop(&self, to: &Address, lamports: u64) -> Result<Signature> {
        self.client.request_airdrop(to, lamports).map_err(|e| self.error(e))
    }
}
