//! A block engine that takes bundles: transactions that land together, in order, or not at all. The keeper's
//! bundles hold one transaction each, which pays a tip; what did not land has paid nothing.
use crate::config::BundleConfig;
use crate::secret::Secret;
use crate::sender::Delivery;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plimsoll_client::chain::{ChainError, Result};
use plimsoll_client::transaction::wire;
use serde_json::{Value, json};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_transaction::versioned::VersionedTransaction;
use std::time::Duration;

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The system program's number for a transfer of lamports.
const TRANSFER: u32 = 2;

/// A block engine.
pub struct Bundles {
    url: Secret,
    agent: ureq::Agent,
    tip: Instruction,
}

impl Bundles {
    /// The block engine of the configuration, tipped by `wallet`.
    pub fn new(config: &BundleConfig, wallet: Address) -> Self {
        let agent = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        let data = [TRANSFER.to_le_bytes().as_slice(), &config.tip.to_le_bytes()].concat();
        let accounts = vec![AccountMeta::new(wallet, true), AccountMeta::new(config.tip_account, false)];
        let tip = Instruction { program_id: Address::default(), accounts, data };
        Self { url: config.url.clone(), agent: agent.build().into(), tip }
    }

    fn post(&self, body: &str) -> std::result::Result<(u16, String), ureq::Error> {
        let request = self.agent.post(self.url.expose()).header("content-type", "application/json");
        let mut response = request.send(body)?;
        Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
    }
}

impl Delivery for Bundles {
    fn deliver(&self, transaction: &VersionedTransaction) -> Result<()> {
        let encoded = BASE64_STANDARD.encode(wire(transaction));
        let params = json!([[encoded], { "encoding": "base64" }]);
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "sendBundle", "params": params }).to_string();
        let (status, text) = self.post(&body).map_err(|e| {
            ChainError::Unavailable(format!("{}: {}", self.url, self.url.redact(&e.to_string())))
        })?;
        if status == 429 || status >= 500 {
            return Err(ChainError::Unavailable(format!("{}: status {status}: too busy", self.url)));
        }
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if let Some(message) = answer["error"]["message"].as_str() {
            return Err(ChainError::Refused(format!("{}: {message}", self.url)));
        }
        match answer["result"].as_str() {
            Some(_) => Ok(()),
            None => Err(ChainError::Strange(format!(
                "{}: status {status}: not a block engine's answer",
                self.url
            ))),
        }
    }

    fn tip(&self) -> Option<Instruction> {
        Some(self.tip.clone())
    }
}
