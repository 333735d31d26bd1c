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
//! `c` grows with `f`; `r`, where margin brackets reach into the position, falls with `f`
//! (the dearest part goes first). Starting from `f = 0` and inserting the result again gives
//! a sequence that approaches the solution from below: the target is never passed, and
//! what is missing shrinks with every round.

use crate::health::{Health, PerpMarks, PerpRisk, Position, notional_ceil, perp_health};
use crate::trade::Terms;
use crate::units::{Quantity, Quote, Ratio, Result, mul_div_ceil, mul_div_floor};

/// An account whose margin ratio is below this loses the whole position at once:
/// partial steps would only leave it exposed between them.
pub const FULL_CLOSE_MARGIN_RATIO: Ratio = Ratio(500_000);

/// Rounds of the sizing; each leaves a part of what the one before missed: the share of
/// price impact, or of the brackets' surcharge, in the gain.
const ROUNDS: usize = 4;

/// A position of fewer units than this many bits count is sized in parts of a unit: in whole
/// ones a round that gains less than one would be the last to gain anything. No more bits,
/// so that products with usual notionals fit 64.
const SIZING_BITS: u32 = 24;

/// What governs the liquidation of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiquidationTerms {
    pub trade: Terms,
    pub marks: PerpMarks,
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
    let before = perp_health(position, &terms.marks, &terms.perp)?;
    let closed = closed_size(account, position, &before, terms)?;
    let signed = Quantity::from_magnitude(closed)?;
    let delta = if position.size.0 < 0 { signed } else { signed.negated()? };
    let cost = terms.trade.cost_ceil(delta)?;
    let execution = position.traded(delta, cost, &terms.marks)?;
    let left = perp_health(&execution.position, &terms.marks, &terms.perp)?;
    let unpenalised = account.minus(before)?.plus(left)?.plus(Health::cash(execution.realised))?;
    let notional = notional_ceil(signed, terms.trade.oracle)?;
    let reserve = if execution.position.size.0 == 0 { terms.perp.reserve } else { Quote::ZERO };
    let penalty = penalty(account, &unpenalised, terms.penalty.of_ceil(notional)?.max(reserve))?;
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

/// Size to close, in native units, from 1 to the whole position, whose own health is `slot`.
fn closed_size(
    account: &Health,
    position: &Position,
    slot: &Health,
    terms: &LiquidationTerms,
) -> Result<u64> {
    let size = position.size.magnitude();
    let notional = notional_ceil(position.size, terms.trade.oracle)?;
    let requirement = account.maintenance_requirement()?;
    if is_deep(account, requirement)? || notional <= terms.full_close_notional {
        return Ok(size);
    }
    let release = Release::of(position, slot, notional, terms)?;
    let buffer = terms.target_margin_ratio.minus(Ratio::ONE)?;
    let missing = buffer.of_floor(requirement)?.minus(account.maintenance)?;
    let penalty = terms.penalty.of_floor(notional)?;

    let long = position.size.0 > 0;
    let whole = Quantity::from_magnitude(release.parts)?;
    let mut parts = 0;
    for _ in 0..ROUNDS {
        let released = release.whole_ceil(parts)?;
        let gain = released.plus(buffer.of_ceil(released)?)?.minus(penalty)?;
        let gain = gain.minus(terms.trade.closing_cost_floor(long, notional, parts >> release.shift)?)?;
        if gain <= missing {
            return Ok(size);
        }
        parts = mul_div_floor(whole.0, missing.0, gain.0)?.unsigned_abs();
    }
    let closed = (parts >> release.shift).max(1);
    let left = size.saturating_sub(closed);
    Ok(if left < terms.size_min.unsigned_abs() { size } else { closed })
}

/// Whether partial steps would leave the account exposed for too long.
pub fn is_deep(account: &Health, requirement: Quote) -> Result<bool> {
    Ok(account.equity < FULL_CLOSE_MARGIN_RATIO.of_ceil(requirement)?)
}

