//! What a trade costs, and what it does to a position.
//!
//! A trade of `d` units at oracle price `p`, with the market's skew `s` (long less
//! short open interest) and skew scale `k`, costs
//!
//! ```text
//! d p (1 + (s + d/2) / k)  +  |d p| confidence  +  fee
//! ```
//!
//! The impact term is the mean of the premium before and after (the scheme of
//! Synthetix perps v2, SIP-279): it charges what adds to the imbalance, pays what
//! reduces it, and depends on the start and end skew only, so splitting an order
//! or trading in a circle gains nothing. Liquidations trade at the same terms: a
//! discount taken on opening can't be kept by being liquidated.

use crate::health::{PerpMarks, Position};
use crate::price::{Price, SignedPrice};
use crate::units::{Overflow, Quantity, Quote, Ratio, Result, mul_div_ceil};

/// The terms a market offers before a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub oracle: Price,
    /// Confidence interval over price: the half spread.
    pub confidence: Ratio,
    /// Long less short open interest, in native units.
    pub skew: Quantity,
    /// Skew, in native units, at which the premium would be 100%; positive.
    pub skew_scale: i64,
}

/// A position after a trade, and the profit or loss that the trade realised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Execution {
    pub position: Position,
    pub realised: Quote,
}

impl Terms {
    /// What buying `delta` units costs (selling: a negative cost), without fee,
    /// rounded up: a buyer pays at least, a seller gets at most, the exact price.
    pub fn cost_ceil(&self, delta: Quantity) -> Result<Quote> {
        let value = self.oracle.value_ceil(delta)?;
        let spread = self.confidence.of_ceil(Quote::from_magnitude(value.magnitude())?)?;
        value.plus(self.impact_ceil(value, delta)?)?.plus(spread)
    }

    /// `value * (skew + delta / 2) / skew_scale`, rounded up.
    fn impact_ceil(&self, value: Quote, delta: Quantity) -> Result<Quote> {
        let twice_mean = self.skew.plus(self.skew)?.plus(delta)?;
        let twice_scale = self.skew_scale.checked_mul(2).ok_or(Overflow)?;
        mul_div_ceil(value.0, twice_mean.0, twice_scale).map(Quote)
    }

    /// What closing `closed` of a position costs beyond its value at the oracle
    /// price, expressed for the whole position of notional `notional`, rounded
    /// down. Grows with `closed`; negative when closing earns a discount.
    pub(crate) fn closing_cost_floor(&self, long: bool, notional: Quote, closed: u64) -> Result<Quote> {
        let spread = self.confidence.of_floor(notional)?;
        let sold = Quantity::from_magnitude(closed)?;
        let towards = if long { self.skew.negated()? } else { self.skew };
        let twice_mean = towards.plus(towards)?.plus(sold)?;
        let twice_scale = self.skew_scale.checked_mul(2).ok_or(Overflow)?;
        spread.plus(Quote(crate::units::mul_div_floor(notional.0, twice_mean.0, twice_scale)?))
    }
}

/// Whether a trade of `delta` at `cost` keeps the limit price: a buyer pays at
/// most, a seller gets at least, `limit` per unit, to within one micro-USD (costs
/// are rounded up, and a trade at exactly the limit passes). A limit too high for
/// its value to be expressed lets every purchase pass, and no sale.
pub fn within_limit(delta: Quantity, cost: Quote, limit: Price) -> bool {
    limit.value_ceil(delta).map_or(delta.0 > 0, |limit| cost <= limit)
}

impl Position {
    /// Whether a trade of `delta` only makes this position smaller. No trade does not.
    pub fn is_reduced_by(&self, delta: Quantity) -> bool {
        self.is_opposed_by(delta) && delta.magnitude() <= self.size.magnitude()
    }

    fn is_opposed_by(&self, delta: Quantity) -> bool {
        self.size.0.signum() * delta.0.signum() == -1
    }

    /// Applies a trade of `delta` units that cost `cost`, where each side has been charged
    /// what `marks` say. Entries are kept as if nothing had ever been charged: what a unit
    /// had been charged when it was bought is taken off its entry, rounded up, so that the
    /// mark of the side, which is the price less all charges, values old and new units alike.
    ///
    /// Increasing adds to the entry. Reducing takes out the closed share of the
    /// entry, rounded up (a little less is realised now, as much more later) and
    /// realises the difference. Crossing zero closes and opens: the cost is split
    /// by size, the closing part rounded up.
    pub fn traded(&self, delta: Quantity, cost: Quote, marks: &PerpMarks) -> Result<Execution> {
        let size = self.size.plus(delta)?;
        if !self.is_opposed_by(delta) {
            let entry = self.entry.plus(uncharged_ceil(cost, delta, marks.charged(size)?)?)?;
            return Ok(Execution { position: Position { size, entry }, realised: Quote::ZERO });
        }
        if delta.magnitude() <= self.size.magnitude() {
            let cost = uncharged_ceil(cost, delta, marks.charged(self.size)?)?;
            let closed = self.entry_share_ceil(delta.magnitude())?;
            let position = Position { size, entry: self.entry.minus(closed)? };
            return Ok(Execution { position, realised: cost.negated()?.minus(closed)? });
        }
        let (whole, part) =
            (Quantity::from_magnitude(delta.magnitude())?, Quantity::from_magnitude(self.size.magnitude())?);
        let closing = Quote(mul_div_ceil(cost.0, part.0, whole.0)?);
        let opening = uncharged_ceil(cost.minus(closing)?, size, marks.charged(size)?)?;
        let closing = uncharged_ceil(closing, self.size.negated()?, marks.charged(self.size)?)?;
        let position = Position { size, entry: opening };
        Ok(Execution { position, realised: closing.negated()?.minus(self.entry)? })
    }

    fn entry_share_ceil(&self, closed: u64) -> Result<Quote> {
        let size = self.size.magnitude();
        if closed == size {
            return Ok(self.entry);
        }
        let (closed, size) = (Quantity::from_magnitude(closed)?, Quantity::from_magnitude(size)?);
        mul_div_ceil(self.entry.0, closed.0, size.0).map(Quote)
    }
}

/// `cost` of `delta` units less what each of them had been charged before, rounded up.
fn uncharged_ceil(cost: Quote, delta: Quantity, charged: SignedPrice) -> Result<Quote> {
    if charged.0 == 0 { Ok(cost) } else { cost.minus(charged.value_floor(delta)?) }
}
