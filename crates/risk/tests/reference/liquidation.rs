//! The size that brings an account exactly to its target, by search over whole units.

use super::{Exact, health, int, per_unit, share, trade};
use num_traits::{Signed, Zero};
use plimsoll_risk::liquidation::LiquidationTerms;
use plimsoll_risk::{Health, Position, Quantity};

/// What closing does to an account, in exact terms.
pub struct Sizing<'a> {
    terms: &'a LiquidationTerms,
    size: Exact,
    notional: Exact,
    /// Maintenance margin of the whole, and profit that does not count.
    margin: Exact,
    discount: Exact,
    /// Target margin ratio less one.
    buffer: Exact,
    /// By how much the account misses its target: `b R - M`.
    pub missing: Exact,
    /// Closing cost, over notional, of the first unit and of the last.
    first_cost: Exact,
    last_cost: Exact,
}

impl<'a> Sizing<'a> {
    pub fn new(account: &Health, position: &Position, terms: &'a LiquidationTerms) -> Self {
        let buffer = share(terms.target_margin_ratio) - int(1);
        let requirement = int(account.equity.0) - int(account.maintenance.0);
        let slot = health::perp(position, &terms.marks, &terms.perp);
        let size = int(position.size.0).abs();
        let notional = &size * per_unit(terms.trade.oracle);
        let margin = health::margins(&notional, &terms.perp).1;
        // Beyond the oracle value, per micro-USD of notional.
        let side = int(if position.size.0 > 0 { -1 } else { 1 });
        let cost =
            |closed| share(terms.trade.confidence) + &side * trade::premium(&terms.trade, Quantity(closed));
        Self {
            discount: slot.equity - slot.maintenance - &margin - int(terms.perp.reserve.0),
            missing: &buffer * requirement - int(account.maintenance.0),
            first_cost: cost(0),
            last_cost: cost(-position.size.0),
            terms,
            size,
            notional,
            margin,
            buffer,
        }
    }

    /// What closing `units`, less than all, adds to health beyond what the target asks for
    /// what is left. Concave in the units: the dearest bracket goes first, and the price
    /// impact grows.
    pub fn gained(&self, units: &Exact) -> Exact {
        let part = units / &self.size;
        let left = &self.notional * (int(1) - &part);
        let released = &self.margin - health::margins(&left, &self.terms.perp).1 + &part * &self.discount;
        let cost = &self.first_cost + &part * (&self.last_cost - &self.first_cost);
        released * (int(1) + &self.buffer) - &part * &self.notional * (share(self.terms.penalty) + cost)
    }

    /// By how much the account still misses its target after closing `units`.
    pub fn missing_after(&self, units: u64) -> Exact {
        &self.missing - self.gained(&int(units))
    }

    /// What one unit more gains, after `units`.
    pub fn slope(&self, units: u64) -> Exact {
        self.gained(&(int(units) + int(1))) - self.gained(&int(units))
    }

    /// The largest number of units that does not pass the target; `None` if none reaches it.
    pub fn units_to_target(&self, size: u64) -> Option<u64> {
        // Up to the top, closing more always misses less.
        let top = last(size, |units| self.slope(units - 1).is_positive());
        if self.missing_after(top) > Exact::zero() {
            return None;
        }
        Some(last(top, |units| self.missing_after(units) >= Exact::zero()))
    }

    /// How far four rounds of the sizing may stay below a solution at `units`, as a part
    /// of it; `None` where closing more gains nothing there.
    ///
    /// With `g` what is gained and `G = g / f`, a round takes `f` to `m / G(f)`. As `g` is
    /// concave, `G(f) - G(F) <= (F - f) / f (G(F) - g'(F))` below the solution `F`, so that
    /// with `d = F - f` and `s = 1 - g'(F) / G(F)` each round leaves `d' <= d s f' / f`.
    /// The first brings `f` to `m / G(0)`, and `d` to `F (1 - G(F) / G(0))`; the other
    /// three leave at most `F (G(0) / G(F) - 1) s^3`.
    pub fn shortfall_of_four_rounds(&self, units: u64) -> Option<Exact> {
        let slope = self.slope(units.checked_add(1)?);
        if !slope.is_positive() || units == 0 || !self.missing.is_positive() {
            return None;
        }
        // In units, with the solution between `units` and one more.
        let (low, high) = (&self.missing / int(units + 1), &self.missing / int(units));
        let flatness = (int(1) - &slope / &high).max(Exact::zero());
        Some((self.first_unit() / low - int(1)).max(Exact::zero()) * flatness.pow(3))
    }

    /// What the first unit gains, all of the dearest bracket.
    fn first_unit(&self) -> Exact {
        let marginal = self.terms.perp.tiers.iter().filter(|tier| int(tier.from.0) < self.notional);
        let marginal = share(self.terms.perp.maintenance_margin)
            + marginal.map(|tier| share(tier.maintenance)).sum::<Exact>();
        let released = (marginal * &self.notional + &self.discount) * (int(1) + &self.buffer);
        (released - &self.notional * (share(self.terms.penalty) + &self.first_cost)) / &self.size
    }
}

/// The last number of `0..=end` for which `holds`, which holds from 0 up to there.
fn last(end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) { low = middle } else { high = middle - 1 }
    }
    low
}
