//! `account`: how a margin account stands.
use crate::fault::Result;
use crate::names::symbol;
use crate::number::{amount, exact, money, percent, percent_floor, price, price_exact, ratio, span, time};
use crate::render::{Page, Table};
use crate::session::{Margin, Session};
use crate::standing::{Balance, Held, Standing, side, unvalued};
use plimsoll_client::program::state::{MarginState, Market, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::risk::{Price, Quote};
use plimsoll_client::snapshot::Snapshot;
use serde_json::{Value, json};
use solana_address::Address;

const DAY_SECONDS: i128 = 86_400;

#[derive(Debug, clap::Args)]
pub struct Account {
    /// A margin account [default: the wallet's own]
    pub address: Option<String>,
}

/// # Errors
/// When there is no such account, or no answer.
pub fn page(session: &Session, args: &Account) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let margin = match &args.address {
        Some(address) => session.margin(&snapshot, address)?,
        None => session.own(&snapshot, &session.settings.wallet()?.address())?,
    };
    let standing = Standing::of(&margin.state, &snapshot.board)?;
    let page = Page::new(json(&margin, &standing, &snapshot)?).line(heading(&margin, &snapshot.board));
    let page = page.facts(&facts(&margin.state, &standing, &snapshot));
    Ok(page
        .table("Balances", &balances(&standing, &snapshot.board))
        .table("Positions", &positions(&standing, &snapshot)?))
}

fn heading(margin: &Margin, board: &RiskBoard) -> String {
    let state = &margin.state;
    let isolated = match state.isolated_asset {
        0 => String::new(),
        asset => format!(", isolated to {}", symbol(board, asset)),
    };
    format!("Account {}\nnumber {} of {}{isolated}", margin.address, state.sub_account, state.owner)
}

fn facts(state: &MarginState, standing: &Standing, snapshot: &Snapshot) -> Vec<(&'static str, String)> {
    let board = &snapshot.board;
    let mut facts = vec![
        ("Status", status(state, standing, snapshot.unix_time)),
        ("Equity", format!("{} USD", money(standing.health.equity))),
        ("Margin ratio", margin_ratio(standing)),
        (
            "Health factor",
            standing.health_factor.map_or_else(|| "nothing owed".into(), |f| ratio(f / 100 * 100)),
        ),
        ("Leverage", leverage(standing)),
        ("Free collateral", format!("{} USD", money(standing.free_collateral))),
        ("Initial health", format!("{} USD", money(standing.health.initial))),
        ("Maintenance health", format!("{} USD", money(standing.health.maintenance))),
    ];
    if state.cash != 0 {
        facts.push(("Cash", format!("{} USD, in no bank yet", money(Quote(state.cash)))));
    }
    if state.delegate != Address::default() {
        facts.push(("Delegate", format!("{}, may trade", state.delegate)));
    }
    facts
        .push(("Lines", format!("margin call below {}, liquidation below 100%", percent(board.margin_call))));
    facts.push(("Prices", ages(state, snapshot)));
    facts
}

fn status(state: &MarginState, standing: &Standing, now: i64) -> String {
    let status = standing.status(state);
    match (state.sunk_at, standing.health.maintenance.0 < 0) {
        (0, true) => format!("{status}: nobody has taken stock of it yet"),
        (at, true) => format!("{status} for {}", span(now.saturating_sub(at).max(0))),
        _ => status.into(),
    }
}

/// Margin ratio in words.
pub fn margin_ratio(standing: &Standing) -> String {
    standing.margin_ratio.map_or_else(|| "nothing at risk".into(), percent_floor)
}

/// Leverage in words: `2.31x`.
pub fn leverage(standing: &Standing) -> String {
    let hundredths = |millionths: u64| exact(millionths.div_ceil(10_000), 2);
    standing.leverage.map_or_else(|| "no equity".into(), |leverage| format!("{}x", hundredths(leverage)))
}

/// How old the prices are that the account depends on.
fn ages(state: &MarginState, snapshot: &Snapshot) -> String {
    let tokens = state.tokens().iter().map(|slot| slot.asset).filter(|asset| *asset != SETTLEMENT_ASSET);
    let mut assets: Vec<u8> = tokens.chain(state.perps().iter().map(|slot| slot.asset)).collect();
    assets.sort_unstable();
    assets.dedup();
    let age = |asset: &u8| {
        let row = snapshot.board.row(*asset).ok()?;
        let (name, age) = (symbol(&snapshot.board, *asset), row.price_state(snapshot.unix_time).age_seconds);
        let fate = if age > i64::from(row.expiry_seconds) {
            " (expired)"
        } else if age > i64::from(row.fresh_seconds) {
            " (ageing)"
        } else {
            ""
        };
        Some(format!("{name} {} old{fate}", span(age.max(0))))
    };
    let ages: Vec<String> = assets.iter().filter_map(age).collect();
    if ages.is_empty() { "none needed".into() } else { ages.join(", ") }
}

fn shown_price(price_: Option<Price>, decimals: u8) -> String {
    price_.map_or_else(|| "none".into(), |p| price(p, decimals))
}

fn balances(standing: &Standing, board: &RiskBoard) -> Table {
    let mut table = Table::new(&["token", ">amount", ">value USD", ">liquidation price"]);
    for balance in standing.balances.iter().filter(|balance| balance.units.0 != 0) {
        let decimals = decimals(board, balance.asset);
        table.row([
            symbol(board, balance.asset),
            amount(balance.units.0, decimals),
            money(balance.value),
            match balance.asset {
                SETTLEMENT_ASSET => String::new(),
                asset => shown_price(standing.liquidation_price(asset), decimals),
            },
        ]);
    }
    table
}

