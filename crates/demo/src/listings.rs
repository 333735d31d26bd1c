//! The risk parameters a deployment starts with: `migrations/listings.toml`, read and checked.

mod checks;
mod params;

use plimsoll::oracle::OracleKind;
use serde::Deserialize;

/// Where the file is, from the top of the repository.
pub const FILE: &str = "migrations/listings.toml";
const TEXT: &str = include_str!("../../../migrations/listings.toml");

const ONE: u32 = 1_000_000;

/// A whole deployment.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listings {
    pub clearinghouse: Clearinghouse,
    pub settlement: Settlement,
    #[serde(rename = "asset")]
    pub assets: Vec<Asset>,
}

/// Ratios in millionths.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clearinghouse {
    pub liquidation_target: u32,
    margin_call: u32,
    auction_delay_seconds: u32,
    auction_seconds: u32,
    pub redeem_fee: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    pub symbol: String,
    pub decimals: u8,
    /// Native units.
    pub deposit_cap: u64,
    lending: Lending,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Oracle {
    PythPull,
    PythLegacy,
}

/// An asset: a row of the risk board, a collateral and a market.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    pub symbol: String,
    pub decimals: u8,
    oracle: Oracle,
    fresh_seconds: u32,
    expiry_seconds: u32,
    confidence_max: u32,
    confidence_limit: u32,
    divergence_max: u32,
    slow_rate_per_second: u32,
    hold_seconds: u32,
    collateral: Collateral,
    lending: Lending,
    market: Market,
    surcharges: Surcharges,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Collateral {
    initial_asset_weight: u32,
    maintenance_asset_weight: u32,
    initial_debt_weight: u32,
    maintenance_debt_weight: u32,
    deposit_cap: u64,
}

/// How a bank lends. Amounts in native units, rates in millionths a year, `weight_scale_from` in micro-USD.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lending {
    borrow_cap: u64,
    debt_min: u64,
    weight_scale_from: u64,
    utilisation_max: u32,
    utilisation_kink: u32,
    rate_at_zero: u32,
    rate_at_kink: u32,
    rate_at_full: u32,
    reserve_share: u32,
    liquidation_bonus: u32,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Market {
    initial_margin: u32,
    maintenance_margin: u32,
    initial_profit_weight: u32,
    maintenance_profit_weight: u32,
    skew_scale: i64,
    open_interest_max: i64,
    size_min: i64,
    full_close_notional: i64,
    trading_fee: u32,
    insurance_fee_share: u32,
    liquidation_penalty: u32,
    bounty_share: u32,
    bounty_share_max: u32,
    bounty_seconds: u32,
    insurance_tranche: i64,
    shared_insurance_max: i64,
    funding_rate_max_per_day: u32,
    funding_velocity_max_per_day: u32,
    reserve_ratio: u32,
    capital_weight: u32,
}

/// What raises margin: size, share of open interest, open interest, volatility.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Surcharges {
    tier_1_from: i64,
    tier_2_from: i64,
    tier_1_initial: u32,
    tier_1_maintenance: u32,
    tier_2_initial: u32,
    tier_2_maintenance: u32,
    concentration_share: u32,
    concentration_initial: u32,
    open_interest_low: i64,
    volatility_memory_seconds: u32,
    volatility_calm_per_day: u32,
    volatility_multiplier_max: u32,
    volatility_fall_per_day: u32,
    bounty_reserve: u32,
}

/// The file that comes with the project.
///
/// # Errors
/// What is wrong with it, by parameter, and the bound it breaks.
pub fn bundled() -> Result<Listings, String> {
    parse(TEXT).map_err(|problem| format!("{FILE}: {problem}"))
}

fn parse(text: &str) -> Result<Listings, String> {
    let listings: Listings =
        toml::from_str(text).map_err(|error| error.to_string().trim_end().to_string())?;
    listings.check()?;
    Ok(listings)
}

impl Asset {
    pub fn oracle_kind(&self) -> OracleKind {
        match self.oracle {
            Oracle::PythPull => OracleKind::PythPull,
            Oracle::PythLegacy => OracleKind::PythLegacy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_within_every_bound() {
        let listings = bundled().unwrap();
        let symbols: Vec<&str> = listings.assets.iter().map(|asset| asset.symbol.as_str()).collect();
        assert_eq!(symbols, ["BTC", "ETH", "SOL"]);
    }

    /// The file with the first `from` replaced.
    fn problem(from: &str, to: &str) -> String {
        assert!(TEXT.contains(from), "{from}");
        parse(&TEXT.replacen(from, to, 1)).unwrap_err()
    }

    #[test]
    fn a_value_past_its_bound_is_named_with_the_bound() {
        assert_eq!(
            problem("maintenance_margin = 50_000", "maintenance_margin = 4_999"),
            "asset BTC, market: maintenance_margin = 4999 is outside of 5000 to 500000 millionths"
        );
        assert_eq!(
            problem("liquidation_target = 1_250_000", "liquidation_target = 1_000_000"),
            "clearinghouse: liquidation_target = 1000000 is outside of 1010000 to 2000000 millionths"
        );
    }

    #[test]
    fn values_that_do_not_fit_together_are_named_with_the_rule() {
        let message = problem("liquidation_penalty = 12_500", "liquidation_penalty = 40_000");
        assert!(message.starts_with("asset BTC, market: maintenance_margin must exceed"), "{message}");
        let message = problem("initial_asset_weight = 850_000", "initial_asset_weight = 930_000");
        assert!(message.starts_with("asset BTC, collateral: initial weights"), "{message}");
        let message = problem("capital_weight = 400_000", "capital_weight = 700_000");
        assert!(message.starts_with("capital weights of all markets: 1050000"), "{message}");
    }

    #[test]
    fn misspelt_missing_and_foreign_entries_are_refused() {
        let message = problem("trading_fee = 500", "trading_fees = 500");
        assert!(message.contains("line") && message.contains("trading_fees"), "{message}");
        assert!(problem("redeem_fee = 1_000", "").contains("redeem_fee"));
        assert!(problem("symbol = \"SOL\"", "symbol = \"BTC\"").contains("asset BTC: listed 2 times"));
        assert!(problem("oracle = \"pyth-legacy\"", "oracle = \"sun\"").contains("pyth-legacy"));
    }
}
