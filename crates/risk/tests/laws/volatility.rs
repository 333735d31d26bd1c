use crate::agreement::volatility::{any_move, any_volatility, any_volatility_terms};
use crate::inputs::*;
use crate::reference::volatility::root;
use plimsoll_risk::volatility::{
    MEMORY_SECONDS_MAX, RETURN_MAX, RISE_PER_RETURN, Volatility, VolatilityTerms,
};
use plimsoll_risk::{Price, Ratio};
use proptest::prelude::*;

/// An asset that is calm at 2% a day, with a memory of a day.
const TERMS: VolatilityTerms = VolatilityTerms {
    memory_seconds: 86_400,
    calm_per_day: Ratio(20_000),
    multiplier_max: Ratio(3_000_000),
    fall_per_day: Ratio(500_000),
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn at_an_unchanged_price_the_multiplier_never_rises(
        from in any_volatility(), price in any_price(), seconds in any_u64(), terms in any_volatility_terms(),
    ) {
        let from = Volatility { multiplier: from.multiplier.max(Ratio::ONE), ..from };
        let after = from.observed(price, price, seconds, &terms);
        prop_assert!(after.multiplier <= from.multiplier && after.variance <= from.variance);
    }

    #[test]
    fn one_update_moves_the_multiplier_within_its_speed(
        from in any_volatility(), (before, after) in any_move(), seconds in any_u64(),
        terms in any_volatility_terms(),
    ) {
        let bounded = from.multiplier.min(terms.multiplier_max).max(Ratio::ONE);
        let from = Volatility { multiplier: bounded, ..from };
        let after = from.observed(before, after, seconds, &terms).multiplier;
        prop_assert!(after.0.saturating_sub(from.multiplier.0) <= RISE_PER_RETURN * RETURN_MAX.0);
        let fall = terms.fall_per_day.0 as u128 * seconds as u128;
        prop_assert!(from.multiplier.0.saturating_sub(after.0) as u128 <= fall.div_ceil(86_400));
    }

    #[test]
    fn in_no_time_nothing_is_observed(
        from in any_volatility(), (before, after) in any_move(), terms in any_volatility_terms(),
    ) {
        prop_assert_eq!(from.observed(before, after, 0, &terms), from);
    }

    #[test]
    fn the_multiplier_keeps_its_bounds(
        from in any_volatility(), (before, after) in any_move(), seconds in 1..=u64::MAX,
        terms in any_volatility_terms(),
    ) {
        let after = from.observed(before, after, seconds, &terms);
        prop_assert!(Ratio::ONE <= after.multiplier);
        prop_assert!(after.multiplier <= terms.multiplier_max.max(Ratio::ONE));
        prop_assert!(after.variance >> 24 <= RETURN_MAX.0 as u64 * RETURN_MAX.0 as u64);
    }

    #[test]
    fn a_rule_switched_off_forgets(
        from in any_volatility(), (before, after) in any_move(), seconds in 1..=u64::MAX,
        terms in any_volatility_terms(), most in share(),
    ) {
        let off = VolatilityTerms { multiplier_max: most, ..terms };
        prop_assert_eq!(from.observed(before, after, seconds, &off), Volatility::calm());
    }

    #[test]
    fn a_larger_return_never_lowers_anything(
        from in any_volatility(), seconds in any_u64(), terms in any_volatility_terms(),
        price in listed_price(), (a, b) in (0..200_000u128, 0..200_000u128),
    ) {
        let after = |part: u128| from.observed(price, Price(price.0 + price.0 / 1_000_000 * part), seconds, &terms);
        let (less, more) = (after(a.min(b)), after(a.max(b)));
        prop_assert!(less.variance <= more.variance && less.multiplier <= more.multiplier);
    }
}

/// A walk of `steps` normal returns of `sigma` millionths per root second, and what is
/// measured at its end.
fn walk(seed: u64, steps: u32, sigma: i64, gaps: &[i64], terms: &VolatilityTerms) -> Volatility {
    let mut state = seed;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % n) as i64
    };
    let (mut volatility, mut price) = (Volatility::calm(), Price::ONE);
    for _ in 0..steps {
        let gap = gaps[below(gaps.len() as u64) as usize];
        // The sum of twelve uniform parts: variance one, in millionths.
        let normal = (0..12).map(|_| below(1_000_001)).sum::<i64>() - 6_000_000;
        // 2^-40 of the price; the gaps are squares.
        let change = normal as i128 * sigma as i128 * root(gap as u128) as i128;
        let after = price.0 as i128 + (price.0 as i128 >> 40) * ((change << 40) / 1_000_000_000_000);
        let after = Price(after as u128);
        volatility = volatility.observed(price, after, gap as u64, terms);
        price = after;
    }
    volatility
}

/// Irregular and regular intervals, an hour's and a week's memory, a wild and a calm asset.
#[test]
fn the_estimate_converges_to_the_true_volatility() {
    let cases: [(u32, i64, &[i64], u32); 4] = [
        (86_400, 68, &[1, 4, 9, 16], 60_000),
        (3_600, 340, &[1], 40_000),
        (MEMORY_SECONDS_MAX, 68, &[1], 2_500_000),
        (MEMORY_SECONDS_MAX, 4, &[4], 700_000),
    ];
    for (seed, (memory_seconds, sigma, gaps, steps)) in cases.into_iter().enumerate() {
        let terms = VolatilityTerms { memory_seconds, ..TERMS };
        let measured = walk(seed as u64, steps, sigma, gaps, &terms).per_day_floor().0 as u64;
        let true_one = root(86_400 * (sigma * sigma) as u128);
        assert!(measured.abs_diff(true_one) * 10 <= true_one, "{measured} instead of {true_one}");
    }
}

#[test]
fn a_storm_raises_the_multiplier_to_its_ratio_and_calm_brings_it_back_to_one() {
    // 5% a day, two and a half times the calm volatility.
    let mut volatility = walk(1, 60_000, 170, &[1, 4, 9, 16], &TERMS);
    assert!((2_300_000..2_800_000).contains(&volatility.multiplier.0), "{volatility:?}");
    let (mut last, mut days) = (volatility.multiplier, 0);
    while volatility.multiplier > Ratio::ONE {
        for _ in 0..1_440 {
            volatility = volatility.observed(Price::ONE, Price::ONE, 60, &TERMS);
        }
        // At the speed that its terms allow, by a millionth more for each rounding.
        assert!(volatility.multiplier.0 + 500_000 + 1_440 >= last.0);
        (last, days) = (volatility.multiplier, days + 1);
        assert!(days < 10, "{volatility:?}");
    }
    for _ in 0..100 * 1_440 {
        volatility = volatility.observed(Price::ONE, Price::ONE, 60, &TERMS);
    }
    assert_eq!(volatility, Volatility::calm());
}

#[test]
fn frequent_updates_do_not_keep_the_multiplier_from_falling() {
    let terms = VolatilityTerms { fall_per_day: Ratio(1), ..TERMS };
    let mut volatility = Volatility { variance: 0, multiplier: Ratio(1_000_100) };
    for _ in 0..100 {
        volatility = volatility.observed(Price::ONE, Price::ONE, 1, &terms);
    }
    assert_eq!(volatility.multiplier, Ratio::ONE);
}
