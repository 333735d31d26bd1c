//! Risk parameters that tests, demo and benchmarks list assets with.

use plimsoll::oracle::OracleKind;
use plimsoll::params::{AssetParams, CollateralParams, MarketParams};
use plimsoll::state::MarketTerms;
use solana_address::Address;

/// Margin ratio to which liquidations bring an account back: 125%.
pub const LIQUIDATION_TARGET: u32 = 1_250_000;
/// Redemption fee of the pool: 0.1%.
pub const REDEEM_FEE: u32 = 1_000;

/// What a clearinghouse and its pool are created with.
#[derive(Clone, Copy, Debug)]
pub struct Deployment {
    /// Millionths.
    pub liquidation_target: u32,
    /// Millionths.
    pub redeem_fee: u32,
    pub settlement: CollateralParams,
}

impl Default for Deployment {
    fn default() -> Self {
        Self { liquidation_target: LIQUIDATION_TARGET, redeem_fee: REDEEM_FEE, settlement: settlement() }
    }
}

/// What a test lists.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    pub symbol: &'static str,
    pub decimals: u8,
    pub kind: OracleKind,
    pub collateral: Option<CollateralParams>,
    pub market: Option<MarketParams>,
}

pub fn symbol(text: &str) -> [u8; 16] {
    let mut symbol = [0; 16];
    symbol[..text.len()].copy_from_slice(text.as_bytes());
    symbol
}

/// Price limits of a liquid asset.
pub fn asset(listing: &Listing, oracle: Address, feed_id: [u8; 32]) -> AssetParams {
    AssetParams {
        symbol: symbol(listing.symbol),
        oracle,
        feed_id,
        oracle_kind: listing.kind as u8,
        decimals: listing.decimals,
        fresh_seconds: 30,
        expiry_seconds: 120,
        confidence_max: 5_000,
        confidence_limit: 10_000,
        divergence_max: 100_000,
        slow_rate_per_second: 500,
    }
}

/// The settlement token: worth its face.
pub fn settlement() -> CollateralParams {
    CollateralParams {
        initial_asset_weight: 1_000_000,
        maintenance_asset_weight: 1_000_000,
        initial_debt_weight: 1_000_000,
        maintenance_debt_weight: 1_000_000,
        deposit_cap: 1_000_000_000_000_000,
    }
}

/// A volatile token: 80% counts initially, 90% for maintenance.
pub fn volatile_collateral() -> CollateralParams {
    CollateralParams {
        initial_asset_weight: 800_000,
        maintenance_asset_weight: 900_000,
        initial_debt_weight: 1_200_000,
        maintenance_debt_weight: 1_100_000,
        deposit_cap: 1_000_000_000_000_000,
    }
}

/// A market of up to 10x leverage in units of `unit` native units, about 1 USD to 100 USD each.
pub fn market(unit: i64, capital_weight: u32) -> MarketParams {
    MarketParams {
        initial_margin: 100_000,
        maintenance_margin: 50_000,
        initial_profit_weight: 1_000_000,
        maintenance_profit_weight: 1_000_000,
        terms: MarketTerms {
            skew_scale: 1_000_000 * unit,
            open_interest_max: 10_000 * unit,
            size_min: (unit / 1_000).max(1),
            full_close_notional: 50_000_000,
            trading_fee: 500,
            insurance_fee_share: 200_000,
            liquidation_penalty: 15_000,
            bounty_share: 400_000,
            reserve_ratio: 300_000,
            capital_weight,
        },
    }
}

/// SOL, BTC and ETH: each a collateral and a market.
pub fn standard() -> Vec<Listing> {
    let listing = |symbol, decimals, kind, unit, weight| Listing {
        symbol,
        decimals,
        kind,
        collateral: Some(volatile_collateral()),
        market: Some(market(unit, weight)),
    };
    vec![
        listing("SOL", 9, OracleKind::PythPull, 10_000_000_000, 300_000),
        listing("BTC", 8, OracleKind::PythPull, 1_000_000, 300_000),
        listing("ETH", 8, OracleKind::PythLegacy, 10_000_000, 300_000),
    ]
}

/// `count` assets of 6 decimals, each a collateral and a market: for full accounts.
pub fn wide(count: usize) -> Vec<Listing> {
    const SYMBOLS: [&str; 16] = [
        "A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A09", "A10", "A11", "A12", "A13", "A14",
        "A15", "A16",
    ];
    SYMBOLS[..count]
        .iter()
        .map(|symbol| Listing {
            symbol,
            decimals: 6,
            kind: OracleKind::PythPull,
            collateral: Some(volatile_collateral()),
            market: Some(market(1_000_000, 50_000)),
        })
        .collect()
}
