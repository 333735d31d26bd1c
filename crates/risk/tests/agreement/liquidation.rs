use crate::inputs::*;
use crate::reference::{assert_between, int, liquidation::Sizing, per_unit, share};
use num_traits::Signed;
use plimsoll_risk::health::notional_ceil;
use plimsoll_risk::liquidation::{
    FULL_CLOSE_MARGIN_RATIO, LiquidationTerms, plan, split_loss, split_penalty, uncollectable,
};
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{Health, PerpRisk, Position, Price, Quantity, Quote, Ratio};
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

    /// The exact solution, to the rounding of its terms (a few micro-USD of what closing
    /// gains) and what four rounds of the iteration leave: of fourth order in the impact.
    #[test]
    fn the_size_closed_is_the_exact_solution_to_fourth_order(s in scenario()) {
        if goes_whole(&s) {
            return Ok(());
        }
        let size = s.position.size.magnitude();
        let closed = plan(&s.account, &s.position, &s.terms).unwrap().unwrap().delta.magnitude();
        let sizing = Sizing::new(&s.account, &s.position, &s.terms);
        let rounding = int(6);
        if closed == size {
            // Nothing less would do, or what is left would be too small.
            let partial = sizing.units_to_target(size).filter(|units| *units < size);
            if let Some(units) = partial {
                let left_over = int(size - units) < int(s.terms.size_min) + int(2);
                let barely = sizing.missing_after(size) > -&rounding;
                let shortened = sizing.curvature().is_some_and(|u| u.is_positive());
                prop_assert!(left_over || barely || shortened, "{units} of {size} would have reached the target");
            }
            return Ok(());
        }
        prop_assert!(size - closed >= s.terms.size_min.unsigned_abs());
        // Never past the target: one unit at least is closed, though.
        prop_assert!(closed == 1 || sizing.missing_after(closed) >= -&rounding);
        let Some(curvature) = sizing.curvature().filter(|u| *u <= int(1) / int(4)) else { return Ok(()) };
        let Some(units) = sizing.units_to_target(size) else { return Ok(()) };
        let first = &sizing.missing / &sizing.gain * int(size);
        let curvature = curvature.max(int(0));
        let short = int(103) * curvature.pow(4) * &first
            + int(size) * int(6) * &rounding / &sizing.gain
            + int(2);
        assert_between(int(units) - short, int(closed), int(units.max(1)) + int(size) * &rounding / &sizing.gain);
    }

    #[test]
    fn the_penalty_is_its_share_of_the_notional_closed_or_what_can_be_taken(s in scenario()) {
        let done = plan(&s.account, &s.position, &s.terms).unwrap().unwrap();
        let notional = notional_ceil(done.delta, s.terms.trade.oracle).unwrap();
        let full = s.terms.penalty.of_ceil(notional).unwrap();
        prop_assert!(done.penalty <= full);
        let stopped_by_equity = done.health_after.equity.0 <= 0;
        let stopped_by_health = done.health_after.maintenance.0 <= s.account.maintenance.0 + 1;
        prop_assert!(done.penalty == full || stopped_by_equity || stopped_by_health);
    }

    #[test]
    fn a_split_penalty_is_rounded_down_for_the_keeper(penalty in any_quote(), bounty_share in any_ratio()) {
        if let Ok((bounty, rest)) = split_penalty(penalty, bounty_share) {
            let exact = share(bounty_share) * int(penalty.0);
            prop_assert_eq!(int(bounty.0), exact.floor());
            prop_assert_eq!(int(bounty.0) + int(rest.0), int(penalty.0));
        }
    }

    #[test]
    fn a_loss_is_charged_in_order_and_in_full(loss in 0..=i64::MAX, insurance in any_quote()) {
        let got = split_loss(Quote(loss), insurance).unwrap();
        let from_insurance = loss.min(insurance.0.max(0));
        prop_assert_eq!(got.from_insurance, Quote(from_insurance));
        prop_assert_eq!(got.from_capital, Quote(loss - from_insurance));
    }

    /// What is missing, but never more than this close has lost.
    #[test]
    fn a_market_answers_for_its_own_loss_only(equity in any_quote(), realised in any_quote()) {
        let Ok(loss) = uncollectable(equity, realised) else { return Ok(()) };
        let (missing, lost) = (-int(equity.0), -int(realised.0));
        prop_assert_eq!(int(loss.0), missing.max(int(0)).min(lost.max(int(0))));
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
        },
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
