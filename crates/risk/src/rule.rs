//! The margin rule: what an instruction may do to an account's health.
//!
//! | before | risk-increasing | reducing | neutral |
//! |---|---|---|---|
//! | maintenance health >= 0 | initial health must be >= 0 after | maintenance health must be >= 0 after | maintenance health must be >= 0 after |
//! | below maintenance | refused | maintenance health must strictly improve | maintenance health must not fall by more than rounding |

use crate::health::Health;
use crate::units::Quote;

/// What an instruction does to the risk of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Increasing,
    Reducing,
    /// Moves a value from one place of the account to another.
    Neutral,
}

/// What a neutral instruction may cost an account by rounding.
pub const NEUTRAL_ROUNDING: Quote = Quote(2);

/// How an instruction broke the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Risk was to be increased below maintenance.
    BelowMaintenance,
    /// Initial health would be negative.
    InitialMargin,
    /// Maintenance health would be negative.
    MaintenanceMargin,
    /// Maintenance health would not improve.
    NoImprovement,
}

/// Checks the rule for an instruction that took an account from `before` to `after`.
pub fn check(before: &Health, after: &Health, effect: Effect) -> Result<(), Violation> {
    let violation = match (before.maintenance.0 >= 0, effect) {
        (true, Effect::Increasing) if after.initial.0 < 0 => Violation::InitialMargin,
        (true, Effect::Reducing | Effect::Neutral) if after.maintenance.0 < 0 => Violation::MaintenanceMargin,
        (false, Effect::Increasing) => Violation::BelowMaintenance,
        (false, Effect::Reducing) if after.maintenance <= before.maintenance => Violation::NoImprovement,
        (false, Effect::Neutral)
            if after.maintenance.0.saturating_add(NEUTRAL_ROUNDING.0) < before.maintenance.0 =>
        {
            Violation::NoImprovement
        }
        _ => return Ok(()),
    };
    Err(violation)
}
