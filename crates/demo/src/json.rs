//! The record of a replay as JSON: every integer exact, and a string, since JSON numbers lose digits past 2^53.
//!
//! Money (`equity`, `maintenance_requirement`, `price`, `penalty`, `bounty`, `health_*`, `bad_debt`) is micro-USD, `price` that of
//! one whole coin; `size` and the ledger are native units of their token; `time` is unix seconds; `margin_ratio_ppm` is in
//! millionths, or null without a requirement. `happenings` are events of the program at work, their `amounts` micro-USD, or native
//! units where the name ends in the symbol of a coin; `mechanisms` explain them, in the order of their first time. Provider rows are parts of the pool rows and not counted again in `total`.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::{Serialize, Serializer};

use crate::report::{
    AccountSample, AccountSeries, Happening, LedgerRow, Liquidation, MicroUsd, TokenLedger, Trace,
};

#[derive(Serialize)]
struct Root<'a> {
    accounts: Vec<AccountJson<'a>>,
    liquidations: Vec<LiquidationJson<'a>>,
    mechanisms: Vec<MechanismJson>,
    happenings: Vec<HappeningJson<'a>>,
    ledger: LedgerJson<'a>,
    vault_equals_claims: bool,
    bad_debt: Exact<i128>,
}

#[derive(Serialize)]
struct AccountJson<'a> {
    name: &'a str,
    role: &'a str,
    owner: &'a str,
    address: &'a str,
    series: Vec<SampleJson>,
}

#[derive(Serialize)]
struct SampleJson {
    time: Exact<i64>,
    equity: Exact<i128>,
    maintenance_requirement: Exact<i128>,
    margin_ratio_ppm: Option<Exact<i64>>,
    open: bool,
}

#[derive(Serialize)]
struct LiquidationJson<'a> {
    time: Exact<i64>,
    account: &'a str,
    market: &'a str,
    size: Exact<i64>,
    price: Exact<i128>,
    penalty: Exact<i128>,
    bounty: Exact<i128>,
    health_before: Exact<i128>,
    health_after: Exact<i128>,
}

#[derive(Serialize)]
struct MechanismJson {
    name: &'static str,
    explanation: &'static str,
    first_at: Exact<i64>,
    times: Exact<usize>,
}

#[derive(Serialize)]
struct HappeningJson<'a> {
    time: Exact<i64>,
    mechanism: &'static str,
    address: &'a str,
    name: &'a str,
    amounts: BTreeMap<&'a str, Exact<i128>>,
    text: &'a str,
}

#[derive(Serialize)]
struct TokenJson<'a> {
    decimals: Exact<u8>,
    vault: Exact<i128>,
    surplus: Exact<i128>,
    rows: Vec<RowJson<'a>>,
    total: FlowsJson,
}

#[derive(Serialize)]
struct RowJson<'a> {
    party: &'static str,
    name: &'a str,
    address: &'a str,
    #[serde(flatten)]
    flows: FlowsJson,
}

#[derive(Serialize)]
struct FlowsJson {
    came_in: Exact<i128>,
    went_out: Exact<i128>,
    gained: Exact<i128>,
    left: Exact<i128>,
}

/// An integer, written as a string.
struct Exact<T>(T);

impl<T: Display> Serialize for Exact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Token symbols as keys, in the ledger's order.
struct LedgerJson<'a>(&'a [TokenLedger]);

impl Serialize for LedgerJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|ledger| (&ledger.symbol, token(ledger))))
    }
}

/// The whole record, indented, with a newline at its end. The same record gives the same bytes.
pub fn render(trace: &Trace) -> String {
    let root = Root {
        accounts: trace.accounts.iter().map(account).collect(),
        liquidations: trace.liquidations.iter().map(liquidation).collect(),
        mechanisms: trace.mechanisms().into_iter().map(mechanism).collect(),
        happenings: trace.happenings.iter().map(happening).collect(),
        ledger: LedgerJson(&trace.ledger.tokens),
        vault_equals_claims: trace.vault_equals_claims(),
        bad_debt: money(trace.bad_debt),
    };
    let mut text = serde_json::to_string_pretty(&root).expect("strings, booleans and string keys only");
    text.push('\n');
    text
}

fn money(value: MicroUsd) -> Exact<i128> {
    Exact(value.0)
}

fn account(account: &AccountSeries) -> AccountJson<'_> {
    AccountJson {
        name: &account.name,
        role: &account.role,
        owner: &account.owner,
        address: &account.address,
        series: account.series.iter().map(sample).collect(),
    }
}

fn sample(sample: &AccountSample) -> SampleJson {
    SampleJson {
        time: Exact(sample.time),
        equity: money(sample.equity),
        maintenance_requirement: money(sample.maintenance_requirement),
        margin_ratio_ppm: sample.margin_ratio_ppm.map(Exact),
        open: sample.open,
    }
}

