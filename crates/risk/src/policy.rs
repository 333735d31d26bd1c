//! Which price is good enough for which action: one table, used everywhere.
//!
//! | action \ price | fresh, tight, calm | uncertain | diverged | ageing | expired or never set |
//! |---|---|---|---|---|---|
//! | increase risk, withdraw against risk, provide or redeem liquidity | yes | no | no | no | no |
//! | liquidate | yes | yes | no | yes | no |
//! | reduce | yes | yes | yes | yes | no |
//! | deposit | needs no price | | | | |
//!
//! A liquidation holds while oracle and slow price diverge; the slow price moves
//! at a bounded rate, so the hold is bounded too.

use crate::units::Ratio;

/// What the caller is about to do with the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Open, increase, withdraw, transfer out, provide or redeem liquidity.
    Increase,
    /// Reduce or close a position.
    Reduce,
    /// Liquidate.
    Liquidate,
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
    if state.divergence > limits.divergence_max {
        return Err(PriceProblem::Diverged);
    }
    if action == Action::Liquidate {
        return Ok(());
    }
    if state.age_seconds > limits.fresh_seconds as i64 {
        return Err(PriceProblem::Ageing);
    }
    if state.confidence > limits.confidence_max {
        return Err(PriceProblem::Uncertain);
    }
    Ok(())
}
