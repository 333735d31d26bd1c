use anchor_lang::prelude::*;

use crate::actions;
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
    /// Makes a market solvent that owes its traders more than its capital; see
    /// [`deleverage`](actions::deleverage). Anyone may call it. If nothing is missing, nothing
    /// happens.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, market) = (&mut *self.risk_board, &mut *self.market);
        let relief = actions::deleverage(board, market, &self.pool, &mut self.fund, now)?;
        let Some(relief) = relief else { return Ok(()) };
        emit!(Deleveraged {
            market: *self.market.address(),
            from_insurance: relief.from_insurance.0,
            from_fund: relief.from_fund.0,
            from_traders: relief.from_traders.0,
            haircut_long: self.market.haircut_long,
            haircut_short: self.market.haircut_short,
            capital_after: self.market.capital,
            asset: self.market.asset as u64,
        });
        Ok(())
    }
}
