use plimsoll_risk::Quote;
use solana_address::Address;

use super::account_layout;
use crate::error::PlimsollError;

account_layout! {
    /// The capital that stands against traders, and the shares in it.
    pub struct LiquidityPool {
        pub clearinghouse: Address,
        /// Mint of the pool's shares; the pool is its authority.
        pub share_mint: Address,
        /// Micro-USD not allocated to a market.
        pub unallocated: i64,
        /// Unallocated capital plus that of every market, as of each market's last rebalancing.
        pub book_capital: i64,
        /// Bit i is set if asset i has a market.
        pub markets: u32,
        /// Charged on redemption, in millionths; stays with the pool.
        pub redeem_fee: u32,
        /// Sum of the markets' capital weights, in millionths.
        pub capital_weights: u32,
        pub padding: [u8; 4],
        pub reserved: [u8; 128],
    }
}

impl LiquidityPool {
    /// Adds to (or takes from) unallocated capital, which can't become negative. What
    /// comes from or goes to a market is in the book either way: see [`Self::count`].
    pub fn add_unallocated(&mut self, amount: Quote) -> Result<(), PlimsollError> {
        let unallocated = Quote(self.unallocated).plus(amount)?;
        if unallocated.0 < 0 {
            return Err(PlimsollError::InsufficientUnallocated);
        }
        self.unallocated = unallocated.0;
        self.book_capital = Quote(self.book_capital).plus(amount)?.0;
        Ok(())
    }

    /// Counts a market's capital anew: `before` when last counted, `after` now.
    pub fn count(&mut self, before: Quote, after: Quote) -> Result<(), PlimsollError> {
        self.book_capital = Quote(self.book_capital).plus(after)?.minus(before)?.0;
        Ok(())
    }
}
