//! The steps over HTTP, a node with the compiled program at the other end.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use plimsoll_migrate::chain::Chain;
use plimsoll_migrate::local::Local;
use plimsoll_migrate::rpc::Rpc;
use plimsoll_migrate::run::{End, Problem, Session};
use plimsoll_testkit::Wallet;
use serde_json::{Value, json};
use solana_address::Address;
use solana_transaction::Transaction;

use crate::rpc::result;
use crate::server::Server;
use crate::stage::{listings, parameters, signed_by, steps};

/// What a node answers, from a chain in this process.
fn answer(local: &mut Local, call: &Value) -> Value {
    let parameters = &call["params"];
    match call["method"].as_str().unwrap() {
        "getGenesisHash" => result(json!("the hash of this cluster")),
        "getLatestBlockhash" => {
            result(json!({ "value": { "blockhash": local.blockhash().unwrap().to_string() } }))
        }
        "getSignatureStatuses" => {
            result(json!({ "value": [{ "err": null, "confirmationStatus": "finalized" }] }))
        }
        "getMultipleAccounts" => {
            let keys =
                parameters[0].as_array().unwrap().iter().map(|key| key.as_str().unwrap().parse().unwrap());
            let accounts = local.accounts(&keys.collect::<Vec<Address>>()).unwrap();
            let shown = accounts.into_iter().map(|account| {
                account.map(
                    |a| json!({ "owner": a.owner.to_string(), "data": [STANDARD.encode(a.data), "base64"] }),
                )
            });
            result(json!({ "value": shown.collect::<Vec<_>>() }))
        }
        "sendTransaction" => {
            let wire = STANDARD.decode(parameters[0].as_str().unwrap()).unwrap();
            let transaction: Transaction = bincode::deserialize(&wire).unwrap();
            match local.send(&transaction) {
                Ok(signature) => result(json!(signature)),
                Err(problem) => json!({ "error": { "code": -32002, "message": problem } }),
            }
        }
        other => panic!("{other} is not called"),
    }
}

#[test]
fn a_deployment_comes_up_over_http_and_a_change_is_proposed() {
    let operator = Wallet::new("governance");
    let mut places = Local::new().unwrap().places(&listings());
    places.genesis_hash = Some("the hash of this cluster".into());
    let rich = operator.address();
    let server = Server::start(move || {
        let mut local = Local::new().unwrap();
        local.places(&listings());
        local.svm.set_lamports(rich, 10_000_000_000);
        move |call: &Value| answer(&mut local, call)
    });
    let mut rpc = Rpc::new(&server.url).unwrap().polling_every(Duration::from_millis(1));
    let (steps, mut out) = (steps(), Vec::new());
    let mut session = Session {
        chain: &mut rpc,
        places: &places,
        steps: &steps,
        signers: signed_by(&operator),
        out: &mut out,
    };
    session.check_cluster().unwrap();
    for step in &steps[..4] {
        assert_eq!(session.run(step), Ok(End::Done));
    }
    let change = parameters("[pool]\nredeem_fee = 2_000\n");
    assert_eq!(session.run(&change), Ok(End::Left));
    assert_eq!(session.cancel(10), Ok(End::Done));
    session.signers = signed_by(&Wallet::new("poor"));
    let poor = session.cancel(10);
    assert!(matches!(poor, Err(Problem::Input(_))), "the clearinghouse is another one's: {poor:?}");
    let sent = server.methods().iter().filter(|method| *method == "sendTransaction").count();
    // Two to create, ten to list, a launch, a proposal, a cancellation.
    assert_eq!(sent, 15);
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("redeem_fee  1,000 -> 2,000 millionths  neither tightens nor loosens"), "{text}");
}
