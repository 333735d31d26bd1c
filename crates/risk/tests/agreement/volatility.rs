use crate::inputs::*;
use crate::reference::{assert_between, int, volatility as reference};
use plimsoll_risk::volatility::{Volatility, VolatilityTerms};
use plimsoll_risk::{Price, Ratio};
use proptest::prelude::*;

pub fn any_volatility() -> impl Strategy<Value = Volatility> + Clone {
    let multiplier =
        prop_oneof![3 => 1_000_000..10_000_000u32, 1 => Just(1_000_000), 1 => any_ratio().prop_map(|r| r.0)];
    (any_u64(), multiplier)
        .prop_map(|(variance, multiplier)| Volatility { variance, multiplier: Ratio(multiplier) })
}

pub fn any_volatility_terms() -> impl Strategy<Value = VolatilityTerms> + Clone {
    let memory = prop_oneof![4 => 60..=604_800u32, 1 => any::<u32>(), 1 => Just(0)];
    let most =
        prop_oneof![4 => 1_000_001..20_000_000u32, 1 => any_ratio().prop_map(|r| r.0), 1 => Just(1_000_000)];
    (memory, any_ratio(), most, any_ratio()).prop_map(|(memory_seconds, calm, most, fall)| VolatilityTerms {
        memory_seconds,
        calm_per_day: calm,
        multiplier_max: Ratio(most),
        fall_per_day: fall,
    })
}

/// Two prices a return apart: mostly one that counts in full.
pub fn any_move() -> impl Strategy<Value = (Price, Price)> + Clone {
    let near = (any_price(), -200_000..200_000i64).prop_map(|(before, millionths)| {
        let gap = before.0 / 1_000_000 * millionths.unsigned_abs() as u128;
        let after = if millionths < 0 { before.0 - gap } else { before.0.saturating_add(gap) };
        (before, Price(after))
    });
    let tiny = (0..40u128, 0..40u128).prop_map(|(a, b)| (Price(a), Price(b)));
    prop_oneof![4 => near, 1 => tiny, 1 => (any_price(), any_price())]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn volatility_and_multiplier_are_the_formulas_to_their_roundings(
        from in any_volatility(), (before, after) in any_move(), seconds in any_u64(),
        terms in any_volatility_terms(),
    ) {
        if seconds == 0 || terms.multiplier_max <= Ratio::ONE {
            return Ok(());
        }
        let got = from.observed(before, after, seconds, &terms);
        let change = reference::returns(before, after);
        let mean = |change| reference::variance(from.variance, change, seconds, &terms);
        assert_between(mean(&change.0).floor(), int(got.variance), mean(&change.1));
        let (low, high) = reference::multiplier(&from, got.variance, &change, seconds, &terms);
        prop_assert!(low <= got.multiplier.0 && got.multiplier.0 <= high);
    }

    #[test]
    fn the_daily_volatility_is_the_root_of_the_mean_over_a_day(variance in 0..=10_000_000_000u64 << 24) {
        let (low, high) = reference::per_day(variance);
        let got = Volatility { variance, multiplier: Ratio::ONE }.per_day_floor();
        assert_between(low - int(1), int(got.0), high);
    }
}
