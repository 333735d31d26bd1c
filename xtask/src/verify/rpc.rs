//! Fetching a deployed program from a node, by JSON-RPC.
use super::image;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use solana_address::Address;
use std::time::Duration;

const LOADER: &str = "BPFLoaderUpgradeab1e11111111111111111111111";
/// The names that Solana's own tools know.
const MONIKERS: [(&str, &str); 4] = [
    ("mainnet-beta", "https://api.mainnet-beta.solana.com"),
    ("devnet", "https://api.devnet.solana.com"),
    ("testnet", "https://api.testnet.solana.com"),
    ("localhost", "http://127.0.0.1:8899"),
];
const TIMEOUT: Duration = Duration::from_secs(120);
/// An account has at most 10 MiB; base64 makes 14 of them.
const ANSWER_BYTES_MAX: u64 = 32 << 20;

struct Account {
    owner: String,
    data: Vec<u8>,
}

/// The data of the account that holds a program's code: its ProgramData account, or, when the address is
/// that of a buffer or of a ProgramData account, of that account itself.
///
/// # Errors
/// What is wrong with the arguments, the connection, or the account, and what to do.
pub fn deployed(url: &str, program: &str) -> Result<Vec<u8>, String> {
    let url = match MONIKERS.iter().find(|(moniker, _)| *moniker == url) {
        Some((_, url)) => url,
        None if url.starts_with("https://") || url.starts_with("http://") => url,
        None => {
            let names = MONIKERS.map(|(moniker, _)| moniker).join(", ");
            return Err(format!("--url {url}: give an http:// or https:// address, or one of {names}"));
        }
    };
    let address: Address =
        program.parse().map_err(|_| format!("--program {program}: not an address (32 bytes in base 58)"))?;
    let account = account(url, &address)?;
    match image::program_data_address(&account.data) {
        Some(holder) => Ok(self::account(url, &holder)?.data),
        None => Ok(account.data),
    }
}

/// An account of the upgradeable loader, as of the last finalized block.
fn account(url: &str, address: &Address) -> Result<Account, String> {
    let request = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "getAccountInfo",
        "params": [address.to_string(), { "encoding": "base64", "commitment": "finalized" }],
    });
    let answer = post(url, &request.to_string())?;
    let account = read(&answer).map_err(|e| format!("{url}: {e}"))?;
    let account =
        account.ok_or(format!("{address}: no such account on {url}: never deployed there, or closed"))?;
    if account.owner != LOADER {
        let owner = account.owner;
        return Err(format!(
            "{address} belongs to {owner}: only programs of the loader {LOADER} can be verified"
        ));
    }
    Ok(account)
}

fn post(url: &str, body: &str) -> Result<String, String> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .user_agent(concat!("plimsoll-xtask/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let send = || {
        let mut response = agent.post(url).header("content-type", "application/json").send(body)?;
        response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()
    };
    send().map_err(|e| format!("{url}: {e} (is it the address of a node, and does it answer?)"))
}

/// Reads the answer to `getAccountInfo`; None when there is no such account.
fn read(answer: &str) -> Result<Option<Account>, String> {
    let answer: Value = serde_json::from_str(answer).map_err(|e| format!("the answer is not JSON: {e}"))?;
    if let Some(message) = answer.pointer("/error/message").and_then(Value::as_str) {
        return Err(format!("the node refused: {message}"));
    }
    let value = answer.pointer("/result/value").ok_or("the answer has no result: is it a Solana node?")?;
    if value.is_null() {
        return Ok(None);
    }
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str);
    let (Some(owner), Some(data)) = (text("/owner"), text("/data/0")) else {
        return Err("the account has no owner or no data in base64".into());
    };
    let data = STANDARD.decode(data).map_err(|e| format!("the account's data: {e}"))?;
    Ok(Some(Account { owner: owner.into(), data }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::image::tests::{AUTHORITY, CODE, program_data_account};
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    const PROGRAM: &str = "PLimsoLMargin111111111111111111111111111111";

    /// A node that gives these answers, one per connection, and returns the requests' bodies.
    fn node(answers: Vec<String>) -> (String, JoinHandle<Vec<Value>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = move |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = String::new();
            let body = loop {
                let mut chunk = [0; 4096];
                let length = stream.read(&mut chunk).unwrap();
                request.push_str(std::str::from_utf8(&chunk[..length]).unwrap());
                let body = request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
                if let Ok(body) = serde_json::from_str(body) {
                    break body;
                }
            };
            let length = answer.len();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
            )
            .unwrap();
            body
        };
        (url, std::thread::spawn(move || answers.into_iter().map(serve).collect()))
    }

    fn answer(owner: &str, data: &[u8]) -> String {
        let value = json!({
            "owner": owner, "data": [STANDARD.encode(data), "base64"],
            "executable": false, "lamports": 1, "rentEpoch": 0, "space": data.len(),
        });
        json!({ "jsonrpc": "2.0", "id": 1, "result": { "context": { "slot": 5 }, "value": value } })
            .to_string()
    }

    #[test]
    fn the_code_is_fetched_from_the_account_that_the_program_names() {
        let program = [&2u32.to_le_bytes()[..], AUTHORITY.as_ref()].concat();
        let code = program_data_account(77, true, CODE);
        let (url, requests) = node(vec![answer(LOADER, &program), answer(LOADER, &code)]);
        assert_eq!(deployed(&url, PROGRAM), Ok(code));
        let asked: Vec<Value> = requests.join().unwrap().iter().map(|r| r["params"][0].clone()).collect();
        assert_eq!(asked, [json!(PROGRAM), json!(AUTHORITY.to_string())]);
    }

    #[test]
    fn a_buffer_is_given_as_it_is() {
        let buffer = [&1u32.to_le_bytes()[..], &[1], AUTHORITY.as_ref(), CODE].concat();
        let (url, requests) = node(vec![answer(LOADER, &buffer)]);
        assert_eq!(deployed(&url, PROGRAM), Ok(buffer));
        let requests = requests.join().unwrap();
        assert_eq!(requests[0]["method"], "getAccountInfo");
        assert_eq!(requests[0]["params"][1], json!({ "encoding": "base64", "commitment": "finalized" }));
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let none = json!({ "jsonrpc": "2.0", "id": 1, "result": { "value": null } }).to_string();
        let refused =
            json!({ "jsonrpc": "2.0", "id": 1, "error": { "code": -32005, "message": "too many" } });
        for (answer, problem) in [
            (none, "never deployed there, or closed"),
            (refused.to_string(), "the node refused: too many"),
            (answer("11111111111111111111111111111111", &[]), "belongs to 11111111111111111111111111111111"),
            ("<html>".into(), "the answer is not JSON"),
            ("{}".into(), "is it a Solana node?"),
        ] {
            let (url, requests) = node(vec![answer]);
            let error = deployed(&url, PROGRAM).unwrap_err();
            assert!(error.contains(problem), "{error}");
            requests.join().unwrap();
        }
    }

    #[test]
    fn arguments_are_checked_before_anything_is_sent() {
        let error = deployed("mainet", PROGRAM).unwrap_err();
        assert!(error.contains("mainnet-beta, devnet, testnet, localhost"), "{error}");
        let error = deployed("devnet", "not-an-address").unwrap_err();
        assert!(error.starts_with("--program not-an-address: "), "{error}");
    }

    #[test]
    fn a_node_that_is_not_there_is_named() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = deployed(&format!("http://{closed}"), PROGRAM).unwrap_err();
        assert!(error.starts_with(&format!("http://{closed}: ")), "{error}");
    }
}
