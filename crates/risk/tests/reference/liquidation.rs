//! The size that brings an account exactly to its target: the quadratic of the
//! documentation, solved by search over whole units.

use super::{Exact, health, int, per_unit, share, trade};
use num_traits::{Signed, Zero};
use plimsoll_risk::liquidation::LiquidationTerms;
use plimsoll_risk::{Health, Position, Quantity};

/// What closing does to an account, in exact terms.
pub struct Sizing {
    size: Exact,
    /// `b R - M`: by how much the account misses its target.
    pub missing: Exact,
    /// `r (1 + b) - p - c(0)`: what closing everything would gain at the first unit's cost.
    pub gain: Exact,
    /// By how much `c` grows from nothing closed to all closed.
    pub impact: Exact,
}

impl Sizing {
    pub fn new(account: &Health, position: &Position, terms: &LiquidationTerms) -> Self {
        let buffer = share(terms.target_margin_ratio) - int(1);
        let requirement = int(account.equity.0) - int(account.maintenance.0);
        let slot = health::perp(position, terms.trade.oracle, &terms.perp);
        let size = int(position.size.0).abs();
        let notional = &size * per_unit(terms.trade.oracle);
        // Beyond the oracle value, per micro-USD of notional, for the first and the last unit.
        let side = int(if position.size.0 > 0 { -1 } else { 1 });
        let closing = Quantity(-position.size.0);
        let first =
            share(terms.trade.confidence) + side.clone() * trade::premium(&terms.trade, Quantity::ZERO);
        let whole = share(terms.trade.confidence) + side * trade::premium(&terms.trade, closing);
        let released = slot.equity - slot.maintenance;
        Self {
            missing: &buffer * requirement - int(account.maintenance.0),
            gain: released * (int(1) + buffer) - &notional * share(terms.penalty) - &notional * &first,
            impact: notional * (whole - first),
            size,
        }
    }

    /// By how much the account still misses its target after closing `units`.
    pub fn missing_after(&self, units: u64) -> Exact {
        let f = int(units) / &self.size;
        &self.missing - &f * (&self.gain - &f * &self.impact)
    }

    /// `h m / g^2`: how much the growing impact matters. Up to a quarter, some size reaches the target.
    pub fn curvature(&self) -> Option<Exact> {
        self.gain.is_positive().then(|| &self.impact * &self.missing / (&self.gain * &self.gain))
    }

    /// The largest number of units that does not pass the target; `None` if none reaches it.
    pub fn units_to_target(&self, size: u64) -> Option<u64> {
        // Up to the top of the parabola, closing more always misses less.
        let (mut low, mut high) = (0, size);
        if self.impact.is_positive() {
            let top = &self.gain / (int(2) * &self.impact) * &self.size;
            high = super::floor(&top).map_or(size, |top| size.min(top.max(0) as u64));
        }
        if self.missing_after(high) > Exact::zero() {
            return None;
        }
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.missing_after(middle) >= Exact::zero() { low = middle } else { high = middle - 1 }
        }
        Some(low)
    }
}
