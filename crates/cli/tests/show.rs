//! Every command that only reads: its JSON, field by field.
mod common;

use common::{Answer, Stage};
use plimsoll_client::chain::Chain;
use plimsoll_client::transaction::{Draft, Limits, Version};
use plimsoll_testkit::World;
use plimsoll_testkit::chain::SvmChain;
use serde_json::{Value, json};

fn shown(stage: &Stage, command: &str) -> Value {
    let answer = stage.run("alice", &format!("{command} -o json"));
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{command}");
    answer.json()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Alice long 40 SOL with 2,500 USDC.
fn traded(name: &str) -> Stage {
    let stage = Stage::new(name);
    stage.must("alice", "deposit 2500 USDC");
    stage.must("alice", "trade SOL buy 40");
    stage
}

#[test]
fn markets() {
    let stage = traded("markets");
    let expected = json!({
        "market": "SOL",
        "price": "150",
        "open_interest_long": "40",
        "open_interest_short": "0",
        "open_interest_max": "100000",
        "room_long": "66626.713333333",
        "room_short": "66666.713333333",
        "size_min": "0.01",
        "skew_scale": "10000000",
        "funding_rate_per_day": "0",
        "initial_margin": "0.1",
        "maintenance_margin": "0.05",
        "volatility_multiplier": "1",
        "trading_fee": "0.0005",
        "liquidation_penalty": "0.015",
        "capital": "3000002.1",
        "insurance": "0.6",
        "protocol_fees": "0.3",
        "state": "open",
    });
    let market = shown(&stage, "markets")["markets"][0].clone();
    assert_eq!(market, expected, "{market:#}");
    // A day later the skew has made longs pay.
    stage.chain.pass(86_400);
    let later = shown(&stage, "markets")["markets"][0]["funding_rate_per_day"].clone();
    // Skew 40 of 10,000,000, at most 10% per day and day: 0.0000004 but for rounding per second.
    assert_eq!(later, "0.000000394");
}

#[test]
fn room_is_what_the_program_allows_but_for_what_the_fee_adds() {
    let stage = Stage::new("room");
    stage.must("alice", "deposit 2500 USDC");
    stage.chain.with(|world| world.give(&stage.alice, 0, 100_000_000_000_000));
    stage.must("alice", "deposit 9000000 USDC");
    let room = shown(&stage, "markets")["markets"][0]["room_long"].as_str().unwrap().to_owned();
    assert_eq!(room, "66666.666666666");
    let beyond = stage.run("alice", "trade SOL buy 66800 --yes");
    assert!(beyond.err.starts_with("plimsoll: trade: MarketCapital (6029): "), "{}", beyond.err);
    stage.must("alice", &format!("trade SOL buy {room}"));
}

#[test]
fn oracles_say_what_they_block_and_why() {
    let stage = traded("oracles");
    let good = shown(&stage, "oracles")["oracles"][1].clone();
    let expected = json!({
        "asset": "SOL",
        "price": "150",
        "slow_price": "150",
        "divergence": "0",
        "divergence_max": "0.1",
        "confidence": "0.0005",
        "confidence_max": "0.005",
        "age_seconds": 0,
        "fresh_seconds": 30,
        "expiry_seconds": 120,
        "published_at": "2020-03-12T00:00:01Z",
        "liquidations_held_until": null,
        "status": "good",
        "blocked": [],
        "oracle": good["oracle"],
        "oracle_account": "nothing newer",
    });
    assert_eq!(good, expected);
    let fixed = shown(&stage, "oracles")["oracles"][0].clone();
    assert_eq!(fixed, json!({ "asset": "USDC", "price": "1", "status": "fixed", "blocked": [] }));
    let status = || {
        let row = shown(&stage, "oracles")["oracles"][1].clone();
        (row["status"].as_str().unwrap().to_owned(), row["blocked"].clone(), row["oracle_account"].clone())
    };
    let because = |actions: &str, because: &str| json!({ "actions": actions, "because": because });
    let increase = "increase, borrow, withdraw";
    stage.chain.pass(31);
    assert_eq!(status(), ("ageing".into(), json!([because(increase, "ageing")]), json!("nothing newer")));
    stage.publish(100, "SOL", 190_00000000);
    let all = [because(increase, "expired"), because("liquidate", "expired"), because("reduce", "expired")];
    assert_eq!(status(), ("expired".into(), json!(all), json!("newer price, 0s old")));
    stage.must("alice", "refresh SOL");
    let held = json!([because(increase, "diverged"), because("liquidate", "diverged")]);
    assert_eq!(status(), ("diverged, held".into(), held, json!("nothing newer")));
    assert_eq!(shown(&stage, "oracles")["oracles"][1]["liquidations_held_until"], "2020-03-12T00:12:12Z");
}

#[test]
fn an_asset_that_never_had_a_price_says_so() {
    let stage = Stage { chain: SvmChain::new(World::full()), ..Stage::new("unpriced") };
    assert_eq!(shown(&stage, "oracles")["oracles"][1]["status"], "never priced");
    assert_eq!(shown(&stage, "oracles")["oracles"][1]["age_seconds"], Value::Null);
}

#[test]
fn banks() {
    let stage = Stage::new("banks");
    stage.must("keeper", "deposit 8000 USDC");
    stage.must("alice", "deposit 20 SOL");
    stage.must("alice", "withdraw 2000 USDC --borrow");
    let bank = shown(&stage, "banks")["banks"][0].clone();
    let expected = json!({
        "token": "USDC",
        "mint": bank["mint"],
        "deposits": "8000",
        "deposit_cap": "1000000000",
        "borrows": "2000",
        "borrow_cap": "1000000000",
        "utilisation": "0.25",
        "supply_rate_per_year": "0.00703",
        "borrow_rate_per_year": "0.03125",
        "in_vault": "10006000",
        "outflow_room": "10006000",
        "reserve": "0",
        "initial_asset_weight": "1",
        "maintenance_asset_weight": "1",
        "initial_debt_weight": "1",
        "maintenance_debt_weight": "1",
        "state": "open",
    });
    assert_eq!(bank, expected, "{bank:#}");
    stage.must("guardian", "pause USDC --groups withdraw,borrow");
    assert_eq!(shown(&stage, "banks")["banks"][0]["state"], "withdrawals paused, borrowing paused");
}

#[test]
fn the_pool_is_worth_what_it_redeems_at() {
    let stage = traded("worth");
    let answer = stage.run("provider", "pool -o json").json();
    let expected = json!({
        "value_low": "10000002.09999",
        "value_high": "10000008.100008",
        "unallocated": "1000000",
        "shares": "10000000",
        "share_price_low": "1",
        "share_price_high": "1",
        "redeem_fee": "0.001",
        "insurance_fund": "0",
        "own_shares": "10000000",
        "own_value": "10000002.099989",
        "markets": answer["markets"],
        "time": "2020-03-12T00:00:01Z",
    });
    assert_eq!(answer, expected, "{answer:#}");
}

#[test]
fn parameters_are_shown_as_propose_takes_them() {
    let stage = Stage::new("parameters");
    let all = shown(&stage, "parameters");
    let all = all["parameters"].as_array().unwrap();
    // Seven of the clearinghouse, one of the pool; of USDC bank and weights, of three others everything.
    assert_eq!(all.len(), 7 + 1 + 16 + 3 * (9 + 16 + 18 + 18));
    let named = |name: &str| all.iter().find(|p| p["parameter"] == name).unwrap_or_else(|| panic!("{name}"));
    let margin = json!({
        "parameter": "SOL.maintenance_margin",
        "value": 50_000,
        "unit": "millionths",
        "min": 5_000,
        "max": 500_000,
        "decimal": "0.05",
    });
    assert_eq!(*named("SOL.maintenance_margin"), margin);
    assert_eq!(named("SOL.size_min")["decimal"], "0.01");
    assert_eq!(named("clearinghouse.change_delay_seconds")["decimal"], "172800");
    // Every parameter can be named in a proposal: refused only for not changing anything.
    for parameter in all {
        let [name, value] = ["parameter", "decimal"].map(|key| parameter[key].as_str().unwrap());
        let answer = stage.run("governance", &format!("propose parameter {name} {value} --dry-run"));
        assert_eq!(answer.err, format!("plimsoll: {name} is {value} already: leave it out\n"));
    }
}

#[test]
fn roles() {
    let stage = Stage::new("holders");
    let shown = shown(&stage, "roles");
    assert_eq!(
        keys(&shown),
        ["change_delay_seconds", "clearinghouse", "is_launched", "oracle_delay_seconds", "pauses", "roles"]
    );
    let governance = stage.chain.with(|world| world.governance.address().to_string());
    let expected =
        json!({ "role": "governance", "holder": governance, "nominee": null, "accept_until": null });
    assert_eq!(shown["roles"][0], expected);
    assert_eq!((&shown["is_launched"], &shown["pauses"]), (&json!(true), &json!([])));
}

#[test]
fn accounts_of_a_wallet() {
    let stage = traded("accounts");
    stage.must("alice", "open --sub-account 7 --isolated ETH");
    let shown_ = shown(&stage, "accounts");
    let list = shown_["accounts"].as_array().unwrap();
    assert_eq!((list.len(), &list[1]["sub_account"], &list[1]["isolated_to"]), (2, &json!(7), &json!("ETH")));
    assert_eq!((&list[0]["equity"], &list[0]["positions"]), (&json!("2493.987999"), &json!(1)));
    let nobody = stage.run("alice", "accounts 4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpjk2NsY");
    assert_eq!(
        nobody.out,
        "4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpjk2NsY has no margin account here: open one with `plimsoll open`\n"
    );
}

#[test]
fn a_history_is_complete_and_can_be_cut() {
    let stage = traded("history");
    stage.publish(3_600, "SOL", 160_00000000);
    stage.must("alice", "trade SOL sell 10");
    stage.must("alice", "withdraw 100 USDC");
    let csv = |options: &str| -> Vec<Vec<String>> {
        let answer: Answer = stage.run("alice", &format!("history --csv - {options}"));
        let mut reader = csv::Reader::from_reader(answer.out.as_bytes());
        let header = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
        assert_eq!(
            header,
            "time,slot,signature,event,asset,amount,price,cost,fee,realised,size_after,entry_after,shares_after,\
             cash_after,counterparty,text"
        );
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let all = csv("");
    let names: Vec<&str> = all.iter().map(|line| line[3].as_str()).collect();
    assert_eq!(names, ["opened", "deposit", "trade", "trade", "withdrawal"]);
    let sale: Vec<&str> = all[3][3..14].iter().map(String::as_str).collect();
    // 10 SOL at 160 USD less a spread of 0.05%; a quarter of what 40 SOL had cost goes with them.
    assert_eq!(sale[..2], ["trade", "SOL"]);
    assert_eq!((sale[2], sale[7]), ("-10", "30"));
    let cash: Vec<&str> = all.iter().map(|line| line[13].as_str()).collect();
    let balance: f64 = cash[3].parse().unwrap();
    assert!(balance > 90.0, "{cash:?}");
    assert_eq!(csv("--limit 2").len(), 2);
    assert_eq!(csv("--since 2020-03-12T00:30:00Z").len(), 2);
    let path = stage.keys.join("history.csv");
    let written = stage.run("alice", &format!("history --csv {}", path.display()));
    assert_eq!(written.out, format!("5 lines in {}\n", path.display()));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 6);
    let lost = stage.run("alice", "history --csv /nowhere/at/all.csv");
    assert_eq!(
        lost.err,
        "plimsoll: /nowhere/at/all.csv was not written: No such file or directory (os error 2)\n"
    );
    assert_eq!(lost.code, 5);
}

#[test]
fn what_failed_is_no_history() {
    let stage = traded("failed");
    let before = stage.run("alice", "history --csv -").out;
    let instructions = stage.chain.with(|world| {
        let (alice, sol) = (&stage.alice, world.asset("SOL"));
        let deposit = world.deposit_instruction(alice, 0, 0, 1_000_000);
        vec![deposit, world.trade_instruction(alice, alice, 0, sol, (i64::MAX / 4, u128::MAX))]
    });
    let draft =
        Draft { payer: stage.alice.address(), instructions, version: Version::V0, limits: Limits::UNLIMITED };
    let blockhash = stage.chain.latest_blockhash().unwrap().hash;
    let signature = stage.chain.send(&draft.sign(blockhash, &[&stage.alice.key]).unwrap()).unwrap();
    let landed = stage.chain.transaction(&signature).unwrap().unwrap();
    assert!(landed.error.is_some() && landed.logs.iter().any(|line| line.starts_with("Program data: ")));
    assert_eq!(stage.run("alice", "history --csv -").out, before);
}
