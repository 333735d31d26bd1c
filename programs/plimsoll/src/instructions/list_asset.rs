use anchor_lang::prelude::*;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::AssetListed;
use crate::params::AssetParams;
use crate::state::{Clearinghouse, RiskBoard, ASSETS_MAX};

#[derive(Accounts)]
pub struct ListAsset {
    #[account(address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
}

impl ListAsset {
    /// Puts an asset on the risk board. It has no price until one is refreshed, and
    /// no use until it is listed as collateral or as a market.
    pub fn run(&mut self, params: AssetParams) -> Result<()> {
        bounds::check_asset(&params)?;
        let asset = self.risk_board.asset_count;
        require!((asset as usize) < ASSETS_MAX, PlimsollError::BoardFull);
        let stands_for = params.parity_asset as u32;
        if params.parity_ratio != 0 {
            require!(stands_for < asset, PlimsollError::AssetNotOnBoard);
            let anchor = self.risk_board.row(params.parity_asset)?;
            require!(anchor.decimals == params.decimals, PlimsollError::DecimalsMismatch);
        }

        self.risk_board.asset_count += 1;
        let row = self.risk_board.row_mut(asset as u8)?;
        row.symbol = params.symbol;
        row.oracle = params.oracle;
        row.feed_id = params.feed_id;
        row.oracle_kind = params.oracle_kind;
        row.decimals = params.decimals;
        row.fresh_seconds = params.fresh_seconds;
        row.expiry_seconds = params.expiry_seconds;
        row.confidence_max = params.confidence_max;
        row.confidence_limit = params.confidence_limit;
        row.divergence_max = params.divergence_max;
        row.slow_rate_per_second = params.slow_rate_per_second;
        row.hold_seconds = params.hold_seconds;
        row.parity_ratio = params.parity_ratio;
        row.parity_gap_max = params.parity_gap_max;
        row.parity_asset = params.parity_asset;

        emit!(AssetListed {
            risk_board: *self.risk_board.address(),
            oracle: params.oracle,
            feed_id: params.feed_id,
            symbol: params.symbol,
            asset: asset as u64,
        });
        Ok(())
    }
}
