//! Who bears what an account can't pay.
//!
//! In this order: the account's own equity; the insurance of the market that made the
//! loss; the shared insurance fund, up to the market's limit per window; the market's
//! capital, which is the counterparty's own stake; and where even that does not cover what
//! the market owes its traders, their profits, by a haircut.
//!
//! A haircut is a charge per unit on the side (or sides) that is in profit, so that its
//! traders together give up what is missing, each in proportion to his size. It moves the
//! side's mark, as funding does: no list of positions, no rank, no order of touching.

use crate::health::PerpMarks;
use crate::pool::OpenInterest;
use crate::price::SignedPrice;
use crate::units::{Overflow, Quantity, Quote, Result, mul_div_floor};

/// Who bears a loss that an account can't pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossSplit {
    pub from_insurance: Quote,
    pub from_capital: Quote,
}

/// What of a close can't be collected: an account whose equity is negative afterwards
/// owes more than it has, and the market that was closed in answers for as much of that
/// as the close realised as a loss (`realised` is negative then). No market answers for
/// another's loss, and none books a gain that nobody can pay.
pub fn uncollectable(equity_after: Quote, realised: Quote) -> Result<Quote> {
    Ok(equity_after.negated()?.or_zero().min(realised.negated()?.or_zero()))
}

/// Charges `loss` (not negative) to the market's insurance first, then to its capital, to
/// which the realised loss it is part of has just been added.
pub fn split_loss(loss: Quote, insurance: Quote) -> Result<LossSplit> {
    let from_insurance = loss.min(insurance.or_zero());
    Ok(LossSplit { from_insurance, from_capital: loss.minus(from_insurance)? })
}

/// How much may still be taken in a window of fixed length, and what has been taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub started_at: i64,
    pub taken: Quote,
}

impl Window {
    /// The window that `now` lies in: this one, or a new one once it has run out.
    pub fn at(self, now: i64, seconds: u32) -> Self {
        if now >= self.started_at.saturating_add(seconds as i64) {
            Self { started_at: now, taken: Quote::ZERO }
        } else {
            self
        }
    }

    /// What may still be taken of `limit`.
    pub fn room(&self, limit: Quote) -> Result<Quote> {
        Ok(limit.minus(self.taken)?.or_zero())
    }

    /// After taking `amount`.
    pub fn after(self, amount: Quote) -> Result<Self> {
        Ok(Self { taken: self.taken.plus(amount)?, ..self })
    }
}

/// Charges per native unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Haircut {
    pub long: SignedPrice,
    pub short: SignedPrice,
}

/// What a market owes its traders beyond `capital`, as far as it can be taken from those in
/// profit: what they have won, and the price impact that they get back when they close (see
/// [`OpenInterest::owed_band`]). Zero if there is no such deficit.
pub fn deficit(interest: &OpenInterest, marks: &PerpMarks, skew_scale: i64, capital: Quote) -> Result<Quote> {
    let (long, short) = interest.sides_pnl_floor(marks)?;
    let profits = long.or_zero().plus(short.or_zero())?;
    Ok(interest.owed_floor(marks, skew_scale)?.minus(capital)?.or_zero().min(profits))
}

/// The haircut that takes `deficit` from the sides in profit, split by their profits. Each
/// side's charge per unit is rounded up: together its traders give up at least its part,
/// and at most one micro-USD each more.
pub fn haircut(interest: &OpenInterest, marks: &PerpMarks, deficit: Quote) -> Result<Haircut> {
    let (long, short) = interest.sides_pnl_floor(marks)?;
    let (long, short) = (long.or_zero(), short.or_zero());
    let profits = long.plus(short)?;
    if deficit.0 <= 0 || profits < deficit {
        return if deficit.0 <= 0 { Ok(Haircut::default()) } else { Err(Overflow) };
    }
    let from_short = Quote(mul_div_floor(deficit.0, short.0, profits.0)?);
    let from_long = deficit.minus(from_short)?;
    Ok(Haircut {
        long: per_unit_ceil(from_long, interest.long.size)?,
        short: per_unit_ceil(from_short, interest.short.size)?,
    })
}

fn per_unit_ceil(amount: Quote, size: Quantity) -> Result<SignedPrice> {
    if amount.0 == 0 {
        return Ok(SignedPrice(0));
    }
    let size = u128::from(size.magnitude());
    let scaled = u128::from(amount.magnitude()) << 64;
    if size == 0 {
        return Err(Overflow);
    }
    i128::try_from(scaled.div_ceil(size)).map(SignedPrice).map_err(|_| Overflow)
}
