//! The risk parameters a deployment starts with: `migrations/listings.toml`, read and checked.

use plimsoll::bounds;
use plimsoll::parameters::Concern;
use plimsoll::params::{
    AssetParams, ClearinghouseTerms, CollateralParams, MarketParams, OracleSource, PoolTerms, PriceTerms,
};
use plimsoll::state::{BankTerms, MarginTerms, MarketTerms, Weights};
use plimsoll::terms::Terms;
use serde::Deserialize;
use toml::Table;

use crate::section::{Section, name};

/// Where the file is, from the top of the repository.
pub const FILE: &str = "migrations/listings.toml";
const TEXT: &str = include_str!("../../../migrations/listings.toml");

const ONE: u32 = 1_000_000;

/// What a market's parameters must satisfy together, besides each bound.
const MARKET_RULES: &str = "maintenance_margin must exceed confidence_limit + open_interest_max / skew_scale + the \
    larger of liquidation_penalty and trading_fee; open_interest_max / skew_scale may be at most 10%; initial_margin \
    must be at least maintenance_margin x liquidation_target; maintenance_margin and the maintenance surcharges of both \
    tiers, times volatility_multiplier_max, may be at most 100%; neither the initial profit weight may exceed the \
    maintenance profit weight, nor a tier's maintenance surcharge its initial one, nor size_min open_interest_max, nor \
    bounty_share bounty_share_max, nor both shares of the fee 100%; tier_1_from may not exceed tier_2_from";

/// The same of a token's.
const COLLATERAL_RULES: &str = "initial weights must be at least as strict as maintenance weights; \
    maintenance_asset x (1 + liquidation_bonus) must be below 100%; rate_at_zero, rate_at_kink and rate_at_full must be \
    in rising order";

/// A whole deployment.
#[derive(Debug, Clone)]
pub struct Listings {
    pub clearinghouse: ClearinghouseTerms,
    pub pool: PoolTerms,
    pub settlement: Settlement,
    pub assets: Vec<Asset>,
}

#[derive(Debug, Clone)]
pub struct Settlement {
    pub symbol: String,
    pub decimals: u8,
    /// At its face value.
    pub collateral: CollateralParams,
}

/// An asset: a row of the risk board, a collateral and a market.
#[derive(Debug, Clone)]
pub struct Asset {
    pub symbol: String,
    pub decimals: u8,
    pub price: PriceTerms,
    pub collateral: CollateralParams,
    pub market: MarketParams,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    clearinghouse: Table,
    pool: Table,
    settlement: SettlementEntry,
    asset: Vec<AssetEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettlementEntry {
    symbol: String,
    decimals: u8,
    bank: Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetEntry {
    symbol: String,
    decimals: u8,
    price: Table,
    weights: Table,
    bank: Table,
    market: Table,
    margin: Table,
}

/// Gets the terms of one concern out of a complete section.
macro_rules! complete {
    ($place:expr, $concern:ident, $table:expr) => {{
        let place = format!("{}, {}", $place, name(Concern::$concern));
        match Section::complete(&place, Concern::$concern, $table)?.terms() {
            Terms::$concern(terms) => terms,
            other => unreachable!("{other:?}"),
        }
    }};
}

/// The file that comes with the project.
///
/// # Errors
/// What is wrong with it, by parameter, and the bound it breaks.
pub fn bundled() -> Result<Listings, String> {
    parse(TEXT).map_err(|problem| format!("{FILE}: {problem}"))
}

/// Listings from the text of such a file.
///
/// # Errors
/// What is wrong with it, by parameter, and the bound or rule it breaks.
pub fn parse(text: &str) -> Result<Listings, String> {
    let file: File = toml::from_str(text).map_err(|error| one_line(&error))?;
    let clearinghouse: ClearinghouseTerms = complete!("deployment", Clearinghouse, &file.clearinghouse);
    let pool: PoolTerms = complete!("deployment", Pool, &file.pool);
    bounds::check_clearinghouse(&clearinghouse).map_err(|_| {
        "clearinghouse: margin_call may not exceed liquidation_target, nor change_delay_seconds oracle_delay_seconds"
    })?;
    let settlement = settlement(file.settlement)?;
    let assets: Vec<Asset> = file.asset.into_iter().map(asset).collect::<Result<_, _>>()?;
    let target = clearinghouse.liquidation_target;
    for asset in &assets {
        asset.check(target)?;
        let listed = assets.iter().filter(|other| other.symbol == asset.symbol).count();
        if listed > 1 || asset.symbol == settlement.symbol {
            return Err(format!("asset {}: listed twice", asset.symbol));
        }
    }
    let weights: u64 = assets.iter().map(|asset| u64::from(asset.market.terms.capital_weight)).sum();
    if weights > bounds::CAPITAL_WEIGHTS_MAX.into() {
        let most = bounds::CAPITAL_WEIGHTS_MAX;
        return Err(format!("capital weights of all markets: {weights}, the most is {most} millionths"));
    }
    Ok(Listings { clearinghouse, pool, settlement, assets })
}

/// What the TOML reader says, without its drawing of the place.
pub fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let (place, rest) = text.split_once('\n').unwrap_or((text.as_str(), ""));
    let last = rest.trim_end().lines().next_back().unwrap_or_default();
    if last.is_empty() { place.to_string() } else { format!("{place}: {}", last.trim()) }
}

fn settlement(entry: SettlementEntry) -> Result<Settlement, String> {
    let terms: BankTerms = complete!("settlement", Bank, &entry.bank);
    let weights =
        Weights { initial_asset: ONE, maintenance_asset: ONE, initial_debt: ONE, maintenance_debt: ONE };
    let collateral = CollateralParams { weights, terms };
    bounds::check_collateral(&collateral).map_err(|_| format!("settlement: {COLLATERAL_RULES}"))?;
    Ok(Settlement { symbol: entry.symbol, decimals: entry.decimals, collateral })
}

fn asset(entry: AssetEntry) -> Result<Asset, String> {
    let place = format!("asset {}", entry.symbol);
    let weights: Weights = complete!(place, Weights, &entry.weights);
    let terms: BankTerms = complete!(place, Bank, &entry.bank);
    let margin: MarginTerms = complete!(place, Margin, &entry.margin);
    let market: MarketTerms = complete!(place, Market, &entry.market);
    Ok(Asset {
        price: complete!(place, Price, &entry.price),
        symbol: entry.symbol,
        decimals: entry.decimals,
        collateral: CollateralParams { weights, terms },
        market: MarketParams { margin, terms: market },
    })
}

impl Asset {
    /// What the asset is put on the risk board with; its price comes from `source`.
    pub fn params(&self, source: OracleSource) -> AssetParams {
        let mut symbol = [0; 16];
        let length = self.symbol.len().min(symbol.len());
        symbol[..length].copy_from_slice(&self.symbol.as_bytes()[..length]);
        AssetParams {
            symbol,
            source,
            price: self.price,
            decimals: self.decimals,
            parity_asset: 0,
            padding: [0; 2],
        }
    }

