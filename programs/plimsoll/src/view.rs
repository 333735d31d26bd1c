//! What `view_account` returns: a header and one entry per asset that the account
//! depends on, little endian. The client computes the same from the same accounts.

use bytemuck::Zeroable;

use crate::error::PlimsollError;
use crate::state::{part_layout, FixedPrice, MarginState, RiskBoard, PERP_SLOTS, TOKEN_SLOTS};
use crate::valuation::{asset_liquidation_price, displayed_health, health_factor};

/// Tokens and positions, without the settlement token, whose price can't move.
const ENTRIES_MAX: usize = TOKEN_SLOTS - 1 + PERP_SLOTS;

part_layout! {
    /// Micro-USD and millionths. A ratio of `i64::MAX` means that nothing is required.
    #[derive(Debug, PartialEq, Eq)]
    pub struct ViewHeader {
        pub equity: i64,
        pub initial_health: i64,
        pub maintenance_health: i64,
        /// Equity over maintenance requirement; liquidated below one million.
        pub margin_ratio: i64,
        /// The lending view of the same.
        pub health_factor: i64,
        /// Entries that follow.
        pub assets: u64,
    }
}

part_layout! {
    /// The price of one asset at which the account would reach its maintenance line,
    /// all else unchanged; zero if no price would do that.
    #[derive(Debug, PartialEq, Eq)]
    pub struct ViewAsset {
        pub liquidation_price: FixedPrice,
        pub asset: u64,
    }
}

part_layout! {
    /// Header and entries; only the first `header.assets` entries are in use.
    pub struct AccountView {
        pub header: ViewHeader,
        pub entries: [ViewAsset; ENTRIES_MAX],
    }
}

impl AccountView {
    /// Views an account at the board's prices.
    pub fn of(state: &MarginState, board: &RiskBoard) -> Result<Self, PlimsollError> {
        let health = displayed_health(state, board)?;
        let mut view = Self::zeroed();
        view.header = ViewHeader {
            equity: health.equity.0,
            initial_health: health.initial.0,
            maintenance_health: health.maintenance.0,
            margin_ratio: health.margin_ratio_floor()?.unwrap_or(i64::MAX),
            health_factor: health_factor(state, board)?.unwrap_or(i64::MAX),
            assets: 0,
        };
        let tokens = state.tokens().iter().skip(1).map(|t| t.asset);
        let perps = state.perps().iter().map(|p| p.asset);
        let mut seen = 0u32;
        for asset in tokens.chain(perps) {
            if seen & (1 << asset) != 0 {
                continue;
            }
            seen |= 1 << asset;
            let price = asset_liquidation_price(state, board, &health, asset)?;
            let entry = view.entries.get_mut(view.header.assets as usize).ok_or(PlimsollError::Overflow)?;
            *entry = ViewAsset {
                liquidation_price: price.map_or(FixedPrice::zeroed(), FixedPrice::from),
                asset: asset as u64,
            };
            view.header.assets += 1;
        }
        Ok(view)
    }

    /// Header and the entries in use.
    pub fn entries(&self) -> &[ViewAsset] {
        self.entries.get(..self.header.assets as usize).unwrap_or(&[])
    }

    /// The bytes returned: header and entries in use.
    pub fn bytes(&self) -> &[u8] {
        let length = size_of::<ViewHeader>() + size_of_val(self.entries());
        bytemuck::bytes_of(self).get(..length).unwrap_or(&[])
    }
}
