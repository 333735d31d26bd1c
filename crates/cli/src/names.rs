//! What people call things: assets by their symbols, parameters, roles, groups.
use crate::fault::{Fault, Result};
use plimsoll_client::program::parameters::{ALL, Concern, Parameter};
use plimsoll_client::program::state::{AssetRow, RiskBoard, Role, SETTLEMENT_ASSET, groups};

/// Roles in the order of their numbers.
pub const ROLES: [(&str, Role); 4] = [
    ("governance", Role::Governance),
    ("steward", Role::Steward),
    ("guardian", Role::Guardian),
    ("fee-collector", Role::FeeCollector),
];

/// What can be paused.
pub const GROUPS: [(&str, u8); 4] = [
    ("deposit", groups::DEPOSIT),
    ("withdraw", groups::WITHDRAW),
    ("borrow", groups::BORROW),
    ("increase", groups::INCREASE),
];

/// The symbol in a row.
pub fn symbol_of(row: &AssetRow) -> String {
    String::from_utf8_lossy(&row.symbol).trim_end_matches('\0').to_owned()
}

/// The symbol of an asset; its number where there is none.
pub fn symbol(board: &RiskBoard, asset: u8) -> String {
    board.row(asset).map_or_else(|_| format!("#{asset}"), symbol_of)
}

/// Rows in use, with their numbers.
pub fn rows(board: &RiskBoard) -> impl Iterator<Item = (u8, &AssetRow)> {
    (0..=u8::MAX).zip(&board.rows).take(board.asset_count as usize)
}

/// The asset of that symbol, whatever the case of its letters.
///
/// # Errors
/// When there is none; the line names the nearest one.
pub fn asset(board: &RiskBoard, text: &str) -> Result<u8> {
    find(board, text, "asset", |_, _| true)
}

/// The market of that symbol.
///
/// # Errors
/// When there is none; the line names the nearest one.
pub fn market(board: &RiskBoard, text: &str) -> Result<u8> {
    let text = text.strip_suffix("-PERP").or_else(|| text.strip_suffix("-perp")).unwrap_or(text);
    find(board, text, "market", |_, row| row.is_market == 1)
}

/// The collateral of that symbol.
///
/// # Errors
/// When there is none; the line names the nearest one.
pub fn token(board: &RiskBoard, text: &str) -> Result<u8> {
    find(board, text, "token", |asset, row| asset == SETTLEMENT_ASSET || row.is_collateral == 1)
}

fn find(board: &RiskBoard, text: &str, what: &str, fits: impl Fn(u8, &AssetRow) -> bool) -> Result<u8> {
    let known: Vec<(u8, String)> = rows(board)
        .filter(|(asset, row)| fits(*asset, row))
        .map(|(asset, row)| (asset, symbol_of(row)))
        .collect();
    if let Some((asset, _)) = known.iter().find(|(_, symbol)| symbol.eq_ignore_ascii_case(text)) {
        return Ok(*asset);
    }
    let names: Vec<&str> = known.iter().map(|(_, symbol)| symbol.as_str()).collect();
    Err(Fault::usage(format!("there is no {what} {text}: {}", suggestion(text, &names))))
}

/// What may have been meant: the nearest name if one is near, or all of them.
pub fn suggestion(text: &str, known: &[&str]) -> String {
    let distance = |name: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &text.to_lowercase());
    match known.iter().map(|name| (distance(name), *name)).min() {
        None => "there is none yet".into(),
        Some((distance, name)) if distance <= name.len().max(text.len()) / 2 => {
            format!("did you mean {name}?")
        }
        Some(_) => format!("there is {}", known.join(", ")),
    }
}

/// Something from a list of names.
///
/// # Errors
/// When the name is not on it; the line names the nearest one.
pub fn of<T: Copy>(list: &[(&str, T)], text: &str, what: &str) -> Result<T> {
    let found = list.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
        Fault::usage(format!("there is no {what} {text}: {}", suggestion(text, &names)))
    })
}

/// The names of a set of groups.
pub fn groups_of(set: u8) -> String {
    let named: Vec<&str> =
        GROUPS.iter().filter(|(_, group)| set & group != 0).map(|(name, _)| *name).collect();
    named.join(", ")
}

/// The full name of a parameter: `SOL.maintenance_margin`, `clearinghouse.margin_call`.
pub fn parameter(board: &RiskBoard, asset: u8, parameter: &Parameter) -> String {
    match parameter.concern {
        Concern::Clearinghouse => format!("clearinghouse.{}", parameter.name),
        Concern::Pool => format!("pool.{}", parameter.name),
        _ => format!("{}.{}", symbol(board, asset), parameter.name),
    }
}

/// Asset and id of a parameter from its full name.
///
/// # Errors
/// When there is no such asset or parameter; the line names the nearest one.
pub fn parse_parameter(board: &RiskBoard, text: &str) -> Result<(u8, u8)> {
    let Some((owner, name)) = text.split_once('.') else {
        return Err(Fault::usage(format!(
            "{text} is not the name of a parameter: write SOL.maintenance_margin, clearinghouse.margin_call or pool.redeem_fee"
        )));
    };
    let (asset, fits): (u8, fn(Concern) -> bool) = match owner {
        "clearinghouse" => (SETTLEMENT_ASSET, |of| of == Concern::Clearinghouse),
        "pool" => (SETTLEMENT_ASSET, |of| of == Concern::Pool),
        _ => (self::asset(board, owner)?, |of| !matches!(of, Concern::Clearinghouse | Concern::Pool)),
    };
    let known: Vec<(&str, u8)> =
        (0..=u8::MAX).zip(ALL).filter(|(_, p)| fits(p.concern)).map(|(id, p)| (p.name, id)).collect();
    let id = of(&known, name, &format!("parameter of {owner} called"))?;
    Ok((asset, id))
}
