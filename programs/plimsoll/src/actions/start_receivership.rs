use plimsoll_risk::debt::DebtPlan;

use super::debt::take_over;
use super::outflow::release_now;
use super::Result;
use crate::error::PlimsollError;
use crate::guard::MarginGuard;
use crate::state::{Bank, OutflowWindow, RiskBoard};

/// Pays out collateral of an account below maintenance against a debt that the end of the
/// transaction must repay, at most `repaid_max` native units. Amounts are those of
/// [`liquidate_debt`](super::liquidate_debt()); the account's side of both is booked here, so that
/// nothing that happens in between can touch it.
///
/// # Errors
/// [`NotBelowMaintenance`](PlimsollError::NotBelowMaintenance), also if there is nothing of the
/// one or the other, so that a swap does not run on its own;
/// [`SameBank`](PlimsollError::SameBank), and what the price policy refuses.
#[inline(always)]
pub fn start_receivership(
    mut account: MarginGuard,
    board: &RiskBoard,
    window: &mut OutflowWindow,
    debt_bank: &mut Bank,
    asset_bank: &mut Bank,
    repaid_max: u64,
    now: i64,
) -> Result<DebtPlan> {
    let plan = take_over(&mut account, board, debt_bank, asset_bank, repaid_max, now)?;
    let plan = plan.ok_or(PlimsollError::NotBelowMaintenance)?;
    debt_bank.in_flight = plan.repaid.magnitude();
    release_now(asset_bank, window, board, plan.seized.magnitude(), now)?;
    Ok(plan)
}
