use crate::inputs::*;
use crate::reference::{int, liquidation::Sizing, per_unit, share};
use num_traits::Signed;
use plimsoll_risk::health::{Tier, notional_ceil};
use plimsoll_risk::liquidation::{FULL_CLOSE_MARGIN_RATIO, LiquidationTerms, is_called, is_deep, plan};
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{Health, PerpMarks, PerpRisk, Position, Price, Quantity, Quote, Ratio};
use proptest::prelude::*;

/// Whether the whole position goes whatever the target: deep under water, or small.
fn goes_whole(s: &Scenario) -> bool {
    let requirement = int(s.account.equity.0) - int(s.account.maintenance.0);
    let deep = int(s.account.equity.0) < requirement * share(FULL_CLOSE_MARGIN_RATIO);
    let notional = (int(s.position.size.0).abs() * per_unit(s.terms.trade.oracle)).ceil();
    deep || notional <= int(s.terms.full_close_notional.0)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_deep_and_the_small_are_closed_whole(s in scenario()) {
        let done = plan(&s.account, &s.position, &s.terms).unwrap().unwrap();
        if goes_whole(&s) {
            prop_assert_eq!(done.delta.0, -s.position.size.0);
            prop_assert_eq!(done.position, Default::default());
        }
    }

    /// The exact solution, to what four rounds of the iteration leave, and to what the
    /// rounding of its terms is worth in units.
    #[test]
    fn the_size_closed_is_the_exact_solution_to_fourth_order(s in scenario()) {
        if goes_whole(&s) {
            return Ok(());
        }
        let size = s.position.size.magnitude();
        let closed = plan(&s.account, &s.position, &s.terms).unwrap().unwrap().delta.magnitude();
        let sizing = Sizing::new(&s.account, &s.position, &s.terms);
        // One micro-USD of notional, four parts of margin before and after with the buffer
        // on top, penalty, three parts of the cost, what is missing.
        let rounding = int(16);
        let units = sizing.units_to_target(size);
        if closed == size {
            // Nothing less would do, or what is left would be too small.
            if let Some(units) = units.filter(|units| *units < size) {
                let left_over = int(size - units) < int(s.terms.size_min) + int(2);
                let barely = sizing.missing_after(size) > -&rounding;
                let shortfall = sizing.shortfall_of_four_rounds(units);
                let shortened = shortfall.is_none_or(|part| {
                    int(size - units) - part * int(units + 1) < int(s.terms.size_min) + int(2)
                });
                prop_assert!(left_over || barely || shortened, "{units} of {size} would have reached the target");
            }
            return Ok(());
        }
        prop_assert!(size - closed >= s.terms.size_min.unsigned_abs());
        // Never past the target: one unit at least is closed, though.
        prop_assert!(closed == 1 || sizing.missing_after(closed) >= -&rounding);
        let Some(units) = units else { return Ok(()) };
        let Some(part) = sizing.shortfall_of_four_rounds(units) else { return Ok(()) };
        let worth = &rounding / sizing.slope(units + 1);
        let least = int(units) - part * int(units + 1) - &worth - int(2);
        prop_assert!(int(closed) >= least, "{closed} of {size} closed, {units} needed");
    }

    /// Or what is reserved for it, when the position goes.
    #[test]
    fn the_penalty_is_its_share_of_the_notional_closed_or_what_can_be_taken(s in scenario()) {
        let done = plan(&s.account, &s.position, &s.terms).unwrap().unwrap();
        let notional = notional_ceil(done.delta, s.terms.trade.oracle).unwrap();
        let share_of_it = (share(s.terms.penalty) * int(notional.0)).ceil();
        let reserve = if done.position.size.0 == 0 { int(s.terms.perp.reserve.0) } else { int(0) };
        let full = share_of_it.max(reserve);
        prop_assert!(int(done.penalty.0) <= full);
        let stopped_by_equity = done.health_after.equity.0 <= 0;
        let stopped_by_health = done.health_after.maintenance.0 <= s.account.maintenance.0 + 1;
        prop_assert!(int(done.penalty.0) == full || stopped_by_equity || stopped_by_health);
    }

    #[test]
    fn deep_is_below_half_of_the_requirement(account in any_health()) {
        let Ok(requirement) = account.maintenance_requirement() else { return Ok(()) };
        let exact = int(account.equity.0) * int(2) < int(requirement.0);
        prop_assert_eq!(is_deep(&account, requirement), Ok(exact));
    }

    #[test]
    fn a_margin_call_is_due_below_its_line(
        account in any_health(), line in any_ratio(), near in (0..1i64 << 50, 0..3_000_000u32, -2..=2i64), is_near in any::<bool>(),
    ) {
        let (requirement, line_near, off) = near;
        let (account, line) = if is_near {
            let equity = (i128::from(requirement) * i128::from(line_near) / 1_000_000) as i64 + off;
            let maintenance = Quote(equity - requirement);
            (Health { equity: Quote(equity), initial: maintenance, maintenance }, Ratio(line_near))
        } else {
            (account, line)
        };
        let Ok(called) = is_called(&account, line) else { return Ok(()) };
        let requirement = int(account.equity.0) - int(account.maintenance.0);
        let below = int(account.equity.0) < &requirement * share(line);
        prop_assert_eq!(called, requirement.is_positive() && below);
    }
}

