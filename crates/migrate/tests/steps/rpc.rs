//! A node by JSON-RPC, and the command against one: a canned server answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use plimsoll_migrate::chain::{CLOCK, Chain};
use plimsoll_migrate::rpc::Rpc;
use serde_json::{Value, json};
use solana_hash::Hash;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::server::Server;

const MAINNET: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

/// Answers each method with what it was given, the last answer again and again.
fn canned(answers: &[(&str, Value)]) -> Server {
    let mut queues: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (method, answer) in answers {
        queues.entry((*method).to_string()).or_default().insert(0, answer.clone());
    }
    Server::start(move || {
        move |call: &Value| match queues.get_mut(call["method"].as_str().unwrap()) {
            None => json!({ "error": { "message": "not canned" } }),
            Some(queue) if queue.len() > 1 => queue.pop().unwrap(),
            Some(queue) => queue[0].clone(),
        }
    })
}

/// An answer with a result.
pub fn result(value: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "result": value })
}

fn rpc(server: &Server) -> Rpc {
    Rpc::new(&server.url).unwrap().polling_every(Duration::from_millis(1))
}

fn transaction() -> Transaction {
    let key = Keypair::new_from_array([3; 32]);
    Transaction::new(&[&key], Message::new(&[], Some(&key.pubkey())), Hash::default())
}

#[test]
fn accounts_hashes_and_confirmations_are_read() {
    let account =
        json!({ "owner": "11111111111111111111111111111111", "data": ["AQID", "base64"], "lamports": 1 });
    let pending = json!({ "value": [null] });
    let confirmed = json!({ "value": [{ "err": null, "confirmationStatus": "confirmed" }] });
    let server = canned(&[
        ("getGenesisHash", result(json!(MAINNET))),
        ("getMultipleAccounts", result(json!({ "value": [account, null] }))),
        ("getLatestBlockhash", result(json!({ "value": { "blockhash": MAINNET } }))),
        ("sendTransaction", result(json!("5sig"))),
        ("getSignatureStatuses", result(pending)),
        ("getSignatureStatuses", result(confirmed)),
    ]);
    let mut rpc = rpc(&server);
    assert_eq!(rpc.genesis_hash(), Ok(Some(MAINNET.to_string())));
    let found = rpc.accounts(&[CLOCK, CLOCK]).unwrap();
    assert_eq!(found[0].as_ref().unwrap().data, [1, 2, 3]);
    assert_eq!(found[1], None);
    assert_eq!(rpc.accounts(&[]), Ok(vec![]));
    assert_eq!(rpc.blockhash().unwrap().to_string(), MAINNET);
    assert_eq!(rpc.send(&transaction()), Ok("5sig".to_string()));
    let asked = server.methods();
    assert_eq!(asked[3..], ["sendTransaction", "getSignatureStatuses", "getSignatureStatuses"]);
}

#[test]
fn refusals_are_explained_and_nonsense_is_named() {
    let simulation =
        "Transaction simulation failed: Error processing Instruction 0: custom program error: 0x1770";
    let failed = json!({ "value": [{ "err": { "InstructionError": [0, { "Custom": 6000 }] } }] });
    let server = canned(&[
        ("sendTransaction", json!({ "error": { "code": -32002, "message": simulation } })),
        ("sendTransaction", result(json!("5sig"))),
        ("getSignatureStatuses", result(failed)),
        ("getMultipleAccounts", result(json!({ "value": [] }))),
        ("getLatestBlockhash", result(json!(7))),
    ]);
    let mut rpc = rpc(&server);
    let overflow = "Overflow (6000): A result does not fit its unit: use smaller amounts";
    assert_eq!(rpc.send(&transaction()), Err(overflow.to_string()));
    assert_eq!(rpc.send(&transaction()), Err(format!("5sig: {overflow}")));
    assert!(
        rpc.accounts(&[CLOCK]).unwrap_err().contains("getMultipleAccounts: not the answer of a Solana node")
    );
    assert!(rpc.blockhash().unwrap_err().contains("getLatestBlockhash: not the answer"));
    assert_eq!(rpc.genesis_hash(), Err("not canned".to_string()));
    assert!(
        Rpc::new("mainnet").err().unwrap().contains("or one of mainnet-beta, devnet, testnet, localhost")
    );
}

/// Runs the command from the top of the repository.
fn migrate(args: &[&str]) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(env!("CARGO_BIN_EXE_plimsoll-migrate")).current_dir(root).args(args).output().unwrap()
}

#[test]
fn bad_input_gets_one_line_and_exit_code_2_and_nothing_is_sent() {
    let devnet = canned(&[("getGenesisHash", result(json!("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG")))]);
    let url = devnet.url.as_str();
    let key = ["--authority", "11111111111111111111111111111111"];
    for (args, what) in [
        (vec!["1", "--url", url, key[0], key[1]], "wrong cluster: the node's genesis hash is EtWT"),
        (vec!["9", "--url", url, key[0], key[1]], "there is no step 9; there are 0001_create, 0002_list,"),
        (vec!["1", "--url", url, "--keypair", "no.json", "--apply"], "no.json: No such file"),
        (vec!["1", "--url", url, "--keypair", "Cargo.toml"], "Cargo.toml: not a keypair"),
        (vec!["1", "--url", url, "--addresses", "no.toml"], "no.toml: No such file"),
        (vec!["1", "--url", url, "--steps", "docs"], "docs: no steps"),
        (vec!["1", "--url", "moon"], "--url moon: give an http"),
        (vec!["--apply"], "which node?"),
    ] {
        let output = migrate(&args);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
        assert!(text.contains(what) && text.lines().count() == 1, "{args:?}: {text}");
        assert!(output.stdout.is_empty());
    }
    assert!(devnet.methods().iter().all(|method| method == "getGenesisHash"));
}

#[test]
fn exit_codes_tell_what_came_of_it() {
    assert_eq!(migrate(&["--help"]).status.code(), Some(0));
    let nobody = migrate(&["1", "--url", "http://127.0.0.1:1"]);
    assert_eq!(nobody.status.code(), Some(1));
    // A cluster with a clock and the program, and no deployment.
    let clock =
        json!({ "owner": "11111111111111111111111111111111", "data": ["A".repeat(52) + "AA==", "base64"] });
    let server = canned(&[
        ("getGenesisHash", result(json!(MAINNET))),
        ("getMultipleAccounts", result(json!({ "value": [clock, clock, null, null, null] }))),
        ("getLatestBlockhash", result(json!({ "value": { "blockhash": MAINNET } }))),
    ]);
    let key = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi";
    let output = migrate(&["1", "--url", &server.url, "--authority", key]);
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.matches("   message       ").count(), 2, "{text}");
    assert!(!server.methods().contains(&"sendTransaction".to_string()));
    let overview = migrate(&["--url", &server.url, "--authority", key]);
    assert_eq!(overview.status.code(), Some(3));
    let text = String::from_utf8(overview.stdout).unwrap();
    assert!(
        text.contains("0001_create       2 to send, 0 waiting; in detail: cargo xtask migrate 1"),
        "{text}"
    );
    assert!(text.contains("0003_launch       "), "{text}");
    let unnamed = migrate(&["1", "--url", &server.url]);
    assert_eq!(unnamed.status.code(), Some(2));
}
