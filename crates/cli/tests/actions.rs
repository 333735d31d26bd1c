//! Every command that acts, over the compiled program: what is shown before is what is found afterwards.
mod common;

use common::{Stage, act, address, traded};
use plimsoll_client::program::state::Role;
use plimsoll_testkit::Wallet;
use serde_json::{Value, json};

fn events(done: &Value) -> Vec<&str> {
    done["events"].as_array().unwrap().iter().map(|event| event.as_str().unwrap()).collect()
}

#[test]
fn a_deposit_opens_the_account_and_says_exactly_what_it_does() {
    let stage = Stage::new("deposit");
    let answer = stage.must("alice", "deposit 2500 USDC");
    let account = address(&stage, "alice", 0);
    let signature = answer.out.lines().find(|line| line.len() > 80 && !line.contains(' ')).unwrap();
    let slot = answer.out.split("slot ").nth(1).unwrap().split(',').next().unwrap();
    let owner = stage.alice.address();
    let what = format!(
        "  account {account} was opened: number 0 of {owner}\n  account {account} deposited 2,500 USDC"
    );
    let expected = format!(
        "\
Open margin account 0 and deposit 2,500 USDC into account 0

Account 0
                     before            after
Equity USD                -         2,500.00
Margin ratio              -  nothing at risk
Leverage                  -               0x
Free collateral USD       -         2,500.00
USDC balance              -            2,500

What would happen
{what}

Fee at most 0.000005 SOL

Done in slot {slot}, fee 0.000005 SOL
{signature}

What happened
{what}
"
    );
    assert_eq!(answer.out, expected);
    assert_eq!(answer.err, "");
}

#[test]
fn an_accounts_figures_in_json_are_exact() {
    let stage = traded("figures");
    let mut value = stage.run("alice", "account --output json").json();
    value.as_object_mut().unwrap().remove("slot");
    let expected = json!({
        "address": address(&stage, "alice", 0),
        "owner": stage.alice.address().to_string(),
        "sub_account": 0,
        "delegate": null,
        "isolated_to": null,
        "status": "healthy",
        "cash": "-3",
        "called_at": null,
        "sunk_at": null,
        "auction_at": null,
        "equity": "2493.987999",
        "initial_health": "1892.987999",
        "maintenance_health": "2192.987999",
        "free_collateral": "1892.987999",
        "margin_ratio": "8.285674",
        "health_factor": "8.213491",
        "leverage": "2.405786",
        "balances": [{ "token": "USDC", "amount": "2500", "value": "2500", "liquidation_price": null }],
        "positions": [{
            "market": "SOL",
            "size": "40",
            "entry_price": "150.0753",
            "price": "150",
            "notional": "6000",
            "profit": "-3.012001",
            "funding_per_day": "0",
            "maintenance_requirement": "301",
            "liquidation_price": "92.289789473684",
        }],
        "time": "2020-03-12T00:00:01Z",
    });
    assert_eq!(value, expected);
}

#[test]
fn accounts_are_opened_delegated_and_closed() {
    let stage = Stage::new("open");
    let opened = act(&stage, "alice", "open --sub-account 3 --isolated btc");
    assert_eq!(opened["action"], "Open margin account 3, isolated to BTC");
    let keeper = stage.keeper.address().to_string();
    act(&stage, "alice", &format!("delegate {keeper} --sub-account 3"));
    let account = stage.run("alice", "account --sub-account 3 --output json").json();
    assert_eq!((&account["delegate"], &account["isolated_to"]), (&json!(keeper), &json!("BTC")));
    act(&stage, "alice", "deposit 1000 USDC --sub-account 3");
    // The delegate trades in it, and can do nothing else.
    let place = address(&stage, "alice", 3);
    act(&stage, "keeper", &format!("trade BTC sell 0.01 --account {place}"));
    act(&stage, "keeper", &format!("trade BTC buy all --reduce --account {place}"));
    act(&stage, "alice", "delegate none --sub-account 3");
    let refused = stage.run("keeper", &format!("trade BTC sell 0.01 --account {place} --yes"));
    assert_eq!(
        refused.err,
        "plimsoll: trade: NotOwnerOrDelegate (6005): Only the owner or the delegate of the margin account may \
         trade: sign with one of their keys\n"
    );
    assert_eq!(refused.code, 1);
    let full = stage.run("alice", "close --sub-account 3 --yes");
    assert_eq!(
        full.err,
        "plimsoll: account 3 is not empty: close its positions and withdraw its tokens first\n"
    );
    act(&stage, "alice", "withdraw all USDC --sub-account 3");
    act(&stage, "alice", "close --sub-account 3");
    assert_eq!(stage.run("alice", "account --sub-account 3").code, 5);
}

