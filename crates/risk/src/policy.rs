//! Which price is good enough for which action: one table, used everywhere.
//!
//! For the asset that is traded, liquidated, withdrawn or provided against:
//!
//! | action \ its price | fresh, tight, calm | uncertain | diverged | off parity | ageing | expired or never set |
//! |---|---|---|---|---|---|---|
//! | increase risk, withdraw against risk, provide or redeem liquidity | yes | no | no | no | no | no |
//! | liquidate | yes | yes | not while held | yes | yes | no |
//! | reduce | yes | yes | yes | yes | yes | no |
//! | deposit, repay | needs no price | | | | | |
//!
//! For the other assets of the account ([`check_other`]): increasing risk is as strict.
//! Reducing and liquidating give a price that does not allow liquidation the benefit of
//! the doubt: what it might be worth counts in full, without any requirement. So no dead or
//! disturbed oracle of one asset can shield a position in another or keep it from being
//! reduced, and nobody is liquidated for a price that nobody knows.
//!
//! A liquidation holds while oracle and slow price diverge, for a bounded time
//! ([`hold_until`]): nobody is liquidated at a price that has just jumped, and nobody
//! escapes liquidation because it stays there.

use crate::units::Ratio;

/// What the caller is about to do with the price, the least demanding first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Reduce or close a position.
    Reduce,
    /// Liquidate.
    Liquidate,
    /// Open, increase, take over, provide or redeem liquidity.
    Increase,
    /// Withdraw, borrow, transfer out: as [`Increase`](Self::Increase), but unrealised
    /// profit counts for nothing.
    Withdraw,
}

/// What is known of a price when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceState {
    /// Seconds since the oracle published it; negative if its clock is ahead.
    pub age_seconds: i64,
    /// Confidence interval over price.
    pub confidence: Ratio,
    /// Distance of oracle and slow price.
    pub divergence: Ratio,
    /// Whether liquidations still wait for the two to meet.
    pub is_held: bool,
    /// Whether a wrapped or staked asset has parted from what it stands for.
    pub is_off_parity: bool,
}

/// The limits of an asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceLimits {
    /// Oldest price that may increase risk.
    pub fresh_seconds: u32,
    /// Oldest price that may be used at all.
    pub expiry_seconds: u32,
    /// Widest confidence that may increase risk.
    pub confidence_max: Ratio,
    /// Divergence beyond which risk can't be increased and liquidations hold.
    pub divergence_max: Ratio,
}

/// Why a price may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceProblem {
    Expired,
    Ageing,
    Uncertain,
    Diverged,
    OffParity,
}

/// Looks the price up in the table above.
#[inline(always)]
pub fn check(state: &PriceState, limits: &PriceLimits, action: Action) -> Result<(), PriceProblem> {
    if state.age_seconds > limits.expiry_seconds as i64 {
        return Err(PriceProblem::Expired);
    }
    if action == Action::Reduce {
        return Ok(());
    }
    let is_diverged = state.divergence > limits.divergence_max;
    if action == Action::Liquidate {
        return if is_diverged && state.is_held { Err(PriceProblem::Diverged) } else { Ok(()) };
    }
    if is_diverged {
        return Err(PriceProblem::Diverged);
    }
    if state.is_off_parity {
        return Err(PriceProblem::OffParity);
    }
    if state.age_seconds > limits.fresh_seconds as i64 {
        return Err(PriceProblem::Ageing);
    }
    if state.confidence > limits.confidence_max {
        return Err(PriceProblem::Uncertain);
    }
    Ok(())
}

/// How far the price of an asset other than the one acted on is to be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It counts as usual.
    Full,
    /// It counts with the benefit of the doubt: see
    /// [`doubtful_token_health`](crate::health::doubtful_token_health).
    Doubtful,
}

/// Looks up the price of an asset that the account depends on, but that is not the
/// one acted on.
#[inline(always)]
pub fn check_other(state: &PriceState, limits: &PriceLimits, action: Action) -> Result<Trust, PriceProblem> {
    match (action, check(state, limits, action.max(Action::Liquidate))) {
        (_, Ok(())) => Ok(Trust::Full),
        (Action::Increase | Action::Withdraw, Err(problem)) => Err(problem),
        (Action::Reduce | Action::Liquidate, Err(_)) => Ok(Trust::Doubtful),
    }
}

/// Until when liquidations hold, given until when they held so far: a divergence that
/// begins starts a hold of `hold_seconds`, unless the last one ended less than that ago.
/// So a price that keeps jumping holds liquidations at most half of the time.
pub fn hold_until(held_until: i64, now: i64, is_diverged: bool, hold_seconds: u32) -> i64 {
    if is_diverged && now >= seconds_after(held_until, hold_seconds) {
        seconds_after(now, hold_seconds)
    } else {
        held_until
    }
}

/// `time + seconds`, saturating: a sum that is too large shows by being smaller.
#[inline(always)]
fn seconds_after(time: i64, seconds: u32) -> i64 {
    let sum = time.wrapping_add(seconds as i64);
    if sum < time { i64::MAX } else { sum }
}

/// Between which times a price is good for what: the table above for one price, so that it
/// can be looked up by the clock alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until when it may increase risk; `i64::MIN` if it may not at all.
    pub increase_until: i64,
    /// From when it may liquidate, and until when it may be used at all.
    pub liquidate_from: i64,
    pub use_until: i64,
}

impl Deadlines {
    /// Of a price published at `publish_time` that is held until `held_until` if it diverges.
    /// The age and the hold in `state` are not looked at.
    pub fn of(state: &PriceState, limits: &PriceLimits, publish_time: i64, held_until: i64) -> Self {
        let is_diverged = state.divergence > limits.divergence_max;
        let may_increase = !is_diverged && !state.is_off_parity && state.confidence <= limits.confidence_max;
        let use_until = seconds_after(publish_time, limits.expiry_seconds);
        let fresh_until = seconds_after(publish_time, limits.fresh_seconds).min(use_until);
        Self {
            increase_until: if may_increase { fresh_until } else { i64::MIN },
            liquidate_from: if is_diverged { held_until } else { i64::MIN },
            use_until,
        }
    }

    /// Whether the price of an asset other than the one acted on counts in full at `now`:
    /// [`check_other`] gives [`Trust::Full`].
    #[inline(always)]
    pub fn allow_other(&self, now: i64, action: Action) -> bool {
        match action {
            Action::Reduce | Action::Liquidate => self.liquidate_from <= now && now <= self.use_until,
            Action::Increase | Action::Withdraw => now <= self.increase_until,
        }
    }
}
