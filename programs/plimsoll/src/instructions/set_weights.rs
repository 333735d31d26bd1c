use anchor_lang::prelude::*;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::WeightsSet;
use crate::params::CollateralParams;
use crate::state::{Bank, Clearinghouse, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct SetWeights {
    #[account(address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub bank: Account<Bank>,
}

impl SetWeights {
    /// Sends a token's weights as collateral on their way to new ones, in a straight line
    /// over `ramp_seconds`. Those of the settlement token stay one.
    pub fn run(&mut self, initial: u32, maintenance: u32, ramp_seconds: u32) -> Result<()> {
        bounds::check_ramp(ramp_seconds)?;
        require!(self.bank.asset != SETTLEMENT_ASSET, PlimsollError::ParameterOutOfBounds);
        let row = self.risk_board.row(self.bank.asset)?;
        bounds::check_collateral(&CollateralParams {
            initial_asset_weight: initial,
            maintenance_asset_weight: maintenance,
            initial_debt_weight: row.initial_debt_weight,
            maintenance_debt_weight: row.maintenance_debt_weight,
            terms: self.bank.terms,
        })?;
        let now = Clock::get()?.unix_timestamp;
        self.bank.set_weights(initial, maintenance, now, ramp_seconds);
        emit!(WeightsSet {
            bank: *self.bank.address(),
            ramp_end: self.bank.ramp_end,
            initial_asset_weight: initial,
            maintenance_asset_weight: maintenance,
        });
        Ok(())
    }
}
