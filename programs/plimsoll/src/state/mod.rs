//! Account layouts: plain, zero-copy, frozen byte for byte by the layout tests.
//!
//! Each account holds an 8-byte discriminator (`sha256("account:Name")[..8]`) and
//! then one of these structs. Reserved bytes are zero and keep room for what later
//! versions add, without moving what is there.

mod asset_row;
mod bank;
mod clearinghouse;
mod insurance_fund;
mod liquidity_pool;
mod margin;
mod market;
mod outflow_window;
mod pending_change;
mod risk_board;

pub use asset_row::AssetRow;
pub use bank::{Bank, BankTerms, OutflowRow, Purpose, WarmUp, Weights};
pub use clearinghouse::{Clearinghouse, PauseRecord, Role, RoleState, ROLES};
pub use insurance_fund::InsuranceFund;
pub use liquidity_pool::LiquidityPool;
pub use margin::{MarginState, PerpSlot, TokenSlot, PERP_SLOTS, TOKEN_SLOTS};
pub use market::{MarginTerms, Market, MarketTerms};
pub use outflow_window::OutflowWindow;
pub use pending_change::PendingChange;
pub use risk_board::{
    groups, FixedPrice, FixedSigned, RiskBoard, TierRow, ALL_ASSETS, ASSETS_MAX, SETTLEMENT_ASSET,
};

/// Version of the account layouts that this program reads and writes.
pub const LAYOUT_VERSION: u32 = 1;

/// Seconds from `then` to `now`; none if the clock went back.
pub(crate) fn seconds_since(then: i64, now: i64) -> u64 {
    u64::try_from(now.saturating_sub(then)).unwrap_or(0)
}

/// Declares an account: an Anchor account in the program, a plain layout elsewhere.
macro_rules! account_layout {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        #[cfg(feature = "program")]
        #[anchor_lang::account]
        $(#[$meta])*
        pub struct $name { $($body)* }

        #[cfg(not(feature = "program"))]
        $(#[$meta])*
        #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
        #[repr(C)]
        pub struct $name { $($body)* }
    };
}

/// Declares a part of an account.
macro_rules! part_layout {
    ($(#[$meta:meta])* pub struct $name:ident { $($body:tt)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
        #[cfg_attr(feature = "program", derive(anchor_lang::IdlType))]
        #[repr(C)]
        pub struct $name { $($body)* }
    };
}

pub(crate) use {account_layout, part_layout};
