//! Repayment of a sunk account's debt out of its collateral.

use plimsoll_risk::debt::{plan, DebtPlan, DebtTerms};
use plimsoll_risk::{Quantity, Ratio};

use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{Book, Change, MarginGuard};
use crate::state::{Bank, Purpose, RiskBoard};

/// Charges interest in both banks, and has a debt of the account repaid out of its collateral:
/// see [`repay`].
pub(super) fn take_over(
    account: &mut MarginGuard,
    board: &RiskBoard,
    debt_bank: &mut Bank,
    asset_bank: &mut Bank,
    repaid_max: u64,
    now: i64,
) -> Result<Option<DebtPlan>> {
    debt_bank.accrue(now)?;
    asset_bank.accrue(now)?;
    account.guarded(board, now, Change::liquidating(debt_bank.asset), |book| {
        repay(book, debt_bank, asset_bank, repaid_max, board.liquidation_target)
    })
}

/// Plans the repayment of what the account owes to `debt_bank` out of what it has in
/// `asset_bank`, at most `repaid_max` native units, and books the account's side of it.
/// `None` if the account is not below maintenance, or there is nothing of the one or the
/// other: a lost race is not an error.
fn repay(
    book: &mut Book,
    debt_bank: &mut Bank,
    asset_bank: &mut Bank,
    repaid_max: u64,
    target: u32,
) -> Result<Option<DebtPlan>> {
    require(debt_bank.asset != asset_bank.asset, PlimsollError::SameBank)?;
    let (debt, asset) = (book.row(debt_bank.asset)?, book.row(asset_bank.asset)?);
    let minimum = Quantity::from_magnitude(debt_bank.terms.debt_min)?;
    let terms = DebtTerms {
        debt_weight: Ratio(debt.maintenance_debt_weight),
        asset_weight: Ratio(asset.maintenance_asset_weight),
        bonus: Ratio(asset_bank.terms.liquidation_bonus),
        target_margin_ratio: Ratio(target),
        debt_price: debt.price.get(),
        asset_price: asset.price.get(),
        full_close: debt.price.get().value_ceil(minimum)?,
    };
    let owed = book.native_units(debt_bank)?.negated()?;
    let held = book.native_units(asset_bank)?;
    let repaid_max = Quantity(i64::try_from(repaid_max).unwrap_or(i64::MAX));
    let plan = plan(book.before(), owed, held, repaid_max, &terms)?;
    let Some(mut plan) = plan else { return Ok(None) };
    if plan.seized == held {
        plan.repaid = plan.repaid.plus(rounding(debt_bank, &terms)?)?;
        plan.repaid = plan.repaid.min(owed).min(repaid_max);
    }
    book.sunk_seconds();
    book.move_tokens(debt_bank, plan.repaid, Purpose::Rescue)?;
    let seized = plan.seized.negated()?;
    book.move_tokens(asset_bank, seized, Purpose::Rescue)?;
    Ok(Some(plan))
}

/// What whoever takes the last of a collateral repays on top, in native units of the debt: a
/// share of it, two units, and what a unit of the collateral is worth. However little there
/// was, rounding to whole shares does not keep the account from being better off, so that
/// it can't stand between the account and its bankruptcy.
fn rounding(debt_bank: &Bank, terms: &DebtTerms) -> Result<Quantity> {
    let share = debt_bank.ledger().borrow.amount_ceil(1).and_then(Quantity::from_magnitude);
    let unit =
        terms.asset_price.value_ceil(Quantity(1)).and_then(|worth| terms.debt_price.quantity_ceil(worth));
    let sum = share.and_then(|share| share.plus(unit?)).and_then(|sum| sum.plus(Quantity(2)));
    Ok(sum?)
}
