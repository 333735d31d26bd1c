//! Risk parameters that tests, demo and benchmarks list assets with.

use plimsoll::oracle::OracleKind;
use plimsoll::params::{
    AssetParams, ClearinghouseTerms, CollateralParams, MarketParams, OracleSource, PoolTerms, PriceTerms,
};
use plimsoll::state::{BankTerms, MarginTerms, MarketTerms, Weights};
use solana_address::Address;

/// Margin ratio to which liquidations bring an account back: 125%.
pub const LIQUIDATION_TARGET: u32 = 1_250_000;
/// Redemption fee of the pool: 0.1%.
pub const REDEEM_FEE: u32 = 1_000;

/// What a clearinghouse and its pool are created with.
#[derive(Clone, Copy, Debug)]
pub struct Deployment {
    pub terms: ClearinghouseTerms,
    pub pool: PoolTerms,
    pub settlement: CollateralParams,
}

impl Default for Deployment {
    fn default() -> Self {
        Self { terms: clearinghouse(), pool: PoolTerms { redeem_fee: REDEEM_FEE }, settlement: settlement() }
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

/// Margin calls from 110%, auctions after ten minutes under water, for an hour; the shortest
/// waits, and an outflow limit that no test reaches by accident.
pub fn clearinghouse() -> ClearinghouseTerms {
    ClearinghouseTerms {
        liquidation_target: LIQUIDATION_TARGET,
        margin_call: 1_100_000,
        auction_delay_seconds: 600,
        auction_seconds: 3_600,
        change_delay_seconds: 172_800,
        oracle_delay_seconds: 345_600,
        outflow_max: 1 << 60,
    }
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
        source: OracleSource { oracle, feed_id, kind: listing.kind as u8, padding: [0; 3] },
        price: PriceTerms {
            fresh_seconds: 30,
            expiry_seconds: 120,
            confidence_max: 5_000,
            confidence_limit: 10_000,
            divergence_max: 100_000,
            slow_rate_per_second: 500,
            hold_seconds: 600,
            parity_ratio: 0,
            parity_gap_max: 0,
        },
        decimals: listing.decimals,
        parity_asset: 0,
        padding: [0; 2],
    }
}

/// A bank that lends nothing.
pub fn unlent() -> BankTerms {
    BankTerms {
        deposit_cap: 1_000_000_000_000_000,
        borrow_cap: 0,
        debt_min: 0,
        weight_scale_from: i64::MAX as u64,
        outflow_max: 1 << 56,
        utilisation_max: 900_000,
        utilisation_kink: 800_000,
        rate_at_zero: 0,
        rate_at_kink: 100_000,
        rate_at_full: 1_000_000,
        reserve_share: 100_000,
        liquidation_bonus: 50_000,
        padding: 0,
    }
}

/// A bank that lends up to `borrow_cap` native units, in debts of `debt_min` or more: 10% a
/// year at 80% utilisation, 100% at full.
pub fn lent(borrow_cap: u64, debt_min: u64) -> BankTerms {
    BankTerms { borrow_cap, debt_min, ..unlent() }
}

/// The settlement token: worth its face.
pub fn settlement() -> CollateralParams {
    CollateralParams {
        weights: Weights {
            initial_asset: 1_000_000,
            maintenance_asset: 1_000_000,
            initial_debt: 1_000_000,
            maintenance_debt: 1_000_000,
        },
        terms: unlent(),
    }
}

/// A volatile token: 80% counts initially, 90% for maintenance.
pub fn volatile_collateral() -> CollateralParams {
    CollateralParams {
        weights: Weights {
            initial_asset: 800_000,
            maintenance_asset: 900_000,
            initial_debt: 1_200_000,
            maintenance_debt: 1_100_000,
        },
        terms: unlent(),
    }
}

/// Margin of up to 10x leverage, without any surcharge.
pub fn flat_margin(open_interest_max: i64) -> MarginTerms {
    MarginTerms {
        initial_margin: 100_000,
        maintenance_margin: 50_000,
        initial_profit_weight: 1_000_000,
        maintenance_profit_weight: 1_000_000,
        tier_1_from: 0,
        tier_2_from: 0,
        tier_1_initial: 0,
        tier_1_maintenance: 0,
        tier_2_initial: 0,
        tier_2_maintenance: 0,
        concentration_share: 0,
        concentration_initial: 0,
        open_interest_low: open_interest_max,
        volatility_memory_seconds: 3_600,
        volatility_calm_per_day: 40_000,
        volatility_multiplier_max: 1_000_000,
        volatility_fall_per_day: 1_000_000,
        bounty_reserve: 0,
        padding: 0,
    }
}

/// Margin with every surcharge: brackets from 20,000 and 100,000 USD of notional, by the
/// share of open interest and by open interest, by volatility, and a reserve for the bounty.
pub fn full_margin(open_interest_max: i64) -> MarginTerms {
    MarginTerms {
        tier_1_from: 20_000_000_000,
        tier_2_from: 100_000_000_000,
        tier_1_initial: 50_000,
        tier_1_maintenance: 25_000,
        tier_2_initial: 100_000,
        tier_2_maintenance: 50_000,
        concentration_share: 500_000,
        concentration_initial: 100_000,
        open_interest_low: open_interest_max / 2,
        volatility_multiplier_max: 2_000_000,
        bounty_reserve: 1_000_000,
        ..flat_margin(open_interest_max)
    }
}

/// A market of up to 10x leverage in units of `unit` native units, about 1 USD to 100 USD
/// each: no surcharges, no funding, a fixed bounty.
pub fn market(unit: i64, capital_weight: u32) -> MarketParams {
    MarketParams {
        margin: flat_margin(10_000 * unit),
        terms: MarketTerms {
            skew_scale: 1_000_000 * unit,
            open_interest_max: 10_000 * unit,
            size_min: (unit / 1_000).max(1),
            full_close_notional: 50_000_000,
            trading_fee: 500,
            insurance_fee_share: 200_000,
            protocol_fee_share: 0,
            liquidation_penalty: 15_000,
            bounty_share: 400_000,
            reserve_ratio: 300_000,
            capital_weight,
            reduce_only: 0,
            insurance_tranche: 1_000_000_000_000_000,
            shared_insurance_max: 0,
            bounty_share_max: 400_000,
            bounty_seconds: 0,
            funding_rate_max_per_day: 0,
            funding_velocity_max_per_day: 0,
        },
    }
}

/// The same market with every rule on: surcharges, funding, rising bounties, and a share in
/// the insurance fund.
pub fn full_market(unit: i64, capital_weight: u32) -> MarketParams {
    let plain = market(unit, capital_weight);
    MarketParams {
        margin: full_margin(plain.terms.open_interest_max),
        terms: MarketTerms {
            insurance_tranche: 100_000_000,
            shared_insurance_max: 10_000_000_000,
            bounty_share: 100_000,
            bounty_share_max: 800_000,
            bounty_seconds: 300,
            funding_rate_max_per_day: 10_000,
            funding_velocity_max_per_day: 100_000,
            protocol_fee_share: 100_000,
            ..plain.terms
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

/// The same assets with every rule on, their tokens to be borrowed.
pub fn full() -> Vec<Listing> {
    let borrow_caps =
        [(1_000_000_000_000_000, 100_000_000), (100_000_000_000, 10_000), (1_000_000_000_000, 100_000)];
    let units = [10_000_000_000, 1_000_000, 10_000_000];
    standard()
        .into_iter()
        .zip(borrow_caps.into_iter().zip(units))
        .map(|(listing, ((cap, least), unit))| Listing {
            collateral: Some(CollateralParams { terms: lent(cap, least), ..volatile_collateral() }),
            market: Some(full_market(unit, 300_000)),
            ..listing
        })
        .collect()
}

/// A deployment whose settlement token can be borrowed from one dollar on.
pub fn full_deployment() -> Deployment {
    let terms = lent(1_000_000_000_000_000, 1_000_000);
    Deployment { settlement: CollateralParams { terms, ..settlement() }, ..Deployment::default() }
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

/// The same assets with every rule on, in a way that each applies to positions of a few
/// hundred dollars: both brackets, the share of open interest, volatility, funding.
pub fn wide_full(count: usize) -> Vec<Listing> {
    let listing = |plain: Listing| {
        let mut market = full_market(1_000_000, 50_000);
        (market.margin.tier_1_from, market.margin.tier_2_from) = (50_000_000, 100_000_000);
        market.margin.open_interest_low = 1_000_000;
        let collateral = CollateralParams { terms: lent(1 << 50, 1_000), ..volatile_collateral() };
        Listing { collateral: Some(collateral), market: Some(market), ..plain }
    };
    wide(count).into_iter().map(listing).collect()
}
