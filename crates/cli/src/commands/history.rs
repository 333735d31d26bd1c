//! `history`: what happened to a margin account, rebuilt from the program's events.
use super::account::decimals;
use crate::fault::{Fault, Result};
use crate::ledger::{Entry, entries};
use crate::names::symbol;
use crate::number::{amount, exact, money, parse_time, price, price_exact, time};
use crate::render::{Page, Table};
use crate::session::{Session, no_answer};
use plimsoll_client::addresses::margin_account;
use plimsoll_client::chain::Landed;
use plimsoll_client::risk::Quote;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{logs, words};
use serde_json::{Value, json};
use solana_address::Address;
use std::path::PathBuf;

/// Transactions that are asked for at once.
const PAGE: usize = 100;
const COLUMNS: [&str; 16] = [
    "time",
    "slot",
    "signature",
    "event",
    "asset",
    "amount",
    "price",
    "cost",
    "fee",
    "realised",
    "size_after",
    "entry_after",
    "shares_after",
    "cash_after",
    "counterparty",
    "text",
];

#[derive(Debug, clap::Args)]
pub struct History {
    /// A margin account, closed or not [default: the wallet's own]
    pub account: Option<String>,
    /// Most transactions to look at, the newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub limit: usize,
    /// Nothing from before this time
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Writes CSV into a file; `-` for the terminal
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

/// Something that happened to the account.
struct Happened {
    landed: Landed,
    entry: Entry,
    text: String,
}

/// # Errors
/// When there is no answer, or the file can't be written.
pub fn page(session: &Session, args: &History) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let account = match &args.account {
        Some(text) => crate::config::address(text)?,
        None => {
            let owner = session.settings.wallet()?.address();
            margin_account(&snapshot.address, &owner, session.settings.sub_account)
        }
    };
    let since = args.since.as_deref().map(parse_time).transpose()?;
    let all = happened(session, &snapshot, &account, args.limit, since)?;
    if let Some(path) = &args.csv {
        return csv_page(path, &all, &snapshot);
    }
    let mut table = Table::new(&[
        "time",
        "event",
        "asset",
        ">amount",
        ">price",
        ">fee USD",
        ">realised USD",
        ">cash after",
    ]);
    for Happened { landed, entry, .. } in &all {
        let decimals = entry.asset.map_or(0, |asset| decimals(&snapshot.board, asset));
        let usd = |value: Option<i64>| value.map_or_else(String::new, |value| money(Quote(value)));
        table.row([
            when(landed),
            entry.name.into(),
            entry.asset.map_or_else(String::new, |asset| symbol(&snapshot.board, asset)),
            entry.amount.map_or_else(String::new, |units| amount(units, decimals)),
            entry.price.map_or_else(String::new, |p| price(p, decimals)),
            usd(entry.fee),
            usd(entry.realised),
            usd(entry.cash_after),
        ]);
    }
    let list: Vec<Value> = all.iter().map(|happened| json(happened, &snapshot)).collect();
    let heading = match list.len() {
        0 => format!("Nothing is known to have happened to {account}."),
        _ => format!("What happened to {account}"),
    };
    Ok(Page::new(json!({ "account": account.to_string(), "events": list })).line(heading).table("", &table))
}

/// The oldest first.
fn happened(
    session: &Session,
    snapshot: &Snapshot,
    account: &Address,
    limit: usize,
    since: Option<i64>,
) -> Result<Vec<Happened>> {
    let mut all = Vec::new();
    let (mut before, mut left) = (None, limit);
    while left > 0 {
        let listed = session.chain.history(account, before, left.min(PAGE)).map_err(no_answer)?;
        let is_last = listed.len() < left.min(PAGE);
        left -= listed.len();
        before = listed.last().map(|landed| landed.signature);
        for landed in listed {
            if landed.block_time.zip(since).is_some_and(|(at, since)| at < since) {
                all.reverse();
                return Ok(all);
            }
            if landed.error.is_none() {
                all.extend(of_transaction(session, snapshot, account, landed)?);
            }
        }
        if is_last {
            break;
        }
    }
    all.reverse();
    Ok(all)
}

/// What one transaction did to the account, the last first. The listing's time is kept: some nodes tell
/// another one with the transaction itself.
fn of_transaction(
    session: &Session,
    snapshot: &Snapshot,
    account: &Address,
    listed: Landed,
) -> Result<Vec<Happened>> {
    let found = session.chain.transaction(&listed.signature).map_err(no_answer)?;
    let Some(found) = found else { return Ok(Vec::new()) };
    let logged = logs::events(found.logs.iter().map(String::as_str));
    let mut happened = Vec::new();
    for event in logged.events.iter().rev() {
        for entry in entries(event, account, snapshot) {
            let text = words::event(event, Some(snapshot));
            let landed = Landed { block_time: listed.block_time.or(found.block_time), ..found.clone() };
            happened.push(Happened { landed, entry, text });
        }
    }
    Ok(happened)
}

fn when(landed: &Landed) -> String {
    landed.block_time.map_or_else(|| format!("slot {}", landed.slot), time)
}

/// Cells of a line of CSV: decimal numbers in whole tokens and USD, nothing where it does not apply.
fn cells(happened: &Happened, snapshot: &Snapshot) -> [String; 16] {
    let (landed, entry) = (&happened.landed, &happened.entry);
    let decimals = entry.asset.map_or(0, |asset| decimals(&snapshot.board, asset));
    let usd = |value: Option<i64>| value.map_or_else(String::new, |value| exact(value, 6));
    let units = |value: Option<i64>| value.map_or_else(String::new, |value| exact(value, decimals));
    [
        landed.block_time.map_or_else(String::new, time),
        landed.slot.to_string(),
        landed.signature.to_string(),
        entry.name.into(),
        entry.asset.map_or_else(String::new, |asset| symbol(&snapshot.board, asset)),
        units(entry.amount),
        entry.price.map_or_else(String::new, |p| price_exact(p, decimals)),
        usd(entry.cost),
        usd(entry.fee),
        usd(entry.realised),
        units(entry.size_after),
        usd(entry.entry_after),
        entry.shares_after.map_or_else(String::new, |shares| shares.to_string()),
        usd(entry.cash_after),
        entry.counterparty.map_or_else(String::new, |address| address.to_string()),
        happened.text.clone(),
    ]
}

fn json(happened: &Happened, snapshot: &Snapshot) -> Value {
    let cells = COLUMNS.iter().zip(cells(happened, snapshot));
    let value = |text: String| if text.is_empty() { Value::Null } else { Value::String(text) };
    cells.map(|(column, text)| ((*column).to_owned(), value(text))).collect::<serde_json::Map<_, _>>().into()
}

fn csv_page(path: &PathBuf, all: &[Happened], snapshot: &Snapshot) -> Result<Page> {
    let unwritten =
        |e: &dyn std::fmt::Display| Fault::missing(format!("{} was not written: {e}", path.display()));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|e| unwritten(&e))?;
    for happened in all {
        writer.write_record(cells(happened, snapshot)).map_err(|e| unwritten(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| unwritten(&e))?;
    if path.as_os_str() == "-" {
        return Ok(Page::new(Value::Null).line(String::from_utf8_lossy(&bytes).trim_end()));
    }
    std::fs::write(path, bytes).map_err(|e| unwritten(&e))?;
    let json = json!({ "file": path.display().to_string(), "events": all.len() });
    Ok(Page::new(json).line(format!("{} lines in {}", all.len(), path.display())))
}
