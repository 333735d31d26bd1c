//! The errors that each action of a run may meet: any other is a failure of the run.

use super::step::Step;
use plimsoll::error::PlimsollError::{self, *};

/// Prices that are not good enough to increase risk.
const PRICES: &[PlimsollError] = &[PriceExpired, PriceAgeing, PriceUncertain, PriceDiverged];
/// The margin rule for what increases risk.
const MARGIN: &[PlimsollError] = &[BelowMaintenance, InitialMargin];

/// The errors that a step may be refused with.
pub fn of(step: &Step) -> Vec<PlimsollError> {
    match step {
        Step::Trade { .. } => [PRICES, MARGIN, TRADE].concat(),
        Step::Withdraw { .. } => [PRICES, MARGIN, &[InsufficientBalance, InsufficientVault]].concat(),
        Step::Transfer { .. } => [PRICES, MARGIN, &[InsufficientBalance]].concat(),
        Step::Liquidate { .. } => vec![PriceExpired, PriceDiverged],
        Step::Provide { .. } => [PRICES, &[ZeroAmount, PoolUnderWater]].concat(),
        Step::Redeem { .. } => [PRICES, &[InsufficientUnallocated, PoolUnderWater]].concat(),
        Step::Rebalance { .. } => PRICES.to_vec(),
        Step::Close { .. } => vec![AccountNotEmpty],
        Step::Accept { .. } => vec![NotPendingGovernance],
        _ => Vec::new(),
    }
}

const TRADE: &[PlimsollError] = &[
    MaintenanceMargin,
    NoImprovement,
    PositionTooSmall,
    LimitPrice,
    OpenInterestCap,
    MarketCapital,
    NotOwnerOrDelegate,
];
