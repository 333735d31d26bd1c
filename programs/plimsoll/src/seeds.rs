//! Seeds of every program-derived address.
//!
//! | account | seeds |
//! |---|---|
//! | clearinghouse | `"clearinghouse"`, creator |
//! | risk board | `"risk_board"`, clearinghouse |
//! | bank | `"bank"`, clearinghouse, mint |
//! | vault | `"vault"`, bank |
//! | market | `"market"`, clearinghouse, asset index (1 byte) |
//! | margin account | `"margin_account"`, clearinghouse, owner, sub-account (2 bytes, little endian) |
//! | liquidity pool | `"liquidity_pool"`, clearinghouse |
//! | outflow window | `"outflow_window"`, clearinghouse |
//! | pending change | `"pending_change"`, clearinghouse, its number (4 bytes, little endian) |
//! | insurance fund | `"insurance_fund"`, clearinghouse |
//! | pool share mint | `"share_mint"`, liquidity pool |

pub const CLEARINGHOUSE: &[u8] = b"clearinghouse";
pub const RISK_BOARD: &[u8] = b"risk_board";
pub const BANK: &[u8] = b"bank";
pub const VAULT: &[u8] = b"vault";
pub const MARKET: &[u8] = b"market";
pub const MARGIN_ACCOUNT: &[u8] = b"margin_account";
pub const LIQUIDITY_POOL: &[u8] = b"liquidity_pool";
pub const INSURANCE_FUND: &[u8] = b"insurance_fund";
pub const SHARE_MINT: &[u8] = b"share_mint";
pub const OUTFLOW_WINDOW: &[u8] = b"outflow_window";
pub const PENDING_CHANGE: &[u8] = b"pending_change";
