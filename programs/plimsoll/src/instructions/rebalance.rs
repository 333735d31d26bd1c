use anchor_lang::prelude::*;

use crate::actions;
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

impl Rebalance {
    /// Moves a market's capital towards its share of the pool; see
    /// [`rebalance`](actions::rebalance). Anyone may call it; the amounts are the program's.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let moved = actions::rebalance(&mut self.pool, &self.risk_board, &mut self.market, now)?;
        emit!(CapitalRebalanced {
            pool: *self.pool.address(),
            market: *self.market.address(),
            moved: moved.0,
            capital_after: self.market.capital,
            unallocated_after: self.pool.unallocated,
        });
        Ok(())
    }
}
