use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::Transferred;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, RiskBoard};

#[derive(Accounts)]
pub struct TransferBetween {
    #[account(address = from.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub from: GuardedMarginAccount,
    #[account(
        mut,
        constraint = to.owner == from.owner @ PlimsollError::NotSameOwner,
        constraint = to.clearinghouse == from.clearinghouse @ PlimsollError::ForeignAccount,
    )]
    pub to: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == from.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == from.clearinghouse @ PlimsollError::ForeignAccount)]
    pub bank: Account<Bank>,
}

impl TransferBetween {
    /// Moves `amount` native units of the bank's token between two accounts of one owner; see
    /// [`transfer`](actions::transfer).
    pub fn run(&mut self, amount: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (from, to) = (self.from.guard(), self.to.guard());
        let moved = actions::transfer(from, to, &self.risk_board, &mut self.bank, amount, now)?;
        emit!(Transferred {
            from: *self.from.account().address(),
            to: *self.to.account().address(),
            amount,
            asset: self.bank.asset as u64,
            from_shares_after: moved.from_shares.0,
            from_cash_after: self.from.cash,
            to_shares_after: moved.to_shares.0,
            to_cash_after: self.to.cash,
        });
        Ok(())
    }
}
