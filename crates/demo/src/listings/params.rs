//! Listings as the program's instructions take them.

use plimsoll::bounds;
use plimsoll::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};
use plimsoll::state::{BankTerms, MarginTerms, MarketTerms};
use solana_address::Address;

use super::{Asset, Clearinghouse, Collateral, Listings, Market, ONE};

impl Listings {
    /// What the clearinghouse is created with.
    pub fn clearinghouse_params(&self) -> ClearinghouseParams {
        let Clearinghouse { liquidation_target, margin_call, auction_delay_seconds, auction_seconds, .. } =
            self.clearinghouse;
        ClearinghouseParams { liquidation_target, margin_call, auction_delay_seconds, auction_seconds }
    }

    /// What the settlement token is listed with: its face value, up to the cap.
    pub fn settlement_params(&self) -> CollateralParams {
        CollateralParams {
            initial_asset_weight: ONE,
            maintenance_asset_weight: ONE,
            initial_debt_weight: ONE,
            maintenance_debt_weight: ONE,
            terms: unlent(self.settlement.deposit_cap),
        }
    }
}

impl Asset {
    /// What the asset is put on the risk board with.
    pub fn params(&self, oracle: Address, feed_id: [u8; 32]) -> AssetParams {
        let mut symbol = [0; 16];
        let length = self.symbol.len().min(symbol.len());
        symbol[..length].copy_from_slice(&self.symbol.as_bytes()[..length]);
        AssetParams {
            symbol,
            oracle,
            feed_id,
            oracle_kind: self.oracle_kind() as u8,
            decimals: self.decimals,
            fresh_seconds: self.fresh_seconds,
            expiry_seconds: self.expiry_seconds,
            confidence_max: self.confidence_max,
            confidence_limit: self.confidence_limit,
            divergence_max: self.divergence_max,
            slow_rate_per_second: self.slow_rate_per_second,
            hold_seconds: self.hold_seconds,
            parity_ratio: 0,
            parity_gap_max: 0,
            parity_asset: 0,
        }
    }

    pub fn collateral_params(&self) -> CollateralParams {
        let Collateral {
            initial_asset_weight,
            maintenance_asset_weight,
            initial_debt_weight,
            maintenance_debt_weight,
            deposit_cap,
        } = self.collateral;
        CollateralParams {
            initial_asset_weight,
            maintenance_asset_weight,
            initial_debt_weight,
            maintenance_debt_weight,
            terms: unlent(deposit_cap),
        }
    }

    pub fn market_params(&self) -> MarketParams {
        let market = &self.market;
        MarketParams {
            margin: market.margin(),
            terms: MarketTerms {
                skew_scale: market.skew_scale,
                open_interest_max: market.open_interest_max,
                size_min: market.size_min,
                full_close_notional: market.full_close_notional,
                trading_fee: market.trading_fee,
                insurance_fee_share: market.insurance_fee_share,
                liquidation_penalty: market.liquidation_penalty,
                bounty_share: market.bounty_share,
                reserve_ratio: market.reserve_ratio,
                capital_weight: market.capital_weight,
                // Each market keeps its own insurance, and there is no funding.
                insurance_tranche: bounds::INSURANCE_TRANCHE.max,
                shared_insurance_max: 0,
                bounty_share_max: market.bounty_share,
                bounty_seconds: 0,
                funding_rate_max_per_day: 0,
                funding_velocity_max_per_day: 0,
            },
        }
    }
}

/// A bank that takes deposits and lends none of them.
fn unlent(deposit_cap: u64) -> BankTerms {
    BankTerms {
        deposit_cap,
        borrow_cap: 0,
        debt_min: 0,
        weight_scale_from: i64::MAX.unsigned_abs(),
        utilisation_max: 0,
        utilisation_kink: bounds::UTILISATION_KINK.max.unsigned_abs() as u32,
        rate_at_zero: 0,
        rate_at_kink: 0,
        rate_at_full: 0,
        reserve_share: 0,
        liquidation_bonus: 0,
        padding: 0,
    }
}

impl Market {
    /// The same margin for every size, at any volatility and open interest.
    fn margin(&self) -> MarginTerms {
        MarginTerms {
            initial_margin: self.initial_margin,
            maintenance_margin: self.maintenance_margin,
            initial_profit_weight: self.initial_profit_weight,
            maintenance_profit_weight: self.maintenance_profit_weight,
            tier_1_from: 0,
            tier_2_from: 0,
            tier_1_initial: 0,
            tier_1_maintenance: 0,
            tier_2_initial: 0,
            tier_2_maintenance: 0,
            concentration_share: 0,
            concentration_initial: 0,
            open_interest_low: self.open_interest_max,
            volatility_memory_seconds: 3_600,
            volatility_calm_per_day: 40_000,
            volatility_multiplier_max: ONE,
            volatility_fall_per_day: ONE,
            bounty_reserve: 0,
            padding: 0,
        }
    }
}
