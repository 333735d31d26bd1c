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
const GOOD: PriceState = PriceState { age_seconds: 30, confidence: Ratio(10_000), divergence: Ratio(50_000) };

#[test]
fn policy_table_cell_by_cell() {
    use Action::*;
    use PriceProblem::*;
    let uncertain = PriceState { confidence: Ratio(10_001), ..GOOD };
    let diverged = PriceState { divergence: Ratio(50_001), ..GOOD };
    let ageing = PriceState { age_seconds: 31, ..GOOD };
    let oldest = PriceState { age_seconds: 120, ..GOOD };
    let expired = PriceState { age_seconds: 121, ..GOOD };
    let never_set = PriceState { age_seconds: i64::MAX, ..GOOD };
    let ahead = PriceState { age_seconds: -5, ..GOOD };
    let (yes, no) = (Ok(()), Err);
    for (state, increase, liquidate, reduce) in [
        (GOOD, yes, yes, yes),
        (ahead, yes, yes, yes),
        (uncertain, no(Uncertain), yes, yes),
        (diverged, no(Diverged), no(Diverged), yes),
        (ageing, no(Ageing), yes, yes),
        (oldest, no(Ageing), yes, yes),
        (expired, no(Expired), no(Expired), no(Expired)),
        (never_set, no(Expired), no(Expired), no(Expired)),
    ] {
        for (action, expected) in [(Increase, increase), (Liquidate, liquidate), (Reduce, reduce)] {
            assert_eq!(policy::check(&state, &LIMITS, action), expected, "{action:?} with {state:?}");
        }
    }
}

#[test]
fn policy_table_of_other_assets_cell_by_cell() {
    use PriceProblem::*;
    use Trust::*;
    let uncertain = PriceState { confidence: Ratio(10_001), ..GOOD };
    let diverged = PriceState { divergence: Ratio(50_001), ..GOOD };
    let ageing = PriceState { age_seconds: 31, ..GOOD };
    let expired = PriceState { age_seconds: 121, ..GOOD };
    for (state, increase, otherwise) in [
        (GOOD, Ok(Full), Full),
        (uncertain, Err(Uncertain), Full),
        (diverged, Err(Diverged), Doubtful),
        (ageing, Err(Ageing), Full),
        (expired, Err(Expired), Doubtful),
    ] {
        assert_eq!(policy::check_other(&state, &LIMITS, Action::Increase), increase, "{state:?}");
        assert_eq!(policy::check_other(&state, &LIMITS, Action::Liquidate), Ok(otherwise), "{state:?}");
        assert_eq!(policy::check_other(&state, &LIMITS, Action::Reduce), Ok(otherwise), "{state:?}");
    }
}

/// A price with several faults is as good as the worst of them.
#[test]
fn faults_of_a_price_add_up() {
    for action in [Action::Increase, Action::Liquidate, Action::Reduce] {
        for faults in 0..16u32 {
            let has = |fault: u32| faults & (1 << fault) != 0;
            let state = |age: bool, expired: bool, confidence: bool, divergence: bool| PriceState {
                age_seconds: if expired {
                    121
                } else if age {
                    31
                } else {
                    30
                },
                confidence: Ratio(if confidence { 10_001 } else { 10_000 }),
                divergence: Ratio(if divergence { 50_001 } else { 50_000 }),
            };
            let alone = [
                state(has(0), false, false, false),
                state(false, has(1), false, false),
                state(false, false, has(2), false),
                state(false, false, false, has(3)),
            ];
            let each = alone.iter().all(|s| policy::check(s, &LIMITS, action).is_ok());
            let together = policy::check(&state(has(0), has(1), has(2), has(3)), &LIMITS, action);
            assert_eq!(together.is_ok(), each, "{action:?} with faults {faults:04b}");
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
    for (before, after, increasing, reducing) in [
        // At or above maintenance before.
        (health(0, -9), health(0, 0), yes, yes),
        (health(5, 5), health(1, 0), yes, yes),
        (health(5, 5), health(0, -1), no(InitialMargin), yes),
        (health(0, -9), health(-1, -9), no(InitialMargin), no(MaintenanceMargin)),
        (health(5, 5), health(-1, 0), yes, no(MaintenanceMargin)),
        // Below maintenance before.
        (health(-5, -9), health(-4, -9), no(BelowMaintenance), yes),
        (health(-5, -9), health(7, 7), no(BelowMaintenance), yes),
        (health(-5, -9), health(-5, 0), no(BelowMaintenance), no(NoImprovement)),
        (health(-5, -9), health(-6, -9), no(BelowMaintenance), no(NoImprovement)),
    ] {
        assert_eq!(rule::check(&before, &after, Increasing), increasing, "{before:?} to {after:?}");
        assert_eq!(rule::check(&before, &after, Reducing), reducing, "{before:?} to {after:?}");
    }
}
