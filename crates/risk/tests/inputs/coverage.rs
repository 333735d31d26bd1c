//! The laws of liquidation would hold of nothing if no scenario got there: each kind
//! that matters is among what is generated.

use super::{Scenario, scenario};
use plimsoll_risk::health::perp_health;
use plimsoll_risk::liquidation::{Liquidation, plan};
use plimsoll_risk::{Quantity, Quote};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

type Kind = (&'static str, fn(&Scenario, &Liquidation) -> bool);

const KINDS: &[Kind] = &[
    ("a long", |s, _| s.position.size.0 > 0),
    ("a short", |s, _| s.position.size.0 < 0),
    ("a partial close", |_, done| done.position.size.0 != 0),
    ("a whole close", |_, done| done.position.size.0 == 0),
    ("a profit that counts in part", |s, _| {
        let slot = perp_health(&s.position, &s.terms.marks, &s.terms.perp).unwrap();
        slot.equity.0 > 0 && s.terms.perp.maintenance_profit_weight.0 < 1_000_000
    }),
    ("a partial close of it", |s, done| {
        let slot = perp_health(&s.position, &s.terms.marks, &s.terms.perp).unwrap();
        slot.equity.0 > 0 && done.position.size.0 != 0
    }),
    ("closing at a discount", |s, done| {
        let value = s.terms.trade.oracle.value_floor(done.delta).unwrap();
        done.cost < value
    }),
    ("a whole penalty", |_, done| done.penalty.0 > 0 && done.health_after.equity.0 > 0),
    ("a penalty cut to the equity left", |_, done| done.penalty.0 > 0 && done.health_after.equity.0 == 0),
    ("no penalty, for want of equity", |_, done| done.penalty.0 == 0 && done.health_after.equity.0 < 0),
    ("an account that stays below maintenance", |_, done| {
        done.position.size.0 != 0 && done.health_after.maintenance.0 < 0
    }),
    ("an account made good", |_, done| done.position.size.0 != 0 && done.health_after.maintenance.0 >= 0),
    ("a close within the dearest bracket", |s, done| {
        let top = top_bracket(s).unwrap_or(i64::MAX);
        done.position.size.0 != 0
            && notional(s, s.position.size) > top
            && notional(s, done.position.size) > top
    }),
    ("a close across a bracket", |s, done| {
        let top = top_bracket(s).unwrap_or(0);
        done.position.size.0 != 0
            && notional(s, s.position.size) > top
            && notional(s, done.position.size) < top
    }),
    ("a partial close at a mark below zero", |s, done| {
        done.position.size.0 != 0 && s.terms.marks.of(s.position.size).0 < 0
    }),
    ("a partial close of a side that was charged", |s, done| {
        done.position.size.0 != 0 && s.terms.marks.charged(s.position.size).unwrap().0 > 0
    }),
    ("a penalty of the reserve", |s, done| {
        let share = s.terms.penalty.of_ceil(Quote(notional(s, done.delta) + 1)).unwrap();
        done.penalty > share && done.penalty == s.terms.perp.reserve
    }),
    ("one unit closed", |_, done| done.delta.magnitude() == 1 && done.position.size.0 != 0),
];

/// Where the dearest bracket of maintenance margin begins that the position reaches.
fn top_bracket(s: &Scenario) -> Option<i64> {
    let tiers = s.terms.perp.tiers.iter().filter(|tier| tier.maintenance.0 > 0);
    tiers.map(|tier| tier.from.0).filter(|from| *from < notional(s, s.position.size)).max()
}

fn notional(s: &Scenario, size: Quantity) -> i64 {
    s.terms.trade.oracle.value_floor(size).unwrap().magnitude() as i64
}

#[test]
fn every_kind_of_liquidation_is_generated() {
    let mut runner = TestRunner::deterministic();
    let strategy = scenario();
    let mut counts = vec![0; KINDS.len()];
    for _ in 0..4_000 {
        let s = strategy.new_tree(&mut runner).unwrap().current();
        let done = plan(&s.account, &s.position, &s.terms).unwrap().unwrap();
        for (count, (_, is)) in counts.iter_mut().zip(KINDS) {
            *count += is(&s, &done) as u32;
        }
    }
    for (count, (kind, _)) in counts.iter().zip(KINDS) {
        assert!(*count > 0, "not generated: {kind}");
    }
}
