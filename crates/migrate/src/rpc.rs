//! A node, by JSON-RPC over HTTP.

use std::thread::sleep;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use solana_address::Address;
use solana_hash::Hash;
use solana_transaction::Transaction;

use crate::chain::{Account, Chain, refusal, wire};

/// The names that Solana's own tools know.
const MONIKERS: [(&str, &str); 4] = [
    ("mainnet-beta", "https://api.mainnet-beta.solana.com"),
    ("devnet", "https://api.devnet.solana.com"),
    ("testnet", "https://api.testnet.solana.com"),
    ("localhost", "http://127.0.0.1:8899"),
];
const TIMEOUT: Duration = Duration::from_secs(60);
/// A hundred accounts of the program, in base64.
const ANSWER_BYTES_MAX: u64 = 16 << 20;
/// How often, and how far apart, a node is asked whether a transaction is confirmed: longer than a blockhash lives.
const POLLS: u32 = 60;
const POLL_EVERY: Duration = Duration::from_secs(2);

/// A node.
pub struct Rpc {
    url: String,
    agent: ureq::Agent,
    poll_every: Duration,
}

impl Rpc {
    /// # Errors
    /// When `url` is neither an address nor a name of a cluster.
    pub fn new(url: &str) -> Result<Self, String> {
        let known = MONIKERS.iter().find(|(moniker, _)| *moniker == url);
        if known.is_none() && !url.starts_with("https://") && !url.starts_with("http://") {
            let names = MONIKERS.map(|(moniker, _)| moniker).join(", ");
            return Err(format!("--url {url}: give an http:// or https:// address, or one of {names}"));
        }
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("plimsoll-migrate/", env!("CARGO_PKG_VERSION")))
            .build();
        let url = known.map_or(url, |(_, url)| url).to_string();
        Ok(Self { url, agent: agent.into(), poll_every: POLL_EVERY })
    }

    /// The same, asking for confirmations at other intervals.
    pub fn polling_every(mut self, interval: Duration) -> Self {
        self.poll_every = interval;
        self
    }

    fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let post = || {
            let request = self.agent.post(&self.url).header("content-type", "application/json");
            let mut response = request.send(body)?;
            response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()
        };
        let text = post()
            .map_err(|e| format!("{}: {e}: is it the address of a node, and does it answer?", self.url))?;
        let answer: Value = serde_json::from_str(&text).map_err(|_| {
            format!("{}: {method}: the answer is not JSON: is it the address of a node?", self.url)
        })?;
        if let Some(error) = answer.get("error") {
            let message = error["message"].as_str().unwrap_or("an error without a message");
            return Err(refusal(message));
        }
        answer
            .get("result")
            .cloned()
            .ok_or_else(|| format!("{}: {method}: an answer without a result", self.url))
    }

    fn strange(&self, method: &str) -> String {
        format!("{}: {method}: not the answer of a Solana node", self.url)
    }
}

impl Chain for Rpc {
    fn genesis_hash(&mut self) -> Result<Option<String>, String> {
        let hash = self.call("getGenesisHash", &json!([]))?;
        hash.as_str().map(|hash| Some(hash.to_string())).ok_or_else(|| self.strange("getGenesisHash"))
    }

    fn accounts(&mut self, addresses: &[Address]) -> Result<Vec<Option<Account>>, String> {
        const METHOD: &str = "getMultipleAccounts";
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let found = self.call(METHOD, &json!([keys, { "encoding": "base64", "commitment": "confirmed" }]))?;
        let values = found["value"].as_array().filter(|values| values.len() == addresses.len());
        let values = values.ok_or_else(|| self.strange(METHOD))?;
        let read = |value: &Value| {
            if value.is_null() {
                return Ok(None);
            }
            let owner = value["owner"].as_str().and_then(|owner| owner.parse().ok());
            let data = value["data"][0].as_str().and_then(|data| STANDARD.decode(data).ok());
            let account = owner.zip(data).map(|(owner, data)| Account { owner, data });
            account.map(Some).ok_or_else(|| self.strange(METHOD))
        };
        values.iter().map(read).collect()
    }

    fn blockhash(&mut self) -> Result<Hash, String> {
        let found = self.call("getLatestBlockhash", &json!([{ "commitment": "confirmed" }]))?;
        let hash = found["value"]["blockhash"].as_str().and_then(|hash| hash.parse().ok());
        hash.ok_or_else(|| self.strange("getLatestBlockhash"))
    }

    fn send(&mut self, transaction: &Transaction) -> Result<String, String> {
        let options = json!({ "encoding": "base64", "preflightCommitment": "confirmed" });
        let sent = self.call("sendTransaction", &json!([STANDARD.encode(wire(transaction)), options]))?;
        let signature = sent.as_str().ok_or_else(|| self.strange("sendTransaction"))?.to_string();
        for _ in 0..POLLS {
            let status = self.call("getSignatureStatuses", &json!([[signature]]))?;
            let status = &status["value"][0];
            if !status["err"].is_null() {
                return Err(format!("{signature}: {}", failure(&status["err"])));
            }
            if matches!(status["confirmationStatus"].as_str(), Some("confirmed" | "finalized")) {
                return Ok(signature);
            }
            sleep(self.poll_every);
        }
        Err(format!("{signature}: not confirmed in time: run the step again, it sends only what is missing"))
    }
}

/// What a status says of a transaction that failed.
fn failure(err: &Value) -> String {
    match err["InstructionError"][1]["Custom"].as_u64() {
        Some(code) => refusal(&format!("custom program error: {code}")),
        None => err.to_string(),
    }
}