    /// What must fit together, by the program's own checks.
    fn check(&self, liquidation_target: u32) -> Result<(), String> {
        let together = |part: &str, rule: &str| format!("asset {}{part}: {rule}", self.symbol);
        if self.symbol.len() > 16 || self.decimals > bounds::DECIMALS_MAX {
            return Err(together("", "a symbol has 16 characters, and an asset 18 decimals, at most"));
        }
        let order = "fresh_seconds may not exceed expiry_seconds, nor confidence_max confidence_limit";
        bounds::check_price(&self.price).map_err(|_| together(", price", order))?;
        bounds::check_collateral(&self.collateral).map_err(|_| together(", collateral", COLLATERAL_RULES))?;
        bounds::check_market(&self.market, self.price.confidence_limit, liquidation_target)
            .map_err(|_| together(", market", MARKET_RULES))
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
        assert_eq!(listings.assets[0].market.terms.reduce_only, 0);
    }

    /// The file with the first `from` replaced.
    fn problem(from: &str, to: &str) -> String {
        assert!(TEXT.contains(from), "{from}");
        let problem = parse(&TEXT.replacen(from, to, 1)).unwrap_err();
        assert_eq!(problem.lines().count(), 1, "{problem}");
        problem
    }

    #[test]
    fn a_value_past_its_bound_is_named_with_the_bound() {
        assert_eq!(
            problem("maintenance_margin = 50_000", "maintenance_margin = 4_999"),
            "asset BTC, margin: maintenance_margin = 4999 is outside of 5000 to 500000 millionths"
        );
        assert_eq!(
            problem("change_delay_seconds = 172_800", "change_delay_seconds = 0"),
            "deployment, clearinghouse: change_delay_seconds = 0 is outside of 172800 to 2592000 seconds"
        );
    }

    #[test]
    fn values_that_do_not_fit_together_are_named_with_the_rule() {
        let message = problem("liquidation_penalty = 12_500", "liquidation_penalty = 40_000");
        assert!(message.starts_with("asset BTC, market: maintenance_margin must exceed"), "{message}");
        let message = problem("initial_asset = 850_000", "initial_asset = 930_000");
        assert!(message.starts_with("asset BTC, collateral: initial weights"), "{message}");
        let message = problem("capital_weight = 400_000", "capital_weight = 700_000");
        assert!(message.starts_with("capital weights of all markets: 1050000"), "{message}");
    }

    #[test]
    fn misspelt_missing_and_foreign_entries_are_refused() {
        let message = problem("trading_fee = 500", "trading_fees = 500");
        assert!(
            message
                .starts_with("asset BTC, market: there is no parameter trading_fees; there are skew_scale,")
        );
        assert_eq!(problem("trading_fee = 500\n", ""), "asset BTC, market: trading_fee is missing");
        assert_eq!(problem("symbol = \"SOL\"", "symbol = \"BTC\""), "asset BTC: listed twice");
        assert!(problem("[pool]", "[fund]").contains("unknown field `fund`"));
        assert!(
            problem("redeem_fee = 1_000", "redeem_fee = true")
                .ends_with("must be a whole number of millionths")
        );
    }
}
