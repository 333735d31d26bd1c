use plimsoll_risk::Quantity;

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::MarginGuard;
use crate::state::{groups, Bank, Purpose, RiskBoard, SETTLEMENT_ASSET};

/// Deposits `amount` native units: what the account owes of this token is repaid, the
/// rest is lent. Needs no price. The bank's cap holds for the rest, except for settlement
/// tokens that top up an account with positions or debt; a pause for deposits to an
/// account that has neither. Returns the account's shares afterwards.
///
/// # Errors
/// [`ZeroAmount`](PlimsollError::ZeroAmount), [`NotLaunched`](PlimsollError::NotLaunched),
/// [`Paused`](PlimsollError::Paused), [`DepositCap`](PlimsollError::DepositCap),
/// [`TokenSlotsFull`](PlimsollError::TokenSlotsFull).
#[inline(always)]
pub fn deposit(
    mut account: MarginGuard,
    board: &RiskBoard,
    bank: &mut Bank,
    amount: u64,
    now: i64,
) -> Result<Quantity> {
    require(amount > 0, PlimsollError::ZeroAmount)?;
    let asset = bank.asset;
    let tops_up = !account.is_unencumbered();
    if !tops_up {
        require(board.is_launched == 1, PlimsollError::NotLaunched)?;
        board.check_open(asset, groups::DEPOSIT, now)?;
    }
    let is_rescue = asset == SETTLEMENT_ASSET && tops_up;
    let purpose = if is_rescue { Purpose::Rescue } else { Purpose::Deposit };
    bank.accrue(now)?;
    bank.receive(amount, now)?;
    account.credit(bank, Quantity::from_magnitude(amount)?, purpose)
}
