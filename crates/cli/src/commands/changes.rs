//! `changes`: what governance has proposed, and when it may be executed.
use crate::commands::parameters::{decimal, shown};
use crate::fault::{Fault, Result};
use crate::names::{self, ROLES, symbol};
use crate::number::{span, time};
use crate::render::{Page, Table};
use crate::session::{Session, no_answer};
use plimsoll_client::addresses::{PROGRAM, pending_change};
use plimsoll_client::chain::Filter;
use plimsoll_client::decode::{DISCRIMINATOR_BYTES, Layout, decode};
use plimsoll_client::program::parameters::Parameter;
use plimsoll_client::program::params::Change;
use plimsoll_client::program::state::{AssetRow, PendingChange};
use plimsoll_client::snapshot::Snapshot;
use serde_json::{Value, json};
use solana_address::Address;
use std::mem::offset_of;

/// A change that waits, and where it is.
pub struct Waiting {
    pub address: Address,
    pub pending: PendingChange,
    pub change: Change,
}

/// # Errors
/// When there is no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let mut table = Table::new(&[">number", "change", "proposed", "may be executed"]);
    let mut list = Vec::new();
    for waiting in all(session, &snapshot)? {
        let (pending, what) = (&waiting.pending, described(&waiting.change, &snapshot));
        table.row([
            pending.id.to_string(),
            what.join("\n"),
            time(pending.proposed_at),
            when(pending, &snapshot),
        ]);
        list.push(json!({
            "number": pending.id,
            "address": waiting.address.to_string(),
            "what": what,
            "fields": fields(&waiting.change, &snapshot),
            "proposed_at": time(pending.proposed_at),
            "ready_at": time(pending.ready_at),
            "expires_at": time(pending.expires_at),
            "status": status(pending, snapshot.unix_time),
        }));
    }
    let page = Page::new(json!({ "changes": list, "time": time(snapshot.unix_time) }));
    Ok(if page.json["changes"].as_array().is_none_or(Vec::is_empty) {
        page.line("No change is waiting.")
    } else {
        page.table("", &table)
    })
}

/// The change with a number.
///
/// # Errors
/// When there is none any more, or there never was.
pub fn find(session: &Session, snapshot: &Snapshot, id: u32) -> Result<Waiting> {
    let address = pending_change(&snapshot.address, id);
    let found = session.account(&address)?.and_then(|account| decode(&account.data).ok());
    found.and_then(|pending| waiting(address, pending)).ok_or_else(|| {
        let why = if id < snapshot.clearinghouse.change_count {
            "was executed or cancelled"
        } else {
            "has not been proposed"
        };
        Fault::missing(format!("change {id} {why}: `plimsoll changes` lists those that wait"))
    })
}

fn waiting(address: Address, pending: PendingChange) -> Option<Waiting> {
    pending.change().ok().map(|change| Waiting { address, pending, change })
}

fn all(session: &Session, snapshot: &Snapshot) -> Result<Vec<Waiting>> {
    let clearinghouse_at = DISCRIMINATOR_BYTES + offset_of!(PendingChange, clearinghouse);
    let filter = Filter {
        discriminator: PendingChange::DISCRIMINATOR,
        length: PendingChange::LENGTH,
        address_at: Some((clearinghouse_at, snapshot.address)),
    };
    let found = session.chain.program_accounts(&PROGRAM, &filter).map_err(no_answer)?.value;
    let mut all: Vec<Waiting> = found
        .into_iter()
        .filter_map(|(address, account)| waiting(address, decode(&account.data).ok()?))
        .collect();
    all.sort_by_key(|waiting| waiting.pending.id);
    Ok(all)
}

fn status(pending: &PendingChange, now: i64) -> &'static str {
    if now < pending.ready_at {
        "waits"
    } else if now <= pending.expires_at {
        "ready"
    } else {
        "expired"
    }
}

fn when(pending: &PendingChange, snapshot: &Snapshot) -> String {
    let now = snapshot.unix_time;
    match status(pending, now) {
        "waits" => format!("in {}, from {}", span(pending.ready_at - now), time(pending.ready_at)),
        "ready" => format!("now, until {}", time(pending.expires_at)),
        _ => format!("no more: it expired {}", time(pending.expires_at)),
    }
}

fn row(snapshot: &Snapshot, asset: u8) -> &AssetRow {
    &snapshot.board.rows[usize::from(asset).min(snapshot.board.rows.len() - 1)]
}

/// What a change does, a line for each thing.
pub fn described(change: &Change, snapshot: &Snapshot) -> Vec<String> {
    let board = &snapshot.board;
    let holder = |address: &Address| {
        if *address == Address::default() { "nobody".into() } else { address.to_string() }
    };
    match change {
        Change::Asset(params) => {
            let name = String::from_utf8_lossy(&params.symbol);
            vec![format!("lists the asset {}, oracle {}", name.trim_end_matches('\0'), params.source.oracle)]
        }
        Change::Collateral { asset, mint, .. } => {
            vec![format!("lists {} as collateral, mint {mint}", symbol(board, *asset))]
        }
        Change::Market { asset, .. } => vec![format!("opens a market of {}", symbol(board, *asset))],
        Change::Oracle { asset, after, .. } => {
            vec![format!("takes the price of {} from {}", symbol(board, *asset), after.oracle)]
        }
        Change::Role { role, after, .. } => {
            let name = ROLES.get(usize::from(*role)).map_or("unknown role", |(name, _)| name);
            vec![format!("nominates {} as {name}", holder(after))]
        }
        Change::Parameters { asset, ramp_seconds, fields } => {
            let line = |field: &plimsoll_client::program::params::FieldChange| {
                let parameter = Parameter::get(field.parameter).ok()?;
                let (row, name) = (row(snapshot, *asset), names::parameter(board, *asset, parameter));
                let (before, after) =
                    (shown(parameter, field.before, row), shown(parameter, field.after, row));
                let ramp = if *ramp_seconds == 0 {
                    String::new()
                } else {
                    format!(" within {}", span((*ramp_seconds).into()))
                };
                Some(format!("{name}: {before} -> {after}{ramp}"))
            };
            fields.iter().filter_map(line).collect()
        }
    }
}

fn fields(change: &Change, snapshot: &Snapshot) -> Vec<Value> {
    let Change::Parameters { asset, fields, .. } = change else { return Vec::new() };
    let field = |field: &plimsoll_client::program::params::FieldChange| {
        let parameter = Parameter::get(field.parameter).ok()?;
        let row = row(snapshot, *asset);
        Some(json!({
            "parameter": names::parameter(&snapshot.board, *asset, parameter),
            "before": decimal(parameter, field.before, row),
            "after": decimal(parameter, field.after, row),
        }))
    };
    fields.iter().filter_map(field).collect()
}
