//! The replay on the compiled program, from price files to records.

use std::path::PathBuf;
use std::process::{Command, Output};

use plimsoll_demo::report::{Happening, Mechanism, Observer, Party, StoryLine, Trace};
use plimsoll_demo::{html, json, listings, prices, replay};
use serde_json::Value;

/// Four days: calm, a crash by more than half, a rebound.
const CRASH: &str = "\
unix_time,symbol,price
1583798400,BTC,8000
1583798400,ETH,200
1583798400,SOL,20
1583884800,BTC,8100
1583884800,ETH,202
1583971200,BTC,7900
1583971200,ETH,196
1583971200,SOL,19
1584000000,BTC,3700
1584000000,ETH,95
1584000000,SOL,6
1584086400,BTC,5600
1584086400,ETH,130
1584086400,SOL,9
";

const CALM: &str = "\
unix_time,symbol,price,confidence
100,BTC,8000,4
100,ETH,200,
100,SOL,20,
90100,BTC,8010,4
90100,ETH,201,0.1
";

struct Silent {
    told: usize,
    progress: (usize, usize),
}

impl Observer for Silent {
    fn progress(&mut self, done: usize, total: usize) {
        self.progress = (done, total);
    }

    fn told(&mut self, _: &StoryLine) {
        self.told += 1;
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("plimsoll-demo-{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn replayed(name: &str, text: &str, seed: u64) -> Trace {
    let path = file(name, text);
    let table = prices::load(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    let mut silent = Silent { told: 0, progress: (0, 0) };
    let trace = replay::run(&table, &listings::bundled().unwrap(), seed, &mut silent).unwrap();
    assert_eq!(silent.told, trace.stories.len());
    assert_eq!(silent.progress, (trace.points.len(), trace.points.len()));
    trace
}

#[test]
fn a_crash_liquidates_and_every_token_is_accounted_for() {
    for seed in [1, 2, 3] {
        let trace = replayed("crash.csv", CRASH, seed);
        assert!(!trace.liquidations.is_empty());
        assert!(trace.liquidations.iter().all(|l| l.health_before.0 < 0 && l.health_after > l.health_before));
        assert!(trace.liquidations.iter().all(|l| l.bounty <= l.penalty && l.penalty.0 >= 0));
        assert!(trace.vault_equals_claims());
        let usdc = &trace.ledger.tokens[0];
        assert_eq!(usdc.totals().gained(), -usdc.surplus());
        assert!(usdc.rows.iter().any(|row| row.party == Party::Keeper && row.went_out > 0));
        assert!(html::render(&trace).ends_with("</html>\n"));
    }
}

/// The first happening of a kind.
fn first(trace: &Trace, mechanism: Mechanism) -> &Happening {
    trace.happenings.iter().find(|happening| happening.mechanism == mechanism).unwrap()
}

fn amount(happening: &Happening, name: &str) -> i128 {
    happening.amounts.iter().find(|(known, _)| known == name).unwrap().1
}

#[test]
fn the_bundled_crash_shows_every_rule_and_explains_each_once() {
    let mut silent = Silent { told: 0, progress: (0, 0) };
    let trace = replay::run(&prices::bundled(), &listings::bundled().unwrap(), 1, &mut silent).unwrap();
    let seen = trace.mechanisms();
    for mechanism in Mechanism::ALL {
        let shown = seen.iter().filter(|(first, _)| first.mechanism == mechanism).count();
        let line = format!("({mechanism}: {})", mechanism.explanation());
        let explained = trace.stories.iter().filter(|story| story.text == line).count();
        assert_eq!((shown, explained), (1, 1), "{mechanism}");
    }
    assert!(trace.vault_equals_claims());

    // A third of the hour has passed: a third of the equity is the bidder's.
    let won = first(&trace, Mechanism::AuctionWon);
    let (equity, price) = (amount(won, "equity"), amount(won, "price"));
    assert_eq!(price, equity - equity * 333_333 / 1_000_000);

    // Insurance and fund first; together the longs give up the rest, each a micro-USD more at most.
    for done in trace.happenings.iter().filter(|done| done.mechanism == Mechanism::Deleveraging) {
        let missing = amount(done, "from_traders");
        assert!((missing..=missing + 2).contains(&amount(done, "from_longs")));
        assert_eq!(amount(done, "from_shorts"), 0);
        let given: i128 =
            ["Tomas", "Uma"].map(|name| amount(done, &format!("given_up_by_{name}"))).iter().sum();
        assert!((missing..=missing + 2).contains(&given));
    }
    let done = first(&trace, Mechanism::Deleveraging);
    assert_eq!(amount(done, "from_fund"), 1_000_000_000, "what the market may draw in a day");

    // What one market could not collect came from its insurance of 100 USDC, its capital, and then the fund.
    let loss = first(&trace, Mechanism::InsuranceDraw);
    assert_eq!(amount(loss, "from_insurance"), 100_000_000);
    assert_eq!(amount(first(&trace, Mechanism::FundDraw), "to_fund"), -amount(loss, "from_capital"));

    for bankruptcy in trace.happenings.iter().filter(|done| done.mechanism == Mechanism::Bankruptcy) {
        let paid = ["from_fund", "from_reserve", "from_lenders"].map(|name| amount(bankruptcy, name));
        assert_eq!(paid.iter().sum::<i128>(), amount(bankruptcy, "owed"));
    }
    let borrowed = amount(first(&trace, Mechanism::Loan), "borrowed");
    let takeover = first(&trace, Mechanism::DebtTakeover);
    assert!(borrowed > 0 && amount(takeover, "repaid") < amount(takeover, "owed"));
    let usdc = &trace.ledger.tokens[0];
    let lender = usdc.rows.iter().find(|row| row.name == "Nils").unwrap();
    assert!(lender.gained() > 0 && lender.left == 0, "interest is paid out");
}

#[test]
fn the_keepers_bounties_are_what_the_keeper_gets() {
    let trace = replayed("bounties.csv", CRASH, 1);
    let bounties: i128 = trace.liquidations.iter().map(|liquidation| liquidation.bounty.0).sum();
    let keeper = trace.ledger.tokens[0].rows.iter().find(|row| row.party == Party::Keeper).unwrap();
    assert_eq!(keeper.gained(), bounties);
}

#[test]
fn a_calm_market_liquidates_nobody() {
    let trace = replayed("calm.csv", CALM, 1);
    assert!(trace.liquidations.is_empty());
    assert_eq!(trace.bad_debt.0, 0);
    assert!(trace.vault_equals_claims());
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let rendered = |name, seed| json::render(&replayed(name, CRASH, seed));
    let first = rendered("seed-a.csv", 7);
    assert_eq!(first, rendered("seed-b.csv", 7));
    assert_ne!(first, rendered("seed-c.csv", 8));
}

#[test]
fn prices_past_what_the_program_can_express_end_as_an_error() {
    let path = file("huge.csv", &CALM.replace("100,SOL,20,", "100,SOL,0.00000002,"));
    let table = prices::load(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    let mut silent = Silent { told: 0, progress: (0, 0) };
    let error = replay::run(&table, &listings::bundled().unwrap(), 1, &mut silent).unwrap_err();
    assert!(error.starts_with("the program refuses the first price of SOL: "), "{error}");
}

#[test]
fn wild_prices_are_told_and_end_in_balance() {
    let wild =
        CRASH.replace("1584000000,BTC,3700", "1584000000,BTC,90000000000").replace("SOL,6", "SOL,0.00000001");
    let trace = replayed("wild.csv", &wild, 1);
    assert!(trace.stories.iter().any(|line| line.text.contains("is refused")));
    assert!(trace.vault_equals_claims());
}

// --- the command --------------------------------------------------------------------------------------------------------------

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll-demo")).args(arguments).output().unwrap()
}

#[test]
fn the_command_writes_the_promised_json() {
    let (csv, json_path, page) = (file("c.csv", CRASH), file("c.json", ""), file("c.html", ""));
    let paths = [&csv, &json_path, &page].map(|path| path.to_str().unwrap().to_string());
    let output = demo(&["--prices", &paths[0], "--json", &paths[1], "--html", &paths[2], "--seed", "5"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.trim_end().contains("vaults hold what is owed\n"), "{text}");
    assert!(!text.contains('\x1b'));
    let record: Value = serde_json::from_str(&std::fs::read_to_string(&json_path).unwrap()).unwrap();
    let mut keys: Vec<&String> = record.as_object().unwrap().keys().collect();
    keys.sort_unstable();
    let expected =
        ["accounts", "bad_debt", "happenings", "ledger", "liquidations", "mechanisms", "vault_equals_claims"];
    assert_eq!(keys, expected);
    assert_eq!(record["vault_equals_claims"], Value::Bool(true));
    assert!(record["liquidations"][0]["size"].is_string());
    assert!(std::fs::read_to_string(&page).unwrap().starts_with("<!DOCTYPE html>"));
    [csv, json_path, page].iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

#[test]
fn a_malformed_file_is_reported_by_line_and_nothing_runs() {
    let (csv, page) =
        (file("bad.csv", &CRASH.replace("BTC,8100", "BTC,-8100")), file("bad.html", "untouched"));
    let output = demo(&["--prices", csv.to_str().unwrap(), "--html", page.to_str().unwrap()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("1 problem, nothing was run\n  line 5: price `-8100`: is negative"), "{error}");
    assert!(output.stdout.is_empty());
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "untouched");
    [csv, page].iter().for_each(|path| std::fs::remove_file(path).unwrap());
}

#[test]
fn a_program_that_is_missing_or_none_is_an_error_and_not_a_crash() {
    let garbage = file("garbage.so", "not a program");
    for (program, message) in [
        ("/nowhere/plimsoll.so", "/nowhere/plimsoll.so is not there: run `cargo xtask build` first"),
        (garbage.to_str().unwrap(), "the replay had to be stopped"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll-demo"));
        let output =
            command.env("PLIMSOLL_PROGRAM", program).args(["--html", "/nowhere/page.html"]).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(message), "{error}");
    }
    std::fs::remove_file(garbage).unwrap();
}

#[test]
fn a_bad_command_line_and_a_missing_symbol_exit_with_2() {
    let without_sol: String =
        CRASH.lines().filter(|line| !line.contains("SOL")).map(|line| format!("{line}\n")).collect();
    let csv = file("without.csv", &without_sol);
    for (arguments, message) in [
        (&["--prices", csv.to_str().unwrap()][..], "no SOL price: expected rows for BTC, ETH and SOL"),
        (&["--prices", "/nowhere/prices.csv"], "cannot read /nowhere/prices.csv"),
        (&["--seed", "x"], "`--seed x`: expected a whole number"),
    ] {
        let output = demo(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.starts_with("error: ") && error.contains(message), "{error}");
    }
    std::fs::remove_file(csv).unwrap();
}
