use anchor_lang::prelude::*;
use plimsoll_risk::Ratio;

use super::listing::check_market_listing;
use crate::error::PlimsollError;
use crate::events::MarketListed;
use crate::seeds;
use crate::state::{Clearinghouse, LiquidityPool, Market, PendingChange, RiskBoard, WarmUp};

#[derive(Accounts)]
pub struct ListMarket {
    /// May be the payer of the change: nothing but lamports of it is touched.
    #[account(mut, unsafe(dup))]
    pub executor: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut, close = payer,
        constraint = change.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount,
    )]
    pub change: Account<PendingChange>,
    /// CHECK: gets back the rent it has paid; may be whoever sends this, as nothing but
    /// lamports of it is touched.
    #[account(mut, unsafe(dup), address = change.payer @ PlimsollError::ForeignAccount)]
    pub payer: UncheckedAccount,
    #[account(mut, constraint = pool.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub pool: Account<LiquidityPool>,
    #[account(
        init, payer = executor,
        seeds = [seeds::MARKET, clearinghouse.address().as_ref(), &[change.asset]], bump,
    )]
    pub market: Account<Market>,
    pub system_program: Program<System>,
}

impl ListMarket {
    /// Executes a change that creates the perpetual market of an asset. It trades once
    /// capital has been rebalanced to it; after the launch also not before it has warmed up.
    pub fn run(&mut self) -> Result<()> {
        let (now, board) = (Clock::get()?.unix_timestamp, &mut *self.risk_board);
        let is_launched = board.is_launched == 1;
        self.change.check_ready(is_launched, now)?;
        let (asset, params) = (self.change.asset, self.change.market_params()?);
        check_market_listing(board, &self.pool, asset, &params)?;

        let row = board.row_mut(asset)?;
        row.is_market = 1;
        row.volatility_multiplier = Ratio::ONE.0;
        self.pool.capital_weights += params.terms.capital_weight;
        self.pool.markets |= 1 << asset;
        self.market.clearinghouse = *self.clearinghouse.address();
        self.market.asset = asset;
        self.market.terms = params.terms;
        self.market.margin = params.margin;
        (self.market.ramp_start, self.market.ramp_end) = (now, now);
        self.market.warm_up = WarmUp::of_new(is_launched) as u8;
        self.market.funding_at = now;
        row.settle_market(&self.market, now)?;

        emit!(MarketListed { market: *self.market.address(), asset: asset as u64 });
        Ok(())
    }
}
