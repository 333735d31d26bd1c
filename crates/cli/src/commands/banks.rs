//! `banks`: what can be deposited and borrowed, at which rates, and how much may leave.
use crate::commands::markets::is_paused;
use crate::fault::Result;
use crate::names::{rows, symbol_of};
use crate::number::{amount, exact, percent, percent_floor, ratio, time};
use crate::render::{Page, Table};
use crate::session::Session;
use crate::standing::unvalued;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{AssetRow, Bank, groups};
use plimsoll_client::risk::lending::RateCurve;
use plimsoll_client::risk::outflow::check;
use plimsoll_client::risk::{Quantity, Quote, Ratio};
use plimsoll_client::snapshot::Snapshot;
use serde_json::{Value, json};

/// # Errors
/// When there is no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let mut table = Table::new(&[
        "token",
        ">deposits",
        ">cap",
        ">borrowed",
        ">cap",
        ">utilisation",
        ">earns/year",
        ">costs/year",
        ">may leave now",
        ">counts initially",
        ">for maintenance",
        "state",
    ]);
    let mut list = Vec::new();
    for (asset, row) in rows(&snapshot.board) {
        let Some((_, bank)) = snapshot.assets.get(usize::from(asset)).and_then(|a| a.bank) else { continue };
        let figures = Figures::of(&bank, row, &snapshot).map_err(unvalued)?;
        let units = |native: u64| amount(native, row.decimals);
        let state = state(asset, &bank, &snapshot);
        table.row([
            symbol_of(row),
            units(figures.deposits),
            units(bank.terms.deposit_cap),
            units(figures.borrows),
            units(bank.terms.borrow_cap),
            percent_floor(figures.utilisation.0),
            percent_floor(figures.supply_rate),
            percent_floor(figures.borrow_rate.0),
            units(figures.room),
            percent(row.initial_asset_weight),
            percent(row.maintenance_asset_weight),
            state.clone(),
        ]);
        list.push(json(row, &bank, &figures, &state));
    }
    let json = json!({ "banks": list, "time": time(snapshot.unix_time), "slot": snapshot.slot });
    Ok(Page::new(json).table("", &table))
}

struct Figures {
    /// Native units, interest up to now included.
    deposits: u64,
    borrows: u64,
    utilisation: Ratio,
    /// Millionths per year.
    borrow_rate: Ratio,
    supply_rate: u64,
    /// Native units that may leave now, within the vault and both outflow windows.
    room: u64,
}

impl Figures {
    fn of(bank: &Bank, row: &AssetRow, snapshot: &Snapshot) -> core::result::Result<Self, PlimsollError> {
        let ledger = bank.ledger_at(snapshot.unix_time)?;
        let utilisation = ledger.utilisation_ceil()?;
        let curve = RateCurve {
            kink: Ratio(bank.terms.utilisation_kink),
            at_zero: Ratio(bank.terms.rate_at_zero),
            at_kink: Ratio(bank.terms.rate_at_kink),
            at_full: Ratio(bank.terms.rate_at_full),
        };
        let borrow_rate = curve.rate_per_year_ceil(utilisation)?;
        let kept = u64::from(1_000_000 - bank.terms.reserve_share.min(1_000_000));
        let paid = u64::from(borrow_rate.0) * u64::from(utilisation.0.min(1_000_000)) / 1_000_000;
        Ok(Self {
            deposits: ledger.deposits_ceil()?,
            borrows: ledger.borrows_floor()?,
            utilisation,
            borrow_rate,
            supply_rate: paid * kept / 1_000_000,
            room: room(bank, row, snapshot),
        })
    }
}

/// Native units that both windows let out now, as far as there are so many.
fn room(bank: &Bank, row: &AssetRow, snapshot: &Snapshot) -> u64 {
    let prices = row.prices();
    let value = |amount: u64| {
        let quantity = Quantity::from_magnitude(amount).ok();
        let value = quantity.and_then(|units| prices.oracle.max(prices.slow).value_ceil(units).ok());
        value.unwrap_or(Quote(i64::MAX)).magnitude()
    };
    let limits = bank.outflow_limits(snapshot.board.outflow_max);
    let (left, total) = (bank.outflow(), snapshot.window.outflow());
    match check(left, total, bank.tokens, value(bank.tokens), snapshot.unix_time, &limits) {
        Ok(_) => bank.tokens,
        Err(refused) => refused.room,
    }
}

fn state(asset: u8, bank: &Bank, snapshot: &Snapshot) -> String {
    let now = snapshot.unix_time;
    let mut parts = Vec::new();
    if bank.is_warming_up(now) {
        parts.push("warming up");
    }
    for (group, text) in [
        (groups::DEPOSIT, "deposits paused"),
        (groups::WITHDRAW, "withdrawals paused"),
        (groups::BORROW, "borrowing paused"),
    ] {
        if is_paused(&snapshot.board, asset, group, now) {
            parts.push(text);
        }
    }
    if parts.is_empty() { "open".into() } else { parts.join(", ") }
}

fn json(row: &AssetRow, bank: &Bank, figures: &Figures, state: &str) -> Value {
    let units = |native: u64| exact(native, row.decimals);
    json!({
        "token": symbol_of(row),
        "mint": bank.mint.to_string(),
        "deposits": units(figures.deposits),
        "deposit_cap": units(bank.terms.deposit_cap),
        "borrows": units(figures.borrows),
        "borrow_cap": units(bank.terms.borrow_cap),
        "utilisation": ratio(figures.utilisation.0),
        "supply_rate_per_year": ratio(figures.supply_rate),
        "borrow_rate_per_year": ratio(figures.borrow_rate.0),
        "in_vault": units(bank.tokens),
        "outflow_room": units(figures.room),
        "reserve": units(bank.reserve),
        "initial_asset_weight": ratio(row.initial_asset_weight),
        "maintenance_asset_weight": ratio(row.maintenance_asset_weight),
        "initial_debt_weight": ratio(row.initial_debt_weight),
        "maintenance_debt_weight": ratio(row.maintenance_debt_weight),
        "state": state,
    })
}
