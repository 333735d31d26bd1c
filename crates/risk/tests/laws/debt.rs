use crate::agreement::debt::{debt, goes_whole};
use crate::inputs::*;
use crate::reference::{debt as reference, int, per_unit, share};
use num_traits::Signed;
use plimsoll_risk::debt::{DebtTerms, plan};
use plimsoll_risk::{Health, Price, Quantity, Quote, Ratio};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn debts_are_liquidated_only_below_maintenance(d in debt(), health in any_quote()) {
        let Some(d) = d else { return Ok(()) };
        let account = Health { maintenance: Quote(health.0.saturating_abs()), ..d.account };
        prop_assert_eq!(plan(&account, d.owed, d.held, d.repaid_max, &d.terms), Ok(None));
        for nothing in [0, -1, i64::MIN] {
            prop_assert_eq!(plan(&d.account, Quantity(nothing), d.held, d.repaid_max, &d.terms), Ok(None));
            prop_assert_eq!(plan(&d.account, d.owed, Quantity(nothing), d.repaid_max, &d.terms), Ok(None));
        }
        prop_assert_eq!(plan(&d.account, d.owed, d.held, Quantity(0), &d.terms), Ok(None));
    }

    #[test]
    fn a_keeper_repays_no_more_than_there_is_and_than_he_has(d in debt()) {
        let Some(d) = d else { return Ok(()) };
        if let Some(done) = plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() {
            prop_assert!(done.repaid.0 > 0 && done.repaid <= d.owed && done.repaid <= d.repaid_max);
            prop_assert!(done.seized.0 > 0 && done.seized <= d.held);
        }
    }

    #[test]
    fn what_is_seized_is_worth_at_most_what_is_repaid_and_a_bonus_out_of_equity(d in debt()) {
        let Some(d) = d else { return Ok(()) };
        if let Some(done) = plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() {
            let (repaid, seized) = reference::values(&done, &d.terms);
            let bonus = (&repaid * share(d.terms.bonus)).min(int(d.account.equity.0.max(0)));
            prop_assert!(seized <= repaid + bonus);
        }
    }

    /// But for what rounding leaves to the account: less than one unit of the collateral.
    /// Where all of the collateral goes, up to one unit of debt more is repaid for it.
    #[test]
    fn repaying_never_passes_the_target(d in debt()) {
        let Some(d) = d else { return Ok(()) };
        if goes_whole(&d) {
            return Ok(());
        }
        let Some(done) = plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() else { return Ok(()) };
        let missing = reference::after(&d.account, &done, &d.terms).1;
        let target = share(d.terms.target_margin_ratio);
        let unit = match done.seized == d.held {
            true => (per_unit(d.terms.debt_price) + int(3)) * share(d.terms.debt_weight) * &target,
            false => int(0),
        };
        let rounding = (per_unit(d.terms.asset_price) + int(3)) * share(d.terms.asset_weight);
        // What is cut off the bonus, for want of equity, the account keeps.
        let full = reference::values(&done, &d.terms).0 * share(d.terms.bonus);
        let cut = (full - int(d.account.equity.0.max(0))).max(int(0)) * share(d.terms.asset_weight);
        prop_assert!(missing >= -(rounding + unit + cut), "past the target by {}", -missing);
    }

    /// Health improves by what each micro-USD repaid gains, whatever the rounding: it leaves
    /// the account more.
    #[test]
    fn repaying_strictly_improves_health_where_the_weights_allow(d in debt()) {
        let Some(d) = d else { return Ok(()) };
        let gain = reference::gain(&d.terms);
        let Some(done) = plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() else { return Ok(()) };
        let (maintenance, _) = reference::after(&d.account, &done, &d.terms);
        let improved = maintenance - int(d.account.maintenance.0);
        let repaid = reference::values(&done, &d.terms).0;
        prop_assert!(improved >= &gain * repaid);
        if gain.is_positive() {
            prop_assert!(improved.is_positive());
        }
    }
}

/// The laws would hold of nothing if no debt got there.
#[test]
fn every_kind_of_debt_liquidation_is_generated() {
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 5];
    for _ in 0..4_000 {
        let Some(d) = debt().new_tree(&mut runner).unwrap().current() else { continue };
        let Some(done) = plan(&d.account, d.owed, d.held, d.repaid_max, &d.terms).unwrap() else { continue };
        let (repaid, seized) = reference::values(&done, &d.terms);
        let is_free = done.repaid < d.owed && done.seized < d.held && done.repaid.0 + 1 < d.repaid_max.0;
        for (count, is) in counts.iter_mut().zip([
            is_free && !goes_whole(&d),
            done.repaid == d.owed,
            done.seized == d.held,
            done.repaid.0 + 1 >= d.repaid_max.0 && done.repaid < d.owed,
            int(d.account.equity.0) < &repaid * share(d.terms.bonus) && seized > repaid,
        ]) {
            *count += is as u32;
        }
    }
    let kinds =
        ["to the target", "whole", "all collateral", "all that was offered", "a bonus of the equity left"];
    for (count, kind) in counts.iter().zip(kinds) {
        assert!(*count > 20, "not generated: {kind}, {counts:?}");
    }
}

