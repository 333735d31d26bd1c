use crate::inputs::*;
use crate::reference::{
    assert_between, ceil, floor, int, per_unit, price as reference, share, signed_per_unit,
};
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
    fn a_value_at_a_signed_price_is_exact_before_rounding(marks in any_marks(), quantity in any_quantity()) {
        let exact = int(quantity.0) * signed_per_unit(marks.long);
        prop_assert_eq!(marks.long.value_floor(quantity).ok().map(|q| q.0), floor(&exact));
    }

    #[test]
    fn signed_prices_add_up_or_are_an_error(a in any_marks(), b in any_marks()) {
        let (x, y) = (a.long, b.short);
        prop_assert_eq!(x.plus(y).ok().map(|p| p.0), x.0.checked_add(y.0));
        prop_assert_eq!(x.minus(y).ok().map(|p| p.0), x.0.checked_sub(y.0));
        prop_assert_eq!(a.oracle.signed().ok().map(|p| p.0), i128::try_from(a.oracle.0).ok());
    }

    #[test]
    fn a_share_of_a_price_is_exact_before_rounding(price in any_price(), ratio in any_ratio()) {
        let exact = (int(price.0) * share(ratio)).floor();
        match price.share_floor(ratio) {
            Ok(part) => prop_assert_eq!(int(part.0), exact),
            Err(_) => prop_assert!(price.0 >= 1 << 96, "only huge prices may overflow"),
        }
    }

    #[test]
    fn what_a_value_buys_is_exact_before_rounding(price in any_price(), value in any_quote()) {
        if value.0 < 0 || price.0 == 0 {
            prop_assert!(price.quantity_floor(value).is_err() && price.quantity_ceil(value).is_err());
            return Ok(());
        }
        let exact = int(value.0) / per_unit(price);
        prop_assert_eq!(price.quantity_floor(value).ok().map(|q| q.0), floor(&exact));
        prop_assert_eq!(price.quantity_ceil(value).ok().map(|q| q.0), ceil(&exact));
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
