use super::Result;
use crate::error::{require, PlimsollError};
use crate::guard::{MarginGuard, Sale};
use crate::state::{Bank, RiskBoard};

/// Takes over all that an account under auction holds and owes, for its equity less the
/// discount that has grown by now; at most `price_max` micro-USD. `bank` is the settlement
/// token's. The winner must be above initial margin afterwards, at fresh prices of everything;
/// the account keeps the price. What lies in opposite directions in the two accounts must be
/// closed first, except settlement tokens.
///
/// # Errors
/// [`NoAuction`](PlimsollError::NoAuction),
/// [`NotBelowMaintenance`](PlimsollError::NotBelowMaintenance),
/// [`NothingToAuction`](PlimsollError::NothingToAuction),
/// [`OppositeHoldings`](PlimsollError::OppositeHoldings),
/// [`LimitPrice`](PlimsollError::LimitPrice), and what the price policy and the margin rule refuse.
#[inline(always)]
pub fn win_auction(
    mut account: MarginGuard,
    mut winner: MarginGuard,
    board: &RiskBoard,
    bank: &mut Bank,
    price_max: u64,
    now: i64,
) -> Result<Sale> {
    bank.accrue(now)?;
    let sale = account.sell_to(&mut winner, board, bank, now)?;
    require(sale.price.magnitude() <= price_max, PlimsollError::LimitPrice)?;
    Ok(sale)
}
