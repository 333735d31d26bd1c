use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::AccountClosed;
use crate::guard::GuardedMarginAccount;

#[derive(Accounts)]
pub struct CloseAccount {
    #[account(mut, address = account.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut, close = owner)]
    pub account: GuardedMarginAccount,
}

impl CloseAccount {
    /// Closes an account that holds nothing; its rent goes back to the owner.
    pub fn run(&mut self) -> Result<()> {
        require!(self.account.is_empty(), PlimsollError::AccountNotEmpty);
        emit!(AccountClosed { account: *self.account.account().address(), owner: self.account.owner });
        Ok(())
    }
}
