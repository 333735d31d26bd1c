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
        /// Native units; negative is a debt (the settlement token only).
        pub balance: i64,
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
        /// Micro-USD paid for it; negative if received.
        pub entry: i64,
        pub asset: u8,
        pub padding: [u8; 7],
        pub reserved: [u8; 8],
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
        pub padding: [u8; 4],
        pub tokens: [TokenSlot; TOKEN_SLOTS],
        pub perps: [PerpSlot; PERP_SLOTS],
        pub reserved: [u8; 64],
    }
}

const NO_TOKEN: TokenSlot = TokenSlot { balance: 0, asset: 0, padding: [0; 7] };
const NO_PERP: PerpSlot = PerpSlot { size: 0, entry: 0, asset: 0, padding: [0; 7], reserved: [0; 8] };

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
            padding: [0; 4],
            tokens: [NO_TOKEN; TOKEN_SLOTS],
            perps: [NO_PERP; PERP_SLOTS],
            reserved: [0; 64],
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

    /// Balance of a token; zero if there is no slot for it.
    pub fn balance(&self, asset: u8) -> Quantity {
        Quantity(self.tokens().iter().find(|t| t.asset == asset).map_or(0, |t| t.balance))
    }

    /// Balance of the settlement token.
    pub fn settlement(&self) -> Quote {
        Quote(self.tokens[SETTLEMENT_ASSET as usize].balance)
    }

    /// The position in an asset; flat if there is none.
    pub fn position(&self, asset: u8) -> Position {
        self.perps().iter().find(|p| p.asset == asset).map_or(Position::default(), PerpSlot::position)
    }

    /// Whether the account owes nothing and stands behind nothing: no position and
    /// no debt. Such an account is healthy at any price.
    pub fn is_unencumbered(&self) -> bool {
        self.perp_count == 0 && self.tokens().iter().all(|t| t.balance >= 0)
    }

    /// Whether the account can be closed.
    pub fn is_empty(&self) -> bool {
        self.perp_count == 0 && self.token_count == 1 && self.settlement() == Quote::ZERO
    }

    /// Changes a balance, opening or closing its slot as needed. Only the settlement
    /// token may become negative.
    pub fn add_balance(&mut self, asset: u8, delta: Quantity) -> Result<(), PlimsollError> {
        let count = self.token_count as usize;
        let Some(slot) = self.tokens().iter().position(|t| t.asset == asset) else {
            if delta.0 < 0 {
                return Err(PlimsollError::InsufficientBalance);
            }
            let slot = self.tokens.get_mut(count).ok_or(PlimsollError::TokenSlotsFull)?;
            *slot = TokenSlot { balance: delta.0, asset, padding: [0; 7] };
            self.token_count += 1;
            return Ok(());
        };
        let balance = Quantity(self.tokens[slot].balance).plus(delta)?;
        if balance.0 < 0 && asset != SETTLEMENT_ASSET {
            return Err(PlimsollError::InsufficientBalance);
        }
        self.tokens[slot].balance = balance.0;
        if balance.0 == 0 && asset != SETTLEMENT_ASSET {
            self.tokens[slot] = self.tokens[count - 1];
            self.tokens[count - 1] = NO_TOKEN;
            self.token_count -= 1;
        }
        Ok(())
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
