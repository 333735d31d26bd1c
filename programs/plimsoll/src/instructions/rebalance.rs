use anchor_lang::prelude::*;
use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::{Quote, Ratio};

use crate::error::PlimsollError;
use crate::events::CapitalRebalanced;
use crate::state::{LiquidityPool, Market, RiskBoard};

#[derive(Accounts)]
pub struct Rebalance {
    #[account(mut)]
    pub pool: Account<LiquidityPool>,
    #[account(constraint = risk_board.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

/// A market's share of the pool's capital.
pub(super) fn target(pool: &LiquidityPool, market: &Market) -> core::result::Result<Quote, PlimsollError> {
    let uncounted = Quote(market.capital).minus(Quote(market.capital_counted))?;
    let book = Quote(pool.book_capital).plus(uncounted)?;
    Ok(Ratio(market.terms.capital_weight).of_floor(book.or_zero())?)
}

impl Rebalance {
    /// Moves a market's capital towards its share of the pool. Anyone may call it; the
    /// amounts are the program's.
    ///
    /// The pool first counts what the market has won or lost since the last time. What
    /// a market lacks comes from unallocated capital, as far as there is any; what it
    /// has too much goes back, except what its open interest and its traders' profits
    /// need.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let moved = self.amount(now).map_err(anchor_lang::Error::from)?;
        self.pool.add_unallocated(moved.negated().map_err(PlimsollError::from)?)?;
        let capital = Quote(self.market.capital).plus(moved).map_err(PlimsollError::from)?;
        self.pool.count(Quote(self.market.capital_counted), capital)?;
        self.market.capital = capital.0;
        self.market.capital_counted = capital.0;
        emit!(CapitalRebalanced {
            pool: *self.pool.address(),
            market: *self.market.address(),
            moved: moved.0,
            capital_after: capital.0,
            unallocated_after: self.pool.unallocated,
        });
        Ok(())
    }

    /// What moves from the pool to the market; negative: back.
    fn amount(&self, now: i64) -> core::result::Result<Quote, PlimsollError> {
        let (capital, target) = (Quote(self.market.capital), target(&self.pool, &self.market)?);
        if capital <= target {
            return Ok(target.minus(capital)?.min(Quote(self.pool.unallocated)));
        }
        let free = capital.minus(self.needed(now)?)?.or_zero();
        Ok(capital.minus(target)?.min(free).negated()?)
    }

    /// Capital that open interest and the traders' profits need.
    fn needed(&self, now: i64) -> core::result::Result<Quote, PlimsollError> {
        if self.market.open_interest().larger_side().0 == 0 {
            return Ok(Quote::ZERO);
        }
        let row = self.risk_board.row(self.market.asset)?;
        policy::check(&row.price_state(now), &row.price_limits(), Action::Increase)?;
        Ok(self.market.reserved_capital(row)?.plus(self.market.owed(row)?.high.or_zero())?)
    }
}
