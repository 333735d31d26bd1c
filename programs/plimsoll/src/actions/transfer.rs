use plimsoll_risk::Quantity;

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::MarginGuard;
use crate::state::{Bank, Purpose, RiskBoard};

/// What a transfer left in the two accounts, in shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from_shares: Quantity,
    pub to_shares: Quantity,
}

/// Moves `amount` native units of the bank's token between two accounts of one owner,
/// under the same conditions as a withdrawal from the first.
///
/// # Errors
/// [`ZeroAmount`](PlimsollError::ZeroAmount), and what the price policy, the margin rule and the
/// bank's caps refuse.
#[inline(always)]
pub fn transfer(
    mut from: MarginGuard,
    mut to: MarginGuard,
    board: &RiskBoard,
    bank: &mut Bank,
    amount: u64,
    now: i64,
) -> Result<Moved> {
    require(amount > 0, PlimsollError::ZeroAmount)?;
    let quantity = Quantity::from_magnitude(amount)?;
    bank.accrue(now)?;
    let from_shares = from.debit(board, bank, now, quantity)?;
    let to_shares = to.credit(bank, quantity, Purpose::Rescue)?;
    Ok(Moved { from_shares, to_shares })
}
