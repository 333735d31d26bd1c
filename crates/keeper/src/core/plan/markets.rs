//! What markets need: capital, deleveraging, insurance.
use super::super::accounts::fingerprint;
use super::super::task::Key;
use super::super::view::View;
use super::Candidate;
use plimsoll_client::instructions as ix;
use plimsoll_client::program::actions;
use plimsoll_client::program::state::{AssetRow, InsuranceFund, LiquidityPool, Market, RiskBoard};
use plimsoll_client::risk::Quote;
use plimsoll_client::snapshot::Snapshot;
use solana_address::Address;
use solana_instruction::Instruction;
use std::collections::BTreeMap;

/// Compute units of a rebalancing and a deleveraging, and of a sweep.
const DELEVERAGE_UNITS: u32 = 20_000;
const SWEEP_UNITS: u32 = 10_000;

/// Names what each market needs.
pub fn find(view: &View, found: &mut Vec<Candidate>) {
    for (asset, _) in view.deployment.rows() {
        found.extend(deleverage(view, asset));
        found.extend(sweep(view, asset));
    }
}

/// What is missing in a market to pay those who win in it, by asset.
pub type Shortfalls = BTreeMap<u8, Quote>;

/// Markets whose capital does not cover the profits of those who win in them, at a board's prices, and by how
/// much.
pub fn shortfalls(snapshot: &Snapshot, board: &RiskBoard) -> Shortfalls {
    let rows = (0u8..).zip(&board.rows).take(board.asset_count as usize).zip(&snapshot.assets);
    let short = rows.filter_map(|((asset, row), accounts)| {
        let missing = shortfall(row, &accounts.market.as_ref()?.1)?;
        (missing > Quote::ZERO).then_some((asset, missing))
    });
    short.collect()
}

/// What both sides' profits are beyond the capital; negative if it covers them.
fn shortfall(row: &AssetRow, market: &Market) -> Option<Quote> {
    let (long, short) = market.open_interest().sides_pnl_floor(&row.perp_marks()).ok()?;
    long.or_zero().plus(short.or_zero()).ok()?.minus(Quote(market.capital)).ok()
}

/// What would make a market able to pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cure {
    rebalances: bool,
    deleverages: bool,
}

/// A market that lacks capital: first the pool's, then a charge on those in profit.
fn deleverage(view: &View, asset: u8) -> Option<Candidate> {
    let (market_address, market) = view.market(asset)?;
    let (pool, fund) = (view.snapshot.pool?, view.snapshot.insurance?);
    let attempt = |board: &RiskBoard, now: i64| cure(board, market, pool, fund, now);
    let (cure, rows) = view.at_newest(&[asset], attempt)?;
    let (board, pool) = (view.deployment.board_address, view.deployment.pool_address);
    let mut instructions = Vec::new();
    if cure.rebalances {
        let accounts = ix::rebalance::Accounts { pool, risk_board: board, market: *market_address };
        instructions.push(ix::rebalance::instruction(&accounts, &ix::rebalance::Args {}, &[]));
    }
    if cure.deleverages {
        let fund = view.deployment.fund_address;
        let accounts = ix::deleverage::Accounts { risk_board: board, market: *market_address, pool, fund };
        instructions.push(ix::deleverage::instruction(&accounts, &ix::deleverage::Args {}, &[]));
    }
    candidate(view, Key::Deleverage(asset), market_address, instructions, DELEVERAGE_UNITS)
        .after_refresh(view, &rows)
}

fn cure(
    board: &RiskBoard,
    market: &Market,
    mut pool: LiquidityPool,
    mut fund: InsuranceFund,
    now: i64,
) -> Option<Cure> {
    let row = board.row(market.asset).ok()?;
    if shortfall(row, market)? <= Quote::ZERO && market.owed(row).ok()?.high.0 <= market.capital {
        return None;
    }
    let mut market = *market;
    let moved = actions::rebalance(&mut pool, board, &mut market, now).unwrap_or_default();
    let mut board = *board;
    let relief = actions::deleverage(&mut board, &mut market, &pool, &mut fund, now).ok()?;
    let cure = Cure { rebalances: moved > Quote::ZERO, deleverages: relief.is_some() };
    (cure != Cure::default()).then_some(cure)
}

/// Losses that the fund can make good, or a surplus that belongs there.
fn sweep(view: &View, asset: u8) -> Option<Candidate> {
    let (address, market) = view.market(asset)?;
    let (mut after, mut fund) = (*market, view.snapshot.insurance?);
    let moved = actions::sweep_insurance(&mut after, &mut fund, view.now()).ok()?;
    if moved.magnitude() < view.policy.sweep_min.max(1).unsigned_abs() {
        return None;
    }
    let accounts = ix::sweep_insurance::Accounts { market: *address, fund: view.deployment.fund_address };
    let sweep = ix::sweep_insurance::instruction(&accounts, &ix::sweep_insurance::Args {}, &[]);
    Some(candidate(view, Key::Sweep(asset), address, vec![sweep], SWEEP_UNITS))
}

fn candidate(
    view: &View,
    key: Key,
    market: &Address,
    instructions: Vec<Instruction>,
    compute_units: u32,
) -> Candidate {
    let subject = view.deployment.fingerprint_of(market);
    let prices: Vec<i64> = view.newest.rows.iter().map(|row| row.publish_time).collect();
    Candidate {
        key,
        instructions,
        bounty: Quote::ZERO,
        depth: 0,
        compute_units,
        subject,
        full: fingerprint(&(subject, prices)),
    }
}
