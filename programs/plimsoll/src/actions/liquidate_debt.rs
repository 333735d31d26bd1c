use plimsoll_risk::debt::DebtPlan;

use super::debt::take_over;
use super::Result;
use crate::guard::{Change, MarginGuard};
use crate::state::{Bank, Purpose, RiskBoard};

/// Takes over a debt of an account below maintenance, and collateral for it, into the
/// keeper's margin account: at oracle prices plus the collateral's bonus, just enough to
/// bring the account back to the board's target, at most `repaid_max` native units of
/// the debt. The keeper must be above initial margin afterwards. If the account is not below
/// maintenance, or has nothing of the one or the other any more, nothing happens: a lost race
/// is not an error.
///
/// # Errors
/// [`SameBank`](crate::error::PlimsollError::SameBank), and what the price policy and the margin
/// rule refuse.
#[inline(always)]
pub fn liquidate_debt(
    mut account: MarginGuard,
    mut keeper: MarginGuard,
    board: &RiskBoard,
    debt_bank: &mut Bank,
    asset_bank: &mut Bank,
    repaid_max: u64,
    now: i64,
) -> Result<Option<DebtPlan>> {
    let owed = account.native_units(debt_bank)?;
    let held = account.native_units(asset_bank)?;
    if owed.0 >= 0 || held.0 <= 0 {
        return Ok(None);
    }
    let Some(plan) = take_over(&mut account, board, debt_bank, asset_bank, repaid_max, now)? else {
        return Ok(None);
    };
    let paid = plan.repaid.negated()?;
    keeper.guarded(board, now, Change::increasing(debt_bank.asset), |book| {
        book.move_tokens(debt_bank, paid, Purpose::Rescue)?;
        book.move_tokens(asset_bank, plan.seized, Purpose::Rescue)
    })?;
    Ok(Some(plan))
}
