//! Hard bounds of every risk parameter. Governance chooses inside them; only a new
//! program can change them. Ratios are in millionths, times in seconds.

use crate::error::PlimsollError;
use crate::oracle::OracleKind;
use crate::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};
use crate::state::{BankTerms, MarginTerms, SETTLEMENT_ASSET};

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
pub const MARGIN_CALL: Bound = Bound::new(
    "margin_call",
    PPM,
    1_000_000,
    2_000_000,
    "Margin ratio below which a margin call may be raised (at most the liquidation target)",
);
pub const AUCTION_DELAY_SECONDS: Bound = Bound::new(
    "auction_delay_seconds",
    SECONDS,
    10,
    3_600,
    "Time under water after which an account may be put up for auction",
);
pub const AUCTION_SECONDS: Bound = Bound::new(
    "auction_seconds",
    SECONDS,
    60,
    86_400,
    "Time in which the discount of an auction grows to the whole equity",
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
pub const HOLD_SECONDS: Bound = Bound::new(
    "hold_seconds",
    SECONDS,
    0,
    3_600,
    "Longest time for which liquidations hold while oracle and slow price diverge",
);
pub const PARITY_RATIO: Bound = Bound::new(
    "parity_ratio",
    PPM,
    0,
    3_000_000,
    "Most that a wrapped or staked asset is worth of what it stands for; zero for any other asset",
);
pub const PARITY_GAP_MAX: Bound = Bound::new(
    "parity_gap_max",
    PPM,
    0,
    200_000,
    "Gap to what it stands for beyond which a wrapped or staked asset can't increase risk",
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
pub const DEPOSIT_CAP: Bound = Bound::new(
    "deposit_cap",
    NATIVE,
    0,
    1 << 56,
    "Deposits of a bank, interest included, beyond which it takes no more",
);
pub const BORROW_CAP: Bound = Bound::new(
    "borrow_cap",
    NATIVE,
    0,
    1 << 56,
    "Debts of a bank beyond which it lends no more; zero if its token can't be borrowed",
);
pub const DEBT_MIN: Bound =
    Bound::new("debt_min", NATIVE, 0, 1 << 50, "Smallest debt that borrowing may leave");
pub const WEIGHT_SCALE_FROM: Bound = Bound::new(
    "weight_scale_from",
    "micro-USD",
    1_000_000,
    i64::MAX,
    "Value of a bank's deposits from which its initial asset weight falls in inverse proportion",
);
pub const UTILISATION_MAX: Bound =
    Bound::new("utilisation_max", PPM, 0, 950_000, "Part of a bank's deposits that may be lent out");
pub const UTILISATION_KINK: Bound = Bound::new(
    "utilisation_kink",
    PPM,
    100_000,
    950_000,
    "Utilisation at which the borrow rate's curve bends",
);
pub const BORROW_RATE: Bound = Bound::new(
    "borrow rates",
    PPM,
    0,
    4_000_000,
    "Interest per year at no, at the kink's and at full utilisation (in rising order)",
);
pub const RESERVE_SHARE: Bound =
    Bound::new("reserve_share", PPM, 0, 500_000, "Part of the interest that a bank keeps against losses");
pub const LIQUIDATION_BONUS: Bound = Bound::new(
    "liquidation_bonus",
    PPM,
    0,
    150_000,
    "Collateral seized beyond the debt that is repaid for it",
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
pub const TIER_FROM: Bound = Bound::new(
    "tier_1_from, tier_2_from",
    "micro-USD",
    0,
    1 << 60,
    "Notional from which a bracket's surcharge applies (in rising order; zero: not used)",
);
pub const TIER_MARGIN: Bound = Bound::new(
    "tier margins",
    PPM,
    0,
    500_000,
    "Surcharge on the part of the notional beyond a bracket's start (initial >= maintenance)",
);
pub const CONCENTRATION_SHARE: Bound = Bound::new(
    "concentration_share",
    PPM,
    0,
    1_000_000,
    "Share of open interest beyond which a position's initial margin is higher; zero: not used",
);
pub const CONCENTRATION_INITIAL: Bound = Bound::new(
    "concentration_initial",
    PPM,
    0,
    1_000_000,
    "Surcharge on initial margin for the part beyond that share",
);
pub const VOLATILITY_MEMORY_SECONDS: Bound =
    Bound::new("volatility_memory_seconds", SECONDS, 60, 604_800, "Memory of the volatility estimate");
pub const VOLATILITY_CALM_PER_DAY: Bound = Bound::new(
    "volatility_calm_per_day",
    PPM,
    1_000,
    1_000_000,
    "Daily volatility up to which margins are not raised",
);
pub const VOLATILITY_MULTIPLIER_MAX: Bound = Bound::new(
    "volatility_multiplier_max",
    PPM,
    1_000_000,
    5_000_000,
    "Most that volatility multiplies margins by; 1,000,000 switches the rule off",
);
pub const VOLATILITY_FALL_PER_DAY: Bound =
    Bound::new("volatility_fall_per_day", PPM, 10_000, 5_000_000, "Fastest fall of that multiple");
pub const BOUNTY_RESERVE: Bound = Bound::new(
    "bounty_reserve",
    "micro-USD",
    0,
    10_000_000,
    "Required of every position whatever its size: the least that its liquidation pays",
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
pub const BOUNTY_SECONDS: Bound = Bound::new(
    "bounty_seconds",
    SECONDS,
    0,
    86_400,
    "Time under water after which the keeper's part of the penalty is at its most",
);
pub const INSURANCE_TRANCHE: Bound = Bound::new(
    "insurance_tranche",
    "micro-USD",
    0,
    1 << 60,
    "Insurance that a market keeps for itself; what is beyond goes to the shared fund",
);
pub const SHARED_INSURANCE_MAX: Bound = Bound::new(
    "shared_insurance_max",
    "micro-USD",
    0,
    1 << 60,
    "What a market may draw from the shared fund per day",
);
pub const FUNDING_RATE_MAX: Bound = Bound::new(
    "funding_rate_max_per_day",
    PPM,
    0,
    100_000,
    "Bound of the daily funding rate; zero: no funding",
);
pub const FUNDING_VELOCITY_MAX: Bound = Bound::new(
    "funding_velocity_max_per_day",
    PPM,
    0,
    1_000_000,
    "Bound of the daily funding rate's change per day, reached at full skew scale",
);
pub const RESERVE_RATIO: Bound = Bound::new(
    "reserve_ratio",
    PPM,
    10_000,
    10_000_000,
    "Capital needed behind the larger side, over its notional",
);
pub const CAPITAL_WEIGHT: Bound =
    Bound::new("capital_weight", PPM, 0, 1_000_000, "Part of the pool's capital to be allocated to a market");

/// Seconds of interest that a debt in settlement tokens may lack when it is judged for more
/// risk. Other tokens' interest is brought in with their price.
pub const INTEREST_AGE_SECONDS_MAX: i64 = 600;
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
    MARGIN_CALL,
    AUCTION_DELAY_SECONDS,
    AUCTION_SECONDS,
    REDEEM_FEE,
    DECIMALS,
    FRESH_SECONDS,
    EXPIRY_SECONDS,
    CONFIDENCE_MAX,
    CONFIDENCE_LIMIT,
    DIVERGENCE_MAX,
    SLOW_RATE_PER_SECOND,
    HOLD_SECONDS,
    PARITY_RATIO,
    PARITY_GAP_MAX,
    ASSET_WEIGHT,
    DEBT_WEIGHT,
    DEPOSIT_CAP,
    BORROW_CAP,
    DEBT_MIN,
    WEIGHT_SCALE_FROM,
    UTILISATION_MAX,
    UTILISATION_KINK,
    BORROW_RATE,
    RESERVE_SHARE,
    LIQUIDATION_BONUS,
    MAINTENANCE_MARGIN,
    INITIAL_MARGIN,
    TIER_FROM,
    TIER_MARGIN,
    CONCENTRATION_SHARE,
    CONCENTRATION_INITIAL,
    VOLATILITY_MEMORY_SECONDS,
    VOLATILITY_CALM_PER_DAY,
    VOLATILITY_MULTIPLIER_MAX,
    VOLATILITY_FALL_PER_DAY,
    BOUNTY_RESERVE,
    PROFIT_WEIGHT,
    SKEW_SCALE,
    OPEN_INTEREST_MAX,
    SIZE_MIN,
    FULL_CLOSE_NOTIONAL,
    TRADING_FEE,
    INSURANCE_FEE_SHARE,
    LIQUIDATION_PENALTY,
    BOUNTY_SHARE,
    BOUNTY_SECONDS,
    INSURANCE_TRANCHE,
    SHARED_INSURANCE_MAX,
    FUNDING_RATE_MAX,
    FUNDING_VELOCITY_MAX,
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

/// Checks a clearinghouse: each bound, and a margin call before the liquidation target.
pub fn check_clearinghouse(p: &ClearinghouseParams) -> Result<(), PlimsollError> {
    LIQUIDATION_TARGET.check(p.liquidation_target as i64)?;
    MARGIN_CALL.check(p.margin_call as i64)?;
    AUCTION_DELAY_SECONDS.check(p.auction_delay_seconds as i64)?;
    AUCTION_SECONDS.check(p.auction_seconds as i64)?;
    require(p.margin_call <= p.liquidation_target)
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
    HOLD_SECONDS.check(p.hold_seconds as i64)?;
    PARITY_RATIO.check(p.parity_ratio as i64)?;
    PARITY_GAP_MAX.check(p.parity_gap_max as i64)?;
    require(p.parity_ratio == 0 || p.parity_asset != SETTLEMENT_ASSET)?;
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
    require(p.initial_debt_weight >= p.maintenance_debt_weight)?;
    check_bank(&p.terms)?;
    // Settlement tokens, the lightest debt of all, repaid for this collateral improve health.
    let seized = p.maintenance_asset_weight as u64 * (1_000_000 + p.terms.liquidation_bonus as u64);
    require(p.maintenance_asset_weight == 1_000_000 || seized < 1_000_000 * 1_000_000)
}

fn check_bank(t: &BankTerms) -> Result<(), PlimsollError> {
    let native = |bound: &Bound, value: u64| bound.check(i64::try_from(value).unwrap_or(i64::MAX));
    native(&DEPOSIT_CAP, t.deposit_cap)?;
    native(&BORROW_CAP, t.borrow_cap)?;
    native(&DEBT_MIN, t.debt_min)?;
    native(&WEIGHT_SCALE_FROM, t.weight_scale_from)?;
    UTILISATION_MAX.check(t.utilisation_max as i64)?;
    UTILISATION_KINK.check(t.utilisation_kink as i64)?;
    for rate in [t.rate_at_zero, t.rate_at_kink, t.rate_at_full] {
        BORROW_RATE.check(rate as i64)?;
    }
    RESERVE_SHARE.check(t.reserve_share as i64)?;
    LIQUIDATION_BONUS.check(t.liquidation_bonus as i64)?;
    require(t.rate_at_zero <= t.rate_at_kink && t.rate_at_kink <= t.rate_at_full)?;
    require(t.padding == 0)
}

fn check_margin(m: &MarginTerms) -> Result<(), PlimsollError> {
    MAINTENANCE_MARGIN.check(m.maintenance_margin as i64)?;
    INITIAL_MARGIN.check(m.initial_margin as i64)?;
    PROFIT_WEIGHT.check(m.initial_profit_weight as i64)?;
    PROFIT_WEIGHT.check(m.maintenance_profit_weight as i64)?;
    TIER_FROM.check(m.tier_1_from)?;
    TIER_FROM.check(m.tier_2_from)?;
    for margin in [m.tier_1_initial, m.tier_1_maintenance, m.tier_2_initial, m.tier_2_maintenance] {
        TIER_MARGIN.check(margin as i64)?;
    }
    CONCENTRATION_SHARE.check(m.concentration_share as i64)?;
    CONCENTRATION_INITIAL.check(m.concentration_initial as i64)?;
    VOLATILITY_MEMORY_SECONDS.check(m.volatility_memory_seconds as i64)?;
    VOLATILITY_CALM_PER_DAY.check(m.volatility_calm_per_day as i64)?;
    VOLATILITY_MULTIPLIER_MAX.check(m.volatility_multiplier_max as i64)?;
    VOLATILITY_FALL_PER_DAY.check(m.volatility_fall_per_day as i64)?;
    BOUNTY_RESERVE.check(m.bounty_reserve as i64)?;
    require(m.initial_profit_weight <= m.maintenance_profit_weight)?;
    require(m.tier_2_from == 0 || (m.tier_1_from > 0 && m.tier_1_from <= m.tier_2_from))?;
    require(m.tier_1_initial >= m.tier_1_maintenance && m.tier_2_initial >= m.tier_2_maintenance)?;
    let top = m.maintenance_margin as u64 + m.tier_1_maintenance as u64 + m.tier_2_maintenance as u64;
    require(top * m.volatility_multiplier_max as u64 <= 1_000_000 * 1_000_000)?;
    require(m.padding == 0)
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
    let (m, t) = (&p.margin, &p.terms);
    check_margin(m)?;
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
    BOUNTY_SHARE.check(t.bounty_share_max as i64)?;
    BOUNTY_SECONDS.check(t.bounty_seconds as i64)?;
    INSURANCE_TRANCHE.check(t.insurance_tranche)?;
    SHARED_INSURANCE_MAX.check(t.shared_insurance_max)?;
    FUNDING_RATE_MAX.check(t.funding_rate_max_per_day as i64)?;
    FUNDING_VELOCITY_MAX.check(t.funding_velocity_max_per_day as i64)?;
    require(t.bounty_share <= t.bounty_share_max)?;
    require(t.size_min <= t.open_interest_max)?;
    require(m.open_interest_low >= 0 && m.open_interest_low <= t.open_interest_max)?;

    let scale = t.skew_scale as i128;
    let impact = (t.open_interest_max as i128 * 1_000_000 + scale - 1) / scale;
    require(impact <= IMPACT_MAX as i128)?;
    let closing = confidence_limit as i128 + impact + t.liquidation_penalty.max(t.trading_fee) as i128;
    require(m.maintenance_margin as i128 > closing)?;
    require(m.initial_margin as i128 * 1_000_000 >= m.maintenance_margin as i128 * liquidation_target as i128)
}
