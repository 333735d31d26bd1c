use crate::inputs::*;
use crate::reference::{debt as reference, int, per_unit, share};
use plimsoll_risk::debt::{DebtTerms, plan};
use plimsoll_risk::{Health, Price, Quantity, Quote, Ratio};
use proptest::prelude::*;

/// A debt, the collateral to seize, and the account they are part of.
#[derive(Clone, Debug)]
pub struct Debt {
    pub account: Health,
    pub owed: Quantity,
    pub held: Quantity,
    pub repaid_max: Quantity,
    pub terms: DebtTerms,
}

prop_compose! {
    fn terms()(
        debt_price in log_between(1 << 44, 1 << 84),
        asset_price in log_between(1 << 44, 1 << 84),
        debt_weight in prop_oneof![Just(1_000_000), 1_000_000..=3_000_000u32],
        asset_weight in prop_oneof![Just(1_000_000), 0..=1_000_000u32],
        bonus in prop_oneof![Just(0), 0..=150_000u32],
        target in 1_010_000..=2_000_000u32,
        full_close in prop_oneof![Just(0), 0..10_000_000_000i64],
    ) -> DebtTerms {
        DebtTerms {
            debt_weight: Ratio(debt_weight),
            asset_weight: Ratio(asset_weight),
            bonus: Ratio(bonus),
            target_margin_ratio: Ratio(target),
            debt_price: Price(debt_price),
            asset_price: Price(asset_price),
            full_close: Quote(full_close),
        }
    }
}

prop_compose! {
    /// A debt of a micro-USD to ten million USD with collateral of about that value or less
    /// or more of it, in an account that is a little or far below maintenance.
    pub fn debt()(
        terms in terms(),
        value in log_between(1, 10_000_000_000_000),
        cover in prop_oneof![1 => 0..1_000_000i64, 3 => 900_000..3_000_000i64],
        requirement in 1..2_000_000i64,
        ratio in prop_oneof![1 => -500_000i64..500_000, 4 => 500_000..1_000_000i64],
        most in prop_oneof![2 => Just(1_000_000), 1 => 0..1_500_000i64],
    ) -> Option<Debt> {
        let part = |of: i64, millionths: i64| {
            (of as i128 * millionths as i128 / 1_000_000).min(i64::MAX as i128) as i64
        };
        let value = value as i64;
        let owed = terms.debt_price.quantity_floor(Quote(value)).ok()?;
        let held = terms.asset_price.quantity_floor(Quote(part(value, cover))).ok()?;
        let requirement = part(value, requirement).max(1);
        let equity = part(requirement, ratio).min(requirement - 1);
        let maintenance = Quote(equity - requirement);
        let account = Health { equity: Quote(equity), initial: maintenance, maintenance };
        let repaid_max = if most == 1_000_000 { Quantity(i64::MAX) } else { Quantity(part(owed.0, most)) };
        (owed.0 > 0 && held.0 > 0).then_some(Debt { account, owed, held, repaid_max, terms })
    }
}

/// Whether the whole debt is to go: deep under water, small, or beyond help.
pub fn goes_whole(d: &Debt) -> bool {
    let requirement = int(d.account.equity.0) - int(d.account.maintenance.0);
    let worth = (int(d.owed.0) * per_unit(d.terms.debt_price)).ceil();
    int(d.account.equity.0) * int(2) < requirement
        || worth <= int(d.terms.full_close.0)
        || reference::value_to_target(&d.account, &d.terms).is_none_or(|value| value >= worth)
}

proptest! {
    #![proptest_config(config())]

    /// The least of what the target asks for, the debt, what the keeper has and what the
    /// collateral is worth: to no more than its roundings.
    #[test]
    fn what_is_repaid_is_the_exact_solution_to_its_roundings(d in debt()) {
        let Some(d) = d else { return Ok(()) };
        let (debt_price, asset_price) = (per_unit(d.terms.debt_price), per_unit(d.terms.asset_price));
        let whole = int(1) + share(d.terms.bonus);
        let worth = int(d.owed.0) * &debt_price;
        let wanted = match goes_whole(&d) {
            true => worth.clone(),
            false => reference::value_to_target(&d.account, &d.terms).unwrap(),
        };
        // The bonus takes no more than the equity left.
        let headroom = int(d.account.equity.0.max(0));
        let held = int(d.held.0) * &asset_price;
        let covered = (&held / &whole).max(&held - &headroom);
        let affordable = int(d.repaid_max.0) * &debt_price;
        let exact = wanted.min(worth).min(covered).min(affordable);
        // One unit of either token (seized in whole units), the micro-USD of missing health over what repaying
        // gains, and a millionth in each of two rates.
        let gain = reference::value_to_target(&Health { equity: Quote(0), initial: Quote(0), maintenance: Quote(-1) }, &d.terms);
        let coarse = gain.map_or(int(0), |per_unit| {
            &exact * &per_unit * int(4) / int(1_000_000) + int(2) * per_unit
        });
        let slack = &debt_price + int(4) + coarse;
        match plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() {
            Some(done) => {
                let (repaid, seized) = reference::values(&done, &d.terms);
                prop_assert!(repaid <= &exact + &slack + &asset_price, "repaid {} of {}", repaid, exact);
                prop_assert!(repaid >= &exact - &slack - &asset_price, "repaid {} of {}", repaid, exact);
                // What is seized is what was repaid with the bonus, to one unit.
                let bonus = (&repaid * share(d.terms.bonus)).min(headroom);
                prop_assert!(seized > repaid + bonus - asset_price - int(3) || done.seized == d.held);
            }
            None => prop_assert!(exact <= slack + asset_price, "nothing of {}", exact),
        }
    }
}
