//! The risk parameters a deployment starts with: `migrations/listings.toml`, read and checked.

mod params;

use plimsoll::bounds::{self, Bound};
use plimsoll::oracle::OracleKind;
use serde::Deserialize;
use solana_address::Address;

use crate::prices::Symbol;

/// Where the file is, from the top of the repository.
pub const FILE: &str = "migrations/listings.toml";
const TEXT: &str = include_str!("../../../migrations/listings.toml");

const ONE: u32 = 1_000_000;

/// What a market's parameters must satisfy together, besides each bound.
const MARKET_RULES: &str = "maintenance_margin must exceed confidence_limit + open_interest_max / skew_scale + the \
    larger of liquidation_penalty and trading_fee; open_interest_max / skew_scale may be at most 10%; initial_margin \
    must be at least maintenance_margin x liquidation_target; the initial profit weight may not exceed the maintenance \
    profit weight, nor size_min open_interest_max";

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
    market: Market,
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
    reserve_ratio: u32,
    capital_weight: u32,
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

/// A parameter's name, its value, and the bound it must keep.
type Checked<'a> = (&'a str, i64, &'a Bound);

fn check_bounds(place: &str, parameters: &[Checked]) -> Result<(), String> {
    let broken = parameters.iter().find(|(_, value, bound)| !(bound.min..=bound.max).contains(value));
    broken.map_or(Ok(()), |(name, value, bound)| {
        let Bound { min, max, unit, .. } = bound;
        Err(format!("{place}: {name} = {value} is outside of {min} to {max} {unit}"))
    })
}

impl Listings {
    fn check(&self) -> Result<(), String> {
        let c = &self.clearinghouse;
        let parameters: [Checked; 5] = [
            ("liquidation_target", c.liquidation_target.into(), &bounds::LIQUIDATION_TARGET),
            ("margin_call", c.margin_call.into(), &bounds::MARGIN_CALL),
            ("auction_delay_seconds", c.auction_delay_seconds.into(), &bounds::AUCTION_DELAY_SECONDS),
            ("auction_seconds", c.auction_seconds.into(), &bounds::AUCTION_SECONDS),
            ("redeem_fee", c.redeem_fee.into(), &bounds::REDEEM_FEE),
        ];
        check_bounds("clearinghouse", &parameters)?;
        bounds::check_clearinghouse(&self.clearinghouse_params())
            .map_err(|_| "clearinghouse: margin_call may not exceed liquidation_target".to_string())?;
        if (self.settlement.symbol.as_str(), self.settlement.decimals) != ("USDC", 6) {
            return Err("settlement: the demo settles in USDC, which has 6 decimals".to_string());
        }
        for symbol in Symbol::ALL {
            let listed = self.assets.iter().filter(|asset| asset.symbol == symbol.name()).count();
            if listed != 1 {
                return Err(format!("asset {symbol}: listed {listed} times, expected once"));
            }
        }
        if let Some(asset) = self.assets.iter().find(|asset| Symbol::from_name(&asset.symbol).is_none()) {
            return Err(format!("asset {}: there are no recorded prices for it", asset.symbol));
        }
        let weights: u64 = self.assets.iter().map(|asset| u64::from(asset.market.capital_weight)).sum();
        if weights > bounds::CAPITAL_WEIGHTS_MAX.into() {
            let most = bounds::CAPITAL_WEIGHTS_MAX;
            return Err(format!("capital weights of all markets: {weights}, the most is {most} millionths"));
        }
        self.assets.iter().try_for_each(|asset| asset.check(self.clearinghouse.liquidation_target))
    }
}

impl Asset {
    pub fn oracle_kind(&self) -> OracleKind {
        match self.oracle {
            Oracle::PythPull => OracleKind::PythPull,
            Oracle::PythLegacy => OracleKind::PythLegacy,
        }
    }

