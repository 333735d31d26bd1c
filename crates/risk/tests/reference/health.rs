//! Equity, initial and maintenance health of slots, unrounded.

use super::{Exact, int, per_unit, share, signed_per_unit};
use num_traits::{Signed, Zero};
use plimsoll_risk::{CollateralRisk, PerpMarks, PerpRisk, Position, Price, Quantity, Ratio, TokenMarks};

/// Unrounded health.
#[derive(Clone, Debug)]
pub struct ExactHealth {
    pub equity: Exact,
    pub initial: Exact,
    pub maintenance: Exact,
}

pub fn token(shares: Quantity, marks: &TokenMarks, risk: &CollateralRisk) -> ExactHealth {
    let (initial, maintenance) = weights(shares, risk);
    let shares = int(shares.0);
    ExactHealth {
        equity: &shares * per_unit(marks.oracle),
        initial: &shares * per_unit(marks.cautious) * share(initial),
        maintenance: shares * per_unit(marks.oracle) * share(maintenance),
    }
}

/// Initial and maintenance weight of a balance.
pub fn weights(shares: Quantity, risk: &CollateralRisk) -> (Ratio, Ratio) {
    if shares.0 < 0 {
        (risk.initial_debt_weight, risk.maintenance_debt_weight)
    } else {
        (risk.initial_asset_weight, risk.maintenance_asset_weight)
    }
}

pub fn perp(position: &Position, marks: &PerpMarks, risk: &PerpRisk) -> ExactHealth {
    perp_at(position, &per_unit(marks.oracle), &charged(position, marks), risk)
}

/// A position at an oracle price, on a side that has been charged `charged` per unit.
pub fn perp_at(position: &Position, oracle: &Exact, charged: &Exact, risk: &PerpRisk) -> ExactHealth {
    let size = int(position.size.0);
    if size.is_zero() {
        return ExactHealth { equity: Exact::zero(), initial: Exact::zero(), maintenance: Exact::zero() };
    }
    let pnl = &size * (oracle - charged) - int(position.entry.0);
    let counted = |weight: Ratio| if pnl.is_positive() { &pnl * share(weight) } else { pnl.clone() };
    let (initial, maintenance) = margins(&(size.abs() * oracle), risk);
    let reserve = int(risk.reserve.0);
    ExactHealth {
        initial: counted(risk.initial_profit_weight) - initial - &reserve,
        maintenance: counted(risk.maintenance_profit_weight) - maintenance - &reserve,
        equity: pnl,
    }
}

/// What the position's side has been charged per unit.
pub fn charged(position: &Position, marks: &PerpMarks) -> Exact {
    let mark = if position.size.0 < 0 { marks.short } else { marks.long };
    per_unit(marks.oracle) - signed_per_unit(mark)
}

/// Initial and maintenance margin: like a progressive tax, a surcharge concerns what lies
/// beyond its bracket's beginning.
pub fn margins(notional: &Exact, risk: &PerpRisk) -> (Exact, Exact) {
    let mut margins = (notional * share(risk.initial_margin), notional * share(risk.maintenance_margin));
    for tier in &risk.tiers {
        let beyond = (notional - int(tier.from.0)).max(Exact::zero());
        margins.0 += &beyond * share(tier.initial);
        margins.1 += beyond * share(tier.maintenance);
    }
    margins
}

/// A doubtful position: at the better of two prices, the charges as they are.
pub fn doubtful_perp(position: &Position, marks: &PerpMarks, slow: Price) -> Exact {
    let size = int(position.size.0);
    let charged = charged(position, marks);
    let at = |price: Price| &size * (per_unit(price) - &charged) - int(position.entry.0);
    at(marks.oracle).max(at(slow))
}
