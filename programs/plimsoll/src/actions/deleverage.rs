use plimsoll_risk::loss::{deficit, haircut};
use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::Quote;

use super::rebalance::target;
use super::Result;
use crate::error::{require, PlimsollError};
use crate::state::{InsuranceFund, LiquidityPool, Market, RiskBoard};

/// Where what a market lacked came from, micro-USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relief {
    pub from_insurance: Quote,
    pub from_fund: Quote,
    /// Given up by the side in profit.
    pub from_traders: Quote,
}

/// Makes a market solvent that owes its traders more than its capital. What is missing comes
/// from the market's insurance, then from the shared fund within the market's limit, then from
/// the side in profit: its traders give up the rest, each in proportion to his size, through a
/// charge on the side's mark. `None` if nothing is missing. The pool's free capital must have
/// been rebalanced to the market first, and the price must be good enough to liquidate by.
///
/// # Errors
/// [`RebalanceFirst`](PlimsollError::RebalanceFirst), and what the price policy refuses.
#[inline(always)]
pub fn deleverage(
    board: &mut RiskBoard,
    market: &mut Market,
    pool: &LiquidityPool,
    fund: &mut InsuranceFund,
    now: i64,
) -> Result<Option<Relief>> {
    let is_short = market.capital < target(pool, market)?.0 && pool.unallocated > 0;
    require(!is_short, PlimsollError::RebalanceFirst)?;
    let row = board.row_mut(market.asset)?;
    policy::check(&row.price_state(now), &row.price_limits(), Action::Liquidate)?;
    let (interest, marks) = (market.open_interest(), row.perp_marks());
    let missing = deficit(&interest, &marks, market.terms.skew_scale, Quote(market.capital))?;
    if missing == Quote::ZERO {
        return Ok(None);
    }
    let from_insurance = missing.min(Quote(market.insurance));
    market.insurance = Quote(market.insurance).minus(from_insurance)?.0;
    market.capital = Quote(market.capital).plus(from_insurance)?.0;
    let missing = missing.minus(from_insurance)?;
    let from_fund = market.draw(missing, Quote(fund.balance), now)?;
    fund.pay(from_fund)?;
    let from_traders = missing.minus(from_fund)?;
    market.charge(&haircut(&interest, &marks, from_traders)?)?;
    row.settle_marks(market)?;
    Ok(Some(Relief { from_insurance, from_fund, from_traders }))
}
