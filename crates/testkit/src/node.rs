//! A chain in this process behind JSON-RPC over HTTP, as a node's: what a client of nodes is tested against.

use crate::chain::{Host, SvmChain};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plimsoll_client::chain::{At, Chain, ChainError, Filter, Landed, Simulation, Status};
use serde_json::{Value, json};
use solana_account::Account;
use solana_address::Address;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Codes of refusals, as nodes give them.
const REFUSED: i64 = -32003;
const NOT_FOUND: i64 = -32601;

/// A node. It answers until the process ends.
pub struct Node {
    /// Where it is.
    pub url: String,
    called: Arc<Mutex<Vec<String>>>,
}

impl Node {
    /// A node of a chain.
    ///
    /// # Panics
    /// If the machine lets nobody listen.
    pub fn of<H: Host + Send + 'static>(chain: Arc<SvmChain<H>>) -> Self {
        Self::answering(move |method, parameters| answer(&chain, method, parameters))
    }

    /// A node that answers each call, given by method and parameters, with a result or an error.
    ///
    /// # Panics
    /// If the machine lets nobody listen.
    pub fn answering(mut respond: impl FnMut(&str, &Value) -> Result<Value, Value> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port to listen at");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let called = Arc::new(Mutex::new(Vec::new()));
        let heard = called.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that has gone away needs no answer.
                let _ = stream.and_then(|stream| serve(&stream, &heard, &mut respond));
            }
        });
        Self { url, called }
    }

    /// The methods that were called, in order.
    pub fn methods(&self) -> Vec<String> {
        self.called.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    mut stream: &TcpStream,
    heard: &Mutex<Vec<String>>,
    respond: &mut impl FnMut(&str, &Value) -> Result<Value, Value>,
) -> io::Result<()> {
    let call: Value = serde_json::from_slice(&body(stream)?)?;
    let method = call["method"].as_str().unwrap_or_default();
    let answer = match respond(method, &call["params"]) {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": call["id"], "error": error }),
    };
    heard.lock().unwrap_or_else(PoisonError::into_inner).push(method.to_string());
    let text = answer.to_string();
    let length = text.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}"
    )
}

