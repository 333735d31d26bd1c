use plimsoll_risk::{Position, Quantity, Quote};
use solana_address::Address;

use super::{part_layout, SETTLEMENT_ASSET};
use crate::error::PlimsollError;

/// Tokens an account can hold, the settlement token included.
pub const TOKEN_SLOTS: usize = 16;
/// Positions an account can hold.
pub const PERP_SLOTS: usize = 16;

part_layout! {
    /// A token balance.
    #[derive(Debug, PartialEq, Eq)]
    pub struct TokenSlot {
        /// Shares of the bank's deposits; negative: of its debts. A share is one native unit
        /// times the bank's index.
        pub shares: i64,
        pub asset: u8,
        pub padding: [u8; 7],
    }
}

part_layout! {
    /// A perpetual position.
    #[derive(Debug, PartialEq, Eq)]
    pub struct PerpSlot {
        /// Native units; negative is short.
        pub size: i64,
        /// Micro-USD paid for it, negative if received, less what a unit of the side had been
        /// charged before.
        pub entry: i64,
        pub asset: u8,
        pub padding: [u8; 7],
    }
}

part_layout! {
    /// The content of a margin account. Slots in use come first; token slot 0 is
    /// always the settlement token.
    pub struct MarginState {
        pub clearinghouse: Address,
        pub owner: Address,
        /// May trade; zero when there is none.
        pub delegate: Address,
        pub sub_account: u16,
        pub token_count: u8,
        pub perp_count: u8,
        /// The one market this account may have a position in; zero for any.
        pub isolated_asset: u8,
        pub padding: [u8; 3],
        /// Micro-USD that positions have realised and that no bank holds yet; negative is
        /// owed. Bears no interest.
        pub cash: i64,
        /// When a margin call was raised, unix seconds; zero while there is none.
        pub called_at: i64,
        /// When the account was first found below maintenance, unix seconds; zero above.
        pub sunk_at: i64,
        /// When it was put up for auction, unix seconds; zero while it is not.
        pub auction_at: i64,
        pub tokens: [TokenSlot; TOKEN_SLOTS],
        pub perps: [PerpSlot; PERP_SLOTS],
        pub reserved: [u8; 32],
    }
}

const NO_TOKEN: TokenSlot = TokenSlot { shares: 0, asset: 0, padding: [0; 7] };
const NO_PERP: PerpSlot = PerpSlot { size: 0, entry: 0, asset: 0, padding: [0; 7] };

impl MarginState {
    /// An account that holds nothing.
    pub fn empty(clearinghouse: Address, owner: Address, sub_account: u16) -> Self {
        Self {
            clearinghouse,
            owner,
            delegate: Address::default(),
            sub_account,
            token_count: 1,
            perp_count: 0,
            isolated_asset: 0,
            padding: [0; 3],
            cash: 0,
            called_at: 0,
            sunk_at: 0,
            auction_at: 0,
            tokens: [NO_TOKEN; TOKEN_SLOTS],
            perps: [NO_PERP; PERP_SLOTS],
            reserved: [0; 32],
        }
    }

    /// Token slots in use; the first is the settlement token.
    #[inline(always)]
    pub fn tokens(&self) -> &[TokenSlot] {
        self.tokens.get(..self.token_count as usize).unwrap_or(&[])
    }

    /// Positions in use.
    #[inline(always)]
    pub fn perps(&self) -> &[PerpSlot] {
        self.perps.get(..self.perp_count as usize).unwrap_or(&[])
    }

    /// Shares of a token; zero if there is no slot for it, negative for a debt.
    #[inline(never)]
    pub fn shares(&self, asset: u8) -> Quantity {
        self.shares_at(self.token_slot(asset))
    }

    /// The position in an asset; flat if there is none.
    #[inline(never)]
    pub fn position(&self, asset: u8) -> Position {
        self.perps().iter().find(|p| p.asset == asset).map_or(Position::default(), PerpSlot::position)
    }

