use plimsoll_risk::liquidation::Liquidation;
use plimsoll_risk::loss::LossSplit;
use plimsoll_risk::{Quantity, Quote};

use super::loss::bear_loss;
use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{Book, Change, MarginGuard};
use crate::state::{Market, RiskBoard};

/// What a liquidation did, in micro-USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub plan: Liquidation,
    /// Part of the penalty that the keeper got.
    pub bounty: Quote,
    /// What the account could not pay, by who bore it.
    pub loss: LossSplit,
    pub maintenance_before: Quote,
    pub maintenance_after: Quote,
    /// The account's cash afterwards.
    pub cash: Quote,
}

/// Liquidates an account's position in one market. Price, size and penalty are the program's,
/// and so is the order: of the positions whose price allows it, the one with the largest
/// maintenance requirement comes first.
///
/// Closes just enough to bring the margin ratio back to the board's target, at the
/// market's own terms, and takes the penalty: the bounty, which rises with depth and with
/// the time since the account was first found under water, goes to the keeper's account,
/// the rest to the market's insurance. What the account can't pay of the loss is borne by
/// this market: see `bear_loss`. If the account is not below maintenance, or has no
/// position in this market any more, nothing happens: a lost race is not an error.
///
/// # Errors
/// [`NotFirstInLine`](PlimsollError::NotFirstInLine), and what the price policy refuses.
#[inline(always)]
pub fn liquidate(
    mut account: MarginGuard,
    mut keeper: MarginGuard,
    board: &RiskBoard,
    market: &mut Market,
    now: i64,
) -> Result<Option<Closing>> {
    if account.position(market.asset).size == Quantity::ZERO {
        return Ok(None);
    }
    let closing = account.guarded(board, now, Change::liquidating(market.asset), |book| {
        close(book, market, board.liquidation_target, now)
    })?;
    if let Some(closing) = &closing {
        keeper.credit_cash(closing.bounty)?;
    }
    Ok(closing)
}

fn close(book: &mut Book, market: &mut Market, target: u32, now: i64) -> Result<Option<Closing>> {
    let asset = market.asset;
    let maintenance_before = book.before().maintenance;
    let row = book.row(asset)?;
    if maintenance_before.0 >= 0 {
        return Ok(None);
    }
    require(book.first_in_line() == asset, PlimsollError::NotFirstInLine)?;
    market.accrue_funding(now)?;
    let (terms, bounty_terms) = (market.liquidation_terms(row, target)?, market.bounty_terms(row));
    let sunk_seconds = book.sunk_seconds();
    let Some((before, plan)) = book.liquidate(asset, &terms)? else { return Ok(None) };

    let (bounty, to_insurance) = bounty_terms.split(plan.penalty, book.before(), sunk_seconds)?;
    market.replace_position(&before, &plan.position)?;
    market.pay(plan.realised)?;
    market.collect(to_insurance, to_insurance, Quote::ZERO)?;
    let loss = bear_loss(book, market, plan.realised)?;
    Ok(Some(Closing {
        plan,
        bounty,
        loss,
        maintenance_before,
        maintenance_after: book.health().maintenance,
        cash: book.cash(),
    }))
}
