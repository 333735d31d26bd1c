use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::DebtLiquidated;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, RiskBoard};

#[derive(Accounts)]
pub struct LiquidateDebt {
    #[account(address = keeper_account.owner @ PlimsollError::NotOwner)]
    pub keeper: Signer,
    #[account(mut, constraint = keeper_account.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub keeper_account: GuardedMarginAccount,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    /// Of the token that is owed.
    #[account(mut, constraint = debt_bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub debt_bank: Account<Bank>,
    /// Of the token that is seized for it.
    #[account(mut, constraint = asset_bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub asset_bank: Account<Bank>,
}

impl LiquidateDebt {
    /// Takes over a debt of an account below maintenance, and collateral for it, into the
    /// keeper's margin account; see [`liquidate_debt`](actions::liquidate_debt). Moves no tokens.
    pub fn run(&mut self, repaid_max: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (account, keeper) = (self.account.guard(), self.keeper_account.guard());
        let (board, debt, asset) = (&*self.risk_board, &mut *self.debt_bank, &mut *self.asset_bank);
        let plan = actions::liquidate_debt(account, keeper, board, debt, asset, repaid_max, now)?;
        let Some(plan) = plan else { return Ok(()) };
        emit!(DebtLiquidated {
            account: *self.account.account().address(),
            keeper: *self.keeper_account.account().address(),
            debt_bank: *self.debt_bank.address(),
            asset_bank: *self.asset_bank.address(),
            repaid: plan.repaid.magnitude(),
            seized: plan.seized.magnitude(),
            debt_shares_after: self.account.shares(self.debt_bank.asset).0,
            asset_shares_after: self.account.shares(self.asset_bank.asset).0,
            cash_after: self.account.cash,
            keeper_debt_shares_after: self.keeper_account.shares(self.debt_bank.asset).0,
            keeper_asset_shares_after: self.keeper_account.shares(self.asset_bank.asset).0,
            keeper_cash_after: self.keeper_account.cash,
        });
        Ok(())
    }
}
