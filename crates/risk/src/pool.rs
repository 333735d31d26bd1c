//! What a market owes its traders, and what a share of the liquidity pool is worth.
//!
//! The pool is the counterparty of every position, so its value is its capital
//! less the unrealised profit of the traders. Shares are priced against whoever
//! comes or goes: entering at the higher value, leaving at the lower.

use crate::health::PerpMarks;
use crate::price::Price;
use crate::units::{Overflow, Quantity, Quote, Ratio, Result, mul_div_floor};

/// Shares and micro-USD that are counted as if they had always been there. A first
/// depositor can't inflate the share price to steal the rounding of the next.
pub const VIRTUAL_SHARES: u64 = 1_000_000;
pub const VIRTUAL_ASSETS: u64 = 1_000_000;

/// One side of a market: total size in native units (not negative) and the sum of
/// its positions' entries, signed as theirs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    pub size: Quantity,
    pub entry: Quote,
}

/// A market's positions in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenInterest {
    pub long: Side,
    pub short: Side,
}

/// Bounds of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Band {
    pub low: Quote,
    pub high: Quote,
}

impl OpenInterest {
    /// Long less short size.
    pub fn skew(&self) -> Result<Quantity> {
        self.long.size.minus(self.short.size)
    }

    /// The larger side's size.
    pub fn larger_side(&self) -> Quantity {
        self.long.size.max(self.short.size)
    }

    /// What each side's traders together would gain at `marks`, long and short, rounded
    /// down.
    pub fn sides_pnl_floor(&self, marks: &PerpMarks) -> Result<(Quote, Quote)> {
        let long = marks.long.value_floor(self.long.size)?.minus(self.long.entry)?;
        let short = marks.short.value_floor(self.short.size.negated()?)?.minus(self.short.entry)?;
        Ok((long, short))
    }

    /// What all traders together would gain, rounded down (each side by at most one
    /// micro-USD).
    pub fn trader_pnl_floor(&self, marks: &PerpMarks) -> Result<Quote> {
        let (long, short) = self.sides_pnl_floor(marks)?;
        long.plus(short)
    }

    /// What the traders together may be owed: their profit, and the price impact that they
    /// paid for the skew and get back when it is closed, `skew^2 / (2 skew_scale)` at the
    /// price. Over the span of the oracle price with its confidence, and the slow price;
    /// linear in the price, so the ends of the span bound it. Widened by the rounding.
    pub fn owed_band(
        &self,
        marks: &PerpMarks,
        slow: Price,
        confidence: Ratio,
        skew_scale: i64,
    ) -> Result<Band> {
        let lowest = marks.at(marks.oracle.lowered_by(confidence)?.min(slow))?;
        let highest = marks.at(marks.oracle.raised_by(confidence)?.max(slow))?;
        let (a, b) = (self.owed_floor(&lowest, skew_scale)?, self.owed_floor(&highest, skew_scale)?);
        Ok(Band { low: a.min(b), high: a.max(b).plus(Quote(4))? })
    }

    /// What the traders are owed at one price, impact included. Rounded down, by less than
    /// four micro-USD as long as the skew is within its scale.
    pub fn owed_floor(&self, marks: &PerpMarks, skew_scale: i64) -> Result<Quote> {
        let skew = Quantity::from_magnitude(self.skew()?.magnitude())?;
        let twice_scale = skew_scale.checked_mul(2).ok_or(Overflow)?;
        let impact = mul_div_floor(marks.oracle.value_floor(skew)?.0, skew.0, twice_scale)?;
        self.trader_pnl_floor(marks)?.plus(Quote(impact))
    }
}

/// Shares for `amount` at a pool value of `value` (the higher bound) and `supply`
/// shares, rounded down.
pub fn shares_for_floor(amount: Quote, supply: u64, value: Quote) -> Result<u64> {
    let shares = supply as u128 + VIRTUAL_SHARES as u128;
    let assets = assets(value)?;
    u64::try_from(positive(amount)? as u128 * shares / assets).map_err(|_| Overflow)
}

/// What `shares` are worth at a pool value of `value` (the lower bound) and `supply`
/// shares, rounded down; [`Overflow`] for more shares than there are.
///
/// The lower of the share's worth with and without the virtual part: after a loss,
/// the virtual micro-USD would pay out more than the pool has.
pub fn value_of_floor(shares: u64, supply: u64, value: Quote) -> Result<Quote> {
    if shares > supply {
        return Err(Overflow);
    }
    let (shares, supply) = (shares as u128, supply as u128);
    let with_virtual = shares * assets(value)? / (supply + VIRTUAL_SHARES as u128);
    let without = shares * positive(value)? as u128 / supply.max(1);
    Quote::from_magnitude(u64::try_from(with_virtual.min(without)).map_err(|_| Overflow)?)
}

fn assets(value: Quote) -> Result<u128> {
    Ok(positive(value)? as u128 + VIRTUAL_ASSETS as u128)
}

fn positive(amount: Quote) -> Result<u64> {
    u64::try_from(amount.0).map_err(|_| Overflow)
}
