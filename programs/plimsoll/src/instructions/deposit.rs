use anchor_lang::prelude::*;
use anchor_spl::Mint;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::Deposited;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, RiskBoard};
use crate::tokens::Transfer;

#[derive(Accounts)]
pub struct Deposit {
    #[account(address = account.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the owner's account of this mint.
    #[account(mut)]
    pub owner_tokens: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Deposit {
    /// Deposits `amount` native units; see [`deposit`](actions::deposit).
    pub fn run(&mut self, amount: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, bank) = (&self.risk_board, &mut self.bank);
        let shares = actions::deposit(self.account.guard(), board, bank, amount, now)?;

        emit!(Deposited {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            amount,
            shares_after: shares.0,
            cash_after: self.account.cash,
        });
        Transfer {
            token_program: self.token_program.address(),
            from: self.owner_tokens.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.vault.try_cpi_handle_mut()?.into(),
            authority: self.owner.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[]);
        Ok(())
    }
}
