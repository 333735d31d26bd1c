use anchor_lang::prelude::*;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::MarginSet;
use crate::params::MarketParams;
use crate::state::{Clearinghouse, MarginTerms, Market, RiskBoard};

#[derive(Accounts)]
pub struct SetMargin {
    #[account(address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

impl SetMargin {
    /// Sends a market's margin on its way to new terms, in a straight line over
    /// `ramp_seconds`: nobody is liquidated in the second in which it is decided. A ramp
    /// that is still running ends where it is.
    pub fn run(&mut self, margin: MarginTerms, ramp_seconds: u32) -> Result<()> {
        bounds::check_ramp(ramp_seconds)?;
        let params = MarketParams { margin, terms: self.market.terms };
        let row = self.risk_board.row(self.market.asset)?;
        bounds::check_market(&params, row.confidence_limit, self.risk_board.liquidation_target)?;
        let now = Clock::get()?.unix_timestamp;
        self.market.set_margin(&margin, now, ramp_seconds);
        emit!(MarginSet {
            market: *self.market.address(),
            ramp_end: self.market.ramp_end,
            initial_margin: margin.initial_margin,
            maintenance_margin: margin.maintenance_margin,
        });
        Ok(())
    }
}
