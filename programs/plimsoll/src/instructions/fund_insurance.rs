use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::Quote;

use crate::error::PlimsollError;
use crate::events::InsuranceFunded;
use crate::state::{Bank, InsuranceFund, SETTLEMENT_ASSET};
use crate::tokens::Transfer;

#[derive(Accounts)]
pub struct FundInsurance {
    pub donor: Signer,
    #[account(mut)]
    pub fund: Account<InsuranceFund>,
    #[account(
        mut,
        constraint = bank.clearinghouse == fund.clearinghouse @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the donor's account of this mint.
    #[account(mut)]
    pub donor_tokens: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl FundInsurance {
    /// Gives `amount` of settlement tokens to the shared insurance fund. They don't come back.
    pub fn run(&mut self, amount: u64) -> Result<()> {
        require!(amount > 0, PlimsollError::ZeroAmount);
        self.bank.take_in(amount)?;
        self.fund.add(Quote::from_magnitude(amount).map_err(PlimsollError::from)?)?;
        emit!(InsuranceFunded {
            fund: *self.fund.address(),
            donor: *self.donor.address(),
            amount,
            fund_after: self.fund.balance,
        });
        Transfer {
            token_program: self.token_program.address(),
            from: self.donor_tokens.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.vault.try_cpi_handle_mut()?.into(),
            authority: self.donor.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[]);
        Ok(())
    }
}
