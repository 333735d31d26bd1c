use anchor_lang::prelude::*;
use plimsoll_risk::Quote;

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
    /// Settles a market with the shared insurance fund; anyone may. The fund makes good what
    /// the market's capital has lost to accounts that could not pay, within the market's limit
    /// per window. A market without such losses gives the fund what its insurance has beyond
    /// its tranche.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let market = &mut *self.market;
        let uncovered = Quote(market.loss_uncovered);
        let moved = if uncovered.0 > 0 {
            let drawn = market.draw(uncovered, Quote(self.fund.balance), now)?;
            self.fund.pay(drawn)?;
            drawn.negated().map_err(PlimsollError::from)?
        } else {
            let tranche = Quote(market.terms.insurance_tranche);
            let surplus = Quote(market.insurance).minus(tranche).map_err(PlimsollError::from)?.or_zero();
            market.insurance = Quote(market.insurance).minus(surplus).map_err(PlimsollError::from)?.0;
            self.fund.add(surplus)?;
            surplus
        };
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
