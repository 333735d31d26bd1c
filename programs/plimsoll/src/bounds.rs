//! Hard bounds of every risk parameter. Governance chooses inside them; only a new
//! program can change them. Ratios are in millionths, times in seconds.

use crate::error::PlimsollError;
use crate::oracle::OracleKind;
use crate::params::{AssetParams, CollateralParams, MarketParams};

/// A parameter and the closed interval it must lie in.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    pub name: &'static str,
    pub unit: &'static str,
    pub min: i64,
    pub max: i64,
    pub meaning: &'static str,
}

impl Bound {
    const fn new(name: &'static str, unit: &'static str, min: i64, max: i64, meaning: &'static str) -> Self {
        Self { name, unit, min, max, meaning }
    }

    fn check(&self, value: i64) -> Result<(), PlimsollError> {
        require(value >= self.min && value <= self.max)
    }
}

const PPM: &str = "millionths";
const SECONDS: &str = "seconds";
const NATIVE: &str = "native units";

pub const LIQUIDATION_TARGET: Bound = Bound::new(
    "liquidation_target",
    PPM,
    1_010_000,
    2_000_000,
    "Margin ratio to which a liquidation brings an account back",
);
pub const REDEEM_FEE: Bound = Bound::new(
    "redeem_fee",
    PPM,
    0,
    10_000,
    "Charged on what a redemption of pool shares pays; stays with the pool",
);
pub const DECIMALS: Bound =
    Bound::new("decimals", "digits", 0, 18, "Decimals of the asset: 10^decimals native units are one token");
pub const FRESH_SECONDS: Bound =
    Bound::new("fresh_seconds", SECONDS, 1, 120, "Oldest price that may increase risk");
pub const EXPIRY_SECONDS: Bound =
    Bound::new("expiry_seconds", SECONDS, 10, 600, "Oldest price that may be used at all");
pub const CONFIDENCE_MAX: Bound = Bound::new(
    "confidence_max",
    PPM,
    100,
    50_000,
    "Widest confidence interval over price that may increase risk",
);
pub const CONFIDENCE_LIMIT: Bound = Bound::new(
    "confidence_limit",
    PPM,
    100,
    100_000,
    "Widest confidence interval over price that a refresh accepts",
);
pub const DIVERGENCE_MAX: Bound = Bound::new(
    "divergence_max",
    PPM,
    5_000,
    500_000,
    "Distance of oracle and slow price beyond which risk can't be increased and liquidations hold",
);
pub const SLOW_RATE_PER_SECOND: Bound = Bound::new(
    "slow_rate_per_second",
    PPM,
    10,
    10_000,
    "Share of itself by which the slow price may move per second",
);
pub const ASSET_WEIGHT: Bound = Bound::new(
    "asset weights",
    PPM,
    0,
    1_000_000,
    "Part of a balance that counts as collateral (initial <= maintenance)",
);
pub const DEBT_WEIGHT: Bound = Bound::new(
    "debt weights",
    PPM,
    1_000_000,
    3_000_000,
    "Multiple at which a debt counts (initial >= maintenance)",
);
pub const MAINTENANCE_MARGIN: Bound = Bound::new(
    "maintenance_margin",
    PPM,
    5_000,
    500_000,
    "Part of a position's notional below which the account is liquidated",
);
pub const INITIAL_MARGIN: Bound = Bound::new(
    "initial_margin",
    PPM,
    10_000,
    1_000_000,
    "Part of a position's notional needed to open or increase it",
);
pub const PROFIT_WEIGHT: Bound = Bound::new(
    "profit weights",
    PPM,
    0,
    1_000_000,
    "Part of unrealised profit that counts (initial <= maintenance)",
);
pub const SKEW_SCALE: Bound =
    Bound::new("skew_scale", NATIVE, 10, 1 << 60, "Skew at which the price impact would be 100%");
pub const OPEN_INTEREST_MAX: Bound =
    Bound::new("open_interest_max", NATIVE, 1, 1 << 56, "Cap on the open interest of each side");
pub const SIZE_MIN: Bound = Bound::new("size_min", NATIVE, 1, 1 << 56, "Smallest position");
pub const FULL_CLOSE_NOTIONAL: Bound = Bound::new(
    "full_close_notional",
    "micro-USD",
    1_000_000,
    10_000_000_000,
    "Positions of at most this notional are liquidated whole",
);
pub const TRADING_FEE: Bound = Bound::new("trading_fee", PPM, 0, 10_000, "Part of the notional traded");
pub const INSURANCE_FEE_SHARE: Bound = Bound::new(
    "insurance_fee_share",
    PPM,
    0,
    1_000_000,
    "Part of the trading fee that goes to the market's insurance",
);
pub const LIQUIDATION_PENALTY: Bound =
    Bound::new("liquidation_penalty", PPM, 100, 100_000, "Part of the notional closed by a liquidation");
pub const BOUNTY_SHARE: Bound =
    Bound::new("bounty_share", PPM, 10_000, 1_000_000, "Part of the penalty that goes to the keeper");
pub const RESERVE_RATIO: Bound = Bound::new(
    "reserve_ratio",
    PPM,
    10_000,
    10_000_000,
    "Capital needed behind the larger side, over its notional",
);
pub const CAPITAL_WEIGHT: Bound =
    Bound::new("capital_weight", PPM, 0, 1_000_000, "Part of the pool's capital to be allocated to a market");

/// Price impact at the open interest cap may not exceed this share.
pub const IMPACT_MAX: i64 = 100_000;
/// Weights of all markets together; the rest stays free for redemptions.
pub const CAPITAL_WEIGHTS_MAX: u32 = 950_000;
/// A price published later than this after the cluster's clock is refused: it would
/// keep every honest price out until then.
pub const PUBLISH_TIME_LEAD_SECONDS_MAX: i64 = 30;

