//! What governance passes when it lists something. Ratios are in millionths.

use solana_address::Address;

use crate::state::{BankTerms, MarginTerms, MarketTerms};

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
        pub hold_seconds: u32,
        /// Zero, unless the asset stands for another one.
        pub parity_ratio: u32,
        pub parity_gap_max: u32,
        pub parity_asset: u8,
    }
}

params! {
    /// How a token counts as collateral, and how much of it the bank takes.
    pub struct CollateralParams {
        pub initial_asset_weight: u32,
        pub maintenance_asset_weight: u32,
        pub initial_debt_weight: u32,
        pub maintenance_debt_weight: u32,
        pub terms: BankTerms,
    }
}

params! {
    /// Margin of a market's positions, and the market's terms.
    pub struct MarketParams {
        pub margin: MarginTerms,
        pub terms: MarketTerms,
    }
}

params! {
    /// What holds for a whole clearinghouse.
    pub struct ClearinghouseParams {
        /// Margin ratio to which a liquidation brings an account back.
        pub liquidation_target: u32,
        /// Margin ratio below which a margin call may be raised.
        pub margin_call: u32,
        /// Seconds under water after which an account may be put up for auction.
        pub auction_delay_seconds: u32,
        /// Seconds in which the discount of an auction grows to the whole equity.
        pub auction_seconds: u32,
    }
}
