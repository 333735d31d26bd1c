use anchor_lang::prelude::*;
use plimsoll_risk::Quantity;

use crate::error::PlimsollError;
use crate::events::CashBanked;
use crate::guard::{Change, GuardedMarginAccount};
use crate::state::{Bank, Purpose, RiskBoard, SETTLEMENT_ASSET};

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
    /// Moves the cash that an account owes into the settlement bank: what its positions have
    /// lost is taken from its deposit, and beyond that becomes a debt that bears interest.
    /// Anyone may call it; the account's health stays what it is.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let moved = self.account.cash;
        require!(moved < 0, PlimsollError::NothingToSettle);
        self.bank.accrue(now)?;
        let (board, bank) = (&*self.risk_board, &mut *self.bank);
        self.account.guarded(board, now, Change::moving(SETTLEMENT_ASSET), |book| {
            book.move_tokens(bank, Quantity::ZERO, Purpose::Rescue)
        })?;
        emit!(CashBanked {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            moved,
            shares_after: self.account.shares(SETTLEMENT_ASSET).0,
        });
        Ok(())
    }
}
