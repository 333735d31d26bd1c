//! What governance passes when it creates, lists or changes something. Ratios are in
//! millionths.

use solana_address::Address;

#[cfg(feature = "program")]
use alloc::vec::Vec;

use crate::state::{
    part_layout, BankTerms, Clearinghouse, MarginTerms, MarketTerms, RiskBoard, Role, Weights,
};

macro_rules! params {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        part_layout! {
            $(#[$meta])*
            #[derive(Debug, PartialEq, Eq)]
            #[cfg_attr(
                feature = "program",
                derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize)
            )]
            pub struct $name { $($body)* }
        }
    };
}

params! {
    /// Where a price comes from.
    pub struct OracleSource {
        /// The one account that prices are read from.
        pub oracle: Address,
        /// The feed that account must carry (Pyth pull); zero for legacy accounts.
        pub feed_id: [u8; 32],
        /// An [`OracleKind`](crate::oracle::OracleKind).
        pub kind: u8,
        pub padding: [u8; 3],
    }
}

params! {
    /// What a row of the risk board asks of its oracle; see the fields of
    /// [`AssetRow`](crate::state::AssetRow).
    pub struct PriceTerms {
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
    }
}

params! {
    /// A row of the risk board: an asset and where its price comes from.
    pub struct AssetParams {
        /// ASCII, padded with zeros.
        pub symbol: [u8; 16],
        pub source: OracleSource,
        pub price: PriceTerms,
        pub decimals: u8,
        /// Row of what the asset stands for, if it does.
        pub parity_asset: u8,
        pub padding: [u8; 2],
    }
}

params! {
    /// How a token counts as collateral, and how much of it the bank takes.
    pub struct CollateralParams {
        pub weights: Weights,
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
    pub struct ClearinghouseTerms {
        /// Margin ratio to which a liquidation brings an account back.
        pub liquidation_target: u32,
        /// Margin ratio below which a margin call may be raised.
        pub margin_call: u32,
        /// Seconds under water after which an account may be put up for auction.
        pub auction_delay_seconds: u32,
        /// Seconds in which the discount of an auction grows to the whole equity.
        pub auction_seconds: u32,
        /// Seconds between the proposal of a change and its execution.
        pub change_delay_seconds: u32,
        /// The same for assets, their oracles, new collateral and the guardian.
        pub oracle_delay_seconds: u32,
        /// Micro-USD that may leave all banks at once, and again per day.
        pub outflow_max: i64,
    }
}

params! {
    /// What holds for the liquidity pool.
    pub struct PoolTerms {
        /// Charged on redemption; stays with the pool.
        pub redeem_fee: u32,
    }
}

params! {
    /// Who holds the roles of a clearinghouse; the zero address for nobody.
    pub struct RoleHolders {
        /// Proposes changes and may cancel them.
        pub governance: Address,
        /// Tightens at once.
        pub steward: Address,
        /// Pauses for a while, and cancels changes.
        pub guardian: Address,
        /// Takes the protocol's part of the fees.
        pub fee_collector: Address,
    }
}

params! {
    /// A parameter, the value it is expected to have, and its new one.
    pub struct FieldChange {
        pub before: i64,
        pub after: i64,
        /// Its place in [`parameters::ALL`](crate::parameters::ALL).
        pub parameter: u8,
        pub padding: [u8; 7],
    }
}

/// Most parameters in one change.
pub const FIELDS_MAX: usize = 12;

/// Something governance proposes. What is expected to be replaced is named with it: if it
/// is not there any more, the change is stale.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "program",
    derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize, anchor_lang::IdlType)
)]
pub enum Change {
    /// Puts an asset on the risk board.
    Asset(AssetParams),
    /// Creates the bank of an asset's token.
    Collateral { asset: u8, mint: Address, params: CollateralParams },
    /// Creates the market of an asset.
    Market { asset: u8, params: MarketParams },
    /// Takes an asset's price from elsewhere.
    Oracle { asset: u8, before: OracleSource, after: OracleSource },
    /// Nominates who takes over a role; the zero address burns it.
    Role { role: u8, before: Address, after: Address },
    /// Changes parameters of one concern, in the order of their ids.
    Parameters { asset: u8, ramp_seconds: u32, fields: Vec<FieldChange> },
}

impl Change {
    /// Seconds that it has to wait if it is proposed now. Before the launch there is nobody to
    /// wait for. Longer waits whatever concerns where prices come from, what counts as collateral,
    /// and who could cancel such a change.
    pub fn wait_seconds(&self, clearinghouse: &Clearinghouse, board: &RiskBoard) -> i64 {
        if board.is_launched == 0 {
            return 0;
        }
        let is_longer = match self {
            Self::Asset(_) | Self::Collateral { .. } | Self::Oracle { .. } => true,
            Self::Role { role, .. } => *role == Role::Guardian as u8,
            Self::Market { .. } | Self::Parameters { .. } => false,
        };
        if is_longer {
            clearinghouse.oracle_delay_seconds.into()
        } else {
            clearinghouse.change_delay_seconds.into()
        }
    }
}
