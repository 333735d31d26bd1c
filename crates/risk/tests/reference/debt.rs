//! How much debt has to be repaid to bring an account to its target, and what a repayment
//! does to it, unrounded.

use super::{Exact, int, per_unit, share};
use num_traits::Signed;
use plimsoll_risk::Health;
use plimsoll_risk::debt::{DebtPlan, DebtTerms};

/// The value to repay; `None` if no amount brings the account to its target.
pub fn value_to_target(account: &Health, terms: &DebtTerms) -> Option<Exact> {
    let (target, gain) = (buffer(terms), gain(terms));
    let requirement = int(account.equity.0) - int(account.maintenance.0);
    let missing = &target * requirement - int(account.maintenance.0);
    let rate = &gain + target * (&gain + share(terms.bonus));
    rate.is_positive().then(|| missing / rate)
}

/// Maintenance health per micro-USD repaid.
pub fn gain(terms: &DebtTerms) -> Exact {
    share(terms.debt_weight) - (int(1) + share(terms.bonus)) * share(terms.asset_weight)
}

fn buffer(terms: &DebtTerms) -> Exact {
    share(terms.target_margin_ratio) - int(1)
}

/// What is repaid and seized, in micro-USD.
pub fn values(done: &DebtPlan, terms: &DebtTerms) -> (Exact, Exact) {
    (int(done.repaid.0) * per_unit(terms.debt_price), int(done.seized.0) * per_unit(terms.asset_price))
}

/// Maintenance health after a liquidation, and by how much it then misses the target.
pub fn after(account: &Health, done: &DebtPlan, terms: &DebtTerms) -> (Exact, Exact) {
    let (repaid, seized) = values(done, terms);
    let maintenance =
        int(account.maintenance.0) + &repaid * share(terms.debt_weight) - &seized * share(terms.asset_weight);
    let equity = int(account.equity.0) + repaid - seized;
    let missing = buffer(terms) * (equity - &maintenance) - &maintenance;
    (maintenance, missing)
}
