use crate::inputs::*;
use crate::reference::{int, share};
use plimsoll_risk::health::{Health, perp_health};
use plimsoll_risk::liquidation::{Liquidation, plan};
use plimsoll_risk::{Quote, Ratio};
use proptest::prelude::*;

fn liquidate(s: &Scenario) -> Liquidation {
    plan(&s.account, &s.position, &s.terms).expect("no overflow").expect("below maintenance")
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn liquidation_only_below_maintenance(s in scenario(), health in any_quote()) {
        let account = Health { maintenance: health, ..s.account };
        let planned = plan(&account, &s.position, &s.terms);
        if health >= Quote::ZERO {
            prop_assert_eq!(planned, Ok(None));
        } else {
            prop_assert!(!matches!(planned, Ok(None)));
        }
        prop_assert_eq!(plan(&s.account, &Default::default(), &s.terms), Ok(None));
    }

    #[test]
    fn liquidation_strictly_improves_health(s in scenario()) {
        let done = liquidate(&s);
        prop_assert!(done.health_after.maintenance > s.account.maintenance);
    }

    /// To within the rounding of the terms (eight micro-USD at most), and to one unit.
    #[test]
    fn liquidation_never_passes_the_target(s in scenario()) {
        let done = liquidate(&s);
        if done.position.size.0 == 0 || done.delta.magnitude() == 1 {
            return Ok(());
        }
        let (equity, maintenance) = (int(done.health_after.equity.0), int(done.health_after.maintenance.0));
        let requirement = &equity - maintenance;
        prop_assert!(equity <= requirement * share(s.terms.target_margin_ratio) + int(8));
    }

    #[test]
    fn liquidation_never_turns_a_position_round(s in scenario()) {
        let done = liquidate(&s);
        prop_assert!(s.position.is_reduced_by(done.delta));
        prop_assert!(done.position.size.0 == 0 || done.position.size.magnitude() >= s.terms.size_min as u64);
        prop_assert_eq!(done.cost, s.terms.trade.cost_ceil(done.delta).unwrap());
    }

    #[test]
    fn exactly_the_smallest_size_may_be_left(s in scenario()) {
        let mut s = s;
        s.terms.size_min = 1;
        let done = liquidate(&s);
        if done.position.size.0 == 0 {
            return Ok(());
        }
        s.terms.size_min = done.position.size.magnitude() as i64;
        prop_assert_eq!(liquidate(&s).position, done.position);
        s.terms.size_min += 1;
        prop_assert_eq!(liquidate(&s).position.size.0, 0);
    }

    #[test]
    fn penalty_never_exceeds_equity_left(s in scenario()) {
        let done = liquidate(&s);
        prop_assert!(done.penalty >= Quote::ZERO);
        prop_assert!(done.penalty == Quote::ZERO || done.health_after.equity >= Quote::ZERO);
    }

    /// Beyond what may be listed, too: whatever the penalty, closing has to be worth it.
    #[test]
    fn penalty_never_takes_back_the_improvement(s in scenario(), penalty in any_ratio()) {
        let mut s = s;
        s.terms.penalty = penalty;
        let Ok(Some(done)) = plan(&s.account, &s.position, &s.terms) else { return Ok(()) };
        let unpenalised = done.health_after.maintenance.0 + done.penalty.0;
        prop_assert!(unpenalised <= s.account.maintenance.0 || done.health_after.maintenance > s.account.maintenance);
    }

    #[test]
    fn health_after_a_liquidation_is_the_sum_of_its_slots(s in scenario()) {
        let done = liquidate(&s);
        let slot = |p| perp_health(p, &s.terms.marks, &s.terms.perp).unwrap();
        let (before, after) = (slot(&s.position), slot(&done.position));
        let cash = done.realised.0 - done.penalty.0;
        for (was, old, new, is) in [
            (s.account.equity, before.equity, after.equity, done.health_after.equity),
            (s.account.initial, before.initial, after.initial, done.health_after.initial),
            (s.account.maintenance, before.maintenance, after.maintenance, done.health_after.maintenance),
        ] {
            prop_assert_eq!(was.0 - old.0 + new.0 + cash, is.0);
        }
    }

    /// At constant prices: each step trades at the skew that the last one left.
    #[test]
    fn liquidations_come_to_an_end(s in scenario()) {
        let mut s = s;
        for _ in 0..40 {
            let Some(done) = plan(&s.account, &s.position, &s.terms).unwrap() else { return Ok(()) };
            s.account = done.health_after;
            s.position = done.position;
            s.terms.trade.skew = s.terms.trade.skew.plus(done.delta).unwrap();
        }
        prop_assert!(false, "still not done: {s:?}");
    }

    #[test]
    fn a_higher_target_never_closes_less(s in scenario(), more in 0..500_000u32) {
        let mut stricter = s.clone();
        stricter.terms.target_margin_ratio = Ratio(s.terms.target_margin_ratio.0 + more);
        prop_assert!(liquidate(&stricter).delta.magnitude() + 1 >= liquidate(&s).delta.magnitude());
    }
}
