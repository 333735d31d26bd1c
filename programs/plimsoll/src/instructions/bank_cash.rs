use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::CashBanked;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct BankCash {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut,
        constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
}

impl BankCash {
    /// Moves the cash that an account owes into the settlement bank; see
    /// [`bank_cash`](actions::bank_cash). Anyone may call it.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let moved = actions::bank_cash(self.account.guard(), &self.risk_board, &mut self.bank, now)?;
        emit!(CashBanked {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            moved: moved.0,
            shares_after: self.account.shares(SETTLEMENT_ASSET).0,
        });
        Ok(())
    }
}
