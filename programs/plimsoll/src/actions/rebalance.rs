use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::{Quote, Ratio};

use super::Result;
use crate::state::{LiquidityPool, Market, RiskBoard};

/// Moves a market's capital towards its share of the pool, and returns the micro-USD that did;
/// negative: back.
///
/// The pool first counts what the market has won or lost since the last time. What
/// a market lacks comes from unallocated capital, as far as there is any; what it
/// has too much goes back, except what its open interest and its traders' profits
/// need.
///
/// # Errors
/// What the price policy refuses, if there is open interest.
#[inline(always)]
pub fn rebalance(
    pool: &mut LiquidityPool,
    board: &RiskBoard,
    market: &mut Market,
    now: i64,
) -> Result<Quote> {
    let moved = amount(pool, board, market, now)?;
    pool.add_unallocated(moved.negated()?)?;
    let capital = Quote(market.capital).plus(moved)?;
    pool.count(Quote(market.capital_counted), capital)?;
    market.capital = capital.0;
    market.capital_counted = capital.0;
    Ok(moved)
}

/// A market's share of the pool's capital.
pub(super) fn target(pool: &LiquidityPool, market: &Market) -> Result<Quote> {
    let uncounted = Quote(market.capital).minus(Quote(market.capital_counted))?;
    let book = Quote(pool.book_capital).plus(uncounted)?;
    Ok(Ratio(market.terms.capital_weight).of_floor(book.or_zero())?)
}

/// What moves from the pool to the market; negative: back.
fn amount(pool: &LiquidityPool, board: &RiskBoard, market: &Market, now: i64) -> Result<Quote> {
    let (capital, target) = (Quote(market.capital), target(pool, market)?);
    if capital <= target {
        return Ok(target.minus(capital)?.min(Quote(pool.unallocated)));
    }
    let free = capital.minus(needed(board, market, now)?)?.or_zero();
    Ok(capital.minus(target)?.min(free).negated()?)
}

/// Capital that open interest and the traders' profits need.
fn needed(board: &RiskBoard, market: &Market, now: i64) -> Result<Quote> {
    if market.open_interest().larger_side().0 == 0 {
        return Ok(Quote::ZERO);
    }
    let row = board.row(market.asset)?;
    policy::check(&row.price_state(now), &row.price_limits(), Action::Increase)?;
    Ok(market.reserved_capital(row)?.plus(market.owed(row)?.high.or_zero())?)
}
