use anchor_lang::prelude::*;
use plimsoll_risk::liquidation;
use plimsoll_risk::loss::LossSplit;
use plimsoll_risk::{Quantity, Quote};

use super::loss::bear_loss;
use crate::error::PlimsollError;
use crate::events::Liquidated;
use crate::guard::{Book, Change, GuardedMarginAccount};
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

/// What a liquidation did.
struct Outcome {
    plan: liquidation::Liquidation,
    bounty: Quote,
    loss: LossSplit,
    maintenance_before: Quote,
    maintenance_after: Quote,
    cash: Quote,
}

impl Liquidate {
    /// Liquidates an account's position in one market. Anyone may call it; price, size and
    /// penalty are the program's, and so is the order: of the positions whose price allows it,
    /// the one with the largest maintenance requirement comes first. Moves no tokens.
    ///
    /// Closes just enough to bring the margin ratio back to the board's target, at the
    /// market's own terms, and takes the penalty: the bounty, which rises with depth and with
    /// the time since the account was first found under water, goes to the keeper's account,
    /// the rest to the market's insurance. What the account can't pay of the loss is borne by
    /// this market: see `bear_loss`. If the account is not below maintenance, or has no
    /// position in this market any more, nothing happens: a lost race is not an error.
    pub fn run(&mut self) -> Result<()> {
        if self.account.position(self.market.asset).size == Quantity::ZERO {
            return Ok(());
        }
        let now = Clock::get()?.unix_timestamp;
        let (board, market) = (&*self.risk_board, &mut *self.market);
        let outcome = self.account.guarded(board, now, Change::liquidating(market.asset), |book| {
            close(book, market, board.liquidation_target, now)
        })?;
        let Some(o) = outcome else { return Ok(()) };
        self.keeper_account.credit_cash(o.bounty)?;

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

fn close(book: &mut Book, market: &mut Market, target: u32, now: i64) -> Result<Option<Outcome>> {
    let asset = market.asset;
    let maintenance_before = book.before().maintenance;
    let row = book.row(asset)?;
    if maintenance_before.0 >= 0 {
        return Ok(None);
    }
    require!(book.first_in_line() == asset, PlimsollError::NotFirstInLine);
    market.accrue_funding(now)?;
    let (terms, bounty_terms) = (market.liquidation_terms(row, target)?, market.bounty_terms(row));
    let sunk_seconds = book.sunk_seconds();
    let Some((before, plan)) = book.liquidate(asset, &terms)? else { return Ok(None) };

    let split = bounty_terms.split(plan.penalty, book.before(), sunk_seconds);
    let (bounty, to_insurance) = split.map_err(PlimsollError::from)?;
    market.replace_position(&before, &plan.position)?;
    market.pay(plan.realised)?;
    market.collect(to_insurance, to_insurance, Quote::ZERO)?;
    let loss = bear_loss(book, market, plan.realised)?;
    Ok(Some(Outcome {
        plan,
        bounty,
        loss,
        maintenance_before,
        maintenance_after: book.health().maintenance,
        cash: book.cash(),
    }))
}
