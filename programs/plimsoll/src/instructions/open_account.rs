// Anchor passes instruction arguments to checks that do not use them.
#![allow(unused_variables)]

use anchor_lang::prelude::*;

use crate::events::AccountOpened;
use crate::guard::GuardedMarginAccount;
use crate::seeds;
use crate::state::Clearinghouse;

#[derive(Accounts)]
#[instruction(sub_account: u16)]
pub struct OpenAccount {
    #[account(mut)]
    pub owner: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(
        init, payer = owner,
        seeds = [
            seeds::MARGIN_ACCOUNT, clearinghouse.address().as_ref(), owner.address().as_ref(),
            &sub_account.to_le_bytes(),
        ],
        bump,
    )]
    pub account: GuardedMarginAccount,
    pub system_program: Program<System>,
}

impl OpenAccount {
    /// Opens a margin account; an owner may have 65,536 in a clearinghouse. It may be isolated
    /// to the market of one asset (zero: it is not): its losses end where it ends.
    pub fn run(&mut self, sub_account: u16, isolated_asset: u8) -> Result<()> {
        let owner = *self.owner.address();
        self.account.guard().initialise(*self.clearinghouse.address(), owner, sub_account, isolated_asset);
        emit!(AccountOpened {
            account: *self.account.account().address(),
            owner,
            sub_account: sub_account as u32,
            isolated_asset: isolated_asset as u32,
        });
        Ok(())
    }
}
