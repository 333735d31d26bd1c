use plimsoll_risk::{Quantity, Quote};

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{Change, MarginGuard};
use crate::state::{Bank, Purpose, RiskBoard, SETTLEMENT_ASSET};

/// Moves the cash that an account owes into the settlement bank: what its positions have
/// lost is taken from its deposit, and beyond that becomes a debt that bears interest. The
/// account's health stays what it is. Returns the cash moved, negative.
///
/// # Errors
/// [`NothingToSettle`](PlimsollError::NothingToSettle) if no cash is owed.
#[inline(always)]
pub fn bank_cash(mut account: MarginGuard, board: &RiskBoard, bank: &mut Bank, now: i64) -> Result<Quote> {
    let moved = account.cash;
    require(moved < 0, PlimsollError::NothingToSettle)?;
    bank.accrue(now)?;
    account.guarded(board, now, Change::moving(SETTLEMENT_ASSET), |book| {
        book.move_tokens(bank, Quantity::ZERO, Purpose::Rescue)
    })?;
    Ok(Quote(moved))
}
