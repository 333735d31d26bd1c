use crate::agreement::funding::{any_funding, any_funding_terms, any_i128};
use crate::inputs::*;
use plimsoll_risk::funding::{Funding, FundingTerms, index_after_floor};
use plimsoll_risk::{Quantity, Ratio};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn accruing_twice_equals_accruing_once(
        from in any_funding(), a in up_to_bits(40), b in up_to_bits(40),
        skew in any_quantity(), terms in any_funding_terms(),
    ) {
        let from = Funding { fraction: from.fraction >> 1, ..from };
        let (a, b) = (a as u64, b as u64);
        let twice = from.after(a, skew, &terms).and_then(|f| f.after(b, skew, &terms));
        prop_assert!(twice.is_ok());
        prop_assert_eq!(twice, from.after(a + b, skew, &terms));
    }

    #[test]
    fn a_rate_keeps_its_bounds_and_its_fraction_theirs(
        from in any_funding(), seconds in 1..1u64 << 40, skew in any_quantity(), terms in any_funding_terms(),
    ) {
        let Ok(bounded) = from.after(1, skew, &terms) else { return Ok(()) };
        let Ok(after) = bounded.after(seconds, skew, &terms) else { return Ok(()) };
        let most = ((terms.rate_max_per_day.0 as u128) << 60).div_ceil(86_400_000_000);
        prop_assert!(after.rate.unsigned_abs() as u128 <= most);
        prop_assert!(after.fraction.abs_diff(bounded.fraction) <= most * seconds as u128);
    }

    #[test]
    fn what_longs_would_pay_shorts_pay_at_the_opposite_skew(
        from in any_funding(), seconds in any_u64(), skew in any_quantity(), terms in any_funding_terms(),
    ) {
        let from = Funding { rate: from.rate.max(-i64::MAX), fraction: from.fraction.max(-i128::MAX) };
        let skew = skew.max(Quantity(-i64::MAX));
        let opposite = Funding { rate: -from.rate, fraction: -from.fraction };
        let (Ok(long), Ok(short)) =
            (from.after(seconds, skew, &terms), opposite.after(seconds, Quantity(-skew.0), &terms)) else {
                return Ok(());
            };
        prop_assert_eq!((long.rate, long.fraction), (-short.rate, -short.fraction));
    }

    #[test]
    fn a_heavier_long_side_never_pays_less(
        from in any_funding(), seconds in any_u64(), terms in any_funding_terms(),
        (light, heavy) in (any_i64(), any_i64()).prop_map(|(a, b)| (a.min(b), a.max(b))),
    ) {
        let light = from.after(seconds, Quantity(light), &terms);
        let heavy = from.after(seconds, Quantity(heavy), &terms);
        if let (Ok(light), Ok(heavy)) = (light, heavy) {
            prop_assert!(light.rate <= heavy.rate && light.fraction <= heavy.fraction);
        }
    }

    #[test]
    fn without_terms_there_is_no_funding(
        fraction in any_i128(), seconds in any_u64(), skew in any_quantity(),
    ) {
        let none = Funding { rate: 0, fraction };
        prop_assert_eq!(none.after(seconds, skew, &FundingTerms::default()), Ok(none));
    }

    #[test]
    fn a_scale_that_is_not_positive_is_refused(
        from in any_funding(), seconds in 1..1u64 << 40, skew in any_quantity(), scale in any_i64(),
        terms in any_funding_terms(),
    ) {
        let velocity_max_per_day = terms.velocity_max_per_day.max(Ratio(1));
        let terms = FundingTerms { skew_scale: -(scale & i64::MAX), velocity_max_per_day, ..terms };
        let from = Funding { fraction: from.fraction >> 1, ..from };
        prop_assert_eq!(from.after(seconds, skew, &terms).is_err(), skew.0 != 0);
    }

    /// Each part is rounded down: longs, who pay the index, by at most one part in 2^64 less.
    #[test]
    fn an_index_moved_in_parts_is_at_most_one_step_lower(
        price in listed_price(), a in -1i128 << 80..1 << 80, b in -1i128 << 80..1 << 80,
    ) {
        let (Ok(once), Ok(first)) = (index_after_floor(0, price, a + b), index_after_floor(0, price, a)) else {
            return Ok(());
        };
        let parts = index_after_floor(first, price, b).unwrap();
        prop_assert!(parts == once || parts == once - 1);
    }
}