fn positions(standing: &Standing, snapshot: &Snapshot) -> Result<Table> {
    let mut table = Table::new(&[
        "market",
        "side",
        ">size",
        ">entry",
        ">price",
        ">notional USD",
        ">PnL USD",
        ">funding USD/day",
        ">requirement USD",
        ">liquidation price",
    ]);
    for held in &standing.positions {
        let decimals = decimals(&snapshot.board, held.asset);
        let row = &snapshot.board.rows[usize::from(held.asset)];
        table.row([
            symbol(&snapshot.board, held.asset),
            side(held.size).into(),
            amount(held.size.magnitude(), decimals),
            shown_price(held.break_even, decimals),
            price(row.price.get(), decimals),
            money(held.notional),
            money(held.profit),
            money(funding_per_day(held, snapshot)?),
            money(held.requirement),
            shown_price(standing.liquidation_price(held.asset), decimals),
        ]);
    }
    Ok(table)
}

/// Decimals of an asset.
pub fn decimals(board: &RiskBoard, asset: u8) -> u8 {
    board.row(asset).map_or(0, |row| row.decimals)
}

/// The daily funding rate at `now` in 1e-9 of notional, rounded down; longs pay while it is positive.
///
/// # Errors
/// When it does not fit its unit.
pub fn funding_rate_per_day(market: &Market, now: i64) -> Result<i64> {
    let rate = market.funding_at(now).map_err(unvalued)?.rate;
    // The rate is in 2^-60 of notional per second.
    Ok(i64::try_from((i128::from(rate) * DAY_SECONDS * 1_000_000_000) >> 60).unwrap_or(0))
}

/// What a position earns (negative: pays) per day at the present rate, in micro-USD, rounded down.
fn funding_per_day(held: &Held, snapshot: &Snapshot) -> Result<Quote> {
    let market = snapshot.assets.get(usize::from(held.asset)).and_then(|asset| asset.market);
    let Some((_, market)) = market else { return Ok(Quote::ZERO) };
    let rate = market.funding_at(snapshot.unix_time).map_err(unvalued)?.rate;
    let towards = if held.size.0 < 0 { i128::from(rate) } else { -i128::from(rate) };
    // Rates are below 2^56: split, so that no product passes 128 bits.
    let per_second = i128::from(held.notional.0) * towards;
    let per_day = (per_second >> 30).saturating_mul(DAY_SECONDS) >> 30;
    Ok(Quote(i64::try_from(per_day).unwrap_or(0)))
}

fn json(margin: &Margin, standing: &Standing, snapshot: &Snapshot) -> Result<Value> {
    let (state, board) = (&margin.state, &snapshot.board);
    let positions: Result<Vec<Value>> =
        standing.positions.iter().map(|held| position_json(held, standing, snapshot)).collect();
    let tokens: Vec<Value> =
        standing.balances.iter().map(|balance| balance_json(balance, standing, board)).collect();
    let when = |at: i64| if at == 0 { Value::Null } else { json!(time(at)) };
    let mut value = json!({
        "address": margin.address.to_string(),
        "owner": state.owner.to_string(),
        "sub_account": state.sub_account,
        "delegate": (state.delegate != Address::default()).then(|| state.delegate.to_string()),
        "isolated_to": (state.isolated_asset != 0).then(|| symbol(board, state.isolated_asset)),
        "status": standing.status(state),
        "cash": exact(state.cash, 6),
        "called_at": when(state.called_at),
        "sunk_at": when(state.sunk_at),
        "auction_at": when(state.auction_at),
        "balances": tokens,
        "positions": positions?,
        "time": time(snapshot.unix_time),
        "slot": snapshot.slot,
    });
    if let (Value::Object(all), Value::Object(figures)) = (&mut value, figures(standing)) {
        all.extend(figures);
    }
    Ok(value)
}

/// The figures of an account, as in every JSON answer that has them.
pub fn figures(standing: &Standing) -> Value {
    json!({
        "equity": exact(standing.health.equity.0, 6),
        "initial_health": exact(standing.health.initial.0, 6),
        "maintenance_health": exact(standing.health.maintenance.0, 6),
        "free_collateral": exact(standing.free_collateral.0, 6),
        "margin_ratio": standing.margin_ratio.map(ratio),
        "health_factor": standing.health_factor.map(ratio),
        "leverage": standing.leverage.map(ratio),
    })
}

fn price_json(price: Option<Price>, decimals: u8) -> Value {
    price.map_or(Value::Null, |price| json!(price_exact(price, decimals)))
}

fn balance_json(balance: &Balance, standing: &Standing, board: &RiskBoard) -> Value {
    let decimals = decimals(board, balance.asset);
    json!({
        "token": symbol(board, balance.asset),
        "amount": exact(balance.units.0, decimals),
        "value": exact(balance.value.0, 6),
        "liquidation_price": price_json(standing.liquidation_price(balance.asset), decimals),
    })
}

fn position_json(held: &Held, standing: &Standing, snapshot: &Snapshot) -> Result<Value> {
    let decimals = decimals(&snapshot.board, held.asset);
    let row = &snapshot.board.rows[usize::from(held.asset)];
    Ok(json!({
        "market": symbol(&snapshot.board, held.asset),
        "size": exact(held.size.0, decimals),
        "entry_price": price_json(held.break_even, decimals),
        "price": price_exact(row.price.get(), decimals),
        "notional": exact(held.notional.0, 6),
        "profit": exact(held.profit.0, 6),
        "funding_per_day": exact(funding_per_day(held, snapshot)?.0, 6),
        "maintenance_requirement": exact(held.requirement.0, 6),
        "liquidation_price": price_json(standing.liquidation_price(held.asset), decimals),
    }))
}
