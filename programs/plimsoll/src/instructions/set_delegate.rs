use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::DelegateSet;
use crate::guard::GuardedMarginAccount;

#[derive(Accounts)]
pub struct SetDelegate {
    #[account(address = account.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
}

impl SetDelegate {
    /// Names the key that may trade (and only trade) for the owner; zero removes it.
    pub fn run(&mut self, delegate: Address) -> Result<()> {
        self.account.guard().set_delegate(delegate);
        emit!(DelegateSet { account: *self.account.account().address(), delegate });
        Ok(())
    }
}
