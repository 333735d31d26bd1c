//! A block engine is given one tipped transaction at a time, and its answers are understood.
use crate::fake::address;
use plimsoll_client::chain::ChainError;
use plimsoll_keeper::bundles::Bundles;
use plimsoll_keeper::config::BundleConfig;
use plimsoll_keeper::secret::Secret;
use plimsoll_keeper::sender::Delivery;
use serde_json::{Value, json};
use solana_address::Address;
use solana_transaction::versioned::VersionedTransaction;
use std::sync::mpsc::{Receiver, channel};
use tiny_http::{Response, Server};

fn engine(answers: &'static [(u16, &'static str)]) -> (Bundles, Receiver<Value>) {
    let server = Server::http("127.0.0.1:0").unwrap();
    let url = Secret::new(format!("http://{}/s3cret", server.server_addr().to_ip().unwrap()));
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for (status, answer) in answers {
            let mut request = server.recv().unwrap();
            let mut body = String::new();
            request.as_reader().read_to_string(&mut body).unwrap();
            sender.send(serde_json::from_str(&body).unwrap()).unwrap();
            request.respond(Response::from_string(*answer).with_status_code(*status)).unwrap();
        }
    });
    let config = BundleConfig { url, tip_account: address(8), tip: 10_000 };
    (Bundles::new(&config, address(9)), received)
}

#[test]
fn the_tip_is_a_transfer_from_the_wallet() {
    let (bundles, _) = engine(&[]);
    let tip = bundles.tip().unwrap();
    assert_eq!(tip.program_id, Address::default());
    assert_eq!(tip.data, [2, 0, 0, 0, 0x10, 0x27, 0, 0, 0, 0, 0, 0]);
    let accounts: Vec<_> = tip.accounts.iter().map(|a| (a.pubkey, a.is_signer, a.is_writable)).collect();
    assert_eq!(accounts, [(address(9), true, true), (address(8), false, true)]);
}

#[test]
fn answers_are_understood() {
    let (bundles, received) = engine(&[
        (200, r#"{"jsonrpc":"2.0","id":1,"result":"b1"}"#),
        (200, r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no tip"}}"#),
        (429, "slow down"),
        (200, "<html>"),
    ]);
    let transaction = VersionedTransaction::default();
    assert_eq!(bundles.deliver(&transaction), Ok(()));
    let sent = received.recv().unwrap();
    assert_eq!(sent["method"], "sendBundle");
    assert_eq!(sent["params"][1], json!({ "encoding": "base64" }));
    assert_eq!(sent["params"][0].as_array().unwrap().len(), 1);
    let Err(ChainError::Refused(why)) = bundles.deliver(&transaction) else { panic!("taken") };
    assert!(why.ends_with("/(hidden): no tip"), "{why}");
    assert!(matches!(bundles.deliver(&transaction), Err(ChainError::Unavailable(_))));
    assert!(matches!(bundles.deliver(&transaction), Err(ChainError::Strange(_))));
}
