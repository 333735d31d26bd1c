//! What an account under auction costs.

use crate::units::{Quote, Ratio, Result};

/// How the discount of an auction grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionTerms {
    /// From none to all of the equity in this time.
    pub seconds: u32,
}

impl AuctionTerms {
    /// Share of the account's equity that the winner keeps after `elapsed_seconds`, rounded
    /// down: grows in proportion to time, up to all of it.
    pub fn discount_floor(&self, elapsed_seconds: u64) -> Ratio {
        let seconds = self.seconds as u64;
        let elapsed = elapsed_seconds.min(seconds);
        Ratio(elapsed.saturating_mul(Ratio::ONE.0 as u64).checked_div(seconds).unwrap_or(0) as u32)
    }

    /// What the winner leaves to the account for an equity of `equity`, which must not be
    /// negative; rounded up, in favour of the account.
    pub fn price_ceil(&self, equity: Quote, elapsed_seconds: u64) -> Result<Quote> {
        equity.minus(self.discount_floor(elapsed_seconds).of_floor(equity.or_zero())?)
    }
}
