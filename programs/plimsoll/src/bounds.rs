//! Hard limits that governance chooses inside of; only a new program can change them.
//! The bounds of each parameter are in [`parameters`](crate::parameters); here are the
//! program's own constants, and what parameters must keep towards each other.

use crate::error::PlimsollError;
use crate::oracle::OracleKind;
use crate::parameters::{check, Concern};
use crate::params::{AssetParams, ClearinghouseTerms, CollateralParams, MarketParams, PoolTerms, PriceTerms};
use crate::state::{MarginTerms, MarketTerms, SETTLEMENT_ASSET};

macro_rules! constants {
    ($($(#[doc = $doc:literal])* pub const $name:ident: $type:ty = $value:expr; $unit:literal)*) => {
        $($(#[doc = $doc])* pub const $name: $type = $value;)*

        /// Every constant, for the documentation: name, value, unit, meaning.
        #[cfg(not(feature = "program"))]
        pub const CONSTANTS: &[(&str, i64, &str, &str)] =
            &[$((stringify!($name), $value as i64, $unit, concat!($($doc,)*)),)*];
    };
}

constants! {
    /// Most decimals of an asset: 10^decimals native units are one token.
    pub const DECIMALS_MAX: u8 = 18; "digits"
    /// Seconds of interest that a debt in settlement tokens may lack when it is judged for
    /// more risk. Other tokens' interest is brought in with their price.
    pub const INTEREST_AGE_SECONDS_MAX: i64 = 600; "seconds"
    /// What an account owns that is worth less does not stand between it and its
    /// bankruptcy: rounding can make it impossible to seize.
    pub const DUST: i64 = 1_000; "micro-USD"
    /// Most price impact at the open interest cap.
    pub const IMPACT_MAX: i64 = 100_000; "millionths"
    /// Most of the pool's capital that all markets together may be allocated; the rest stays
    /// free for redemptions.
    pub const CAPITAL_WEIGHTS_MAX: u32 = 950_000; "millionths"
    /// A price published later than this after the cluster's clock is refused: it would
    /// keep every honest price out until then.
    pub const PUBLISH_TIME_LEAD_SECONDS_MAX: i64 = 30; "seconds"
    /// Shortest time in which margins and weights move to new values, in a straight line.
    pub const RAMP_SECONDS_MIN: u32 = 86_400; "seconds"
    /// Longest time in which they do.
    pub const RAMP_SECONDS_MAX: u32 = 2_592_000; "seconds"
    /// Most of a margin or weight by which one ramp of the steward may move it (of one that is
    /// zero: a twentieth of this).
    pub const STEWARD_STEP: u32 = 250_000; "millionths"
    /// Longest time after its wait in which a change may be executed, and after that in which a
    /// nominee may accept a role.
    pub const CHANGE_VALID_SECONDS_MAX: i64 = 1_209_600; "seconds"
    /// How long prices of new collateral, or of a new market's asset, must have come in before it
    /// begins to count.
    pub const HISTORY_SECONDS: i64 = 604_800; "seconds"
    /// Longest gap between two prices; after a longer one their history begins anew.
    pub const HISTORY_GAP_SECONDS_MAX: i64 = 86_400; "seconds"
    /// Time in which weights and caps of new collateral then rise to what was decided.
    pub const WARM_UP_SECONDS: i64 = 604_800; "seconds"
    /// Part of its deposit cap that new collateral begins with.
    pub const WARM_UP_CAP: u32 = 100_000; "millionths"
    /// Longest time for which the guardian may pause, further pauses that begin in it included.
    pub const PAUSE_SECONDS_MAX: i64 = 86_400; "seconds"
    /// Time after the last pause ended before the next may begin.
    pub const PAUSE_REST_SECONDS: i64 = 172_800; "seconds"
    /// Most pauses in a week.
    pub const PAUSES_PER_WEEK: usize = 4; "pauses"
}

/// Seconds of a week.
pub const WEEK_SECONDS: i64 = 604_800;

fn require(holds: bool) -> Result<(), PlimsollError> {
    if holds {
        Ok(())
    } else {
        Err(PlimsollError::ParameterOutOfBounds)
    }
}

/// Checks a clearinghouse: each bound, a margin call before the liquidation target, and a
/// wait for oracles that is not shorter than for anything else.
pub fn check_clearinghouse(t: &ClearinghouseTerms) -> Result<(), PlimsollError> {
    check(Concern::Clearinghouse, t)?;
    require(t.margin_call <= t.liquidation_target)?;
    require(t.oracle_delay_seconds >= t.change_delay_seconds)
}

/// Checks the length of a ramp.
pub fn check_ramp(seconds: u32) -> Result<(), PlimsollError> {
    require((RAMP_SECONDS_MIN..=RAMP_SECONDS_MAX).contains(&seconds))
}

/// Checks the terms of the pool.
pub fn check_pool(t: &PoolTerms) -> Result<(), PlimsollError> {
    check(Concern::Pool, t)
}

/// Checks an asset: what it asks of its oracle, a known oracle, and a printable symbol.
#[inline(never)]
pub fn check_asset(p: &AssetParams) -> Result<(), PlimsollError> {
    check_price(&p.price)?;
    require(p.decimals <= DECIMALS_MAX)?;
    require(p.price.parity_ratio == 0 || p.parity_asset != SETTLEMENT_ASSET)?;
    check_oracle_kind(p.source.kind)?;
    let length = p.symbol.iter().take_while(|c| c.is_ascii_graphic()).count();
    require(length > 0 && p.symbol.iter().skip(length).all(|c| *c == 0))
}

/// Checks what a row asks of its oracle: each bound, and limits in order.
pub fn check_price(t: &PriceTerms) -> Result<(), PlimsollError> {
    check(Concern::Price, t)?;
    require(t.fresh_seconds <= t.expiry_seconds && t.confidence_max <= t.confidence_limit)
}

/// Checks that a byte names an oracle that prices can be read from.
pub fn check_oracle_kind(kind: u8) -> Result<(), PlimsollError> {
    require(matches!(OracleKind::try_from(kind), Ok(OracleKind::PythPull | OracleKind::PythLegacy)))
}

/// Checks collateral: each bound, and initial weights at least as strict as
/// maintenance weights.
#[inline(never)]
pub fn check_collateral(p: &CollateralParams) -> Result<(), PlimsollError> {
    let (w, t) = (&p.weights, &p.terms);
    check(Concern::Weights, w)?;
    check(Concern::Bank, t)?;
    require(w.initial_asset <= w.maintenance_asset)?;
    require(w.initial_debt >= w.maintenance_debt)?;
    require(t.rate_at_zero <= t.rate_at_kink && t.rate_at_kink <= t.rate_at_full)?;
    require(t.padding == 0)?;
    // Settlement tokens, the lightest debt of all, repaid for this collateral improve health.
    let seized = w.maintenance_asset as u64 * (1_000_000 + t.liquidation_bonus as u64);
    require(w.maintenance_asset == 1_000_000 || seized < 1_000_000 * 1_000_000)
}

fn check_margin(m: &MarginTerms) -> Result<(), PlimsollError> {
    check(Concern::Margin, m)?;
    require(m.initial_profit_weight <= m.maintenance_profit_weight)?;
    require(m.tier_2_from == 0 || (m.tier_1_from > 0 && m.tier_1_from <= m.tier_2_from))?;
    require(m.tier_1_initial >= m.tier_1_maintenance && m.tier_2_initial >= m.tier_2_maintenance)?;
    let top = m.maintenance_margin as u64 + m.tier_1_maintenance as u64 + m.tier_2_maintenance as u64;
    require(top * m.volatility_multiplier_max as u64 <= 1_000_000 * 1_000_000)?;
    require(m.padding == 0)
}

fn check_terms(t: &MarketTerms) -> Result<(), PlimsollError> {
    check(Concern::Market, t)?;
    require(t.insurance_fee_share + t.protocol_fee_share <= 1_000_000)?;
    require(t.bounty_share <= t.bounty_share_max)?;
    require(t.size_min <= t.open_interest_max)
}

/// Checks a market: each bound, and what liquidation relies on.
///
/// - Initial margin covers the liquidation target, so that an account brought back
///   to the target lies between maintenance and initial margin.
/// - Maintenance margin exceeds everything that closing a position can cost, so that
///   liquidation always improves health: the widest confidence a refresh accepts, the
///   price impact at the open interest cap, and the penalty or fee.
#[inline(never)]
pub fn check_market(
    p: &MarketParams,
    confidence_limit: u32,
    liquidation_target: u32,
) -> Result<(), PlimsollError> {
    let (m, t) = (&p.margin, &p.terms);
    check_margin(m)?;
    check_terms(t)?;
    let scale = t.skew_scale as i128;
    let impact = (t.open_interest_max as i128 * 1_000_000 + scale - 1) / scale;
    require(impact <= IMPACT_MAX as i128)?;
    let closing = confidence_limit as i128 + impact + t.liquidation_penalty.max(t.trading_fee) as i128;
    require(m.maintenance_margin as i128 > closing)?;
    require(m.initial_margin as i128 * 1_000_000 >= m.maintenance_margin as i128 * liquidation_target as i128)
}
