use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;
use anchor_spl::Mint;

use super::start_receivership::check_top_level;
use crate::error::PlimsollError;
use crate::events::ReceivershipEnded;
use crate::state::Bank;
use crate::tokens::Transfer;

#[derive(Accounts)]
pub struct EndReceivership {
    pub keeper: Signer,
    #[account(mut)]
    pub debt_bank: Account<Bank>,
    #[account(address = debt_bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the keeper's account of this mint.
    #[account(mut)]
    pub keeper_tokens: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = debt_bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl EndReceivership {
    /// Brings the tokens that `start_receivership` has booked as repaid.
    pub fn run(&mut self) -> Result<()> {
        check_top_level(self.instructions.account())?;
        let amount = self.debt_bank.in_flight;
        require!(amount > 0, PlimsollError::ReceivershipMissing);
        self.debt_bank.in_flight = 0;
        self.debt_bank.take_in(amount)?;
        emit!(ReceivershipEnded { bank: *self.debt_bank.address(), keeper: *self.keeper.address(), amount });
        Transfer {
            token_program: self.token_program.address(),
            from: self.keeper_tokens.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.vault.try_cpi_handle_mut()?.into(),
            authority: self.keeper.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[]);
        Ok(())
    }
}
