//! Tokens leave a vault within two windows.

use plimsoll_risk::outflow::{after_outflow, check, BankOutflow, Refused, TotalOutflow};
use plimsoll_risk::{Quantity, Quote};

use super::Result;
use crate::error::PlimsollError;
use crate::state::{Bank, OutflowWindow, RiskBoard};

/// Lets `amount` native units leave a bank, if its window and the clearinghouse's have room for
/// them.
///
/// # Errors
/// [`OutflowLimit`](PlimsollError::OutflowLimit) if they have not, which [`refusal`] then
/// explains; [`InsufficientVault`](PlimsollError::InsufficientVault).
#[inline(never)]
pub fn release(
    bank: &mut Bank,
    window: &mut OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> Result<()> {
    let (left, total) =
        counted(bank, window, board, amount, now)?.map_err(|_| PlimsollError::OutflowLimit)?;
    bank.set_outflow(left);
    window.set_outflow(total);
    bank.pay_out(amount)
}

/// What fits instead of `amount`, or when it does, after [`release`] has refused it; `None` if
/// it fits.
///
/// # Errors
/// [`AssetNotOnBoard`](PlimsollError::AssetNotOnBoard).
#[inline(never)]
pub fn refusal(
    bank: &Bank,
    window: &OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> Result<Option<Refused>> {
    Ok(counted(bank, window, board, amount, now)?.err())
}

/// Both windows after `amount`, or why there is no room for it.
#[inline(always)]
fn counted(
    bank: &Bank,
    window: &OutflowWindow,
    board: &RiskBoard,
    amount: u64,
    now: i64,
) -> Result<core::result::Result<(BankOutflow, TotalOutflow), Refused>> {
    let (value, limits) = (value_ceil(board, bank.asset, amount)?, bank.outflow_limits(board.outflow_max));
    Ok(check(bank.outflow(), window.outflow(), amount, value, now, &limits))
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
    bank.pay_out(amount)
}

/// Micro-USD at the higher of oracle and slow price, however old they are.
#[inline(never)]
fn value_ceil(board: &RiskBoard, asset: u8, amount: u64) -> Result<u64> {
    let prices = board.row(asset)?.prices();
    let quantity = Quantity::from_magnitude(amount)?;
    let value = prices.oracle.max(prices.slow).value_ceil(quantity);
    Ok(value.unwrap_or(Quote(i64::MAX)).magnitude())
}