/// Every bound, for the documentation.
pub const ALL: &[Bound] = &[
    LIQUIDATION_TARGET,
    REDEEM_FEE,
    DECIMALS,
    FRESH_SECONDS,
    EXPIRY_SECONDS,
    CONFIDENCE_MAX,
    CONFIDENCE_LIMIT,
    DIVERGENCE_MAX,
    SLOW_RATE_PER_SECOND,
    ASSET_WEIGHT,
    DEBT_WEIGHT,
    MAINTENANCE_MARGIN,
    INITIAL_MARGIN,
    PROFIT_WEIGHT,
    SKEW_SCALE,
    OPEN_INTEREST_MAX,
    SIZE_MIN,
    FULL_CLOSE_NOTIONAL,
    TRADING_FEE,
    INSURANCE_FEE_SHARE,
    LIQUIDATION_PENALTY,
    BOUNTY_SHARE,
    RESERVE_RATIO,
    CAPITAL_WEIGHT,
];

fn require(holds: bool) -> Result<(), PlimsollError> {
    if holds {
        Ok(())
    } else {
        Err(PlimsollError::ParameterOutOfBounds)
    }
}

/// Checks the target margin ratio of liquidations.
pub fn check_liquidation_target(target: u32) -> Result<(), PlimsollError> {
    LIQUIDATION_TARGET.check(target as i64)
}

/// Checks the redemption fee of the pool.
pub fn check_redeem_fee(fee: u32) -> Result<(), PlimsollError> {
    REDEEM_FEE.check(fee as i64)
}

/// Checks an asset: each bound, a known oracle, a printable symbol, and limits in
/// order (fresh before expiry, use before refusal).
pub fn check_asset(p: &AssetParams) -> Result<(), PlimsollError> {
    DECIMALS.check(p.decimals as i64)?;
    FRESH_SECONDS.check(p.fresh_seconds as i64)?;
    EXPIRY_SECONDS.check(p.expiry_seconds as i64)?;
    CONFIDENCE_MAX.check(p.confidence_max as i64)?;
    CONFIDENCE_LIMIT.check(p.confidence_limit as i64)?;
    DIVERGENCE_MAX.check(p.divergence_max as i64)?;
    SLOW_RATE_PER_SECOND.check(p.slow_rate_per_second as i64)?;
    require(p.fresh_seconds <= p.expiry_seconds && p.confidence_max <= p.confidence_limit)?;
    require(matches!(
        OracleKind::try_from(p.oracle_kind),
        Ok(OracleKind::PythPull | OracleKind::PythLegacy)
    ))?;
    let length = p.symbol.iter().take_while(|c| c.is_ascii_graphic()).count();
    require(length > 0 && p.symbol.iter().skip(length).all(|c| *c == 0))
}

/// Checks collateral: each bound, and initial weights at least as strict as
/// maintenance weights.
pub fn check_collateral(p: &CollateralParams) -> Result<(), PlimsollError> {
    ASSET_WEIGHT.check(p.initial_asset_weight as i64)?;
    ASSET_WEIGHT.check(p.maintenance_asset_weight as i64)?;
    DEBT_WEIGHT.check(p.initial_debt_weight as i64)?;
    DEBT_WEIGHT.check(p.maintenance_debt_weight as i64)?;
    require(p.initial_asset_weight <= p.maintenance_asset_weight)?;
    require(p.initial_debt_weight >= p.maintenance_debt_weight)
}

/// Checks a market: each bound, and what liquidation relies on.
///
/// - Initial margin covers the liquidation target, so that an account brought back
///   to the target lies between maintenance and initial margin.
/// - Maintenance margin exceeds everything that closing a position can cost, so that
///   liquidation always improves health: the widest confidence a refresh accepts, the
///   price impact at the open interest cap, and the penalty or fee.
pub fn check_market(
    p: &MarketParams,
    confidence_limit: u32,
    liquidation_target: u32,
) -> Result<(), PlimsollError> {
    let t = &p.terms;
    MAINTENANCE_MARGIN.check(p.maintenance_margin as i64)?;
    INITIAL_MARGIN.check(p.initial_margin as i64)?;
    PROFIT_WEIGHT.check(p.initial_profit_weight as i64)?;
    PROFIT_WEIGHT.check(p.maintenance_profit_weight as i64)?;
    SKEW_SCALE.check(t.skew_scale)?;
    OPEN_INTEREST_MAX.check(t.open_interest_max)?;
    SIZE_MIN.check(t.size_min)?;
    FULL_CLOSE_NOTIONAL.check(t.full_close_notional)?;
    TRADING_FEE.check(t.trading_fee as i64)?;
    INSURANCE_FEE_SHARE.check(t.insurance_fee_share as i64)?;
    LIQUIDATION_PENALTY.check(t.liquidation_penalty as i64)?;
    BOUNTY_SHARE.check(t.bounty_share as i64)?;
    RESERVE_RATIO.check(t.reserve_ratio as i64)?;
    CAPITAL_WEIGHT.check(t.capital_weight as i64)?;
    require(p.initial_profit_weight <= p.maintenance_profit_weight)?;
    require(t.size_min <= t.open_interest_max)?;

    let scale = t.skew_scale as i128;
    let impact = (t.open_interest_max as i128 * 1_000_000 + scale - 1) / scale;
    require(impact <= IMPACT_MAX as i128)?;
    let closing = confidence_limit as i128 + impact + t.liquidation_penalty.max(t.trading_fee) as i128;
    require(p.maintenance_margin as i128 > closing)?;
    require(p.initial_margin as i128 * 1_000_000 >= p.maintenance_margin as i128 * liquidation_target as i128)
}
