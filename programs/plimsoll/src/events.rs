//! One event per action, complete enough to rebuild every balance from events alone.
//!
//! An event is logged as `[8-byte discriminator][bytes of the struct]`, little
//! endian. Money is in micro-USD, quantities in native units, prices in Q64.64
//! micro-USD per native unit, ratios in millionths. `_after` fields hold the state
//! that the action left.

use solana_address::Address;

use crate::state::FixedPrice;

macro_rules! events {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* })*) => {
        $(
            #[cfg(feature = "program")]
            #[anchor_lang::event(bytemuck)]
            $(#[$meta])*
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

            #[cfg(not(feature = "program"))]
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
            #[repr(C)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
        )*
    };
}

events! {
    /// A clearinghouse and its risk board were created.
    pub struct ClearinghouseCreated {
        pub clearinghouse: Address,
        pub governance: Address,
        pub settlement_mint: Address,
        pub liquidation_target: u64,
    }
    /// The liquidity pool and its share mint were created.
    pub struct PoolCreated {
        pub pool: Address,
        pub share_mint: Address,
        pub redeem_fee: u64,
    }
    /// Governance proposed its successor.
    pub struct GovernanceProposed {
        pub clearinghouse: Address,
        pub proposed: Address,
    }
    /// The proposed governance took over.
    pub struct GovernanceAccepted {
        pub clearinghouse: Address,
        pub governance: Address,
    }
    /// An asset was put on the risk board.
    pub struct AssetListed {
        pub risk_board: Address,
        pub oracle: Address,
        pub feed_id: [u8; 32],
        pub symbol: [u8; 16],
        pub asset: u64,
    }
    /// A bank and its vault were created.
    pub struct CollateralListed {
        pub bank: Address,
        pub mint: Address,
        pub asset: u64,
        pub deposit_cap: u64,
    }
    /// A market was created.
    pub struct MarketListed {
        pub market: Address,
        pub asset: u64,
    }
    /// A row of the risk board (the instruction's first account) took a new price.
    pub struct PriceRefreshed {
        pub price: FixedPrice,
        pub slow_price: FixedPrice,
        pub publish_time: i64,
        pub confidence: u32,
        pub divergence: u32,
        pub asset: u64,
    }
    /// A row kept its price; `reason` is a `Refusal` code.
    pub struct RefreshRefused {
        pub risk_board: Address,
        pub oracle: Address,
        pub asset: u32,
        pub reason: u32,
    }
    pub struct AccountOpened {
        pub account: Address,
        pub owner: Address,
        pub sub_account: u64,
    }
    pub struct AccountClosed {
        pub account: Address,
        pub owner: Address,
    }
    /// The delegate was set, or removed (zero).
    pub struct DelegateSet {
        pub account: Address,
        pub delegate: Address,
    }
    pub struct Deposited {
        pub account: Address,
        pub bank: Address,
        pub amount: u64,
        pub balance_after: i64,
    }
    pub struct Withdrawn {
        pub account: Address,
        pub bank: Address,
        pub amount: u64,
        pub balance_after: i64,
    }
    /// Tokens moved between two accounts of one owner.
    pub struct Transferred {
        pub from: Address,
        pub to: Address,
        pub amount: u64,
        pub asset: u64,
        pub from_balance_after: i64,
        pub to_balance_after: i64,
    }
    pub struct Traded {
        pub account: Address,
        pub authority: Address,
        pub market: Address,
        pub oracle_price: FixedPrice,
        pub size: i64,
        /// Paid for `size`, spread and impact included, fee not; negative: received.
        pub cost: i64,
        pub realised: i64,
        pub fee: i64,
        pub fee_to_insurance: i64,
        pub size_after: i64,
        pub entry_after: i64,
        pub settlement_after: i64,
        /// What the account could not pay of the realised loss, by who bore it.
        pub loss_to_insurance: i64,
        pub loss_to_capital: i64,
    }
    pub struct Liquidated {
        pub account: Address,
        pub keeper_account: Address,
        pub market: Address,
        pub oracle_price: FixedPrice,
        pub size: i64,
        pub cost: i64,
        pub realised: i64,
        pub penalty: i64,
        pub bounty: i64,
        pub maintenance_before: i64,
        pub maintenance_after: i64,
        pub size_after: i64,
        pub entry_after: i64,
        pub settlement_after: i64,
        /// What the account could not pay of the realised loss, by who bore it.
        pub loss_to_insurance: i64,
        pub loss_to_capital: i64,
    }
    pub struct LiquidityProvided {
        pub pool: Address,
        pub provider: Address,
        pub amount: u64,
        pub shares: u64,
        /// Value of the pool before, as the shares were priced.
        pub pool_value: i64,
        pub unallocated_after: i64,
    }
    pub struct LiquidityRedeemed {
        pub pool: Address,
        pub provider: Address,
        pub amount: u64,
        pub shares: u64,
        pub fee: i64,
        pub pool_value: i64,
        pub unallocated_after: i64,
    }
    /// Capital moved from the pool to a market (negative: back).
    pub struct CapitalRebalanced {
        pub pool: Address,
        pub market: Address,
        pub moved: i64,
        pub capital_after: i64,
        pub unallocated_after: i64,
    }
}
