//! What governance passes when it lists something. Ratios are in millionths.

use solana_address::Address;

use crate::state::MarketTerms;

macro_rules! params {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            feature = "program",
            derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize, anchor_lang::IdlType)
        )]
        pub struct $name { $($body)* }
    };
}

params! {
    /// A row of the risk board: an asset and where its price comes from.
    pub struct AssetParams {
        /// ASCII, padded with zeros.
        pub symbol: [u8; 16],
        pub oracle: Address,
        pub feed_id: [u8; 32],
        pub oracle_kind: u8,
        pub decimals: u8,
        pub fresh_seconds: u32,
        pub expiry_seconds: u32,
        pub confidence_max: u32,
        pub confidence_limit: u32,
        pub divergence_max: u32,
        pub slow_rate_per_second: u32,
    }
}

params! {
    /// How a token counts as collateral, and how much of it the bank takes.
    pub struct CollateralParams {
        pub initial_asset_weight: u32,
        pub maintenance_asset_weight: u32,
        pub initial_debt_weight: u32,
        pub maintenance_debt_weight: u32,
        /// Native units.
        pub deposit_cap: u64,
    }
}

params! {
    /// Margin of a market's positions, and the market's terms.
    pub struct MarketParams {
        pub initial_margin: u32,
        pub maintenance_margin: u32,
        pub initial_profit_weight: u32,
        pub maintenance_profit_weight: u32,
        pub terms: MarketTerms,
    }
}
