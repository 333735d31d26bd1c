//! What keepers do by hand: margin calls, liquidations, auctions, and what keeps markets in order.
mod common;

use common::{Stage, act, address, traded};
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_testkit::presets::{self, Listing};

/// The same with SOL at 91 USD for long enough that nothing holds liquidations.
fn sunk(name: &str) -> Stage {
    let stage = traded(name);
    stage.publish(3_600, "SOL", 91_00000000);
    act(&stage, "keeper", "refresh SOL");
    stage.publish(700, "SOL", 91_00000000);
    act(&stage, "keeper", "refresh SOL");
    stage
}

#[test]
fn a_sunk_account_is_called_and_liquidated_and_its_fees_collected() {
    let stage = sunk("liquidate");
    let alice = address(&stage, "alice", 0);
    let own = address(&stage, "keeper", 0);
    assert_eq!(stage.run("alice", "account -o json").json()["status"], "below maintenance");
    act(&stage, "keeper", &format!("call-margin {alice}"));
    let done = act(&stage, "keeper", &format!("liquidate {alice}"));
    assert_eq!(done["action"], format!("Liquidate the position in SOL of {alice}"));
    let again = stage.run("keeper", &format!("liquidate {alice} SOL --yes"));
    assert_eq!(
        (again.code, again.err),
        (1, format!("plimsoll: {alice} is not below maintenance: there is nothing to liquidate\n"))
    );
    let myself = stage.run("keeper", &format!("liquidate {own} --yes"));
    assert_eq!(myself.err, "plimsoll: an account can't liquidate itself: deposit, or reduce its positions\n");
    act(&stage, "keeper", "sweep SOL");
    act(&stage, "keeper", "deleverage SOL");
    act(&stage, "keeper", &format!("bank-cash {alice}"));
    let collected = act(&stage, "fee-collector", "collect-fees SOL");
    assert!(collected["action"].as_str().unwrap().starts_with("Collect 0.3 USDC of the fees of SOL to "));
    let nothing = stage.run("keeper", &format!("settle {alice} SOL --yes"));
    assert!(nothing.err.starts_with("plimsoll: settle_loss: NothingToSettle (6053): "), "{}", nothing.err);
    let solvent = stage.run("keeper", &format!("resolve {alice} --yes"));
    assert!(solvent.err.starts_with("plimsoll: resolve_bankruptcy: NotBankrupt (6056): "), "{}", solvent.err);
    let history = stage.run("alice", "history -o json").json();
    let names: Vec<&str> =
        history["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["opened", "deposit", "trade", "stock taken", "liquidation", "cash banked"]);
}

#[test]
fn a_debt_is_taken_over() {
    let stage = Stage::new("debt");
    act(&stage, "keeper", "deposit 9000 USDC");
    act(&stage, "alice", "deposit 20 SOL");
    act(&stage, "alice", "withdraw 2300 USDC --borrow");
    stage.publish(3_600, "SOL", 120_00000000);
    act(&stage, "keeper", "refresh SOL");
    stage.publish(700, "SOL", 120_00000000);
    let alice = address(&stage, "alice", 0);
    let positions = stage.run("keeper", &format!("liquidate {alice} --yes"));
    assert_eq!(
        positions.err,
        format!(
            "plimsoll: {alice} has no position whose price can be used: for its debts use --debt and --collateral\n"
        )
    );
    let done = act(&stage, "keeper", &format!("liquidate {alice} --debt USDC --collateral SOL"));
    assert_eq!(done["action"], format!("Liquidate a debt in USDC against SOL of {alice}"));
    let history = stage.run("alice", "history --csv -").out;
    let last: Vec<&str> = history.lines().rev().take(2).collect();
    assert!(last.iter().all(|line| line.contains("debt liquidated")), "{history}");
}

#[test]
fn an_account_that_stays_sunk_is_auctioned() {
    let stage = sunk("auction");
    let alice = address(&stage, "alice", 0);
    let early = stage.run("keeper", &format!("auction start {alice} --yes"));
    assert_eq!(early.code, 1);
    act(&stage, "keeper", &format!("call-margin {alice}"));
    stage.publish(601, "SOL", 91_00000000);
    act(&stage, "keeper", &format!("auction start {alice}"));
    stage.publish(600, "SOL", 91_00000000);
    act(&stage, "keeper", &format!("auction win {alice}"));
    assert_eq!(stage.run("keeper", "account -o json").json()["positions"][0]["size"], "40");
}

#[test]
fn a_debt_that_nobody_can_pay_is_struck_out() {
    let stage = Stage::new("bankrupt");
    act(&stage, "keeper", "deposit 9000 USDC");
    act(&stage, "alice", "deposit 20 SOL");
    act(&stage, "alice", "withdraw 2300 USDC --borrow");
    // The slow price follows by 30% at a time.
    for _ in 0..5 {
        stage.publish(700, "SOL", 50_00000000);
        act(&stage, "keeper", "refresh SOL");
    }
    let alice = address(&stage, "alice", 0);
    act(&stage, "keeper", &format!("liquidate {alice} --debt USDC --collateral SOL"));
    let rest = stage.run("alice", "account -o json").json();
    assert_eq!(rest["balances"].as_array().unwrap().len(), 1, "{rest:#}");
    act(&stage, "keeper", &format!("resolve {alice}"));
    assert_eq!(stage.run("alice", "account -o json").json()["equity"], "0");
    assert_eq!(
        stage.run("alice", "history --csv -").out.lines().last().unwrap().split(',').nth(3),
        Some("debt struck out")
    );
}

#[test]
fn a_loss_is_settled_where_the_market_needs_it() {
    let stage = Stage::new("settle");
    stage.chain.with(|world| {
        world.give(&stage.alice, 0, 9_000_000_000_000);
        world.give(&stage.keeper, 0, 1_000_000_000_000);
    });
    act(&stage, "alice", "deposit 9000000 USDC");
    act(&stage, "keeper", "deposit 1000000 USDC");
    act(&stage, "alice", "trade SOL buy 60000");
    act(&stage, "keeper", "trade SOL sell 1000");
    let keeper = address(&stage, "keeper", 0);
    let covered = stage.run("alice", &format!("settle {keeper} SOL --yes"));
    assert!(covered.err.starts_with("plimsoll: settle_loss: NothingToSettle (6053): "), "{}", covered.err);
    stage.publish(10, "SOL", 220_00000000);
    act(&stage, "alice", "refresh SOL");
    let done = act(&stage, "alice", &format!("settle {keeper} SOL"));
    let [before, after] = ["before", "after"].map(|when| done["accounts"][0][when]["equity"].clone());
    assert_eq!(before, after);
}

#[test]
fn new_collateral_begins_to_count_after_a_week_of_prices() {
    let stage = Stage::new("new");
    let listing =
        Listing { symbol: "JUP", decimals: 6, kind: OracleKind::PythPull, collateral: None, market: None };
    let warm_up = "warm-up JUP";
    let index = stage.chain.with(|world| {
        let index = world.list_asset(&listing);
        world.list_collateral(index, presets::volatile_collateral());
        world.set_price(index, 1_00000000);
        index
    });
    let young = stage.run("alice", &format!("{warm_up} --yes"));
    assert!(young.err.starts_with("plimsoll: warm_up: HistoryTooShort (6086): "), "{}", young.err);
    for _ in 0..8 {
        stage.chain.with(|world| {
            world.svm.advance(86_000);
            world.set_price(index, 1_00000000);
        });
    }
    act(&stage, "alice", warm_up);
    assert_eq!(stage.run("alice", "banks -o json").json()["banks"][4]["state"], "warming up");
}
