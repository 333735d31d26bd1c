//! Why tokens may not leave a vault now.

use anchor_lang::prelude::*;

use crate::actions::outflow::refusal;
use crate::error::PlimsollError;
use crate::events::OutflowRefused;
use crate::state::{Bank, OutflowWindow, RiskBoard};

/// Passes an error on. If `amount` was more than a window has room for, an event says what would
/// fit and when the rest will: it stays in the log of the transaction that fails.
#[cold]
#[inline(never)]
pub(super) fn explained(
    error: PlimsollError,
    bank: &Account<Bank>,
    window: &OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> PlimsollError {
    if error == PlimsollError::OutflowLimit {
        if let Ok(Some(refused)) = refusal(bank, window, board, amount, now) {
            emit!(OutflowRefused {
                bank: *bank.address(),
                asked: amount,
                room: refused.room,
                open_at: refused.open_at.unwrap_or(i64::MAX),
            });
        }
    }
    error
}
