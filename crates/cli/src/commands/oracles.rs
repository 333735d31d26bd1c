//! `oracles`: what is known of each price, and what that blocks.
use crate::fault::Result;
use crate::names::{rows, symbol_of};
use crate::number::{percent, price, price_exact, ratio, span, time};
use crate::render::{Page, Table};
use crate::session::Session;
use plimsoll_client::program::oracle::{OracleKind, Refusal};
use plimsoll_client::program::state::AssetRow;
use plimsoll_client::refresh::reading;
use plimsoll_client::risk::policy::{Action, PriceProblem, check};
use plimsoll_client::snapshot::Snapshot;
use serde_json::{Value, json};

/// What a price can be needed for, and what that is called.
const USES: [(Action, &str); 3] = [
    (Action::Increase, "increase, borrow, withdraw"),
    (Action::Liquidate, "liquidate"),
    (Action::Reduce, "reduce"),
];

/// # Errors
/// When there is no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let now = snapshot.unix_time;
    let mut table = Table::new(&[
        "asset",
        ">price",
        ">slow price",
        ">divergence",
        ">confidence",
        ">age",
        "status",
        "blocked",
        "oracle account",
    ]);
    let mut list = Vec::new();
    for (asset, row) in rows(&snapshot.board) {
        if row.oracle_kind == OracleKind::Settlement as u8 {
            table.row([symbol_of(row), "1.00".into()].into_iter().chain(vec![String::new(); 4]).chain([
                "fixed".into(),
                "nothing".into(),
                "none needed".into(),
            ]));
            list.push(json!({ "asset": symbol_of(row), "price": "1", "status": "fixed", "blocked": [] }));
            continue;
        }
        let panel = Panel::of(asset, row, &snapshot);
        table.row([
            symbol_of(row),
            price(row.price.get(), row.decimals),
            price(row.slow_price.get(), row.decimals),
            percent(row.divergence),
            percent(row.confidence),
            panel.age.map_or_else(|| "never".into(), |age| span(age.max(0))),
            panel.status.into(),
            panel.blocked(),
            panel.source.clone(),
        ]);
        list.push(panel.json(row));
    }
    let json = json!({ "oracles": list, "time": time(now), "slot": snapshot.slot });
    Ok(Page::new(json).table("", &table).line(
        "A row is brought up to date by `plimsoll refresh`; actions refresh by themselves what they need.",
    ))
}

/// What is known of one price.
struct Panel {
    /// Seconds since it was published; `None` if there has been none.
    age: Option<i64>,
    status: &'static str,
    problems: Vec<(&'static str, PriceProblem)>,
    /// What the oracle's account holds now.
    source: String,
    held_until: Option<i64>,
}

impl Panel {
    fn of(asset: u8, row: &AssetRow, snapshot: &Snapshot) -> Self {
        let now = snapshot.unix_time;
        let (state, limits) = (row.price_state(now), row.price_limits());
        let problem = |(action, name): &(Action, &'static str)| {
            check(&state, &limits, *action).err().map(|problem| (*name, problem))
        };
        let is_priced = row.refreshed_at != 0;
        let problems: Vec<_> = USES.iter().filter_map(problem).collect();
        Self {
            age: is_priced.then_some(state.age_seconds),
            status: match problems.first() {
                _ if !is_priced => "never priced",
                None => "good",
                Some((_, PriceProblem::Diverged)) if state.is_held => "diverged, held",
                Some((_, problem)) => word(*problem),
            },
            source: source(asset, snapshot),
            held_until: (state.is_held && state.divergence > limits.divergence_max).then_some(row.held_until),
            problems,
        }
    }

    fn blocked(&self) -> String {
        let parts: Vec<String> =
            self.problems.iter().map(|(name, problem)| format!("{name}: {}", word(*problem))).collect();
        if parts.is_empty() { "nothing".into() } else { parts.join("; ") }
    }

    fn json(&self, row: &AssetRow) -> Value {
        let blocked: Vec<Value> = self
            .problems
            .iter()
            .map(|(name, problem)| json!({ "actions": name, "because": word(*problem) }))
            .collect();
        json!({
            "asset": symbol_of(row),
            "price": price_exact(row.price.get(), row.decimals),
            "slow_price": price_exact(row.slow_price.get(), row.decimals),
            "divergence": ratio(row.divergence),
            "divergence_max": ratio(row.divergence_max),
            "confidence": ratio(row.confidence),
            "confidence_max": ratio(row.confidence_max),
            "age_seconds": self.age,
            "fresh_seconds": row.fresh_seconds,
            "expiry_seconds": row.expiry_seconds,
            "published_at": self.age.map(|_| time(row.publish_time)),
            "liquidations_held_until": self.held_until.map(time),
            "status": self.status,
            "blocked": blocked,
            "oracle": row.oracle.to_string(),
            "oracle_account": self.source,
        })
    }
}

fn word(problem: PriceProblem) -> &'static str {
    match problem {
        PriceProblem::Expired => "expired",
        PriceProblem::Ageing => "ageing",
        PriceProblem::Uncertain => "uncertain",
        PriceProblem::Diverged => "diverged",
        PriceProblem::OffParity => "off parity",
    }
}

/// What the oracle's account holds, against what the row has.
fn source(asset: u8, snapshot: &Snapshot) -> String {
    let now = snapshot.unix_time;
    match reading(snapshot, asset, now) {
        Ok(reading) => format!("newer price, {} old", span(now.saturating_sub(reading.publish_time).max(0))),
        Err(Refusal::NotNewer) => "nothing newer".into(),
        Err(refusal) => refusal.message().split('.').next().unwrap_or_default().into(),
    }
}
