//! Every example runs, against a chain in this process.
// Each example has what they share for itself.
#![allow(clippy::duplicate_mod)]

#[allow(dead_code)]
#[path = "../examples/deposit.rs"]
mod deposit;
#[allow(dead_code)]
#[path = "../examples/follow_events.rs"]
mod follow_events;
#[allow(dead_code)]
#[path = "../examples/liquidate.rs"]
mod liquidate;
#[allow(dead_code)]
#[path = "../examples/propose_change.rs"]
mod propose_change;
#[allow(dead_code)]
#[path = "../examples/provide_liquidity.rs"]
mod provide_liquidity;
#[allow(dead_code)]
#[path = "../examples/read_account.rs"]
mod read_account;
#[allow(dead_code)]
#[path = "../examples/trade.rs"]
mod trade;
#[allow(dead_code)]
#[path = "../examples/transfer.rs"]
mod transfer;
#[allow(dead_code)]
#[path = "../examples/withdraw.rs"]
mod withdraw;

/// What an example says, on a place made for `As`.
macro_rules! said {
    ($example:ident, $role:ident) => {
        $example::run(&$example::shared::Place::open($example::shared::As::$role).unwrap()).unwrap()
    };
}

fn assert_lines(lines: &[String], expected: &[&str]) {
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, part) in lines.iter().zip(expected) {
        assert!(line.contains(part), "{line:?} lacks {part:?}");
    }
}

#[test]
fn deposits() {
    assert_lines(&said!(deposit, Trader), &[" deposited 100 USDC"]);
}

#[test]
fn trades() {
    assert_lines(&said!(trade, Trader), &["BTC is at 55,600 USD", " bought 0.01 BTC for "]);
}

#[test]
fn withdraws() {
    assert_lines(&said!(withdraw, Trader), &[" withdrew 25 USDC"]);
}

#[test]
fn transfers() {
    assert_lines(&said!(transfer, Trader), &[" was opened: number 1 of ", " sent 40 USDC to account "]);
}

#[test]
fn liquidates() {
    assert_lines(&said!(liquidate, Trader), &[" was liquidated: "]);
}

#[test]
fn provides_and_redeems() {
    assert_lines(
        &said!(provide_liquidity, Trader),
        &["BTC is at 55,600 USD", " provided 500 USDC ", " redeemed "],
    );
}

#[test]
fn proposes() {
    assert_lines(&said!(propose_change, Governance), &["change 10 of parameters was proposed"]);
}

#[test]
fn reads_accounts() {
    let lines = said!(read_account, Trader);
    assert_lines(
        &lines,
        &["equity ", "equity ", "0.15 BTC, liquidated at ", "the first account of this wallet is "],
    );
}

#[test]
fn follows_events() {
    assert_lines(&said!(follow_events, Trader), &["2020-03-12T00:00:27Z: account "]);
}
