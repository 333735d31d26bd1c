//! The chain's JSON-RPC: the calls by which it can be changed from outside, and those that set a deployment up.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll_client::chain::{Chain, Commitment};
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::prepare::prepare;
use plimsoll_client::rpc::Rpc;
use plimsoll_client::send::{Receipt, SendPolicy, Sender, SystemTime};
use plimsoll_client::transaction::Version;
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::{Address, address};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

const CLOCK: Address = address!("SysvarC1ock11111111111111111111111111111111");
const CLOCK_UNIX_TIME: usize = 32;
const TIMEOUT: Duration = Duration::from_secs(30);
/// All accounts of a chain, in JSON.
const ANSWER_BYTES_MAX: u64 = 1 << 30;
/// How often a transaction is asked after: a slot is eight times as long.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// The node that the chain is.
pub struct Node {
    url: String,
    agent: ureq::Agent,
    /// Where the standard methods suffice.
    pub rpc: Rpc,
}

impl Node {
    /// The one at `url`.
    ///
    /// # Errors
    /// When that is no address.
    pub fn new(url: &str) -> Result<Self, String> {
        let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
        let rpc = Rpc::new(url, Commitment::Confirmed).map_err(|e| e.to_string())?;
        Ok(Self { url: url.into(), agent: config.build().into(), rpc })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What tells this chain from others.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn genesis_hash(&self) -> Result<String, String> {
        self.rpc.genesis_hash().map(|hash| hash.to_string()).map_err(|e| e.to_string())
    }

    /// The result of a call.
    ///
    /// # Errors
    /// When there is none, in one line.
    pub fn call(&self, method: &str, params: &Value) -> Result<Value, String> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let post = || {
            let mut response =
                self.agent.post(&self.url).header("content-type", "application/json").send(body)?;
            response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()
        };
        let text = post().map_err(|e| format!("{}: {method}: {e}", self.url))?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|e| format!("{method}: {e}"))?;
        match answer.get("error") {
            Some(error) => Err(format!(
                "{method}: {}",
                error["message"].as_str().unwrap_or("an error without a message")
            )),
            None => Ok(answer["result"].take()),
        }
    }

    /// The cluster's clock, unix seconds.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn unix_time(&self) -> Result<i64, String> {
        let clock = self.data(&CLOCK)?.ok_or("the chain has no clock")?;
        let bytes = clock.get(CLOCK_UNIX_TIME..CLOCK_UNIX_TIME + size_of::<i64>());
        let bytes = bytes.ok_or("the chain's clock is too short")?;
        Ok(i64::from_le_bytes(bytes.try_into().expect("eight bytes")))
    }

    /// The data of an account, `None` if it is not there.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn data(&self, address: &Address) -> Result<Option<Vec<u8>>, String> {
        let options = json!({ "encoding": "base64", "commitment": "processed" });
        let found = self.call("getAccountInfo", &json!([address.to_string(), options]))?;
        let Some(data) = found["value"]["data"][0].as_str() else { return Ok(None) };
        STANDARD.decode(data).map(Some).map_err(|e| format!("{address}: {e}"))
    }

    /// Puts an account where none or another is.
    ///
    /// # Errors
    /// When the chain refuses.
    pub fn set_account(&self, address: &Address, account: &Account) -> Result<(), String> {
        let data: String = account.data.iter().map(|byte| format!("{byte:02x}")).collect();
        let update = json!({
            "lamports": account.lamports,
            "owner": account.owner.to_string(),
            "executable": account.executable,
            "rentEpoch": account.rent_epoch,
            "data": data,
        });
        self.call("surfnet_setAccount", &json!([address.to_string(), update])).map(drop)
    }

    /// Gives a wallet lamports.
    ///
    /// # Errors
    /// When the chain refuses.
    pub fn airdrop(&self, to: &Address, lamports: u64) -> Result<(), String> {
        self.rpc.airdrop(to, lamports).map(drop).map_err(|e| e.to_string())
    }

    /// Sends a transaction that `signer` signs and pays, and waits until it is confirmed.
    ///
    /// # Errors
    /// Why it was refused, the program's own reason in words.
    pub fn send(&self, instructions: Vec<Instruction>, signer: &Keypair) -> Result<Receipt, String> {
        let payer = signer.pubkey();
        let prepared = prepare(&self.rpc, payer, instructions, Version::V0, &FeePolicy::default(), &[]);
        let draft = prepared.map_err(|e| e.to_string())?.draft;
        let policy = SendPolicy { poll_every: POLL_EVERY, ..SendPolicy::default() };
        let sender = Sender { chain: &self.rpc, time: &SystemTime::default(), policy };
        sender.send(&draft, &[signer]).map_err(|e| e.to_string())
    }
}
