//! Deadlines say by the clock what the table of prices says, and ramps never jump.

use plimsoll_risk::Ratio;
use plimsoll_risk::policy::{Action, Deadlines, PriceLimits, PriceState, Trust, check_other};
use plimsoll_risk::ramp::{Ramp, on_the_way};
use proptest::prelude::*;

const ACTIONS: [Action; 4] = [Action::Reduce, Action::Liquidate, Action::Increase, Action::Withdraw];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn deadlines_agree_with_the_table_at_any_time(
        publish_time in 0i64..2_000,
        held_until in 0i64..2_000,
        (fresh_seconds, longer) in (0u32..300, 0u32..300),
        (confidence, confidence_max) in (0u32..4, 0u32..4),
        (divergence, divergence_max) in (0u32..4, 0u32..4),
        is_off_parity: bool,
        now in 0i64..3_000,
    ) {
        let limits = PriceLimits {
            fresh_seconds,
            expiry_seconds: fresh_seconds + longer,
            confidence_max: Ratio(confidence_max),
            divergence_max: Ratio(divergence_max),
        };
        let state = PriceState {
            age_seconds: now - publish_time,
            confidence: Ratio(confidence),
            divergence: Ratio(divergence),
            is_held: now < held_until,
            is_off_parity,
        };
        let deadlines = Deadlines::of(&state, &limits, publish_time, held_until);
        for action in ACTIONS {
            let by_table = check_other(&state, &limits, action) == Ok(Trust::Full);
            prop_assert_eq!(deadlines.allow_other(now, action), by_table, "{:?}", action);
        }
    }

    #[test]
    fn ramps_go_from_one_end_to_the_other_in_steps_of_their_length(
        start in 0i64..1_000_000,
        length in 1i64..3_000_000,
        (from, to) in (0i64..4_000_000_000, 0i64..4_000_000_000),
        at in 0i64..3_000_000,
    ) {
        let ramp = Ramp { start, end: start + length };
        let value = |now: i64| on_the_way(from, to, ramp.progress_floor(now));
        prop_assert_eq!(value(start), from);
        prop_assert_eq!(value(start - 1), from);
        prop_assert_eq!(value(start + length), to);
        let (a, b) = (value(start + at), value(start + at + 1));
        let (low, high) = (from.min(to), from.max(to));
        prop_assert!((low..=high).contains(&a));
        // Never back, and never by more than a second's part: a millionth of the way and rounding.
        let step = if to >= from { b - a } else { a - b };
        let most = (high - low) as i128 / length as i128 + (high - low) as i128 / 1_000_000 + 2;
        prop_assert!(step >= 0 && step as i128 <= most, "{step} of {most}");
    }
}
