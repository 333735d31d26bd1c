//! Listings as the program's instructions take them.

use plimsoll::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};
use plimsoll::state::{BankTerms, MarginTerms, MarketTerms};
use solana_address::Address;

use super::{Asset, Clearinghouse, Collateral, Lending, Listings, ONE};

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
            terms: self.settlement.lending.terms(self.settlement.deposit_cap),
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
            terms: self.lending.terms(deposit_cap),
        }
    }

    pub fn market_params(&self) -> MarketParams {
        let market = &self.market;
        MarketParams {
            margin: self.margin(),
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
                insurance_tranche: market.insurance_tranche,
                shared_insurance_max: market.shared_insurance_max,
                bounty_share_max: market.bounty_share_max,
                bounty_seconds: market.bounty_seconds,
                funding_rate_max_per_day: market.funding_rate_max_per_day,
                funding_velocity_max_per_day: market.funding_velocity_max_per_day,
            },
        }
    }

    fn margin(&self) -> MarginTerms {
        let (market, surcharges) = (&self.market, &self.surcharges);
        MarginTerms {
            initial_margin: market.initial_margin,
            maintenance_margin: market.maintenance_margin,
            initial_profit_weight: market.initial_profit_weight,
            maintenance_profit_weight: market.maintenance_profit_weight,
            tier_1_from: surcharges.tier_1_from,
            tier_2_from: surcharges.tier_2_from,
            tier_1_initial: surcharges.tier_1_initial,
            tier_1_maintenance: surcharges.tier_1_maintenance,
            tier_2_initial: surcharges.tier_2_initial,
            tier_2_maintenance: surcharges.tier_2_maintenance,
            concentration_share: surcharges.concentration_share,
            concentration_initial: surcharges.concentration_initial,
            open_interest_low: surcharges.open_interest_low,
            volatility_memory_seconds: surcharges.volatility_memory_seconds,
            volatility_calm_per_day: surcharges.volatility_calm_per_day,
            volatility_multiplier_max: surcharges.volatility_multiplier_max,
            volatility_fall_per_day: surcharges.volatility_fall_per_day,
            bounty_reserve: surcharges.bounty_reserve,
            padding: 0,
        }
    }
}

impl Lending {
    fn terms(&self, deposit_cap: u64) -> BankTerms {
        BankTerms {
            deposit_cap,
            borrow_cap: self.borrow_cap,
            debt_min: self.debt_min,
            weight_scale_from: self.weight_scale_from,
            utilisation_max: self.utilisation_max,
            utilisation_kink: self.utilisation_kink,
            rate_at_zero: self.rate_at_zero,
            rate_at_kink: self.rate_at_kink,
            rate_at_full: self.rate_at_full,
            reserve_share: self.reserve_share,
            liquidation_bonus: self.liquidation_bonus,
            padding: 0,
        }
    }
}