    /// Each bound by name, then the program's own checks of what must fit together.
    fn check(&self, liquidation_target: u32) -> Result<(), String> {
        let place = |part: &str| format!("asset {}{part}", self.symbol);
        check_bounds(&place(""), &self.row_bounds())?;
        check_bounds(&place(", collateral"), &self.collateral_bounds())?;
        check_bounds(&place(", market"), &self.market_bounds())?;
        let together = |part: &str, rule: &str| format!("{}: {rule}", place(part));
        bounds::check_asset(&self.params(Address::default(), [0; 32])).map_err(|_| {
            together("", "fresh_seconds may not exceed expiry_seconds, nor confidence_max confidence_limit")
        })?;
        bounds::check_collateral(&self.collateral_params()).map_err(|_| {
            together(", collateral", "initial weights must be at least as strict as maintenance weights")
        })?;
        bounds::check_market(&self.market_params(), self.confidence_limit, liquidation_target)
            .map_err(|_| together(", market", MARKET_RULES))
    }

    fn row_bounds(&self) -> [Checked<'_>; 8] {
        [
            ("decimals", self.decimals.into(), &bounds::DECIMALS),
            ("fresh_seconds", self.fresh_seconds.into(), &bounds::FRESH_SECONDS),
            ("expiry_seconds", self.expiry_seconds.into(), &bounds::EXPIRY_SECONDS),
            ("confidence_max", self.confidence_max.into(), &bounds::CONFIDENCE_MAX),
            ("confidence_limit", self.confidence_limit.into(), &bounds::CONFIDENCE_LIMIT),
            ("divergence_max", self.divergence_max.into(), &bounds::DIVERGENCE_MAX),
            ("slow_rate_per_second", self.slow_rate_per_second.into(), &bounds::SLOW_RATE_PER_SECOND),
            ("hold_seconds", self.hold_seconds.into(), &bounds::HOLD_SECONDS),
        ]
    }

    fn collateral_bounds(&self) -> [Checked<'_>; 4] {
        let c = &self.collateral;
        [
            ("initial_asset_weight", c.initial_asset_weight.into(), &bounds::ASSET_WEIGHT),
            ("maintenance_asset_weight", c.maintenance_asset_weight.into(), &bounds::ASSET_WEIGHT),
            ("initial_debt_weight", c.initial_debt_weight.into(), &bounds::DEBT_WEIGHT),
            ("maintenance_debt_weight", c.maintenance_debt_weight.into(), &bounds::DEBT_WEIGHT),
        ]
    }

    fn market_bounds(&self) -> [Checked<'_>; 14] {
        let m = &self.market;
        [
            ("maintenance_margin", m.maintenance_margin.into(), &bounds::MAINTENANCE_MARGIN),
            ("initial_margin", m.initial_margin.into(), &bounds::INITIAL_MARGIN),
            ("initial_profit_weight", m.initial_profit_weight.into(), &bounds::PROFIT_WEIGHT),
            ("maintenance_profit_weight", m.maintenance_profit_weight.into(), &bounds::PROFIT_WEIGHT),
            ("skew_scale", m.skew_scale, &bounds::SKEW_SCALE),
            ("open_interest_max", m.open_interest_max, &bounds::OPEN_INTEREST_MAX),
            ("size_min", m.size_min, &bounds::SIZE_MIN),
            ("full_close_notional", m.full_close_notional, &bounds::FULL_CLOSE_NOTIONAL),
            ("trading_fee", m.trading_fee.into(), &bounds::TRADING_FEE),
            ("insurance_fee_share", m.insurance_fee_share.into(), &bounds::INSURANCE_FEE_SHARE),
            ("liquidation_penalty", m.liquidation_penalty.into(), &bounds::LIQUIDATION_PENALTY),
            ("bounty_share", m.bounty_share.into(), &bounds::BOUNTY_SHARE),
            ("reserve_ratio", m.reserve_ratio.into(), &bounds::RESERVE_RATIO),
            ("capital_weight", m.capital_weight.into(), &bounds::CAPITAL_WEIGHT),
        ]
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
        let message = problem("capital_weight = 400_000", "capital_weight = 500_000");
        assert!(message.starts_with("capital weights of all markets: 1000000"), "{message}");
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
