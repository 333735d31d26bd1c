//! Repayment of a sunk account's debt out of its collateral.

use anchor_lang::prelude::*;
use plimsoll_risk::debt::{plan, DebtPlan, DebtTerms};
use plimsoll_risk::{Quantity, Ratio};

use crate::error::PlimsollError;
use crate::guard::Book;
use crate::state::{Bank, Purpose};

/// Plans the repayment of what the account owes to `debt_bank` out of what it has in
/// `asset_bank`, at most `repaid_max` native units, and books the account's side of it.
/// `None` if the account is not below maintenance, or there is nothing of the one or the
/// other: a lost race is not an error.
pub fn repay(
    book: &mut Book,
    debt_bank: &mut Bank,
    asset_bank: &mut Bank,
    repaid_max: u64,
    target: u32,
) -> Result<Option<DebtPlan>> {
    require!(debt_bank.asset != asset_bank.asset, PlimsollError::SameBank);
    let (debt, asset) = (book.row(debt_bank.asset)?, book.row(asset_bank.asset)?);
    let minimum = Quantity::from_magnitude(debt_bank.terms.debt_min).map_err(PlimsollError::from)?;
    let terms = DebtTerms {
        debt_weight: Ratio(debt.maintenance_debt_weight),
        asset_weight: Ratio(asset.maintenance_asset_weight),
        bonus: Ratio(asset_bank.terms.liquidation_bonus),
        target_margin_ratio: Ratio(target),
        debt_price: debt.price.get(),
        asset_price: asset.price.get(),
        full_close: debt.price.get().value_ceil(minimum).map_err(PlimsollError::from)?,
    };
    let owed = book.native_units(debt_bank)?.negated().map_err(PlimsollError::from)?;
    let held = book.native_units(asset_bank)?;
    let repaid_max = Quantity(i64::try_from(repaid_max).unwrap_or(i64::MAX));
    let plan = plan(book.before(), owed, held, repaid_max, &terms).map_err(PlimsollError::from)?;
    let Some(mut plan) = plan else { return Ok(None) };
    if plan.seized == held {
        plan.repaid = plan.repaid.plus(rounding(debt_bank, &terms)?).map_err(PlimsollError::from)?;
        plan.repaid = plan.repaid.min(owed).min(repaid_max);
    }
    book.sunk_seconds();
    book.move_tokens(debt_bank, plan.repaid, Purpose::Rescue)?;
    let seized = plan.seized.negated().map_err(PlimsollError::from)?;
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
    Ok(sum.map_err(PlimsollError::from)?)
}