    /// Whether the account owes nothing and stands behind nothing: no position and
    /// no debt. Such an account is healthy at any price.
    pub fn is_unencumbered(&self) -> bool {
        self.perp_count == 0 && self.cash >= 0 && self.tokens().iter().all(|t| t.shares >= 0)
    }

    /// Whether the account can be closed.
    pub fn is_empty(&self) -> bool {
        self.perp_count == 0 && self.token_count == 1 && self.cash == 0 && self.tokens[0].shares == 0
    }

    /// Whether the account may have a position in `asset`.
    pub fn may_trade(&self, asset: u8) -> bool {
        self.isolated_asset == 0 || self.isolated_asset == asset
    }

    /// Adds to (or takes from) cash, which may become negative.
    pub fn add_cash(&mut self, amount: Quote) -> Result<(), PlimsollError> {
        self.cash = Quote(self.cash).plus(amount)?.0;
        Ok(())
    }

    /// Sets a balance, opening or closing its slot as needed.
    pub fn set_shares(&mut self, asset: u8, shares: Quantity) -> Result<(), PlimsollError> {
        self.set_shares_at(self.token_slot(asset), asset, shares)
    }

    /// The slot of an asset's balance, if there is one.
    #[inline(always)]
    pub fn token_slot(&self, asset: u8) -> Option<usize> {
        self.tokens().iter().position(|t| t.asset == asset)
    }

    /// Shares in a slot; none if there is no slot.
    #[inline(always)]
    pub fn shares_at(&self, at: Option<usize>) -> Quantity {
        Quantity(at.and_then(|at| self.tokens.get(at)).map_or(0, |t| t.shares))
    }

    /// Sets the shares of an asset whose slot is known.
    pub fn set_shares_at(
        &mut self,
        at: Option<usize>,
        asset: u8,
        shares: Quantity,
    ) -> Result<(), PlimsollError> {
        let count = self.token_count as usize;
        let slot = TokenSlot { shares: shares.0, asset, ..NO_TOKEN };
        match at {
            Some(i) if shares.0 == 0 && asset != SETTLEMENT_ASSET => {
                self.tokens[i] = self.tokens[count - 1];
                self.tokens[count - 1] = NO_TOKEN;
                self.token_count -= 1;
            }
            Some(i) => self.tokens[i] = slot,
            None if shares.0 == 0 => {}
            None => {
                *self.tokens.get_mut(count).ok_or(PlimsollError::TokenSlotsFull)? = slot;
                self.token_count += 1;
            }
        }
        Ok(())
    }

    /// Leaves the account with nothing but `cash`.
    pub fn clear(&mut self, cash: Quote) {
        self.tokens = [NO_TOKEN; TOKEN_SLOTS];
        self.perps = [NO_PERP; PERP_SLOTS];
        self.token_count = 1;
        self.perp_count = 0;
        self.cash = cash.0;
        self.called_at = 0;
        self.sunk_at = 0;
        self.auction_at = 0;
    }

    /// Replaces the position in an asset, opening or closing its slot as needed.
    pub fn set_position(&mut self, asset: u8, position: Position) -> Result<(), PlimsollError> {
        let count = self.perp_count as usize;
        let found = self.perps().iter().position(|p| p.asset == asset);
        let slot = PerpSlot { size: position.size.0, entry: position.entry.0, asset, ..NO_PERP };
        match (found, position.size.0 == 0) {
            (Some(i), false) => self.perps[i] = slot,
            (Some(i), true) => {
                self.perps[i] = self.perps[count - 1];
                self.perps[count - 1] = NO_PERP;
                self.perp_count -= 1;
            }
            (None, false) => {
                *self.perps.get_mut(count).ok_or(PlimsollError::PositionSlotsFull)? = slot;
                self.perp_count += 1;
            }
            (None, true) => {}
        }
        Ok(())
    }
}

impl PerpSlot {
    #[inline(always)]
    pub fn position(&self) -> Position {
        Position { size: Quantity(self.size), entry: Quote(self.entry) }
    }
}
