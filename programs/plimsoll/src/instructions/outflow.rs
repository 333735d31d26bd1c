//! Tokens leave a vault within two windows.

use anchor_lang::prelude::*;
use plimsoll_risk::outflow::{after_outflow, check};
use plimsoll_risk::{Quantity, Quote};

use crate::error::PlimsollError;
use crate::events::OutflowRefused;
use crate::state::{Bank, OutflowWindow, RiskBoard};

/// Lets `amount` leave a bank, if its window and the clearinghouse's have room for it. If they
/// have not, an event says what would fit and when the rest will: it stays in the log of the
/// transaction that fails.
#[inline(never)]
pub(super) fn release(
    bank: &mut Account<Bank>,
    window: &mut OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> Result<()> {
    let (value, limits) = (value_ceil(board, bank.asset, amount)?, bank.outflow_limits(board.outflow_max));
    match check(bank.outflow(), window.outflow(), amount, value, now, &limits) {
        Ok((left, total)) => {
            bank.set_outflow(left);
            window.set_outflow(total);
            Ok(bank.pay_out(amount)?)
        }
        Err(refused) => {
            emit!(OutflowRefused {
                bank: *bank.address(),
                asked: amount,
                room: refused.room,
                open_at: refused.open_at.unwrap_or(i64::MAX),
            });
            Err(PlimsollError::OutflowLimit.into())
        }
    }
}

/// Lets `amount` leave a bank and counts it, however much has left before: a liquidation does
/// not wait.
#[inline(never)]
pub(super) fn release_now(
    bank: &mut Bank,
    window: &mut OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> Result<()> {
    let value = value_ceil(board, bank.asset, amount)?;
    let (left, total) = after_outflow(bank.outflow(), window.outflow(), amount, value, now);
    bank.set_outflow(left);
    window.set_outflow(total);
    Ok(bank.pay_out(amount)?)
}

/// Micro-USD at the higher of oracle and slow price, however old they are.
#[inline(never)]
fn value_ceil(board: &RiskBoard, asset: u8, amount: u64) -> Result<u64> {
    let prices = board.row(asset)?.prices();
    let quantity = Quantity::from_magnitude(amount).map_err(PlimsollError::from)?;
    let value = prices.oracle.max(prices.slow).value_ceil(quantity);
    Ok(value.unwrap_or(Quote(i64::MAX)).magnitude())
}