#[test]
fn what_margin_allows_can_be_withdrawn_to_the_unit() {
    let stage = traded("max");
    let refused = stage.run("alice", "withdraw all USDC --yes");
    assert_eq!(
        refused.err,
        "plimsoll: withdraw: InitialMargin (6031): The account would be below its initial margin: use less, or deposit more\n"
    );
    let done = act(&stage, "alice", "withdraw max USDC");
    assert_eq!(done["accounts"][0]["after"]["initial_health"], "0");
    let loan = stage.run("alice", "withdraw 1 SOL --yes");
    assert_eq!(
        loan.err,
        "plimsoll: account 0 holds 0 SOL: ask for at most that (`max`), or borrow the rest with --borrow\n"
    );
}

#[test]
fn tokens_move_between_accounts_and_are_borrowed_only_when_asked_for() {
    let stage = traded("transfer");
    act(&stage, "alice", "open --sub-account 1");
    let moved = act(&stage, "alice", "transfer 100.5 USDC --to 1");
    assert_eq!(moved["action"], "Transfer 100.5 USDC from account 0 to account 1");
    assert_eq!(moved["accounts"][1]["after"]["equity"], "100.5");
    act(&stage, "keeper", "deposit 1000 USDC --sub-account 5");
    act(&stage, "alice", "deposit 20 SOL --sub-account 1");
    let borrowed = act(&stage, "alice", "withdraw 500 USDC --borrow --sub-account 1");
    let owner = stage.alice.address();
    assert_eq!(
        borrowed["action"],
        format!("Withdraw 500 USDC from account 1 to {owner}, 399.5 USDC of it borrowed")
    );
    assert_eq!(stage.run("alice", "account -s 1 -o json").json()["balances"][0]["amount"], "-399.5");
}

#[test]
fn a_trade_keeps_its_limit_and_a_reduction_never_turns_a_position() {
    let stage = traded("trade");
    let limited = stage.run("alice", "trade SOL buy 1 --limit 150 --yes");
    assert_eq!(
        limited.err,
        "plimsoll: trade: LimitPrice (6027): The price is worse than the limit: raise (buy) or lower (sell) the limit, or wait\n"
    );
    let wrong = stage.run("alice", "trade SOL buy 1 --reduce --yes");
    assert_eq!(wrong.err, "plimsoll: account 0 is not short in SOL, so buying would reduce nothing\n");
    let more = act(&stage, "alice", "trade SOL sell 1000 --reduce");
    assert_eq!(more["action"], "Sell 40 SOL at about 149.9253 USD, at least 149.1757");
    assert_eq!(stage.run("alice", "account -o json").json()["positions"], json!([]));
    let all = stage.run("alice", "trade SOL buy all --yes");
    assert_eq!(
        (all.code, all.err.as_str()),
        (2, "plimsoll: `all` is the size of a position: add --reduce to close it\n")
    );
}

