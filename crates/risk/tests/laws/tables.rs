//! The two tables of the documentation, cell by cell.

use plimsoll_risk::policy::{self, Action, PriceLimits, PriceProblem, PriceState, Trust};
use plimsoll_risk::rule::{self, Effect, Violation};
use plimsoll_risk::{Health, Quote, Ratio};

const LIMITS: PriceLimits = PriceLimits {
    fresh_seconds: 30,
    expiry_seconds: 120,
    confidence_max: Ratio(10_000),
    divergence_max: Ratio(50_000),
};

/// At every limit at once, and still good for everything.
const GOOD: PriceState = PriceState {
    age_seconds: 30,
    confidence: Ratio(10_000),
    divergence: Ratio(50_000),
    is_held: true,
    is_off_parity: false,
};

const OFF_PARITY: PriceState = PriceState { is_off_parity: true, ..GOOD };
const UNCERTAIN: PriceState = PriceState { confidence: Ratio(10_001), ..GOOD };
const DIVERGED: PriceState = PriceState { divergence: Ratio(50_001), is_held: false, ..GOOD };
const HELD: PriceState = PriceState { divergence: Ratio(50_001), ..GOOD };
const AGEING: PriceState = PriceState { age_seconds: 31, ..GOOD };
const OLDEST: PriceState = PriceState { age_seconds: 120, ..GOOD };
const EXPIRED: PriceState = PriceState { age_seconds: 121, ..GOOD };
const NEVER_SET: PriceState = PriceState { age_seconds: i64::MAX, ..GOOD };
const AHEAD: PriceState = PriceState { age_seconds: -5, ..GOOD };

#[test]
fn policy_table_cell_by_cell() {
    use Action::*;
    use PriceProblem::*;
    let (yes, no) = (Ok(()), Err);
    for (state, increase, liquidate, reduce) in [
        (GOOD, yes, yes, yes),
        (AHEAD, yes, yes, yes),
        (UNCERTAIN, no(Uncertain), yes, yes),
        (DIVERGED, no(Diverged), yes, yes),
        (HELD, no(Diverged), no(Diverged), yes),
        (OFF_PARITY, no(OffParity), yes, yes),
        (AGEING, no(Ageing), yes, yes),
        (OLDEST, no(Ageing), yes, yes),
        (EXPIRED, no(Expired), no(Expired), no(Expired)),
        (NEVER_SET, no(Expired), no(Expired), no(Expired)),
    ] {
        for (action, expected) in
            [(Withdraw, increase), (Increase, increase), (Liquidate, liquidate), (Reduce, reduce)]
        {
            assert_eq!(policy::check(&state, &LIMITS, action), expected, "{action:?} with {state:?}");
        }
    }
}

#[test]
fn policy_table_of_other_assets_cell_by_cell() {
    use PriceProblem::*;
    use Trust::*;
    for (state, increase, otherwise) in [
        (GOOD, Ok(Full), Full),
        (UNCERTAIN, Err(Uncertain), Full),
        (DIVERGED, Err(Diverged), Full),
        (HELD, Err(Diverged), Doubtful),
        (OFF_PARITY, Err(OffParity), Full),
        (AGEING, Err(Ageing), Full),
        (EXPIRED, Err(Expired), Doubtful),
    ] {
        for action in [Action::Increase, Action::Withdraw] {
            assert_eq!(policy::check_other(&state, &LIMITS, action), increase, "{action:?} with {state:?}");
        }
        for action in [Action::Liquidate, Action::Reduce] {
            assert_eq!(
                policy::check_other(&state, &LIMITS, action),
                Ok(otherwise),
                "{action:?} with {state:?}"
            );
        }
    }
}

#[test]
fn actions_are_ordered_by_what_they_demand() {
    use Action::*;
    let order = [Reduce, Liquidate, Increase, Withdraw];
    assert!(order.is_sorted());
    for state in [GOOD, UNCERTAIN, DIVERGED, HELD, OFF_PARITY, AGEING, EXPIRED] {
        let allowed: Vec<bool> = order.iter().map(|a| policy::check(&state, &LIMITS, *a).is_ok()).collect();
        assert!(allowed.is_sorted_by(|less, more| less >= more), "{state:?}");
    }
}

/// A price with several faults is as good as the worst of them.
#[test]
fn faults_of_a_price_add_up() {
    let with = |faults: u32| {
        let has = |fault: u32| faults & (1 << fault) != 0;
        PriceState {
            age_seconds: match (has(0), has(1)) {
                (_, true) => 121,
                (true, false) => 31,
                (false, false) => 30,
            },
            confidence: Ratio(if has(2) { 10_001 } else { 10_000 }),
            divergence: Ratio(if has(3) || has(4) { 50_001 } else { 50_000 }),
            is_held: has(4),
            is_off_parity: has(5),
        }
    };
    for action in [Action::Withdraw, Action::Increase, Action::Liquidate, Action::Reduce] {
        for faults in 0..64u32 {
            let each = (0..6).all(|f| policy::check(&with(faults & (1 << f)), &LIMITS, action).is_ok());
            let together = policy::check(&with(faults), &LIMITS, action);
            assert_eq!(together.is_ok(), each, "{action:?} with faults {faults:06b}");
        }
    }
}

#[test]
fn rule_table_cell_by_cell() {
    use Effect::*;
    use Violation::*;
    let health = |maintenance, initial| Health {
        equity: Quote(0),
        initial: Quote(initial),
        maintenance: Quote(maintenance),
    };
    let (yes, no) = (Ok(()), Err);
    for (before, after, increasing, reducing, neutral) in [
        // At or above maintenance before.
        (health(0, -9), health(0, 0), yes, yes, yes),
        (health(5, 5), health(1, 0), yes, yes, yes),
        (health(5, 5), health(0, -1), no(InitialMargin), yes, yes),
        (health(0, -9), health(-1, -9), no(InitialMargin), no(MaintenanceMargin), no(MaintenanceMargin)),
        (health(5, 5), health(-1, 0), yes, no(MaintenanceMargin), no(MaintenanceMargin)),
        // Below maintenance before.
        (health(-5, -9), health(-4, -9), no(BelowMaintenance), yes, yes),
        (health(-5, -9), health(7, 7), no(BelowMaintenance), yes, yes),
        (health(-5, -9), health(-5, 0), no(BelowMaintenance), no(NoImprovement), yes),
        (health(-5, -9), health(-6, -9), no(BelowMaintenance), no(NoImprovement), yes),
        (health(-5, -9), health(-7, -9), no(BelowMaintenance), no(NoImprovement), yes),
        (health(-5, -9), health(-8, 0), no(BelowMaintenance), no(NoImprovement), no(NoImprovement)),
        (health(-1, -9), health(-3, -9), no(BelowMaintenance), no(NoImprovement), yes),
        (health(-1, -9), health(i64::MIN, 0), no(BelowMaintenance), no(NoImprovement), no(NoImprovement)),
        (health(-1, -9), health(i64::MAX, 0), no(BelowMaintenance), yes, yes),
    ] {
        assert_eq!(rule::check(&before, &after, Increasing), increasing, "{before:?} to {after:?}");
        assert_eq!(rule::check(&before, &after, Reducing), reducing, "{before:?} to {after:?}");
        assert_eq!(rule::check(&before, &after, Neutral), neutral, "{before:?} to {after:?}");
    }
}
