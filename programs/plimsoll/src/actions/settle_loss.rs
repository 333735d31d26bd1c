use plimsoll_risk::{Position, Quote};

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{Book, Change, MarginGuard};
use crate::state::{Market, RiskBoard};

/// A loss that became cash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The position afterwards.
    pub position: Position,
    /// The account's cash afterwards, micro-USD.
    pub cash: Quote,
    /// Micro-USD, positive.
    pub loss: Quote,
}

/// Realises the loss of an open position, so that the market can pay those in profit, while
/// the market's capital does not cover the profits of both sides. The position, and the
/// account's health, stay what they are: the loss moves from the position's entry to cash. An
/// account below maintenance is liquidated instead.
///
/// # Errors
/// [`LiquidateInstead`](PlimsollError::LiquidateInstead),
/// [`NothingToSettle`](PlimsollError::NothingToSettle), and what the price policy refuses.
#[inline(always)]
pub fn settle_loss(
    mut account: MarginGuard,
    board: &RiskBoard,
    market: &mut Market,
    now: i64,
) -> Result<Settlement> {
    market.accrue_funding(now)?;
    let asset = market.asset;
    account.guarded(board, now, Change::moving(asset), |book| settle(book, market, asset))
}

fn settle(book: &mut Book, market: &mut Market, asset: u8) -> Result<Settlement> {
    require(book.before().maintenance.0 >= 0, PlimsollError::LiquidateInstead)?;
    let row = book.row(asset)?;
    let marks = row.perp_marks();
    let (long, short) = market.open_interest().sides_pnl_floor(&marks)?;
    let profits = long.or_zero().plus(short.or_zero())?;
    require(profits.0 > market.capital, PlimsollError::NothingToSettle)?;

    let before = book.position(asset);
    let value = marks.of(before.size).value_floor(before.size)?;
    let pnl = value.minus(before.entry)?;
    require(pnl.0 < 0, PlimsollError::NothingToSettle)?;
    let after = Position { entry: value, ..before };
    market.replace_position(&before, &after)?;
    market.pay(pnl)?;
    book.replace_position(asset, after, &row.perp_risk())?;
    book.settle(pnl)?;
    Ok(Settlement { position: after, cash: book.cash(), loss: pnl.negated()? })
}
