//! `markets`: what can be traded, at which terms, and how much more.
use crate::commands::account::funding_rate_per_day;
use crate::fault::Result;
use crate::names::{groups_of, rows, symbol_of};
use crate::number::{amount, exact, money, percent, price, price_exact, ratio, time};
use crate::render::{Page, Table};
use crate::session::Session;
use crate::standing::unvalued;
use plimsoll_client::program::state::{AssetRow, Market, RiskBoard, WarmUp, groups};
use plimsoll_client::risk::{Quantity, Quote};
use plimsoll_client::snapshot::Snapshot;
use serde_json::{Value, json};
use std::fmt::Write;

/// # Errors
/// When there is no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let mut table = Table::new(&[
        "market",
        ">price",
        ">long",
        ">short",
        ">room long",
        ">room short",
        ">funding/day",
        ">initial",
        ">maintenance",
        ">fee",
        ">capital USD",
        "state",
    ]);
    let mut list = Vec::new();
    for (asset, row) in rows(&snapshot.board) {
        let Some((_, market)) = snapshot.assets.get(usize::from(asset)).and_then(|a| a.market) else {
            continue;
        };
        let (state, room) = (state(asset, &market, &snapshot), Room::of(&market, row)?);
        let funding = funding_rate_per_day(&market, snapshot.unix_time)?;
        let units = |size: i64| amount(size, row.decimals);
        table.row([
            symbol_of(row),
            price(row.price.get(), row.decimals),
            units(market.long_size),
            units(market.short_size),
            units(room.long.0),
            units(room.short.0),
            funding_percent(funding),
            percent(row.initial_margin),
            percent(row.maintenance_margin),
            percent(market.terms.trading_fee),
            money(Quote(market.capital)),
            state.clone(),
        ]);
        list.push(json(row, &market, &room, funding, &state));
    }
    let json = json!({ "markets": list, "time": time(snapshot.unix_time), "slot": snapshot.slot });
    let page = Page::new(json);
    Ok(match list_is_empty(&page.json) {
        true => page.line("There is no market yet."),
        false => page.table("", &table).line(
            "Funding: longs pay shorts while it is positive. Room: what cap and capital let each side still take.",
        ),
    })
}

/// A rate in 1e-9 as a percentage of at most five decimals, rounded down.
fn funding_percent(rate: i64) -> String {
    format!("{}%", amount(rate.div_euclid(100), 5))
}

fn list_is_empty(json: &Value) -> bool {
    json["markets"].as_array().is_none_or(Vec::is_empty)
}

fn json(row: &AssetRow, market: &Market, room: &Room, funding: i64, state: &str) -> Value {
    let units = |size: i64| exact(size, row.decimals);
    json!({
        "market": symbol_of(row),
        "price": price_exact(row.price.get(), row.decimals),
        "open_interest_long": units(market.long_size),
        "open_interest_short": units(market.short_size),
        "open_interest_max": units(market.terms.open_interest_max),
        "room_long": units(room.long.0),
        "room_short": units(room.short.0),
        "size_min": units(market.terms.size_min),
        "skew_scale": units(market.terms.skew_scale),
        "funding_rate_per_day": exact(funding, 9),
        "initial_margin": ratio(row.initial_margin),
        "maintenance_margin": ratio(row.maintenance_margin),
        "volatility_multiplier": ratio(row.volatility_multiplier),
        "trading_fee": ratio(market.terms.trading_fee),
        "liquidation_penalty": ratio(market.terms.liquidation_penalty),
        "capital": exact(market.capital, 6),
        "insurance": exact(market.insurance, 6),
        "protocol_fees": exact(market.protocol_fees, 6),
        "state": state,
    })
}

/// What a trader has to know of a market besides its figures.
fn state(asset: u8, market: &Market, snapshot: &Snapshot) -> String {
    let mut text = String::new();
    if market.warm_up != WarmUp::Done as u8 {
        text.push_str("warming up");
    }
    if market.terms.reduce_only == 1 {
        let _ = write!(text, "{}reduce only", if text.is_empty() { "" } else { ", " });
    }
    if is_paused(&snapshot.board, asset, groups::INCREASE, snapshot.unix_time) {
        let _ =
            write!(text, "{}{} paused", if text.is_empty() { "" } else { ", " }, groups_of(groups::INCREASE));
    }
    if text.is_empty() { "open".into() } else { text }
}

/// Whether a group is paused for an asset.
pub fn is_paused(board: &RiskBoard, asset: u8, group: u8, now: i64) -> bool {
    board.check_open(asset, group, now).is_err()
}

/// Native units by which each side's open interest may still grow.
struct Room {
    long: Quantity,
    short: Quantity,
}

impl Room {
    /// By the cap, and by the capital that must stand behind the larger side.
    fn of(market: &Market, row: &AssetRow) -> Result<Self> {
        let highest = row.price.get().max(row.slow_price.get());
        let backed = match (highest.0, market.terms.reserve_ratio) {
            (0, _) => Quantity::ZERO,
            (_, 0) => Quantity(i64::MAX),
            (_, ratio) => {
                let notional = i128::from(market.capital.max(0)) * 1_000_000 / i128::from(ratio);
                let notional = Quote(i64::try_from(notional).unwrap_or(i64::MAX));
                highest.quantity_floor(notional).map_err(|overflow| unvalued(overflow.into()))?
            }
        };
        let most = backed.0.min(market.terms.open_interest_max);
        let room = |size: i64| Quantity(most.saturating_sub(size).max(0));
        Ok(Self { long: room(market.long_size), short: room(market.short_size) })
    }
}
