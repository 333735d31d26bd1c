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
    let Some(plan) = plan else { return Ok(None) };
    book.sunk_seconds();
    book.move_tokens(debt_bank, plan.repaid, Purpose::Rescue)?;
    let seized = plan.seized.negated().map_err(PlimsollError::from)?;
    book.move_tokens(asset_bank, seized, Purpose::Rescue)?;
    Ok(Some(plan))
}
