// Anchor passes instruction arguments to checks that do not use them.
#![allow(unused_variables)]

use anchor_lang::prelude::*;
use plimsoll_risk::Ratio;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::MarketListed;
use crate::params::MarketParams;
use crate::seeds;
use crate::state::{Clearinghouse, LiquidityPool, Market, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
#[instruction(asset: u8)]
pub struct ListMarket {
    #[account(mut, address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = pool.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub pool: Account<LiquidityPool>,
    #[account(
        init, payer = governance,
        seeds = [seeds::MARKET, clearinghouse.address().as_ref(), &[asset]], bump,
    )]
    pub market: Account<Market>,
    pub system_program: Program<System>,
}

impl ListMarket {
    /// Creates the perpetual market of an asset. It trades once capital has been
    /// rebalanced to it.
    pub fn run(&mut self, asset: u8, params: MarketParams) -> Result<()> {
        let liquidation_target = self.risk_board.liquidation_target;
        let row = self.risk_board.row_mut(asset)?;
        require!(asset != SETTLEMENT_ASSET, PlimsollError::SettlementHasNoMarket);
        require!(row.is_market == 0, PlimsollError::AlreadyListed);
        bounds::check_market(&params, row.confidence_limit, liquidation_target)?;
        let weights = self.pool.capital_weights + params.terms.capital_weight;
        require!(weights <= bounds::CAPITAL_WEIGHTS_MAX, PlimsollError::ParameterOutOfBounds);

        row.is_market = 1;
        // Its low price as a wrapped or staked asset would be a bargain for shorts.
        require!(row.parity_ratio == 0, PlimsollError::ParameterOutOfBounds);
        row.volatility_multiplier = Ratio::ONE.0;
        self.pool.capital_weights = weights;
        self.pool.markets |= 1 << asset;
        self.market.clearinghouse = *self.clearinghouse.address();
        self.market.asset = asset;
        self.market.terms = params.terms;
        self.market.margin = params.margin;
        self.market.funding_at = Clock::get()?.unix_timestamp;
        row.settle_market(&self.market, self.market.funding_at)?;

        emit!(MarketListed { market: *self.market.address(), asset: asset as u64 });
        Ok(())
    }
}
