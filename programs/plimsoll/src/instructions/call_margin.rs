use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::StockTaken;
use crate::guard::GuardedMarginAccount;
use crate::state::RiskBoard;

#[derive(Accounts)]
pub struct CallMargin {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
}

impl CallMargin {
    /// Takes stock of an account; anyone may. Below the margin call line a margin call is
    /// raised, with its time; below maintenance the time at which that was first found is
    /// recorded, from which bounties rise and auctions count. Neither is renewed while it
    /// lasts, and both are cleared once the account has recovered. Needs prices that are
    /// good enough to liquidate by.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let standing = self.account.guard().take_stock(&self.risk_board, now)?;
        emit!(StockTaken {
            account: *self.account.account().address(),
            equity: standing.health.equity.0,
            maintenance: standing.health.maintenance.0,
            called_at: standing.called_at,
            sunk_at: standing.sunk_at,
            auction_at: standing.auction_at,
        });
        Ok(())
    }
}
