//! The errors that each action of a run may meet: any other is a failure of the run.

use super::step::Step;
use plimsoll::error::PlimsollError::{self, *};

/// Prices that are not good enough to increase risk.
const PRICES: &[PlimsollError] = &[PriceExpired, PriceAgeing, PriceUncertain, PriceDiverged];
/// The margin rule for what increases risk.
const MARGIN: &[PlimsollError] = &[BelowMaintenance, InitialMargin];
/// What a loan may meet.
const LOAN: &[PlimsollError] =
    &[InsufficientBalance, InsufficientVault, BorrowCap, UtilisationCap, DebtTooSmall, Paused];
/// What new parameters may fail by.
const CHANGE: &[PlimsollError] = &[ParameterOutOfBounds, StepTooLarge, WarmingUp, AlreadyListed];

/// How a receivership may be put together: start and end alone; with refreshes before and in
/// between; and the wrong ways, with what each must be refused with.
pub const ORDERS: [Option<PlimsollError>; 9] = [
    None,
    None,
    Some(ReceivershipNotLast),
    Some(ReceivershipMissing),
    Some(ReceivershipNotFirst),
    Some(ReceivershipForbids),
    Some(ReceivershipForbids),
    Some(ReceivershipForbids),
    Some(ReceivershipNotLast),
];

/// The one error that a step must be refused with, if it must be.
pub fn required(step: &Step) -> Option<PlimsollError> {
    let Step::Receivership { order, .. } = step else { return None };
    ORDERS.get(*order as usize).copied().flatten()
}

/// The errors that a step may be refused with.
pub fn of(step: &Step) -> Vec<PlimsollError> {
    if let Some(error) = required(step) {
        return vec![error];
    }
    match step {
        Step::Trade { .. } => [PRICES, MARGIN, TRADE].concat(),
        Step::Deposit { .. } => vec![Paused, DepositCap],
        Step::Withdraw { .. } => [PRICES, MARGIN, LOAN, &[OutflowLimit]].concat(),
        Step::Transfer { .. } => [PRICES, MARGIN, LOAN].concat(),
        Step::Liquidate { .. } => vec![PriceExpired, PriceDiverged, NotFirstInLine, MarketCapital],
        Step::CallMargin { .. } => vec![PriceDiverged],
        Step::LiquidateDebt { .. } => [PRICES, MARGIN, DUST].concat(),
        Step::Receivership { .. } => {
            [&[PriceExpired, PriceDiverged, NotBelowMaintenance, InsufficientVault], DUST].concat()
        }
        Step::StartAuction { .. } => vec![PriceDiverged, NotBelowMaintenance, AuctionTooEarly],
        Step::WinAuction { .. } => [PRICES, MARGIN, AUCTION].concat(),
        Step::SettleLoss { .. } => vec![PriceExpired, NothingToSettle, LiquidateInstead],
        // Rounding may cost an account that stands at its line exactly.
        Step::BankCash { .. } => vec![NothingToSettle, MaintenanceMargin],
        Step::Deleverage { .. } => vec![PriceExpired, PriceDiverged, RebalanceFirst],
        Step::Resolve { .. } => vec![NotBankrupt, LossNotCovered],
        Step::Provide { .. } => [PRICES, &[ZeroAmount, PoolUnderWater, MarketInsolvent, Paused]].concat(),
        Step::Redeem { .. } => [PRICES, REDEMPTION].concat(),
        Step::Rebalance { .. } => PRICES.to_vec(),
        Step::Close { .. } => vec![AccountNotEmpty],
        Step::ProposeAsset {}
        | Step::ProposeCollateral { .. }
        | Step::ProposeMarket { .. }
        | Step::ProposeMargin { .. }
        | Step::ProposeWeights { .. }
        | Step::ProposeTerms { .. } => CHANGE.to_vec(),
        Step::Execute { .. } => [CHANGE, &[ChangeWaits, ChangeExpired, ChangeStale]].concat(),
        Step::Cancel { .. } => vec![NotGovernanceOrGuardian],
        Step::Accept { .. } => vec![NotNominee, ChangeExpired],
        Step::Tighten { .. } => [CHANGE, &[NotTightening, RampRunning]].concat(),
        Step::Pause { .. } => vec![PauseTooSoon, PauseLimit],
        Step::Unpause { .. } => vec![NotGuardian],
        // Nothing waits, or not for long enough.
        Step::WarmUp { .. } => vec![TargetMissing, HistoryTooShort],
        Step::CollectFees { .. } => vec![InsufficientBalance, InsufficientVault, OutflowLimit, Paused],
        _ => Vec::new(),
    }
}

/// What repaying a few native units, or seizing them, can come to.
const DUST: &[PlimsollError] = &[NoImprovement];

const TRADE: &[PlimsollError] = &[
    MaintenanceMargin,
    NoImprovement,
    PositionTooSmall,
    LimitPrice,
    OpenInterestCap,
    MarketCapital,
    NotOwnerOrDelegate,
    IsolatedAccount,
    Paused,
    ReduceOnly,
    WarmingUp,
];

const REDEMPTION: &[PlimsollError] =
    &[InsufficientUnallocated, InsufficientVault, PoolUnderWater, MarketInsolvent, OutflowLimit, Paused];

const AUCTION: &[PlimsollError] =
    &[NoAuction, NotBelowMaintenance, NothingToAuction, OppositeHoldings, IsolatedAccount, LimitPrice];
