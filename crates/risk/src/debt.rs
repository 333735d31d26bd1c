//! Liquidation of token debt: how much is repaid, and what it buys.
//!
//! Repaying debt worth `x` (weight `d`) for collateral worth `x (1 + b)` (weight `c`), at a
//! bonus `b`, changes maintenance health `M`, equity `E` and requirement `R = E - M` by
//!
//! ```text
//! M' = M + x g        E' = E - x b        R' = R - x h        g = d - (1 + b) c    h = g + b
//! ```
//!
//! The target is `M' = t R'` with `t` the target margin ratio less one:
//!
//! ```text
//! x = (t R - M) / (g + t h)
//! ```

use crate::health::Health;
use crate::liquidation::is_deep;
use crate::price::Price;
use crate::units::{Overflow, Quantity, Quote, Ratio, Result, mul_div_ceil, mul_div_floor};

/// What governs the liquidation of a debt against a collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DebtTerms {
    /// Maintenance weight of the debt.
    pub debt_weight: Ratio,
    /// Maintenance weight of the collateral.
    pub asset_weight: Ratio,
    /// What is seized beyond what is repaid.
    pub bonus: Ratio,
    pub target_margin_ratio: Ratio,
    /// Oracle prices of one native unit.
    pub debt_price: Price,
    pub asset_price: Price,
    /// Debts of at most this value are repaid whole.
    pub full_close: Quote,
}

/// One liquidation of a debt, in native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DebtPlan {
    pub repaid: Quantity,
    pub seized: Quantity,
}

/// Plans the repayment of a debt of `owed` native units against a balance of `held`, for
/// an account of health `account`; at most `repaid_max`. `None` if the account is not below
/// maintenance, or nothing can be repaid.
///
/// What is seized is worth at most what is repaid plus the bonus, and the bonus is at most
/// the equity left: a liquidation leaves no loss behind that was not there before. Both are
/// rounded against whoever repays.
pub fn plan(
    account: &Health,
    owed: Quantity,
    held: Quantity,
    repaid_max: Quantity,
    terms: &DebtTerms,
) -> Result<Option<DebtPlan>> {
    if account.maintenance.0 >= 0 || owed.0 <= 0 || held.0 <= 0 {
        return Ok(None);
    }
    let debt = terms.debt_price.value_ceil(owed)?;
    let wanted = value(account, debt, terms)?;
    let limit = if repaid_max >= owed { debt } else { terms.debt_price.value_floor(repaid_max)? };
    let value = wanted.min(limit);
    let repaid = if value >= debt { owed } else { terms.debt_price.quantity_floor(value)? };
    let worth = terms.debt_price.value_floor(repaid)?;
    let headroom = account.equity.or_zero();
    let bonus = terms.bonus.of_floor(worth)?.min(headroom);
    match terms.asset_price.quantity_floor(worth.plus(bonus)?) {
        Ok(seized) if seized <= held => {
            return Ok((repaid.0 > 0 && seized.0 > 0).then_some(DebtPlan { repaid, seized }));
        }
        // More units than can be counted are more than anybody holds.
        Ok(_) | Err(Overflow) => {}
    }
    // All that there is, for what it is worth without the bonus.
    let worth = terms.asset_price.value_ceil(held)?;
    let whole = Ratio::ONE.plus(terms.bonus)?;
    let without = Quote(mul_div_ceil(worth.0, Ratio::ONE.0 as i64, whole.0 as i64)?);
    let value = without.max(worth.minus(headroom)?);
    let repaid = terms.debt_price.quantity_ceil(value)?.min(owed);
    Ok((repaid.0 > 0).then_some(DebtPlan { repaid, seized: held }))
}

/// The value to repay, rounded down: never beyond the target.
fn value(account: &Health, debt: Quote, terms: &DebtTerms) -> Result<Quote> {
    let requirement = account.maintenance_requirement()?;
    if is_deep(account, requirement)? || debt <= terms.full_close {
        return Ok(debt);
    }
    let target = terms.target_margin_ratio.minus(Ratio::ONE)?;
    let missing = target.of_floor(requirement)?.minus(account.maintenance)?;
    // All in millionths; weights and bonus are below four, so that products fit.
    let (debt_weight, bonus) = (terms.debt_weight.0 as i64, terms.bonus.0 as i64);
    let seized_weight = Ratio::ONE.plus(terms.bonus)?.of_floor(Quote(terms.asset_weight.0 as i64))?.0;
    let gained = debt_weight.checked_sub(seized_weight).ok_or(Overflow)?;
    let released = gained.checked_add(bonus).ok_or(Overflow)?;
    let gain = gained.checked_add(target.of_ceil(Quote(released))?.0).ok_or(Overflow)?;
    if gain <= 0 {
        return Ok(debt);
    }
    Ok(Quote(mul_div_floor(missing.0, Ratio::ONE.0 as i64, gain)?).min(debt))
}
