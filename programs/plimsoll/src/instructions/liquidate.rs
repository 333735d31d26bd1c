use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::Liquidated;
use crate::guard::GuardedMarginAccount;
use crate::state::{Market, RiskBoard};

#[derive(Accounts)]
pub struct Liquidate {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    /// Receives the bounty; nobody has to sign for that.
    #[account(mut, constraint = keeper_account.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub keeper_account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

impl Liquidate {
    /// Liquidates an account's position in one market; see [`liquidate`](actions::liquidate).
    /// Anyone may call it. Moves no tokens.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (account, keeper) = (self.account.guard(), self.keeper_account.guard());
        let closing = actions::liquidate(account, keeper, &self.risk_board, &mut self.market, now)?;
        let Some(o) = closing else { return Ok(()) };

        emit!(Liquidated {
            account: *self.account.account().address(),
            keeper_account: *self.keeper_account.account().address(),
            market: *self.market.address(),
            oracle_price: self.risk_board.row(self.market.asset)?.price,
            size: o.plan.delta.0,
            cost: o.plan.cost.0,
            realised: o.plan.realised.0,
            penalty: o.plan.penalty.0,
            bounty: o.bounty.0,
            maintenance_before: o.maintenance_before.0,
            maintenance_after: o.maintenance_after.0,
            size_after: o.plan.position.size.0,
            entry_after: o.plan.position.entry.0,
            cash_after: o.cash.0,
            loss_to_insurance: o.loss.from_insurance.0,
            loss_to_capital: o.loss.from_capital.0,
        });
        Ok(())
    }
}
