//! The command against a node: a canned one answers.

use std::path::PathBuf;
use std::process::{Command, Output};

use plimsoll_testkit::Node;
use serde_json::{Value, json};

const MAINNET: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

/// Answers each method with what it was given.
fn canned(answers: &[(&str, Value)]) -> Node {
    let answers: Vec<(String, Value)> =
        answers.iter().map(|(method, answer)| ((*method).to_string(), answer.clone())).collect();
    Node::answering(move |method, _| {
        let found = answers.iter().find(|(known, _)| known == method);
        found
            .map(|(_, answer)| answer.clone())
            .ok_or_else(|| json!({ "code": -32601, "message": "not canned" }))
    })
}

/// Runs the command from the top of the repository.
fn migrate(args: &[&str]) -> Output {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    Command::new(env!("CARGO_BIN_EXE_plimsoll-migrate")).current_dir(root).args(args).output().unwrap()
}

#[test]
fn bad_input_gets_one_line_and_exit_code_2_and_nothing_is_sent() {
    let devnet = canned(&[("getGenesisHash", json!("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG"))]);
    let url = devnet.url.as_str();
    let key = ["--authority", "11111111111111111111111111111111"];
    for (args, what) in [
        (vec!["1", "--url", url, key[0], key[1]], "wrong cluster: the node's genesis hash is EtWT"),
        (vec!["9", "--url", url, key[0], key[1]], "there is no step 9; there are 0001_create, 0002_list,"),
        (vec!["1", "--url", url, "--keypair", "no.json", "--apply"], "no.json: No such file"),
        (vec!["1", "--url", url, "--keypair", "Cargo.toml"], "Cargo.toml: not a keypair"),
        (vec!["1", "--url", url, "--addresses", "no.toml"], "no.toml: No such file"),
        (vec!["1", "--url", url, "--steps", "docs"], "docs: no steps"),
        (vec!["1", "--url", "moon"], "--url: \"moon\" is no cluster: give an http"),
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
    let clock = json!({
        "owner": "11111111111111111111111111111111", "data": ["A".repeat(52) + "AA==", "base64"], "lamports": 1,
        "executable": false, "rentEpoch": 0, "space": 40,
    });
    let at = |value: Value| json!({ "context": { "slot": 1 }, "value": value });
    let server = canned(&[
        ("getGenesisHash", json!(MAINNET)),
        ("getMultipleAccounts", at(json!([clock, clock, null, null, null]))),
        ("getLatestBlockhash", at(json!({ "blockhash": MAINNET, "lastValidBlockHeight": 150 }))),
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
