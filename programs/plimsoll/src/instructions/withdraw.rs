use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::Quantity;

use super::outflow::release;
use crate::error::PlimsollError;
use crate::events::Withdrawn;
use crate::guard::GuardedMarginAccount;
use crate::seeds;
use crate::state::{groups, Bank, OutflowWindow, RiskBoard};
use crate::tokens::Transfer;

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
    /// Withdraws `amount` native units to a token account of the owner's choice; what goes
    /// beyond the balance is borrowed. An account that owes nothing before and after, and
    /// has no position, needs no price; any other must stay above initial margin at fresh
    /// prices, unrealised profit not counted. Bank and clearinghouse let only so much go at a
    /// time; see [`plimsoll_risk::outflow`].
    pub fn run(&mut self, amount: u64) -> Result<()> {
        require!(amount > 0, PlimsollError::ZeroAmount);
        let now = Clock::get()?.unix_timestamp;
        let asset = self.bank.asset;
        let quantity = Quantity::from_magnitude(amount).map_err(PlimsollError::from)?;
        self.risk_board.check_open(asset, groups::WITHDRAW, now)?;
        self.bank.accrue(now)?;
        let shares = self.account.debit(&self.risk_board, &mut self.bank, now, quantity)?;
        release(&mut self.bank, &mut self.window, &self.risk_board, amount, now)?;

        emit!(Withdrawn {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            amount,
            shares_after: shares.0,
            cash_after: self.account.cash,
        });
        let (clearinghouse, mint) = (self.bank.clearinghouse, self.bank.mint);
        let bump = [self.bank.bump];
        Transfer {
            token_program: self.token_program.address(),
            from: self.vault.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.destination.try_cpi_handle_mut()?.into(),
            authority: self.bank.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[&[seeds::BANK, clearinghouse.as_ref(), mint.as_ref(), &bump]]);
        Ok(())
    }
}
