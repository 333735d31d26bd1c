//! What those in charge do: changes, roles, pauses.
mod common;

use common::{Stage, act};
use serde_json::json;

#[test]
fn changes_are_proposed_shown_executed_and_cancelled() {
    let stage = Stage::new("changes");
    let command = "propose parameter SOL.maintenance_margin 0.06 SOL.initial_margin 0.12 --ramp 2d";
    let proposed = act(&stage, "governance", command);
    let title = "Propose change 10, which may be executed in 2d\n  SOL.initial_margin: 10% -> 12% within 2d\n  \
                 SOL.maintenance_margin: 5% -> 6% within 2d";
    assert_eq!(proposed["action"], title);
    let changes = stage.run("alice", "changes -o json").json();
    assert_eq!(
        changes["changes"][0]["fields"][1],
        json!({ "parameter": "SOL.maintenance_margin", "before": "0.05", "after": "0.06" })
    );
    let early = stage.run("alice", "execute 10 --yes");
    assert_eq!(
        early.err,
        "plimsoll: execute_change: ChangeWaits (6074): The wait of this change is not over: execute it later\n"
    );
    stage.chain.pass(172_800);
    act(&stage, "alice", "execute 10");
    assert_eq!(stage.run("alice", "changes").out, "No change is waiting.\n");
    let keeper = stage.keeper.address();
    act(&stage, "governance", &format!("propose role steward {keeper}"));
    act(&stage, "guardian", "cancel 11");
    act(&stage, "governance", &format!("propose role steward {keeper}"));
    stage.chain.pass(172_800);
    act(&stage, "alice", "execute 12");
    act(&stage, "keeper", "accept-role steward");
    act(&stage, "keeper", "tighten SOL.deposit_cap 1000");
    let gone = stage.run("alice", "execute 12 --yes");
    assert_eq!(
        gone.err,
        "plimsoll: change 12 was executed or cancelled: `plimsoll changes` lists those that wait\n"
    );
    let never = stage.run("alice", "cancel 99 --yes");
    assert_eq!(
        never.err,
        "plimsoll: change 99 has not been proposed: `plimsoll changes` lists those that wait\n"
    );
    let feed = "ef".repeat(32);
    act(&stage, "governance", &format!("propose oracle SOL {keeper} --feed {feed}"));
}

#[test]
fn the_guardian_pauses_and_lifts() {
    let stage = Stage::new("pause");
    act(&stage, "alice", "deposit 1000 USDC");
    let done = act(&stage, "guardian", "pause SOL --groups increase --for 4h");
    assert_eq!(done["action"], "Pause increase of SOL for 4h");
    let paused = stage.run("alice", "trade SOL buy 1 --yes");
    assert!(paused.err.starts_with("plimsoll: trade: Paused (6087): "), "{}", paused.err);
    assert_eq!(stage.run("alice", "markets -o json").json()["markets"][0]["state"], "increase paused");
    assert_eq!(stage.run("alice", "roles -o json").json()["pauses"][0]["scope"], "SOL");
    act(&stage, "guardian", "unpause SOL");
    act(&stage, "alice", "trade SOL buy 1");
    assert_eq!(stage.run("alice", "warm-up SOL --yes").err, "plimsoll: nothing of SOL waits to warm up\n");
}