fn body(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

/// What a node answers, from a chain in this process.
fn answer<H: Host>(chain: &SvmChain<H>, method: &str, parameters: &Value) -> Result<Value, Value> {
    let (first, second) = (&parameters[0], &parameters[1]);
    match method {
        "getGenesisHash" => chain.genesis_hash().map(|hash| json!(hash.to_string())),
        "getMultipleAccounts" => chain.accounts(&addresses(first)).map(|found| {
            at(found, |accounts| accounts.iter().map(|account| account.as_ref().map(shown)).collect())
        }),
        "getProgramAccounts" => chain.program_accounts(&address(first), &filter(second)).map(|found| {
            let keyed = |(address, account): &(Address, Account)| {
                json!({ "pubkey": address.to_string(), "account": shown(account) })
            };
            at(found, |accounts| accounts.iter().map(keyed).collect())
        }),
        "getLatestBlockhash" => {
            let slot = chain.block_height().map_err(error)?.slot;
            chain.latest_blockhash().map(|found| {
                let (hash, last) = (found.hash.to_string(), found.last_valid_block_height);
                let value = json!({ "blockhash": hash, "lastValidBlockHeight": last });
                at(At { slot, value }, |value| value.clone())
            })
        }
        "getEpochInfo" => chain.block_height().map(|height| {
            json!({
                "absoluteSlot": height.slot, "blockHeight": height.value, "epoch": 0, "slotIndex": height.slot,
                "slotsInEpoch": 432_000, "transactionCount": 0,
            })
        }),
        "simulateTransaction" => {
            let slot = chain.block_height().map_err(error)?.slot;
            let wanted = addresses(&second["accounts"]["addresses"]);
            let found = chain.simulate(&transaction(first), &wanted);
            found.map(|found| at(At { slot, value: found }, |found| simulation(found, wanted.is_empty())))
        }
        "sendTransaction" => chain.send(&transaction(first)).map(|signature| json!(signature.to_string())),
        "getSignatureStatuses" => {
            chain.statuses(&signatures(first)).map(|found| at(found, |found| found.iter().map(status).collect()))
        }
        "getTransaction" => {
            chain.transaction(&signatures(parameters)[0]).map(|found| json!(found.as_ref().map(landed)))
        }
        "getSignaturesForAddress" => {
            let before = second["before"].as_str().and_then(|text| text.parse().ok());
            let limit = second["limit"].as_u64().unwrap_or(1_000) as usize;
            let found = chain.history(&address(first), before, limit);
            found.map(|found| found.iter().map(listed).collect())
        }
        "getRecentPrioritizationFees" => chain.priority_fees(&addresses(first)).map(|fees| {
            fees.iter().map(|fee| json!({ "slot": 1, "prioritizationFee": fee })).collect()
        }),
        "requestAirdrop" => {
            let lamports = second.as_u64().unwrap_or_default();
            chain.airdrop(&address(first), lamports).map(|signature| json!(signature.to_string()))
        }
        other => return Err(json!({ "code": NOT_FOUND, "message": format!("Method not found: {other}") })),
    }
    .map_err(error)
}

fn error(error: ChainError) -> Value {
    json!({ "code": REFUSED, "message": error.to_string() })
}

fn at<T>(found: At<T>, show: impl FnOnce(&T) -> Value) -> Value {
    json!({ "context": { "slot": found.slot }, "value": show(&found.value) })
}

fn shown(account: &Account) -> Value {
    json!({
        "lamports": account.lamports, "owner": account.owner.to_string(), "executable": account.executable,
        "rentEpoch": account.rent_epoch, "space": account.data.len(),
        "data": [BASE64_STANDARD.encode(&account.data), "base64"],
    })
}

fn simulation(found: &Simulation, is_without_accounts: bool) -> Value {
    let accounts: Vec<Option<Value>> = found.accounts.iter().map(|a| a.as_ref().map(shown)).collect();
    json!({
        "err": found.error, "logs": found.logs, "unitsConsumed": found.compute_units,
        "loadedAccountsDataSize": found.loaded_bytes,
        "accounts": if is_without_accounts { Value::Null } else { json!(accounts) },
    })
}

fn status(status: &Option<Status>) -> Value {
    let Some(status) = status else { return Value::Null };
    json!({
        "slot": status.slot, "confirmations": null, "err": status.error, "confirmationStatus": "finalized",
        "status": outcome(&status.error.as_ref().map(|error| json!(error))),
    })
}

/// The older form of an error, which nodes still give beside the newer one.
fn outcome(error: &Option<Value>) -> Value {
    match error {
        None => json!({ "Ok": null }),
        Some(error) => json!({ "Err": error }),
    }
}

fn listed(landed: &Landed) -> Value {
    json!({
        "signature": landed.signature.to_string(), "slot": landed.slot, "err": landed.error, "memo": null,
        "blockTime": landed.block_time, "confirmationStatus": "finalized",
    })
}

fn landed(landed: &Landed) -> Value {
    let error = landed.error.as_ref().map(|error| json!(error));
    json!({
        "slot": landed.slot, "blockTime": landed.block_time, "transaction": ["", "base64"], "version": 0,
        "meta": {
            "err": error, "status": outcome(&error), "fee": landed.fee, "preBalances": [], "postBalances": [],
            "logMessages": landed.logs, "computeUnitsConsumed": landed.compute_units,
        },
    })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn texts(values: &Value) -> impl Iterator<Item = &str> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn address(value: &Value) -> Address {
    text(value).parse().expect("an address")
}

fn addresses(values: &Value) -> Vec<Address> {
    texts(values).map(|text| text.parse().expect("an address")).collect()
}

fn signatures(values: &Value) -> Vec<Signature> {
    texts(values).map(|text| text.parse().expect("a signature")).collect()
}

fn transaction(value: &Value) -> VersionedTransaction {
    let bytes = BASE64_STANDARD.decode(text(value)).expect("base64");
    wincode::deserialize(&bytes).expect("a transaction")
}

/// The filter that the client's questions have: length, discriminator, at most one address.
fn filter(config: &Value) -> Filter {
    let mut filter = Filter { discriminator: [0; 8], length: 0, address_at: None };
    for part in config["filters"].as_array().into_iter().flatten() {
        if let Some(length) = part["dataSize"].as_u64() {
            filter.length = length as usize;
        }
        let Some(offset) = part["memcmp"]["offset"].as_u64() else { continue };
        let bytes = bs58::decode(text(&part["memcmp"]["bytes"])).into_vec().expect("base58");
        match <[u8; 8]>::try_from(bytes.as_slice()) {
            Ok(discriminator) => filter.discriminator = discriminator,
            Err(_) => {
                let address = Address::try_from(bytes.as_slice()).expect("an address");
                filter.address_at = Some((offset as usize, address));
            }
        }
    }
    filter
}