/// Whether all of `size` goes, at one micro-USD per unit in a market without spread,
/// impact or profit discount, with a maintenance margin of 1%.
fn all_goes(size: i64, equity: i64) -> bool {
    let terms = LiquidationTerms {
        trade: Terms { oracle: Price::ONE, confidence: Ratio(0), skew: Quantity(0), skew_scale: 1 << 60 },
        perp: PerpRisk {
            initial_margin: Ratio(20_000),
            maintenance_margin: Ratio(10_000),
            initial_profit_weight: Ratio::ONE,
            maintenance_profit_weight: Ratio::ONE,
            tiers: [Tier::default(); 3],
            reserve: Quote(0),
        },
        marks: PerpMarks::uncharged(Price::ONE).unwrap(),
        penalty: Ratio(100),
        target_margin_ratio: Ratio(1_050_000),
        full_close_notional: Quote(1_000_000),
        size_min: 1,
    };
    let position = Position { size: Quantity(size), entry: Quote(size) };
    let maintenance = Quote(equity - size / 100);
    let account = Health { equity: Quote(equity), initial: maintenance, maintenance };
    plan(&account, &position, &terms).unwrap().unwrap().position.size.0 == 0
}

#[test]
fn half_the_requirement_is_not_yet_deep() {
    // A requirement of 20,000, and an odd one of 20,001.
    assert!(!all_goes(2_000_000, 10_000));
    assert!(all_goes(2_000_000, 9_999));
    assert!(all_goes(2_000_100, 10_000));
    assert!(!all_goes(2_000_100, 10_001));
}

#[test]
fn a_position_of_exactly_the_small_notional_goes_whole() {
    assert!(all_goes(1_000_000, 9_900));
    assert!(!all_goes(1_000_100, 9_900));
}

/// A bracket of 40% reaches a tenth into nine units, and eight bring the account to its
/// target: four rounds come to more than five. In whole units each would stop at one.
#[test]
fn a_position_of_a_few_units_is_sized_in_parts_of_them() {
    let unused = Tier { from: Quote(i64::MAX), ..Tier::default() };
    let bracket = Tier { from: Quote(8_100_000), initial: Ratio(400_000), maintenance: Ratio(400_000) };
    let price = Price(1_000_000 << 64);
    let terms = LiquidationTerms {
        trade: Terms { oracle: price, confidence: Ratio(0), skew: Quantity(0), skew_scale: 1 << 60 },
        perp: PerpRisk {
            initial_margin: Ratio(100_000),
            maintenance_margin: Ratio(50_000),
            initial_profit_weight: Ratio::ONE,
            maintenance_profit_weight: Ratio::ONE,
            tiers: [bracket, unused, unused],
            reserve: Quote(0),
        },
        marks: PerpMarks::uncharged(price).unwrap(),
        penalty: Ratio(100),
        target_margin_ratio: Ratio(1_050_000),
        full_close_notional: Quote(1_000_000),
        size_min: 1,
    };
    let position = Position { size: Quantity(9), entry: Quote(9_000_000) };
    let maintenance = Quote(-722_700);
    let account = Health { equity: Quote(1_800_000 - 722_700), initial: maintenance, maintenance };
    assert_eq!(Sizing::new(&account, &position, &terms).units_to_target(9), Some(8));
    assert_eq!(plan(&account, &position, &terms).unwrap().unwrap().delta, Quantity(-5));
}
