//! One event per action, complete enough to rebuild every balance from events alone.
//!
//! An event is logged as `[8-byte discriminator][bytes of the struct]`, little
//! endian. Money is in micro-USD, quantities in native units, prices in Q64.64
//! micro-USD per native unit, ratios in millionths. `_after` fields hold the state
//! that the action left.

use solana_address::Address;

use crate::state::{FixedPrice, FixedSigned};

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
        pub settlement_mint: Address,
        pub governance: Address,
        pub steward: Address,
        pub guardian: Address,
        pub fee_collector: Address,
    }
    /// From now on the clearinghouse takes money, and changes wait.
    pub struct Launched {
        pub clearinghouse: Address,
    }
    /// The liquidity pool and its share mint were created.
    pub struct PoolCreated {
        pub pool: Address,
        pub share_mint: Address,
        pub redeem_fee: u64,
    }
    /// Governance proposed a change, which can be executed from `ready_at` to `expires_at`.
    pub struct ChangeProposed {
        pub clearinghouse: Address,
        pub change: Address,
        pub ready_at: i64,
        pub expires_at: i64,
        pub id: u32,
        /// See [`PendingChange`](crate::state::PendingChange).
        pub kind: u8,
        pub asset: u8,
        pub padding: [u8; 2],
    }
    /// A change of parameters, of an oracle or of a role was executed.
    pub struct ChangeExecuted {
        pub clearinghouse: Address,
        pub change: Address,
        pub id: u64,
    }
    /// A change was withdrawn, or cleared away after it had expired.
    pub struct ChangeCancelled {
        pub clearinghouse: Address,
        pub change: Address,
        pub by: Address,
        pub id: u64,
    }
    /// A parameter was changed, or sent on its way to be `after` at `arrives_at`.
    pub struct ParameterSet {
        pub clearinghouse: Address,
        pub before: i64,
        pub after: i64,
        pub arrives_at: i64,
        /// Its place in [`parameters::ALL`](crate::parameters::ALL).
        pub parameter: u32,
        pub asset: u32,
    }
    /// An asset's price comes from elsewhere from now on.
    pub struct OracleSet {
        pub risk_board: Address,
        pub oracle: Address,
        pub feed_id: [u8; 32],
        pub asset: u64,
    }
    /// Somebody may accept a role; the zero address: it was burned.
    pub struct RoleNominated {
        pub clearinghouse: Address,
        pub nominee: Address,
        pub role: u64,
    }
    /// A role has a new holder.
    pub struct RoleAccepted {
        pub clearinghouse: Address,
        pub holder: Address,
        pub role: u64,
    }
    /// The guardian paused groups of one asset, or of all (255).
    pub struct Paused {
        pub clearinghouse: Address,
        pub by: Address,
        pub until: i64,
        pub scope: u32,
        pub groups: u32,
    }
    /// The guardian lifted what it had paused of one asset, or of all (255).
    pub struct Unpaused {
        pub clearinghouse: Address,
        pub by: Address,
        pub scope: u64,
    }
    /// In the log of a transaction that failed: `asked` native units may not leave the bank
    /// before `open_at` (never in one go, if that is the end of time), `room` may now.
    pub struct OutflowRefused {
        pub bank: Address,
        pub asked: u64,
        pub room: u64,
        pub open_at: i64,
    }
    /// The fee collector took some of a market's protocol fees.
    pub struct FeesCollected {
        pub market: Address,
        pub fee_collector: Address,
        pub amount: u64,
        pub fees_after: i64,
    }
    /// New collateral, or a new market, has a price with a history. Collateral counts in full
    /// at `ends_at`; a market trades at once.
    pub struct WarmedUp {
        pub risk_board: Address,
        pub ends_at: i64,
        pub asset: u64,
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
        pub volatility_multiplier: u32,
        pub asset: u32,
        pub funding_index: FixedSigned,
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
        pub sub_account: u32,
        /// The one market it may have a position in; zero for any.
        pub isolated_asset: u32,
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
        pub shares_after: i64,
        pub cash_after: i64,
    }
    pub struct Withdrawn {
        pub account: Address,
        pub bank: Address,
        pub amount: u64,
        pub shares_after: i64,
        pub cash_after: i64,
    }
    /// Tokens moved between two accounts of one owner.
    pub struct Transferred {
        pub from: Address,
        pub to: Address,
        pub amount: u64,
        pub asset: u64,
        pub from_shares_after: i64,
        pub from_cash_after: i64,
        pub to_shares_after: i64,
        pub to_cash_after: i64,
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
        pub fee_to_protocol: i64,
        pub size_after: i64,
        pub entry_after: i64,
        pub cash_after: i64,
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
        pub cash_after: i64,
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
    /// Somebody took stock of an account; times are zero where they do not apply.
    pub struct StockTaken {
        pub account: Address,
        pub equity: i64,
        pub maintenance: i64,
        pub called_at: i64,
        pub sunk_at: i64,
        pub auction_at: i64,
    }
    /// A debt was repaid out of an account's collateral: by a keeper's margin account, or by
    /// the wallet of a receiver.
    pub struct DebtLiquidated {
        pub account: Address,
        pub keeper: Address,
        pub debt_bank: Address,
        pub asset_bank: Address,
        pub repaid: u64,
        pub seized: u64,
        pub debt_shares_after: i64,
        pub asset_shares_after: i64,
        pub cash_after: i64,
        /// Of the keeper's margin account; zero for a receiver, who has none.
        pub keeper_debt_shares_after: i64,
        pub keeper_asset_shares_after: i64,
        pub keeper_cash_after: i64,
    }
    /// A receivership brought what it had to repay.
    pub struct ReceivershipEnded {
        pub bank: Address,
        pub keeper: Address,
        pub amount: u64,
    }
    pub struct AuctionStarted {
        pub account: Address,
        pub equity: i64,
        pub maintenance: i64,
        pub sunk_at: i64,
        pub auction_at: i64,
    }
    /// All of an account went to another one; it keeps the price, in cash. What is not
    /// settlement tokens was added up.
    pub struct AuctionWon {
        pub account: Address,
        pub winner_account: Address,
        pub equity: i64,
        pub price: i64,
        pub maintenance_before: i64,
        /// Of settlement tokens.
        pub winner_shares_after: i64,
        pub winner_cash_after: i64,
    }
    /// The loss of an open position became cash.
    pub struct LossSettled {
        pub account: Address,
        pub market: Address,
        pub loss: i64,
        pub entry_after: i64,
        pub cash_after: i64,
    }
    /// Cash that was owed (negative) moved into the settlement bank.
    pub struct CashBanked {
        pub account: Address,
        pub bank: Address,
        pub moved: i64,
        pub shares_after: i64,
    }
    /// A market was made solvent; haircuts are what each side has been charged per native
    /// unit so far.
    pub struct Deleveraged {
        pub market: Address,
        pub from_insurance: i64,
        pub from_fund: i64,
        pub from_traders: i64,
        pub haircut_long: FixedSigned,
        pub haircut_short: FixedSigned,
        pub capital_after: i64,
        pub asset: u64,
    }
    /// A debt was struck out; native units.
    pub struct BankruptcyResolved {
        pub account: Address,
        pub bank: Address,
        pub owed: u64,
        pub from_fund: u64,
        pub supply_index_after: u64,
    }
    /// Insurance moved from a market to the shared fund (negative: back, into its capital).
    pub struct InsuranceSwept {
        pub market: Address,
        pub moved: i64,
        pub insurance_after: i64,
        pub capital_after: i64,
        pub fund_after: i64,
    }
    pub struct InsuranceFunded {
        pub fund: Address,
        pub donor: Address,
        pub amount: u64,
        pub fund_after: i64,
    }
    /// A clearinghouse came to the present layout, with what it lacked; limit in micro-USD.
    pub struct ClearinghouseMigrated {
        pub clearinghouse: Address,
        pub governance: Address,
        pub steward: Address,
        pub guardian: Address,
        pub fee_collector: Address,
        pub outflow_max: u64,
        pub change_delay_seconds: u32,
        pub oracle_delay_seconds: u32,
        pub layout_version: u64,
    }
    /// The same of a bank, with its outflow limit in native units, or of a market (zero).
    pub struct AccountMigrated {
        pub account: Address,
        pub asset: u64,
        pub outflow_max: u64,
    }
}
