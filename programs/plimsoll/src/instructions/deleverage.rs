use anchor_lang::prelude::*;
use plimsoll_risk::loss::{deficit, haircut};
use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::Quote;

use super::rebalance::target;
use crate::error::PlimsollError;
use crate::events::Deleveraged;
use crate::state::{InsuranceFund, LiquidityPool, Market, RiskBoard};

#[derive(Accounts)]
pub struct Deleverage {
    #[account(mut)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
    #[account(constraint = pool.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount)]
    pub pool: Account<LiquidityPool>,
    #[account(mut, constraint = fund.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount)]
    pub fund: Account<InsuranceFund>,
}

impl Deleverage {
    /// Makes a market solvent that owes its traders more than its capital; anyone may. What
    /// is missing comes from the market's insurance, then from the shared fund within the
    /// market's limit, then from the side in profit: its traders give up the rest, each in
    /// proportion to his size, through a charge on the side's mark. If nothing is missing,
    /// nothing happens. The pool's free capital must have been rebalanced to the market
    /// first, and the price must be good enough to liquidate by.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let target = target(&self.pool, &self.market)?;
        let is_short = self.market.capital < target.0 && self.pool.unallocated > 0;
        require!(!is_short, PlimsollError::RebalanceFirst);
        let asset = self.market.asset;
        let row = self.risk_board.row_mut(asset)?;
        policy::check(&row.price_state(now), &row.price_limits(), Action::Liquidate)
            .map_err(PlimsollError::from)?;
        let (market, marks) = (&mut *self.market, row.perp_marks());
        let interest = market.open_interest();
        let missing = deficit(&interest, &marks, market.terms.skew_scale, Quote(market.capital));
        let missing = missing.map_err(PlimsollError::from)?;
        if missing == Quote::ZERO {
            return Ok(());
        }
        let from_insurance = missing.min(Quote(market.insurance));
        market.insurance = Quote(market.insurance).minus(from_insurance).map_err(PlimsollError::from)?.0;
        market.capital = Quote(market.capital).plus(from_insurance).map_err(PlimsollError::from)?.0;
        let missing = missing.minus(from_insurance).map_err(PlimsollError::from)?;
        let from_fund = market.draw(missing, Quote(self.fund.balance), now)?;
        self.fund.pay(from_fund)?;
        let missing = missing.minus(from_fund).map_err(PlimsollError::from)?;
        let cut = haircut(&interest, &marks, missing).map_err(PlimsollError::from)?;
        market.charge(&cut)?;
        row.settle_marks(market)?;
        emit!(Deleveraged {
            market: *self.market.address(),
            from_insurance: from_insurance.0,
            from_fund: from_fund.0,
            from_traders: missing.0,
            haircut_long: self.market.haircut_long,
            haircut_short: self.market.haircut_short,
            capital_after: self.market.capital,
            asset: asset as u64,
        });
        Ok(())
    }
}
