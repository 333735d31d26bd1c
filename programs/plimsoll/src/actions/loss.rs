//! Losses that an account can't pay.

use plimsoll_risk::loss::{split_loss, uncollectable, LossSplit};
use plimsoll_risk::Quote;

use super::Result;
use crate::guard::Book;
use crate::state::Market;

/// After a close that realised `realised`: what of the loss the account can't pay is taken
/// back from the market that has just booked it, insurance first, and given to the account,
/// whose equity is then not negative on this market's account any more.
pub fn bear_loss(book: &mut Book, market: &mut Market, realised: Quote) -> Result<LossSplit> {
    let loss = uncollectable(book.health().equity, realised)?;
    let split = split_loss(loss, Quote(market.insurance))?;
    market.bear(&split)?;
    book.settle(loss)?;
    Ok(split)
}