#[test]
fn a_trade_brings_the_prices_it_needs_and_no_others() {
    let stage = traded("refresh");
    stage.publish(60, "SOL", 151_00000000);
    stage.publish(0, "BTC", 61_000_00000000);
    let done = act(&stage, "alice", "trade SOL buy 1");
    assert_eq!(events(&done)[0], "SOL is at 151 USD, published 2020-03-12T00:01:01Z");
    assert_eq!(events(&done).len(), 2);
    let none = stage.run("alice", "refresh SOL --yes");
    assert_eq!(
        none.err,
        "plimsoll: no oracle has a newer price than the board: wait for one, or see `plimsoll oracles`\n"
    );
    let rest = act(&stage, "alice", "refresh");
    assert_eq!(events(&rest), ["BTC is at 61,000 USD, published 2020-03-12T00:01:01Z"]);
    act(&stage, "alice", "refresh usdc");
}

#[test]
fn liquidity_is_provided_and_redeemed() {
    let stage = Stage::new("pool");
    let done = act(&stage, "keeper", "provide 5000");
    assert_eq!(done["action"], "Provide 5,000 USDC for about 5,000 shares of the pool, at least 4,975");
    let redeemed = act(&stage, "keeper", "redeem all");
    assert_eq!(
        redeemed["action"],
        "Redeem 5,000 shares of the pool for about 4,995 USDC, at least 4,970.025"
    );
    let none = stage.run("keeper", "redeem 1 --yes");
    let wallet = stage.keeper.address();
    assert_eq!(none.err, format!("plimsoll: the wallet {wallet} holds 0 shares: redeem some of them\n"));
    assert_eq!(none.code, 5);
    act(&stage, "keeper", "fund-insurance 10");
    act(&stage, "keeper", "rebalance SOL");
}

#[test]
fn a_dry_run_changes_no_byte_and_needs_no_key() {
    let stage = traded("dry");
    stage.publish(60, "SOL", 151_00000000);
    let before = stage.accounts();
    let alice = stage.alice.address();
    let governance = Wallet::new(&stage.chain.with(|world| world.holder(Role::Governance).name)).address();
    for (who, command) in [
        ("alice", "deposit 1 USDC"),
        ("alice", "withdraw max USDC"),
        ("alice", "trade SOL buy 1"),
        ("alice", "open --sub-account 9"),
        ("alice", "refresh"),
        ("keeper", "provide 100"),
        ("governance", "propose parameter pool.redeem_fee 0.002"),
        ("guardian", "pause"),
    ] {
        let answer = stage.run(who, &format!("{command} --dry-run -o json"));
        assert_eq!(answer.code, 0, "{command}: {}", answer.err);
        let shown = answer.json();
        assert_eq!((&shown["dry_run"], shown.get("signature")), (&json!(true), None), "{command}");
        assert!(shown["transaction"].as_str().unwrap().len() > 200);
    }
    for (wallet, command) in
        [(alice, "trade SOL sell 1"), (governance, "propose parameter pool.redeem_fee 0.002")]
    {
        let words = format!(
            "plimsoll --clearinghouse {} -u l --as {wallet} {command} --dry-run -o json",
            stage.clearinghouse
        );
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let answer = common::run(&words, None, &|_, act| act(&stage.chain));
        assert_eq!(answer.code, 0, "{command}: {}", answer.err);
    }
    assert!(stage.accounts() == before, "a dry run changes nothing");
}

#[test]
fn a_price_that_nobody_publishes_is_pointed_at() {
    let stage = traded("stale");
    stage.chain.pass(60);
    let ageing = stage.run("alice", "trade SOL buy 1 --yes");
    let expected = "plimsoll: trade: PriceAgeing (6015): A price this account depends on is too old to increase risk: \
                    refresh it in the same transaction (`plimsoll oracles` shows which, and why)\n";
    assert_eq!((ageing.code, ageing.err.as_str()), (1, expected));
    // Reducing goes on until it expires.
    act(&stage, "alice", "trade SOL sell 1 --reduce");
    stage.chain.pass(61);
    let expired = stage.run("alice", "trade SOL sell 1 --reduce --yes");
    assert!(expired.err.starts_with("plimsoll: trade: PriceExpired (6014): "), "{}", expired.err);
}
