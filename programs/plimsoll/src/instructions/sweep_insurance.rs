use anchor_lang::prelude::*;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::InsuranceSwept;
use crate::state::{InsuranceFund, Market};

#[derive(Accounts)]
pub struct SweepInsurance {
    #[account(mut)]
    pub market: Account<Market>,
    #[account(mut, constraint = fund.clearinghouse == market.clearinghouse @ PlimsollError::ForeignAccount)]
    pub fund: Account<InsuranceFund>,
}

impl SweepInsurance {
    /// Settles a market with the shared insurance fund; see
    /// [`sweep_insurance`](actions::sweep_insurance). Anyone may call it.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let moved = actions::sweep_insurance(&mut self.market, &mut self.fund, now)?;
        emit!(InsuranceSwept {
            market: *self.market.address(),
            moved: moved.0,
            insurance_after: self.market.insurance,
            capital_after: self.market.capital,
            fund_after: self.fund.balance,
        });
        Ok(())
    }
}
