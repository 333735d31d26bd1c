use plimsoll_risk::policy::{PriceLimits, PriceState};
use plimsoll_risk::{CollateralRisk, PerpRisk, Price, Prices, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout};
use crate::error::PlimsollError;

/// Rows of a risk board.
pub const ASSETS_MAX: usize = 32;

/// The row of the settlement token, the unit of account.
pub const SETTLEMENT_ASSET: u8 = 0;

part_layout! {
    /// A [`Price`] as two words, low first.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FixedPrice {
        pub low: u64,
        pub high: u64,
    }
}

part_layout! {
    /// Everything about one asset that a margin check needs. Ratios are in millionths.
    pub struct AssetRow {
        /// ASCII, padded with zeros.
        pub symbol: [u8; 16],
        /// Last accepted oracle price; zero if there has been none.
        pub price: FixedPrice,
        /// Follows the oracle price at a bounded rate.
        pub slow_price: FixedPrice,
        /// When the oracle published the price, unix seconds.
        pub publish_time: i64,
        /// When the price was accepted, unix seconds.
        pub refreshed_at: i64,
        /// The one account this row's price is read from.
        pub oracle: Address,
        /// The feed that account must carry (Pyth pull); zero for legacy accounts.
        pub feed_id: [u8; 32],
        /// Confidence interval over price.
        pub confidence: u32,
        /// Distance of oracle and slow price.
        pub divergence: u32,
        /// Seconds of age up to which the price may increase risk.
        pub fresh_seconds: u32,
        /// Seconds of age up to which the price may be used at all.
        pub expiry_seconds: u32,
        /// Widest confidence that may increase risk.
        pub confidence_max: u32,
        /// Widest confidence that a refresh accepts.
        pub confidence_limit: u32,
        /// Divergence beyond which risk-increasing actions and liquidations hold.
        pub divergence_max: u32,
        /// Share of itself by which the slow price may move per second.
        pub slow_rate_per_second: u32,
        pub initial_asset_weight: u32,
        pub maintenance_asset_weight: u32,
        pub initial_debt_weight: u32,
        pub maintenance_debt_weight: u32,
        pub initial_margin: u32,
        pub maintenance_margin: u32,
        pub initial_profit_weight: u32,
        pub maintenance_profit_weight: u32,
        /// An [`OracleKind`](crate::oracle::OracleKind).
        pub oracle_kind: u8,
        /// Decimals of the asset: 10^decimals native units are one token.
        pub decimals: u8,
        /// 1 once a bank is listed.
        pub is_collateral: u8,
        /// 1 once a market is listed.
        pub is_market: u8,
        pub padding: [u8; 4],
        pub reserved: [u8; 56],
    }
}

account_layout! {
    /// Prices and risk parameters of all assets of a clearinghouse.
    pub struct RiskBoard {
        pub clearinghouse: Address,
        /// Rows in use.
        pub asset_count: u32,
        /// Margin ratio, in millionths, to which a liquidation brings an account back.
        pub liquidation_target: u32,
        pub reserved: [u8; 24],
        pub rows: [AssetRow; ASSETS_MAX],
    }
}

impl FixedPrice {
    #[inline(always)]
    pub fn get(self) -> Price {
        Price((self.high as u128) << 64 | self.low as u128)
    }
}

impl From<Price> for FixedPrice {
    fn from(price: Price) -> Self {
        Self { low: price.0 as u64, high: (price.0 >> 64) as u64 }
    }
}

impl AssetRow {
    #[inline(always)]
    pub fn prices(&self) -> Prices {
        Prices { oracle: self.price.get(), slow: self.slow_price.get() }
    }

    #[inline(always)]
    pub fn collateral_risk(&self) -> CollateralRisk {
        CollateralRisk {
            initial_asset_weight: Ratio(self.initial_asset_weight),
            maintenance_asset_weight: Ratio(self.maintenance_asset_weight),
            initial_debt_weight: Ratio(self.initial_debt_weight),
            maintenance_debt_weight: Ratio(self.maintenance_debt_weight),
        }
    }

    #[inline(always)]
    pub fn perp_risk(&self) -> PerpRisk {
        PerpRisk {
            initial_margin: Ratio(self.initial_margin),
            maintenance_margin: Ratio(self.maintenance_margin),
            initial_profit_weight: Ratio(self.initial_profit_weight),
            maintenance_profit_weight: Ratio(self.maintenance_profit_weight),
        }
    }

    /// What is known of the price at unix time `now`.
    #[inline(always)]
    pub fn price_state(&self, now: i64) -> PriceState {
        PriceState {
            age_seconds: now.saturating_sub(self.publish_time),
            confidence: Ratio(self.confidence),
            divergence: Ratio(self.divergence),
        }
    }

    #[inline(always)]
    pub fn price_limits(&self) -> PriceLimits {
        PriceLimits {
            fresh_seconds: self.fresh_seconds,
            expiry_seconds: self.expiry_seconds,
            confidence_max: Ratio(self.confidence_max),
            divergence_max: Ratio(self.divergence_max),
        }
    }
}

impl RiskBoard {
    /// The row of an asset, or `AssetNotOnBoard`.
    #[inline(always)]
    pub fn row(&self, asset: u8) -> Result<&AssetRow, PlimsollError> {
        if asset as u32 >= self.asset_count {
            return Err(PlimsollError::AssetNotOnBoard);
        }
        self.rows.get(asset as usize).ok_or(PlimsollError::AssetNotOnBoard)
    }

    pub fn row_mut(&mut self, asset: u8) -> Result<&mut AssetRow, PlimsollError> {
        if asset as u32 >= self.asset_count {
            return Err(PlimsollError::AssetNotOnBoard);
        }
        self.rows.get_mut(asset as usize).ok_or(PlimsollError::AssetNotOnBoard)
    }
}
