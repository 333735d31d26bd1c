//! What happens to watched accounts reaches a server, once, in the form it wants.
use crate::fake::{FakeChain, FakeTime, address};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::chain::Landed;
use plimsoll_client::decode::Layout;
use plimsoll_client::program::events::StockTaken;
use plimsoll_keeper::notify::{Channel, Kind, Notice, Once, Target, Watch};
use plimsoll_keeper::secret::Secret;
use serde_json::{Value, json};
use solana_address::Address;
use solana_signature::Signature;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tiny_http::{Response, Server};

/// A server that answers with these statuses, one after the other, and passes on what it was sent.
fn server(statuses: &'static [u16]) -> (String, Receiver<(String, Value)>) {
    let server = Server::http("127.0.0.1:0").unwrap();
    let url = format!("http://{}", server.server_addr().to_ip().unwrap());
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for status in statuses {
            let mut request = server.recv().unwrap();
            let mut body = String::new();
            request.as_reader().read_to_string(&mut body).unwrap();
            let path = request.url().to_string();
            sender.send((path, serde_json::from_str(&body).unwrap())).unwrap();
            request.respond(Response::empty(*status)).unwrap();
        }
    });
    (url, received)
}

fn notice() -> Notice {
    Notice {
        account: address(3),
        kind: Kind::MarginCalled,
        signature: Signature::from([1; 64]),
        slot: 9,
        unix_time: Some(77),
        figures: vec![("equity", 12_500_000), ("maintenance", -1)],
    }
}

fn text() -> String {
    format!("Margin call (Plimsoll account {}), equity 12.500000 USD, maintenance -0.000001 USD", address(3))
}

#[test]
fn each_channel_gets_the_form_it_wants() {
    let time = FakeTime::default();
    let (url, received) = server(&[200, 204, 200]);
    Channel::new(Target::Webhook(Secret::new(format!("{url}/hook")))).send(&notice(), &time).unwrap();
    let expected = json!({
        "account": address(3).to_string(), "kind": "margin_call", "text": text(),
        "signature": Signature::from([1; 64]).to_string(), "slot": 9, "unix_time": 77,
        "figures": { "equity_micro_usd": 12_500_000, "maintenance_micro_usd": -1 },
    });
    assert_eq!(received.recv().unwrap(), ("/hook".to_string(), expected));
    Channel::new(Target::Discord(Secret::new(format!("{url}/discord")))).send(&notice(), &time).unwrap();
    let expected = json!({ "content": text(), "allowed_mentions": { "parse": [] } });
    assert_eq!(received.recv().unwrap(), ("/discord".to_string(), expected));
    let bot = Target::Telegram { url: Secret::new(format!("{url}/bot")), chat: "-5".to_string() };
    Channel::new(bot).send(&notice(), &time).unwrap();
    let expected = json!({ "chat_id": "-5", "text": text() });
    assert_eq!(received.recv().unwrap(), ("/bot".to_string(), expected));
}

#[test]
fn attempts_are_bounded_and_errors_do_not_show_the_address() {
    let time = FakeTime::default();
    let (url, received) = server(&[500, 429, 200]);
    let channel = Channel::new(Target::Webhook(Secret::new(format!("{url}/s3cret"))));
    channel.send(&notice(), &time).unwrap();
    assert_eq!(received.iter().take(3).count(), 3);
    assert_eq!(*time.waits.lock().unwrap(), [1_000, 4_000]);

    let (url, received) = server(&[500, 500, 503]);
    let channel = Channel::new(Target::Webhook(Secret::new(format!("{url}/s3cret"))));
    assert_eq!(channel.send(&notice(), &time), Err("the answer was status 503".to_string()));
    assert_eq!(received.iter().take(3).count(), 3);

    let (url, _received) = server(&[404]);
    let channel = Channel::new(Target::Webhook(Secret::new(format!("{url}/s3cret"))));
    assert_eq!(channel.send(&notice(), &time), Err("the answer was status 404".to_string()));

    let nobody = Channel::new(Target::Webhook(Secret::new("http://127.0.0.1:1/s3cret")));
    let problem = nobody.send(&notice(), &time).unwrap_err();
    assert!(!problem.contains("s3cret"), "{problem}");
}

#[test]
fn a_bot_is_addressed_by_its_token() {
    let target = Target::telegram(&Secret::new("12:ab"), "5");
    let url = Secret::new("https://api.telegram.org/bot12:ab/sendMessage");
    assert_eq!(target, Target::Telegram { url, chat: "5".to_string() });
}

/// A transaction that took stock of an account.
fn stock_taken(number: u8, account: Address, called_at: i64, sunk_at: i64) -> Landed {
    let event = StockTaken { account, equity: 5, maintenance: 6, called_at, sunk_at, auction_at: 0 };
    let data = [StockTaken::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&event)].concat();
    let logs = vec![
        format!("Program {PROGRAM} invoke [1]"),
        format!("Program data: {}", BASE64_STANDARD.encode(data)),
        format!("Program {PROGRAM} success"),
    ];
    Landed {
        signature: Signature::from([number; 64]),
        slot: u64::from(number),
        block_time: Some(7),
        error: None,
        logs,
        fee: 5_000,
        compute_units: 0,
    }
}

#[test]
fn what_happened_before_the_start_and_to_others_is_not_told() {
    let (mine, other) = (address(3), address(4));
    let chain = FakeChain::default();
    let put = |landed| chain.history.lock().unwrap().insert(0, landed);
    let mut watch = Watch::new(mine);
    put(stock_taken(1, mine, 5, 0));
    assert_eq!(watch.look(&chain).unwrap(), []);
    put(stock_taken(2, mine, 6, 0));
    put(stock_taken(3, other, 6, 0));
    put(stock_taken(4, mine, 0, 0));
    put(stock_taken(5, mine, 6, 8));
    let found = watch.look(&chain).unwrap();
    let told: Vec<(u64, Kind)> = found.iter().map(|notice| (notice.slot, notice.kind)).collect();
    assert_eq!(told, [(2, Kind::MarginCalled), (5, Kind::MarginCalled), (5, Kind::Sunk)]);
    assert_eq!(watch.look(&chain).unwrap(), []);
}

#[test]
fn a_transaction_that_failed_is_passed_over() {
    let chain = FakeChain::default();
    let mut watch = Watch::new(address(3));
    assert_eq!(watch.look(&chain).unwrap(), []);
    let mut failed = stock_taken(1, address(3), 5, 0);
    failed.error = Some(solana_transaction_error::TransactionError::AccountNotFound);
    chain.history.lock().unwrap().insert(0, failed);
    assert_eq!(watch.look(&chain).unwrap(), []);
    chain.history.lock().unwrap().insert(0, stock_taken(2, address(3), 5, 0));
    assert_eq!(watch.look(&chain).unwrap().len(), 1);
}

#[test]
fn the_same_news_is_told_once_per_interval() {
    let mut once = Once::new(Duration::from_secs(10));
    assert!(once.is_new(address(3), Kind::Sunk, 0));
    assert!(!once.is_new(address(3), Kind::Sunk, 9_999));
    assert!(once.is_new(address(3), Kind::Sunk, 10_000));
}
