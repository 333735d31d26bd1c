//! `parameters`: what governance has set.
use crate::fault::{Fault, Result};
use crate::names::{self, rows};
use crate::number::{amount, exact, money, percent, span};
use crate::render::{Page, Table};
use crate::session::Session;
use plimsoll_client::governance::CONCERNS;
use plimsoll_client::program::parameters::{ALL, Concern, Parameter, Tightens};
use plimsoll_client::program::state::{AssetRow, RiskBoard};
use plimsoll_client::program::terms::{Place, Terms};
use plimsoll_client::risk::Quote;
use plimsoll_client::snapshot::Snapshot;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Parameters {
    /// Only those whose name contains this: SOL, clearinghouse, margin
    pub filter: Option<String>,
}

/// # Errors
/// When there is no answer, or no such parameter.
pub fn page(session: &Session, args: &Parameters) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let mut table = Table::new(&["parameter", ">value", ">in plain units", "steward may", "meaning"]);
    let mut list = Vec::new();
    for (asset, concern) in concerns(&snapshot.board) {
        let Some(terms) = terms(&snapshot, asset, concern) else { continue };
        for parameter in ALL.iter().filter(|parameter| parameter.concern == concern) {
            let name = names::parameter(&snapshot.board, asset, parameter);
            let wanted = args.filter.as_ref().is_none_or(|f| name.to_lowercase().contains(&f.to_lowercase()));
            if !wanted {
                continue;
            }
            let (value, row) = (parameter.read(terms.bytes()), snapshot.board.rows[usize::from(asset)]);
            table.row([
                name.clone(),
                value.to_string(),
                shown(parameter, value, &row),
                direction(parameter.tightens).into(),
                parameter.meaning.into(),
            ]);
            list.push(json!({
                "parameter": name,
                "value": value,
                "unit": parameter.unit,
                "min": parameter.min,
                "max": parameter.max,
                "decimal": decimal(parameter, value, &row),
            }));
        }
    }
    if list.is_empty() {
        let filter = args.filter.as_deref().unwrap_or_default();
        return Err(Fault::usage(format!("no parameter's name contains {filter}: leave it out to see all")));
    }
    Ok(Page::new(json!({ "parameters": list })).table("", &table))
}

fn concerns(board: &RiskBoard) -> Vec<(u8, Concern)> {
    let (whole, of_assets) = CONCERNS.split_at(2);
    let assets = rows(board).flat_map(|(asset, _)| of_assets.iter().map(move |concern| (asset, *concern)));
    whole.iter().map(|concern| (0, *concern)).chain(assets).collect()
}

/// The terms of a concern of an asset as they are set; `None` where there is no such thing.
pub fn terms(snapshot: &Snapshot, asset: u8, concern: Concern) -> Option<Terms> {
    let accounts = snapshot.assets.get(usize::from(asset))?;
    let place = Place {
        asset,
        clearinghouse: &snapshot.clearinghouse,
        board: &snapshot.board,
        market: accounts.market.as_ref().map(|(_, market)| market),
        bank: accounts.bank.as_ref().map(|(_, bank)| bank),
        pool: snapshot.pool.as_ref(),
    };
    let is_settlement = asset == 0 && matches!(concern, Concern::Price);
    Terms::read(&place, concern).ok().filter(|_| !is_settlement)
}

/// Decimals with which a parameter is written as a decimal number.
pub fn decimals(parameter: &Parameter, row: &AssetRow) -> u8 {
    match parameter.unit {
        "millionths" | "micro-USD" => 6,
        "native units" => row.decimals,
        _ => 0,
    }
}

/// A value as `propose` takes it.
pub fn decimal(parameter: &Parameter, value: i64, row: &AssetRow) -> String {
    exact(value, decimals(parameter, row))
}

/// A value for people.
pub fn shown(parameter: &Parameter, value: i64, row: &AssetRow) -> String {
    match parameter.unit {
        "millionths" => percent(value),
        "micro-USD" => format!("{} USD", money(Quote(value))),
        "native units" => format!("{} {}", amount(value, row.decimals), names::symbol_of(row)),
        "seconds" => span(value),
        _ => value.to_string(),
    }
}

fn direction(tightens: Tightens) -> &'static str {
    match tightens {
        Tightens::Lower => "lower it",
        Tightens::Higher => "raise it",
        Tightens::Waits => "not",
    }
}
