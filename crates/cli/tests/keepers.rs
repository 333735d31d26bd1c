//! What keepers do by hand: margin calls, liquidations, auctions, and what keeps markets in order.
mod common;

use common::{Stage, act, address, traded};

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
