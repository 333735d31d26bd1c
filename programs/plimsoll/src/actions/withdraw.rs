use plimsoll_risk::Quantity;

use super::outflow::release;
use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::MarginGuard;
use crate::state::{groups, Bank, OutflowWindow, RiskBoard};

/// Withdraws `amount` native units; what goes beyond the balance is borrowed. An account that
/// owes nothing before and after, and has no position, needs no price; any other must stay
/// above initial margin at fresh prices, unrealised profit not counted. Bank and clearinghouse
/// let only so much go at a time; see [`plimsoll_risk::outflow`]. Returns the account's shares
/// afterwards.
///
/// # Errors
/// [`ZeroAmount`](PlimsollError::ZeroAmount), [`Paused`](PlimsollError::Paused), what the price
/// policy, the margin rule and the bank's caps refuse, and
/// [`OutflowLimit`](PlimsollError::OutflowLimit).
#[inline(always)]
pub fn withdraw(
    mut account: MarginGuard,
    board: &RiskBoard,
    window: &mut OutflowWindow,
    bank: &mut Bank,
    amount: u64,
    now: i64,
) -> Result<Quantity> {
    require(amount > 0, PlimsollError::ZeroAmount)?;
    let quantity = Quantity::from_magnitude(amount)?;
    board.check_open(bank.asset, groups::WITHDRAW, now)?;
    bank.accrue(now)?;
    let shares = account.debit(board, bank, now, quantity)?;
    release(bank, window, board, amount, now)?;
    Ok(shares)
}
