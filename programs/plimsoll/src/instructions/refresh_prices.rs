use anchor_lang::prelude::*;

use crate::actions::{refresh, OracleAccount};
use crate::error::PlimsollError;
use crate::events::{PriceRefreshed, RefreshRefused};
use crate::oracle::{OracleKind, Refusal};
use crate::state::{Bank, Market, RiskBoard};

#[derive(Accounts)]
pub struct RefreshPrices {
    #[account(mut)]
    pub risk_board: Account<RiskBoard>,
}

impl RefreshPrices {
    /// Brings rows of the board up to date; see [`refresh`](refresh()). Anyone may call it, for
    /// any rows. `accounts` are, for each asset in order: its oracle account (the settlement token
    /// has none), its market if it has one, its bank if it has one.
    ///
    /// Of a row that keeps what it has, as its price was refused, an event says why, and the
    /// other rows go on.
    pub fn run(&mut self, assets: &[u8], accounts: &[AccountView]) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let mut accounts = accounts.iter();
        for asset in assets {
            if let Err((oracle, refusal)) = self.refresh(*asset, &mut accounts, now)? {
                emit!(RefreshRefused {
                    risk_board: *self.risk_board.address(),
                    oracle,
                    asset: *asset as u32,
                    reason: refusal as u32,
                });
            }
        }
        require!(accounts.next().is_none(), PlimsollError::OracleCountMismatch);
        Ok(())
    }

    fn refresh<'a>(
        &mut self,
        asset: u8,
        accounts: &mut impl Iterator<Item = &'a AccountView>,
        now: i64,
    ) -> Result<core::result::Result<(), (Address, Refusal)>> {
        let row = self.risk_board.row(asset)?;
        let mut next = || accounts.next().ok_or(PlimsollError::OracleCountMismatch);
        let oracle = if row.oracle_kind == OracleKind::Settlement as u8 { None } else { Some(next()?) };
        let market = if row.is_market == 1 { Some(Account::<Market>::load(*next()?)?) } else { None };
        let bank = if row.is_collateral == 1 { Some(Account::<Bank>::load(*next()?)?) } else { None };

        let refused = |refusal| Ok(Err((oracle.map(|view| *view.address()).unwrap_or_default(), refusal)));
        let data = match oracle.map(|view| view.try_borrow()) {
            None => None,
            Some(Ok(data)) => Some(data),
            // In use is only the board itself, which no row is pinned to.
            Some(Err(_)) => return refused(Refusal::WrongAddress),
        };
        let account = oracle.zip(data.as_deref()).map(|(view, data)| OracleAccount {
            address: view.address(),
            owner: view.owner().as_array(),
            data,
        });
        let board = &mut *self.risk_board;
        if let Err(refusal) = refresh(board, asset, account, market.as_deref(), bank.as_deref(), now)? {
            return refused(refusal);
        }
        let row = board.row(asset)?;
        emit!(PriceRefreshed {
            price: row.price,
            slow_price: row.slow_price,
            publish_time: row.publish_time,
            confidence: row.confidence,
            divergence: row.divergence,
            volatility_multiplier: row.volatility_multiplier,
            asset: asset as u32,
            funding_index: row.funding_index,
        });
        Ok(Ok(()))
    }
}
