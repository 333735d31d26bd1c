use anchor_lang::prelude::*;
use plimsoll_risk::Quantity;

use crate::error::PlimsollError;
use crate::events::Transferred;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, Purpose, RiskBoard};

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
    /// Moves `amount` native units of the bank's token between two accounts of one owner,
    /// under the same conditions as a withdrawal from the first.
    pub fn run(&mut self, amount: u64) -> Result<()> {
        require!(amount > 0, PlimsollError::ZeroAmount);
        let now = Clock::get()?.unix_timestamp;
        let quantity = Quantity::from_magnitude(amount).map_err(PlimsollError::from)?;
        let asset = self.bank.asset;
        self.bank.accrue(now)?;
        let from_shares = self.from.debit(&self.risk_board, &mut self.bank, now, quantity)?;
        let to_shares = self.to.credit(&mut self.bank, quantity, Purpose::Rescue)?;
        emit!(Transferred {
            from: *self.from.account().address(),
            to: *self.to.account().address(),
            amount,
            asset: asset as u64,
            from_shares_after: from_shares.0,
            from_cash_after: self.from.cash,
            to_shares_after: to_shares.0,
            to_cash_after: self.to.cash,
        });
        Ok(())
    }
}
