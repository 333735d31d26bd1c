//! Equity, initial and maintenance health of slots, unrounded.

use super::{Exact, int, per_unit, share};
use num_traits::{Signed, Zero};
use plimsoll_risk::{CollateralRisk, PerpRisk, Position, Price, Prices, Quantity};

/// Unrounded health.
#[derive(Clone, Debug)]
pub struct ExactHealth {
    pub equity: Exact,
    pub initial: Exact,
    pub maintenance: Exact,
}

pub fn token(balance: Quantity, prices: &Prices, risk: &CollateralRisk) -> ExactHealth {
    let (oracle, slow, balance) = (per_unit(prices.oracle), per_unit(prices.slow), int(balance.0));
    let debt = balance.is_negative();
    let cautious = if debt { oracle.clone().max(slow) } else { oracle.clone().min(slow) };
    let (initial, maintenance) = match debt {
        true => (risk.initial_debt_weight, risk.maintenance_debt_weight),
        false => (risk.initial_asset_weight, risk.maintenance_asset_weight),
    };
    ExactHealth {
        equity: &balance * &oracle,
        initial: &balance * cautious * share(initial),
        maintenance: &balance * &oracle * share(maintenance),
    }
}

pub fn perp(position: &Position, oracle: Price, risk: &PerpRisk) -> ExactHealth {
    let value = int(position.size.0) * per_unit(oracle);
    let pnl = &value - int(position.entry.0);
    let counted = |weight: Exact| if pnl > Exact::zero() { &pnl * weight } else { pnl.clone() };
    ExactHealth {
        initial: counted(share(risk.initial_profit_weight)) - value.abs() * share(risk.initial_margin),
        maintenance: counted(share(risk.maintenance_profit_weight))
            - value.abs() * share(risk.maintenance_margin),
        equity: pnl,
    }
}