/// At one micro-USD a unit, weights of one and 0.8, a bonus of 5% and a target of 1.05: an
/// account of 1,000 collateral that owes `owed`.
fn repaid(owed: i64, held: i64, repaid_max: i64, full_close: i64) -> Option<(i64, i64)> {
    let terms = DebtTerms {
        debt_weight: Ratio::ONE,
        asset_weight: Ratio(800_000),
        bonus: Ratio(50_000),
        target_margin_ratio: Ratio(1_050_000),
        debt_price: Price::ONE,
        asset_price: Price::ONE,
        full_close: Quote(full_close),
    };
    let maintenance = Quote(800_000 - owed);
    let account = Health { equity: Quote(1_000_000 - owed), initial: maintenance, maintenance };
    let done = plan(&account, Quantity(owed), Quantity(held), Quantity(repaid_max), &terms).unwrap();
    done.map(|done| (done.repaid.0, done.seized.0))
}

#[test]
fn a_debt_is_repaid_up_to_the_target_or_a_limit() {
    // g = 1 - 1.05 * 0.8 = 0.16, h = 0.21: x = (10,000 + missing) / 0.1705.
    assert_eq!(repaid(810_000, 1_000_000, i64::MAX, 0), Some((117_302, 123_167)));
    assert_eq!(repaid(800_000, 1_000_000, i64::MAX, 0), None);
    assert_eq!(repaid(810_000, 1_000_000, 20_000, 0), Some((20_000, 21_000)));
    assert_eq!(repaid(810_000, 1_000_000, i64::MAX, 810_000), Some((810_000, 850_500)));
    assert_eq!(repaid(810_000, 1_000_000, i64::MAX, 809_999), Some((117_302, 123_167)));
    assert_eq!(repaid(810_000, 1_000_000, 809_999, 810_000), Some((809_999, 850_498)));
    // All of the collateral, for what it is worth without the bonus.
    assert_eq!(repaid(810_000, 42_000, i64::MAX, 0), Some((40_000, 42_000)));
    assert_eq!(repaid(810_000, 42_001, i64::MAX, 0), Some((40_001, 42_001)));
    // Deep below maintenance from half of the requirement on: equity 99,999 of 200,000.
    assert_eq!(repaid(900_000, 1_000_000, i64::MAX, 0), Some((645_161, 677_419)));
    assert_eq!(repaid(900_001, 1_000_000, i64::MAX, 0), Some((900_001, 945_001)));
}

/// A debt worth more of the collateral's units than can be counted is liquidated all the same.
#[test]
fn worthless_units_shield_no_debt() {
    let terms = DebtTerms {
        debt_weight: Ratio::ONE,
        asset_weight: Ratio(500_000),
        bonus: Ratio(50_000),
        target_margin_ratio: Ratio(1_050_000),
        debt_price: Price::ONE,
        asset_price: Price::MIN,
        full_close: Quote(0),
    };
    let (maintenance, owed) = (Quote(-2_000_000_000), Quantity(2_000_000_000));
    let account = Health { equity: Quote(-1_999_999_999), initial: maintenance, maintenance };
    let held = Quantity(1 << 60);
    let done = plan(&account, owed, held, owed, &terms).unwrap().unwrap();
    assert_eq!((done.repaid.0, done.seized), (1 << 27, held));
}

/// Where a unit of collateral is worth little beside a unit of debt, rounding what is repaid
/// for the rest of it must not ask for more than the keeper offered.
#[test]
fn the_last_of_the_collateral_never_costs_more_than_was_offered() {
    let terms = DebtTerms {
        debt_weight: Ratio::ONE,
        asset_weight: Ratio(500_000),
        bonus: Ratio(0),
        target_margin_ratio: Ratio(1_050_000),
        debt_price: Price(10 << 64),
        asset_price: Price(1 << 60),
        full_close: Quote(i64::MAX),
    };
    let account = Health { equity: Quote(-100), initial: Quote(-200), maintenance: Quote(-200) };
    for held in 1..600 {
        for offered in 1..5 {
            let done =
                plan(&account, Quantity(50), Quantity(held), Quantity(offered), &terms).unwrap().unwrap();
            assert!(done.repaid.0 <= offered, "{done:?} of {held} for {offered}");
        }
    }
}
