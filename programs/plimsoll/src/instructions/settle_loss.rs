use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::LossSettled;
use crate::guard::GuardedMarginAccount;
use crate::state::{Market, RiskBoard};

#[derive(Accounts)]
pub struct SettleLoss {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

impl SettleLoss {
    /// Realises the loss of an open position, so that the market can pay those in profit; see
    /// [`settle_loss`](actions::settle_loss). Anyone may call it.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, market) = (&*self.risk_board, &mut *self.market);
        let settled = actions::settle_loss(self.account.guard(), board, market, now)?;
        emit!(LossSettled {
            account: *self.account.account().address(),
            market: *self.market.address(),
            loss: settled.loss.0,
            entry_after: settled.position.entry.0,
            cash_after: settled.cash.0,
        });
        Ok(())
    }
}
