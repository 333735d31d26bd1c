//! What markets need: capital, deleveraging, insurance.
use super::super::accounts::fingerprint;
use super::super::deployment::Deployment;
use super::super::task::Key;
use super::super::view::{Result, View};
use super::Candidate;
use plimsoll_client::instructions as ix;
use plimsoll_client::program::state::{AssetRow, LiquidityPool, Market};
use plimsoll_client::risk::loss::deficit;
use plimsoll_client::risk::{Quote, Ratio};
use solana_address::Address;

/// Compute units of a rebalancing and a deleveraging, and of a sweep.
const DELEVERAGE_UNITS: u32 = 20_000;
const SWEEP_UNITS: u32 = 10_000;

/// Names what each market needs.
pub fn find(view: &View, found: &mut Vec<Candidate>) {
    for (asset, row, accounts) in view.deployment.rows() {
        let Some((address, market)) = &accounts.market else { continue };
        found.extend(deleverage(view, asset, row, (address, market)).ok().flatten());
        found.extend(sweep(view, asset, (address, market)).ok().flatten());
    }
}

/// Markets whose capital does not cover the profits of those who win in them.
pub fn short_of_cash(deployment: &Deployment) -> Vec<u8> {
    let is_short = |row: &AssetRow, market: &Market| profits(row, market).is_ok_and(|p| p.0 > market.capital);
    let rows = deployment.rows().filter_map(|(asset, row, accounts)| {
        let (_, market) = accounts.market.as_ref()?;
        is_short(row, market).then_some(asset)
    });
    rows.collect()
}

/// What the sides in profit have won, micro-USD rounded down.
fn profits(row: &AssetRow, market: &Market) -> Result<Quote> {
    let (long, short) = market.open_interest().sides_pnl_floor(&row.perp_marks())?;
    Ok(long.or_zero().plus(short.or_zero())?)
}

/// A market that lacks capital: first the pool's, then a charge on those in profit.
fn deleverage(view: &View, asset: u8, row: &AssetRow, of: (&Address, &Market)) -> Result<Option<Candidate>> {
    let (address, market) = of;
    let Some(pool) = &view.deployment.pool else { return Ok(None) };
    let marks = row.perp_marks();
    let missing = deficit(&market.open_interest(), &marks, market.terms.skew_scale, Quote(market.capital))?;
    let gets_more = pool.unallocated > 0 && market.capital < share_of_pool(pool, market)?.0;
    let is_due = missing > Quote::ZERO || gets_more && profits(row, market)?.0 > market.capital;
    if !is_due || !view.may_liquidate(row) {
        return Ok(None);
    }
    let (board, pool) = (view.deployment.board_address, view.deployment.pool_address);
    let mut instructions = Vec::new();
    if gets_more {
        let accounts = ix::rebalance::Accounts { pool, risk_board: board, market: *address };
        instructions.push(ix::rebalance::instruction(&accounts, &ix::rebalance::Args {}, &[]));
    }
    let fund = view.deployment.fund_address;
    let accounts = ix::deleverage::Accounts { risk_board: board, market: *address, pool, fund };
    instructions.push(ix::deleverage::instruction(&accounts, &ix::deleverage::Args {}, &[]));
    Ok(Some(candidate(view, Key::Deleverage(asset), of, instructions, DELEVERAGE_UNITS)))
}

/// A market's share of the pool's capital, micro-USD rounded down.
fn share_of_pool(pool: &LiquidityPool, market: &Market) -> Result<Quote> {
    let uncounted = Quote(market.capital).minus(Quote(market.capital_counted))?;
    let book = Quote(pool.book_capital).plus(uncounted)?;
    Ok(Ratio(market.terms.capital_weight).of_floor(book.or_zero())?)
}

/// Losses that the fund can make good, or a surplus that belongs there.
fn sweep(view: &View, asset: u8, of: (&Address, &Market)) -> Result<Option<Candidate>> {
    let (address, market) = of;
    let Some(fund) = &view.deployment.fund else { return Ok(None) };
    let moved = if market.loss_uncovered > 0 {
        let mut after = *market;
        after.draw(Quote(market.loss_uncovered), Quote(fund.balance), view.now)?
    } else {
        Quote(market.insurance).minus(Quote(market.terms.insurance_tranche))?
    };
    if moved.0 < view.policy.sweep_min.max(1) {
        return Ok(None);
    }
    let accounts = ix::sweep_insurance::Accounts { market: *address, fund: view.deployment.fund_address };
    let sweep = ix::sweep_insurance::instruction(&accounts, &ix::sweep_insurance::Args {}, &[]);
    Ok(Some(candidate(view, Key::Sweep(asset), of, vec![sweep], SWEEP_UNITS)))
}

fn candidate(
    view: &View,
    key: Key,
    (address, market): (&Address, &Market),
    instructions: Vec<solana_instruction::Instruction>,
    compute_units: u32,
) -> Candidate {
    let subject = view.deployment.fingerprint_of(address);
    let price = view.board.row(market.asset).map_or(0, |row| row.publish_time);
    Candidate {
        key,
        instructions,
        bounty: Quote::ZERO,
        depth: 0,
        compute_units,
        subject,
        full: fingerprint(&(subject, price)),
    }
}
