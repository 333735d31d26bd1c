use anchor_lang::prelude::*;

use super::debt::repay;
use crate::error::PlimsollError;
use crate::events::DebtLiquidated;
use crate::guard::{Change, GuardedMarginAccount};
use crate::state::{Bank, Purpose, RiskBoard};

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
    /// keeper's margin account: at oracle prices plus the collateral's bonus, just enough to
    /// bring the account back to the board's target, at most `repaid_max` native units of
    /// the debt. Moves no tokens. The keeper must be above initial margin afterwards. If the
    /// account is not below maintenance, or has nothing of the one or the other any more,
    /// nothing happens: a lost race is not an error.
    pub fn run(&mut self, repaid_max: u64) -> Result<()> {
        let owed = self.account.native_units(&self.debt_bank)?;
        let held = self.account.native_units(&self.asset_bank)?;
        if owed.0 >= 0 || held.0 <= 0 {
            return Ok(());
        }
        let now = Clock::get()?.unix_timestamp;
        self.debt_bank.accrue(now)?;
        self.asset_bank.accrue(now)?;
        let board = &*self.risk_board;
        let (debt_bank, asset_bank) = (&mut *self.debt_bank, &mut *self.asset_bank);
        let what = Change::liquidating(debt_bank.asset);
        let plan = self.account.guarded(board, now, what, |book| {
            repay(book, debt_bank, asset_bank, repaid_max, board.liquidation_target)
        })?;
        let Some(plan) = plan else { return Ok(()) };
        let paid = plan.repaid.negated().map_err(PlimsollError::from)?;
        self.keeper_account.guarded(board, now, Change::increasing(debt_bank.asset), |book| {
            book.move_tokens(debt_bank, paid, Purpose::Rescue)?;
            book.move_tokens(asset_bank, plan.seized, Purpose::Rescue)
        })?;
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
