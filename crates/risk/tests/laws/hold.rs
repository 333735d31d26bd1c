use plimsoll_risk::policy::hold_until;
use proptest::prelude::*;

use crate::inputs::config;

/// Seconds of `from..to` for which liquidations hold, under refreshes at `refreshes`.
fn held(refreshes: &[(i64, bool)], hold: u32, from: i64, to: i64) -> i64 {
    let (mut held_until, mut held) = (0, 0);
    let ends = refreshes.iter().skip(1).map(|(now, _)| *now).chain([to]);
    for ((now, is_diverged), next) in refreshes.iter().zip(ends) {
        held_until = hold_until(held_until, *now, *is_diverged, hold);
        held += held_until.clamp(from.max(*now), next.min(to).max(from.max(*now))) - from.max(*now);
    }
    held
}

proptest! {
    #![proptest_config(config())]

    /// Whatever the price does and whoever refreshes it, in whatever stretch of two holds or more:
    /// each hold is followed by as long a time without.
    #[test]
    fn liquidations_hold_at_most_half_of_the_time(
        steps in prop::collection::vec((0..400i64, any::<bool>()), 1..60),
        hold in 0..300u32,
        start in 0..8_000i64,
        periods in 1..8i64,
    ) {
        let mut now = 1_000_000;
        let refreshes: Vec<(i64, bool)> = steps.into_iter().map(|(later, is_diverged)| {
            now += later;
            (now, is_diverged)
        }).collect();
        let from = 1_000_000 + start;
        let to = from + periods * 2 * i64::from(hold);
        prop_assert!(2 * held(&refreshes, hold, from, to) <= to - from);
    }

    #[test]
    fn a_hold_begins_with_a_divergence_and_is_as_long_as_it_is_listed(
        until in 0..1_000_000i64, now in 0..1_000_000i64, is_diverged in any::<bool>(), hold in 0..100_000u32,
    ) {
        let got = hold_until(until, now, is_diverged, hold);
        let begins = is_diverged && now - until >= i64::from(hold);
        prop_assert_eq!(got, if begins { now + i64::from(hold) } else { until });
    }
}

#[test]
fn a_price_that_has_never_diverged_is_held_at_once() {
    assert_eq!(hold_until(0, 1_700_000_000, true, 600), 1_700_000_600);
    assert_eq!(hold_until(1_700_000_600, 1_700_000_600, true, 600), 1_700_000_600);
    assert_eq!(hold_until(1_700_000_600, 1_700_001_199, true, 600), 1_700_000_600);
    assert_eq!(hold_until(1_700_000_600, 1_700_001_200, true, 600), 1_700_001_800);
    assert_eq!(hold_until(i64::MAX, i64::MAX, true, u32::MAX), i64::MAX);
}
