use core::ops::Deref;

use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::pool::Band;
use plimsoll_risk::Quote;

use super::Result;
use crate::error::{require, PlimsollError};
use crate::state::{LiquidityPool, Market, RiskBoard};

/// Value of the pool, low and high: its capital less what the traders are owed at
/// the prices on the board.
///
/// `markets` must be all markets of the pool in the order of their assets: the
/// pool's own record says which, so none can be left out or counted twice. Prices
/// of markets with open interest must be fresh, certain and calm.
///
/// # Errors
/// [`MarketsMissing`](PlimsollError::MarketsMissing),
/// [`ForeignAccount`](PlimsollError::ForeignAccount), what the price policy refuses,
/// [`MarketInsolvent`](PlimsollError::MarketInsolvent),
/// [`PoolUnderWater`](PlimsollError::PoolUnderWater), and whatever a market could not be read for.
pub fn pool_value<M: Deref<Target = Market>, E: From<PlimsollError>>(
    pool: &LiquidityPool,
    board: &RiskBoard,
    mut markets: impl Iterator<Item = core::result::Result<M, E>>,
    now: i64,
) -> core::result::Result<Band, E> {
    let mut value = Band { low: Quote(pool.unallocated), high: Quote(pool.unallocated) };
    let mut left = pool.markets;
    while left != 0 {
        let asset = left.trailing_zeros() as u8;
        left &= left - 1;
        let market = markets.next().ok_or(PlimsollError::MarketsMissing)??;
        require(market.clearinghouse == pool.clearinghouse, PlimsollError::ForeignAccount)?;
        require(market.asset == asset, PlimsollError::MarketsMissing)?;
        value = with_market(&value, &market, board, now)?;
    }
    require(markets.next().is_none(), PlimsollError::MarketsMissing)?;
    require(value.low.0 >= 0, PlimsollError::PoolUnderWater)?;
    Ok(value)
}

#[inline(always)]
fn with_market(value: &Band, market: &Market, board: &RiskBoard, now: i64) -> Result<Band> {
    let owed = traders_owed(market, board, now)?;
    let add = |sum: Quote, pnl: Quote| sum.plus(Quote(market.capital)).and_then(|s| s.minus(pnl));
    Ok(Band { low: add(value.low, owed.high)?, high: add(value.high, owed.low)? })
}

fn traders_owed(market: &Market, board: &RiskBoard, now: i64) -> Result<Band> {
    if market.open_interest().larger_side().0 == 0 {
        return Ok(Band::default());
    }
    let row = board.row(market.asset)?;
    policy::check(&row.price_state(now), &row.price_limits(), Action::Increase)?;
    // What a market can't pay, its traders will give up, and not the other markets: until they
    // have, nobody knows what a share is worth.
    let at_mark = market.open_interest().owed_floor(&row.perp_marks(), market.terms.skew_scale)?;
    require(at_mark.0 <= market.capital, PlimsollError::MarketInsolvent)?;
    market.owed(row)
}
