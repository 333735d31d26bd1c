use plimsoll_risk::health::Tier;
use plimsoll_risk::price::SignedPrice;
use plimsoll_risk::{Price, Quote, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout, AssetRow};
use crate::error::PlimsollError;

/// Rows of a risk board.
pub const ASSETS_MAX: usize = 22;

/// The row of the settlement token, the unit of account.
pub const SETTLEMENT_ASSET: u8 = 0;

/// What the guardian may pause, as bits. Everything else goes on in every state.
pub mod groups {
    /// Deposits to an account that owes nothing and has no position, and liquidity.
    pub const DEPOSIT: u8 = 1;
    /// Whatever takes tokens out of a vault, but receivership.
    pub const WITHDRAW: u8 = 2;
    /// New or larger debts.
    pub const BORROW: u8 = 4;
    /// New or larger positions.
    pub const INCREASE: u8 = 8;
    pub const ALL: u8 = DEPOSIT | WITHDRAW | BORROW | INCREASE;
}

/// Scope of a pause that concerns every asset.
pub const ALL_ASSETS: u8 = u8::MAX;

part_layout! {
    /// A [`Price`] as two words, low first.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FixedPrice {
        pub low: u64,
        pub high: u64,
    }
}

part_layout! {
    /// A signed Q64.64 number ([`SignedPrice`]) as two words in two's complement, low first.
    #[derive(Debug, PartialEq, Eq)]
    pub struct FixedSigned {
        pub low: u64,
        pub high: u64,
    }
}

part_layout! {
    /// A margin bracket in force: a surcharge on notional (micro-USD) beyond `from`.
    #[derive(Debug, PartialEq, Eq)]
    pub struct TierRow {
        pub from: i64,
        pub initial: u32,
        pub maintenance: u32,
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
        /// Margin ratio, in millionths, below which a margin call may be raised.
        pub margin_call: u32,
        /// Seconds under water after which an account may be put up for auction.
        pub auction_delay_seconds: u32,
        /// Seconds in which the discount of an auction grows to the whole equity.
        pub auction_seconds: u32,
        /// What the guardian has paused of every asset: a set of [`groups`], until
        /// `paused_until`.
        pub paused_groups: u8,
        /// 1 once the clearinghouse has been launched: it takes money, and changes wait.
        pub is_launched: u8,
        pub padding: [u8; 2],
        pub paused_until: i64,
        /// Micro-USD that may leave all banks at once, and again per day.
        pub outflow_max: u64,
        pub reserved: [u8; 16],
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

impl FixedSigned {
    #[inline(always)]
    pub fn get(self) -> i128 {
        ((self.high as u128) << 64 | self.low as u128) as i128
    }

    /// The number as a price.
    #[inline(always)]
    pub fn price(self) -> SignedPrice {
        SignedPrice(self.get())
    }
}

impl From<i128> for FixedSigned {
    fn from(value: i128) -> Self {
        Self { low: value as u64, high: (value >> 64) as u64 }
    }
}

impl TierRow {
    /// A bracket that is not used.
    pub const NONE: Self = Self { from: i64::MAX, initial: 0, maintenance: 0 };

    #[inline(always)]
    pub(super) fn tier(&self) -> Tier {
        Tier { from: Quote(self.from), initial: Ratio(self.initial), maintenance: Ratio(self.maintenance) }
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

    /// Whether the guardian has not paused any of `groups` for the asset.
    ///
    /// # Errors
    /// [`Paused`](PlimsollError::Paused).
    #[inline(always)]
    pub fn check_open(&self, asset: u8, groups: u8, now: i64) -> Result<(), PlimsollError> {
        let row = self.row(asset)?;
        let is_paused = now < self.paused_until && self.paused_groups & groups != 0
            || now < row.paused_until && row.paused_groups & groups != 0;
        if is_paused {
            Err(PlimsollError::Paused)
        } else {
            Ok(())
        }
    }

    /// Pauses groups of one asset, or of all ([`ALL_ASSETS`]), until a unix time. What is paused
    /// there already stays so until the later of both.
    pub fn pause(&mut self, scope: u8, groups: u8, until: i64, now: i64) -> Result<(), PlimsollError> {
        let (paused_groups, paused_until) = self.paused_mut(scope)?;
        let running = if now < *paused_until { *paused_groups } else { 0 };
        *paused_groups = running | groups;
        *paused_until = until.max(*paused_until);
        Ok(())
    }

    /// Lifts what is paused in a scope.
    pub fn unpause(&mut self, scope: u8) -> Result<(), PlimsollError> {
        let (paused_groups, paused_until) = self.paused_mut(scope)?;
        (*paused_groups, *paused_until) = (0, 0);
        Ok(())
    }

    fn paused_mut(&mut self, scope: u8) -> Result<(&mut u8, &mut i64), PlimsollError> {
        if scope == ALL_ASSETS {
            return Ok((&mut self.paused_groups, &mut self.paused_until));
        }
        let row = self.row_mut(scope)?;
        Ok((&mut row.paused_groups, &mut row.paused_until))
    }

    pub fn row_mut(&mut self, asset: u8) -> Result<&mut AssetRow, PlimsollError> {
        if asset as u32 >= self.asset_count {
            return Err(PlimsollError::AssetNotOnBoard);
        }
        self.rows.get_mut(asset as usize).ok_or(PlimsollError::AssetNotOnBoard)
    }
}
