use plimsoll_risk::{Quantity, Quote};

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::MarginGuard;
use crate::state::{Bank, InsuranceFund, RiskBoard, SETTLEMENT_ASSET};

/// A debt that was struck out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgiven {
    /// Native units.
    pub owed: Quantity,
    /// Micro-USD of it that the shared insurance fund bore.
    pub from_fund: Quote,
}

/// Strikes out what an account owes in one bank's token and can't pay, once it
/// has no position and nothing of worth. The loss is borne by the shared insurance fund
/// (settlement tokens only: it holds no others), then by the bank's reserve, then by the
/// bank's lenders, each in proportion to his deposit.
///
/// # Errors
/// [`NotBankrupt`](PlimsollError::NotBankrupt),
/// [`LossNotCovered`](PlimsollError::LossNotCovered).
#[inline(always)]
pub fn resolve_bankruptcy(
    mut account: MarginGuard,
    board: &mut RiskBoard,
    bank: &mut Bank,
    fund: &mut InsuranceFund,
    now: i64,
) -> Result<Forgiven> {
    bank.accrue(now)?;
    let owed = account.forgive(board, bank)?;
    let from_fund = match bank.asset {
        SETTLEMENT_ASSET => Quote(owed.0).min(Quote(fund.balance)),
        _ => Quote::ZERO,
    };
    fund.pay(from_fund)?;
    let lost = owed.magnitude() - from_fund.magnitude();
    let (ledger, uncovered) = bank.ledger().socialised(lost)?;
    require(uncovered == 0, PlimsollError::LossNotCovered)?;
    bank.set_ledger(&ledger);
    bank.losses = bank.losses.checked_add(lost).ok_or(PlimsollError::Overflow)?;
    board.row_mut(bank.asset)?.settle_bank(bank, &ledger, now)?;
    Ok(Forgiven { owed, from_fund })
}
