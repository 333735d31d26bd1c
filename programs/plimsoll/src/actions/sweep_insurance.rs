use plimsoll_risk::Quote;

use super::Result;
use crate::state::{InsuranceFund, Market};

/// Settles a market with the shared insurance fund. The fund makes good what the market's
/// capital has lost to accounts that could not pay, within the market's limit per window. A
/// market without such losses gives the fund what its insurance has beyond its tranche.
/// Returns the micro-USD that went to the fund; negative: that came from it.
///
/// # Errors
/// [`Overflow`](crate::error::PlimsollError::Overflow).
#[inline(always)]
pub fn sweep_insurance(market: &mut Market, fund: &mut InsuranceFund, now: i64) -> Result<Quote> {
    let uncovered = Quote(market.loss_uncovered);
    if uncovered.0 > 0 {
        let drawn = market.draw(uncovered, Quote(fund.balance), now)?;
        fund.pay(drawn)?;
        return Ok(drawn.negated()?);
    }
    let surplus = Quote(market.insurance).minus(Quote(market.terms.insurance_tranche))?.or_zero();
    market.insurance = Quote(market.insurance).minus(surplus)?.0;
    fund.add(surplus)?;
    Ok(surplus)
}
