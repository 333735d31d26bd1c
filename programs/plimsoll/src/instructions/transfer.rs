use anchor_lang::prelude::*;
use plimsoll_risk::Quantity;

use crate::error::PlimsollError;
use crate::events::Transferred;
use crate::guard::GuardedMarginAccount;
use crate::state::RiskBoard;

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
}

impl TransferBetween {
    /// Moves `amount` native units of `asset` between two accounts of one owner, under
    /// the same conditions as a withdrawal from the first.
    pub fn run(&mut self, asset: u8, amount: u64) -> Result<()> {
        require!(amount > 0, PlimsollError::ZeroAmount);
        let now = Clock::get()?.unix_timestamp;
        let quantity = Quantity::from_magnitude(amount).map_err(PlimsollError::from)?;
        self.from.debit(&self.risk_board, now, asset, quantity)?;
        self.to.credit(asset, quantity)?;
        emit!(Transferred {
            from: *self.from.account().address(),
            to: *self.to.account().address(),
            amount,
            asset: asset as u64,
            from_balance_after: self.from.balance(asset).0,
            to_balance_after: self.to.balance(asset).0,
        });
        Ok(())
    }
}