/// What closing a part of a position releases of the maintenance requirement.
struct Release<'a> {
    risk: &'a PerpRisk,
    /// The position in parts of `2^-shift` units.
    parts: u64,
    shift: u32,
    notional: Quote,
    margin: Quote,
    /// Unrealised profit that does not count.
    discount: Quote,
    /// Maintenance margin of the last unit; `None` if no bracket reaches into the position.
    marginal: Option<Ratio>,
}

impl<'a> Release<'a> {
    fn of(position: &Position, slot: &Health, notional: Quote, terms: &'a LiquidationTerms) -> Result<Self> {
        let risk = &terms.perp;
        let margin = risk.maintenance_ceil(notional)?;
        let mut marginal = risk.maintenance_margin;
        for tier in risk.tiers.iter().filter(|tier| notional > tier.from) {
            marginal = marginal.plus(tier.maintenance)?;
        }
        let size = position.size.magnitude();
        let shift = (size.leading_zeros() + SIZING_BITS).saturating_sub(u64::BITS);
        Ok(Self {
            risk,
            parts: size << shift,
            shift,
            notional,
            margin,
            discount: slot.maintenance_requirement()?.minus(margin)?.minus(risk.reserve)?,
            marginal: (marginal != risk.maintenance_margin).then_some(marginal),
        })
    }

    /// What closing `closed` parts releases, expressed for the whole position, rounded up.
    fn whole_ceil(&self, closed: u64) -> Result<Quote> {
        let margin = match self.marginal {
            None => self.margin,
            Some(marginal) if closed == 0 => marginal.of_ceil(self.notional)?,
            Some(_) => {
                let (closed, whole) =
                    (Quantity::from_magnitude(closed)?, Quantity::from_magnitude(self.parts)?);
                let left = mul_div_floor(self.notional.0, whole.minus(closed)?.0, whole.0)?;
                let released = self.margin.minus(self.risk.maintenance_ceil(Quote(left))?)?;
                Quote(mul_div_ceil(released.0, whole.0, closed.0)?)
            }
        };
        margin.plus(self.discount)
    }
}

/// How much of a penalty is the keeper's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BountyTerms {
    /// For an account that has just sunk by a hair.
    pub share: Ratio,
    /// The most.
    pub share_max: Ratio,
    /// After this time below maintenance the share is at its most; with zero, time does
    /// not raise it.
    pub seconds: u32,
    /// The least, as far as the penalty goes.
    pub reserve: Quote,
}

impl BountyTerms {
    /// Splits a penalty into the keeper's bounty, rounded down, and the rest. The share
    /// rises from `share` to `share_max` with the seconds since the account was found
    /// under water and with its depth (missing maintenance over requirement), added up:
    /// the worst and the oldest pay best.
    pub fn split(&self, penalty: Quote, account: &Health, sunk_seconds: u64) -> Result<(Quote, Quote)> {
        let waited =
            (sunk_seconds.min(self.seconds as u64) * 1_000_000).checked_div(self.seconds as u64).unwrap_or(0);
        let requirement = account.maintenance_requirement()?;
        let missing = account.maintenance.negated()?.or_zero().min(requirement.or_zero());
        let depth = if requirement.0 > 0 { mul_div_floor(missing.0, 1_000_000, requirement.0)? } else { 0 };
        let progress = waited.saturating_add(depth.unsigned_abs()).min(1_000_000);
        let span = self.share_max.0.saturating_sub(self.share.0) as u64;
        let share =
            Ratio(self.share.0.saturating_add((span * progress / 1_000_000) as u32).min(Ratio::ONE.0));
        let bounty = share.of_floor(penalty)?.max(self.reserve.min(penalty));
        Ok((bounty, penalty.minus(bounty)?))
    }
}

/// Whether an account has sunk below the margin call line, a margin ratio above one.
pub fn is_called(account: &Health, line: Ratio) -> Result<bool> {
    let requirement = account.maintenance_requirement()?;
    Ok(requirement.0 > 0 && account.equity < line.of_ceil(requirement)?)
}
