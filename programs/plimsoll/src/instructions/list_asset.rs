use anchor_lang::prelude::*;

use super::listing::check_asset_listing;
use crate::error::PlimsollError;
use crate::events::AssetListed;
use crate::state::{PendingChange, RiskBoard};

#[derive(Accounts)]
pub struct ListAsset {
    #[account(mut)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut, close = payer,
        constraint = change.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount,
    )]
    pub change: Account<PendingChange>,
    /// CHECK: gets back the rent it has paid; may be whoever sends this, as nothing but
    /// lamports of it is touched.
    #[account(mut, unsafe(dup), address = change.payer @ PlimsollError::ForeignAccount)]
    pub payer: UncheckedAccount,
}

impl ListAsset {
    /// Executes a change that puts an asset on the risk board. It has no price until one is
    /// refreshed, and no use until it is listed as collateral or as a market.
    pub fn run(&mut self) -> Result<()> {
        let board = &mut *self.risk_board;
        self.change.check_ready(board.is_launched == 1, Clock::get()?.unix_timestamp)?;
        let params = self.change.asset_params()?;
        check_asset_listing(board, &params)?;

        let asset = board.asset_count;
        board.asset_count += 1;
        let row = board.row_mut(asset as u8)?;
        row.symbol = params.symbol;
        row.decimals = params.decimals;
        row.parity_asset = params.parity_asset;
        row.set_source(&params.source);
        row.set_price_terms(&params.price);

        emit!(AssetListed {
            risk_board: *self.risk_board.address(),
            oracle: params.source.oracle,
            feed_id: params.source.feed_id,
            symbol: params.symbol,
            asset: asset as u64,
        });
        Ok(())
    }
}
