use anchor_lang::prelude::*;
use anchor_spl::Mint;

use super::outflow::explained;
use crate::actions;
use crate::error::PlimsollError;
use crate::events::Withdrawn;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, OutflowWindow, RiskBoard};
use crate::tokens::Payment;

#[derive(Accounts)]
pub struct Withdraw {
    #[account(address = account.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = window.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub window: Account<OutflowWindow>,
    #[account(
        mut, constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: any token account of this mint, as the owner signed.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Withdraw {
    /// Withdraws `amount` native units to a token account of the owner's choice; see
    /// [`withdraw`](actions::withdraw).
    pub fn run(&mut self, amount: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, window, bank) = (&*self.risk_board, &mut *self.window, &mut *self.bank);
        let shares = actions::withdraw(self.account.guard(), board, window, bank, amount, now)
            .map_err(|error| explained(error, &self.bank, &self.window, &self.risk_board, amount, now))?;

        emit!(Withdrawn {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            amount,
            shares_after: shares.0,
            cash_after: self.account.cash,
        });
        Payment {
            token_program: self.token_program.address(),
            bank: &self.bank,
            vault: &mut self.vault,
            mint: &self.mint,
            destination: &mut self.destination,
            amount,
        }
        .make()
    }
}
