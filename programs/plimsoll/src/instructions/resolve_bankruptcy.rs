use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::BankruptcyResolved;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, InsuranceFund, RiskBoard};

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
    /// Strikes out what an account owes in one bank's token and can't pay; see
    /// [`resolve_bankruptcy`](actions::resolve_bankruptcy). Anyone may call it.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (account, board) = (self.account.guard(), &mut *self.risk_board);
        let forgiven = actions::resolve_bankruptcy(account, board, &mut self.bank, &mut self.fund, now)?;
        emit!(BankruptcyResolved {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            owed: forgiven.owed.magnitude(),
            from_fund: forgiven.from_fund.magnitude(),
            supply_index_after: self.bank.supply_index,
        });
        Ok(())
    }
}
