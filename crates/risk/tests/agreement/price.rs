use crate::inputs::*;
use crate::reference::{assert_between, ceil, floor, int, per_unit, price as reference, share};
use plimsoll_risk::{Price, Ratio};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_price_is_its_decimal_rounded_down(
        mantissa in any_u64(),
        exponent in prop_oneof![8 => -30..12i32, 1 => any::<i32>()],
        decimals in prop_oneof![8 => 0..=18u8, 1 => any::<u8>()],
    ) {
        let exact = reference::from_decimal(mantissa, exponent, decimals);
        prop_assert_eq!(
            Price::from_decimal(mantissa, exponent, decimals).ok(),
            reference::to_fixed_floor(&exact)
        );
    }

    #[test]
    fn a_value_is_exact_before_rounding(price in any_price(), quantity in any_quantity()) {
        let exact = int(quantity.0) * per_unit(price);
        prop_assert_eq!(price.value_floor(quantity).ok().map(|q| q.0), floor(&exact));
        prop_assert_eq!(price.value_ceil(quantity).ok().map(|q| q.0), ceil(&exact));
    }

    #[test]
    fn raising_and_lowering_move_by_the_ratio_rounded_outwards(price in any_price(), ratio in any_ratio()) {
        let exact = per_unit(price) * share(ratio);
        let step = int(1) / int(1u128 << 64);
        if let Ok(raised) = price.raised_by(ratio) {
            assert_between(exact.clone(), per_unit(raised) - per_unit(price), &exact + &step);
        } else {
            prop_assert!(price.0 >= 1 << 96, "only huge prices may overflow");
        }
        if let Ok(lowered) = price.lowered_by(ratio) {
            let exact = exact.min(per_unit(price));
            assert_between(exact.clone(), per_unit(price) - per_unit(lowered), &exact + &step);
        } else {
            prop_assert!(price.0 >= 1 << 96, "only huge prices may overflow");
        }
    }

    #[test]
    fn the_slow_price_is_exact_to_one_step(
        prices in prices(any_price()),
        elapsed_seconds in prop_oneof![0..1_000u64, any::<u64>()],
        rate in any_ratio(),
    ) {
        let moved = prices.slow.slow_towards(prices.oracle, elapsed_seconds, rate);
        let exact = reference::slow_towards(prices.slow, prices.oracle, elapsed_seconds, rate);
        let short = (per_unit(moved) - exact) * int(1u128 << 64);
        // It falls short, never past: below when rising, above when falling.
        let short = if prices.oracle > prices.slow { -short } else { short };
        prop_assert!(short >= int(0) && short < int(1));
    }

    #[test]
    fn divergence_is_within_its_bound(prices in prices(listed_price())) {
        let exact = reference::divergence(prices.oracle, prices.slow).unwrap_or_else(|| int(u32::MAX));
        let got = prices.oracle.divergence_from_ceil(prices.slow);
        if got == Ratio(u32::MAX) {
            prop_assert!(exact >= int(15));
        } else {
            let more = int(2) / int(1_000_000) + &exact / int(1u64 << 23);
            assert_between(exact.clone(), share(got), exact + more);
        }
    }
}
