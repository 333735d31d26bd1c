use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::AuctionStarted;
use crate::guard::GuardedMarginAccount;
use crate::state::RiskBoard;

#[derive(Accounts)]
pub struct StartAuction {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
}

impl StartAuction {
    /// Puts an account up for auction; anyone may, once it has been known to be below
    /// maintenance for the board's delay. A running auction goes on as it is; it ends when
    /// the account is won, or found recovered. Liquidations go on meanwhile.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let standing = self.account.guard().put_up(&self.risk_board, now)?;
        emit!(AuctionStarted {
            account: *self.account.account().address(),
            equity: standing.health.equity.0,
            maintenance: standing.health.maintenance.0,
            sunk_at: standing.sunk_at,
            auction_at: standing.auction_at,
        });
        Ok(())
    }
}