fn liquidation(liquidation: &Liquidation) -> LiquidationJson<'_> {
    LiquidationJson {
        time: Exact(liquidation.time),
        account: &liquidation.account,
        market: &liquidation.market,
        size: Exact(liquidation.size),
        price: money(liquidation.price),
        penalty: money(liquidation.penalty),
        bounty: money(liquidation.bounty),
        health_before: money(liquidation.health_before),
        health_after: money(liquidation.health_after),
    }
}

fn mechanism((first, times): (&Happening, usize)) -> MechanismJson {
    MechanismJson {
        name: first.mechanism.name(),
        explanation: first.mechanism.explanation(),
        first_at: Exact(first.time),
        times: Exact(times),
    }
}

fn happening(happening: &Happening) -> HappeningJson<'_> {
    HappeningJson {
        time: Exact(happening.time),
        mechanism: happening.mechanism.name(),
        address: &happening.address,
        name: &happening.name,
        amounts: happening.amounts.iter().map(|(name, amount)| (name.as_str(), Exact(*amount))).collect(),
        text: &happening.text,
    }
}

fn token(ledger: &TokenLedger) -> TokenJson<'_> {
    let totals = ledger.totals();
    TokenJson {
        decimals: Exact(ledger.decimals),
        vault: Exact(ledger.vault),
        surplus: Exact(ledger.surplus()),
        rows: ledger.rows.iter().map(row).collect(),
        total: FlowsJson {
            came_in: Exact(totals.came_in),
            went_out: Exact(totals.went_out),
            gained: Exact(totals.gained()),
            left: Exact(totals.left),
        },
    }
}

fn row(row: &LedgerRow) -> RowJson<'_> {
    RowJson {
        party: row.party.name(),
        name: &row.name,
        address: &row.address,
        flows: FlowsJson {
            came_in: Exact(row.came_in),
            went_out: Exact(row.went_out),
            gained: Exact(row.gained()),
            left: Exact(row.left),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sample;

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    fn has_number(value: &Value) -> bool {
        match value {
            Value::Number(_) => true,
            Value::Array(items) => items.iter().any(has_number),
            Value::Object(items) => items.values().any(has_number),
            _ => false,
        }
    }

    #[test]
    fn the_root_and_each_liquidation_have_the_promised_keys() {
        let json: Value = serde_json::from_str(&render(&sample::trace())).unwrap();
        let root = [
            "accounts",
            "bad_debt",
            "happenings",
            "ledger",
            "liquidations",
            "mechanisms",
            "vault_equals_claims",
        ];
        assert_eq!(keys(&json), root);
        assert_eq!(json["mechanisms"][0]["name"], "partial liquidation");
        assert_eq!(json["happenings"][0]["amounts"]["penalty"], json["liquidations"][0]["penalty"]);
        let expected = [
            "account",
            "bounty",
            "health_after",
            "health_before",
            "market",
            "penalty",
            "price",
            "size",
            "time",
        ];
        let liquidations = json["liquidations"].as_array().unwrap();
        assert!(!liquidations.is_empty());
        assert!(liquidations.iter().all(|liquidation| keys(liquidation) == expected));
        assert_eq!(json["vault_equals_claims"], Value::Bool(true));
    }

    #[test]
    fn integers_are_exact_strings_and_never_numbers() {
        let mut trace = sample::trace();
        trace.bad_debt = MicroUsd(i128::MAX);
        trace.liquidations[0].size = i64::MIN;
        trace.accounts[0].series[0].margin_ratio_ppm = Some(9_007_199_254_740_993);
        let json: Value = serde_json::from_str(&render(&trace)).unwrap();
        assert!(!has_number(&json));
        assert_eq!(json["bad_debt"], i128::MAX.to_string());
        assert_eq!(json["liquidations"][0]["size"], i64::MIN.to_string());
        assert_eq!(json["accounts"][0]["series"][0]["margin_ratio_ppm"], "9007199254740993");
    }

    #[test]
    fn the_ledger_names_every_party_and_agrees_with_the_vault() {
        let trace = sample::trace();
        let json: Value = serde_json::from_str(&render(&trace)).unwrap();
        let usdc = &json["ledger"]["USDC"];
        assert_eq!(usdc["total"]["left"], usdc["vault"]);
        assert_eq!(usdc["total"]["gained"], "0");
        let parties: Vec<&str> =
            usdc["rows"].as_array().unwrap().iter().map(|row| row["party"].as_str().unwrap()).collect();
        for party in ["wallet", "keeper", "pool", "provider", "insurance"] {
            assert!(parties.contains(&party), "{party}");
        }
    }

    #[test]
    fn a_vault_that_differs_is_said_so() {
        let mut trace = sample::trace();
        trace.ledger.tokens[0].vault += 1;
        let json: Value = serde_json::from_str(&render(&trace)).unwrap();
        assert_eq!(json["vault_equals_claims"], Value::Bool(false));
    }

    #[test]
    fn the_same_record_gives_the_same_bytes() {
        assert_eq!(render(&sample::trace()), render(&sample::trace()));
    }
}
