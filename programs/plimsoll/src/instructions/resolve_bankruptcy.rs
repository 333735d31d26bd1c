use anchor_lang::prelude::*;
use plimsoll_risk::Quote;

use crate::error::PlimsollError;
use crate::events::BankruptcyResolved;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, InsuranceFund, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct ResolveBankruptcy {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(mut, constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub bank: Account<Bank>,
    #[account(mut, constraint = fund.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub fund: Account<InsuranceFund>,
}

impl ResolveBankruptcy {
    /// Strikes out what an account owes in one bank's token and can't pay; anyone may, once it
    /// has no position and nothing of worth. The loss is borne by the shared insurance fund
    /// (settlement tokens only: it holds no others), then by the bank's reserve, then by the
    /// bank's lenders, each in proportion to his deposit.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        self.bank.accrue(now)?;
        let owed = self.account.forgive(&self.risk_board, &mut self.bank)?;
        let from_fund = match self.bank.asset {
            SETTLEMENT_ASSET => Quote(owed.0).min(Quote(self.fund.balance)),
            _ => Quote::ZERO,
        };
        self.fund.pay(from_fund)?;
        let lost = owed.magnitude() - from_fund.magnitude();
        let (ledger, uncovered) = self.bank.ledger().socialised(lost).map_err(PlimsollError::from)?;
        require!(uncovered == 0, PlimsollError::LossNotCovered);
        self.bank.set_ledger(&ledger);
        self.bank.losses = self.bank.losses.checked_add(lost).ok_or(PlimsollError::Overflow)?;
        let asset = self.bank.asset;
        self.risk_board.row_mut(asset)?.settle_bank(&self.bank, &ledger, now)?;
        emit!(BankruptcyResolved {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            owed: owed.magnitude(),
            from_fund: from_fund.magnitude(),
            supply_index_after: self.bank.supply_index,
        });
        Ok(())
    }
}
