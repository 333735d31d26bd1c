//! How much of a position a liquidation closes, and what it costs the account.
//!
//! With account equity `E`, maintenance requirement `R` and health `M = E - R < 0`,
//! closing a share `f` of a position with requirement `r`, closing cost `c(f)` (for
//! the whole position, against its value at the oracle price) and penalty `p` gives
//!
//! ```text
//! M' = M + f (r - c(f) - p)        R' = R - f r
//! ```
//!
//! The target is a margin ratio `t > 1`, that is `M' = b R'` with `b = t - 1`:
//!
//! ```text
//! f = (b R - M) / (r (1 + b) - c(f) - p)
//! ```
//!
//! `c` grows with `f`. Starting from `c(0)` and inserting the result again gives a
//! sequence that approaches the solution from below: the target is never passed, and
//! what is missing shrinks with every round by the ratio of price impact to gain.

use crate::health::{Health, PerpRisk, Position, notional_ceil, perp_health};
use crate::trade::Terms;
use crate::units::{Overflow, Quantity, Quote, Ratio, Result, mul_div_floor};

/// An account whose margin ratio is below this loses the whole position at once:
/// partial steps would only leave it exposed between them.
pub const FULL_CLOSE_MARGIN_RATIO: Ratio = Ratio(500_000);

/// Rounds of the sizing; each leaves (impact / gain) of what the one before missed.
const ROUNDS: usize = 4;

/// What governs the liquidation of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationTerms {
    pub trade: Terms,
    pub perp: PerpRisk,
    /// Penalty over the notional closed.
    pub penalty: Ratio,
    /// Margin ratio to bring the account back to, above one.
    pub target_margin_ratio: Ratio,
    /// Positions of at most this notional are closed whole.
    pub full_close_notional: Quote,
    /// Smallest size that a position may be left with.
    pub size_min: i64,
}

/// One liquidation, as the program will do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// The trade that the account makes: opposite in sign to its position.
    pub delta: Quantity,
    /// What that trade costs, as [`Terms::cost_ceil`] gives it.
    pub cost: Quote,
    /// The position that is left.
    pub position: Position,
    /// Profit or loss realised by closing, before the penalty.
    pub realised: Quote,
    /// Taken from the account on top.
    pub penalty: Quote,
    /// The account's health afterwards.
    pub health_after: Health,
}

/// Plans the liquidation of `position`, held by an account of health `account`.
/// `None` if the account is not below maintenance.
///
/// Health strictly improves if the maintenance margin exceeds confidence, price
/// impact and penalty together by a millionth, and the position's notional is two
/// cents or more: below that, rounding can cost more than closing frees.
pub fn plan(account: &Health, position: &Position, terms: &LiquidationTerms) -> Result<Option<Liquidation>> {
    if account.maintenance.0 >= 0 || position.size.0 == 0 {
        return Ok(None);
    }
    let closed = closed_size(account, position, terms)?;
    let signed = Quantity::from_magnitude(closed)?;
    let delta = if position.size.0 < 0 { signed } else { signed.negated()? };
    let cost = terms.trade.cost_ceil(delta)?;
    let execution = position.traded(delta, cost)?;
    let before = perp_health(position, terms.trade.oracle, &terms.perp)?;
    let left = perp_health(&execution.position, terms.trade.oracle, &terms.perp)?;
    let unpenalised = account.minus(before)?.plus(left)?.plus(Health::cash(execution.realised))?;
    let notional = notional_ceil(signed, terms.trade.oracle)?;
    let penalty = penalty(account, &unpenalised, terms.penalty.of_ceil(notional)?)?;
    Ok(Some(Liquidation {
        delta,
        cost,
        position: execution.position,
        realised: execution.realised,
        penalty,
        health_after: unpenalised.minus(Health::cash(penalty))?,
    }))
}

/// The penalty takes no more than the equity left, and nothing of the last micro-USD
/// by which closing improved health.
fn penalty(before: &Health, unpenalised: &Health, full: Quote) -> Result<Quote> {
    let improvement = unpenalised.maintenance.minus(before.maintenance)?.minus(Quote(1))?;
    Ok(full.min(unpenalised.equity.or_zero()).min(improvement.or_zero()))
}

/// Size to close, in native units, from 1 to the whole position.
fn closed_size(account: &Health, position: &Position, terms: &LiquidationTerms) -> Result<u64> {
    let size = position.size.magnitude();
    let notional = notional_ceil(position.size, terms.trade.oracle)?;
    let requirement = account.maintenance_requirement()?;
    let deep = account.equity < FULL_CLOSE_MARGIN_RATIO.of_ceil(requirement)?;
    if deep || notional <= terms.full_close_notional {
        return Ok(size);
    }
    let slot = perp_health(position, terms.trade.oracle, &terms.perp)?;
    let released = slot.maintenance_requirement()?;
    let buffer = Ratio(terms.target_margin_ratio.0.checked_sub(Ratio::ONE.0).ok_or(Overflow)?);
    let missing = buffer.of_floor(requirement)?.minus(account.maintenance)?;
    let gain = released.plus(buffer.of_ceil(released)?)?.minus(terms.penalty.of_floor(notional)?)?;

    let long = position.size.0 > 0;
    let mut closed = 0;
    for _ in 0..ROUNDS {
        let gain = gain.minus(terms.trade.closing_cost_floor(long, notional, closed)?)?;
        if gain <= missing {
            return Ok(size);
        }
        let whole = Quantity::from_magnitude(size)?;
        closed = mul_div_floor(whole.0, missing.0, gain.0)?.unsigned_abs().max(1);
    }
    let left = size.saturating_sub(closed);
    Ok(if left < terms.size_min.unsigned_abs() { size } else { closed })
}

/// Splits a penalty into the keeper's bounty, rounded down, and the rest.
pub fn split_penalty(penalty: Quote, bounty_share: Ratio) -> Result<(Quote, Quote)> {
    let bounty = bounty_share.of_floor(penalty)?;
    Ok((bounty, penalty.minus(bounty)?))
}

/// Who bears a loss that an account can't pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossSplit {
    pub from_insurance: Quote,
    pub from_capital: Quote,
}

/// What of a close can't be collected: an account whose equity is negative afterwards
/// owes more than it has, and the market that was closed in answers for as much of that
/// as the close realised as a loss (`realised` is negative then). No market answers for
/// another's loss, and none books a gain that nobody can pay.
pub fn uncollectable(equity_after: Quote, realised: Quote) -> Result<Quote> {
    Ok(equity_after.negated()?.or_zero().min(realised.negated()?.or_zero()))
}

/// Charges `loss` (not negative) to the market's insurance first, then to its capital, to
/// which the realised loss it is part of has just been added.
pub fn split_loss(loss: Quote, insurance: Quote) -> Result<LossSplit> {
    let from_insurance = loss.min(insurance.or_zero());
    Ok(LossSplit { from_insurance, from_capital: loss.minus(from_insurance)? })
}
