//! What a liquidity provider does. The supply of pool shares stands in their mint, which is in no snapshot.
use super::{Outcome, Preview, Result, bank_of, pool_of};
use crate::snapshot::{AssetAccounts, Snapshot};
use plimsoll::actions::{Provision, Redemption};
use plimsoll::state::{Market, SETTLEMENT_ASSET};

impl Preview {
    /// Puts `amount` of settlement tokens into the pool, of which there are `supply` shares, for at least
    /// `shares_min` more.
    ///
    /// # Errors
    /// The program's, see [`Provision`].
    pub fn provide_liquidity(&self, amount: u64, shares_min: u64, supply: u64) -> Result<Outcome<Provision>> {
        let mut after = self.clone();
        let Snapshot { pool, assets, board, .. } = &mut after.snapshot;
        let pool = pool_of(pool)?;
        let done = Provision::plan(pool, board, markets(assets), supply, (amount, shares_min), self.now)?;
        done.execute(pool, bank_of(assets, SETTLEMENT_ASSET)?, self.now)?;
        Ok(Outcome { done, after })
    }

    /// Redeems `shares` of the pool, of which there are `supply`, for at least `amount_min` of settlement
    /// tokens.
    ///
    /// # Errors
    /// The program's, see [`Redemption`]. After
    /// [`OutflowLimit`](plimsoll::error::PlimsollError::OutflowLimit),
    /// [`outflow_refusal`](Self::outflow_refusal) says more.
    pub fn redeem_liquidity(&self, shares: u64, amount_min: u64, supply: u64) -> Result<Outcome<Redemption>> {
        let mut after = self.clone();
        let Snapshot { pool, assets, board, window, .. } = &mut after.snapshot;
        let pool = pool_of(pool)?;
        let done = Redemption::plan(pool, board, markets(assets), supply, (shares, amount_min), self.now)?;
        done.execute(pool, board, window, bank_of(assets, SETTLEMENT_ASSET)?, self.now)?;
        Ok(Outcome { done, after })
    }
}

/// All markets, in the order of their assets.
fn markets(assets: &[AssetAccounts]) -> impl Iterator<Item = Result<&Market>> {
    assets.iter().filter_map(|accounts| accounts.market.as_ref()).map(|(_, market)| Ok(market))
}
