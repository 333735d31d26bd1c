use crate::inputs::*;
use crate::reference::{int, per_unit, price as reference, share};
use num_traits::Signed;
use plimsoll_risk::{Price, Ratio};
use proptest::prelude::*;

/// Error of a converted price over the price.
fn relative_error(mantissa: u64, exponent: i32, decimals: u8) -> crate::reference::Exact {
    let exact = reference::from_decimal(mantissa, exponent, decimals);
    let price = Price::from_decimal(mantissa, exponent, decimals).expect("a price in range");
    ((per_unit(price) - &exact) / exact).abs()
}

#[test]
fn price_relative_error_is_below_1e9() {
    // Mantissa, exponent, decimals: from a 5-decimal token at 1e-6 USD to BTC at 1e7 USD.
    for (mantissa, exponent, decimals) in [
        (1, -6, 5),
        (1_000_003, -12, 5),
        (10_000, -10, 9),
        (12_345_678, -12, 8),
        (999_999_999_999, -12, 6),
        (1_000_000_000_000, -12, 6),
        (14_302_517_331, -8, 9),
        (3_141_592_653_589, -9, 18),
        (1_000_000_000_000_001, -8, 8),
        (10_000_000, 0, 8),
        (7, 6, 8),
    ] {
        let error = relative_error(mantissa, exponent, decimals);
        assert!(error < int(1) / int(1_000_000_000), "{mantissa}e{exponent}, {decimals} decimals: {error}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn price_relative_error_is_below_1e9_for_every_accepted_price(
        mantissa in any_u64(), exponent in -24..10i32, decimals in 0..=18u8,
    ) {
        if Price::from_decimal(mantissa, exponent, decimals).is_ok() {
            prop_assert!(relative_error(mantissa, exponent, decimals) < int(1) / int(1_000_000_000));
        }
    }

    #[test]
    fn a_price_between_1e6th_usd_and_1e7_usd_is_accepted(
        // In units of 1e-12 USD.
        mantissa in log_between(1_000_000, 10_000_000_000_000_000_000),
        decimals in 5..=9u8,
    ) {
        let mantissa = mantissa as u64;
        prop_assert!(relative_error(mantissa, -12, decimals) < int(1) / int(1_000_000_000));
    }

    #[test]
    fn refreshing_twice_in_one_second_equals_once(
        prices in prices(any_price()), other in any_price(), seconds in 0..1_000u64, rate in any_ratio(),
    ) {
        let once = prices.slow.slow_towards(prices.oracle, seconds, rate);
        prop_assert_eq!(once.slow_towards(prices.oracle, 0, rate), once);
        prop_assert_eq!(once.slow_towards(other, 0, rate), once);
    }

    #[test]
    fn slow_price_never_overshoots(prices in prices(any_price()), seconds in any_u64(), rate in any_ratio()) {
        let moved = prices.slow.slow_towards(prices.oracle, seconds, rate);
        let (low, high) = (prices.slow.min(prices.oracle), prices.slow.max(prices.oracle));
        prop_assert!(low <= moved && moved <= high);
    }

    #[test]
    fn slow_price_moves_at_most_its_rate(
        prices in prices(any_price()), seconds in any_u64(), rate in any_ratio(),
    ) {
        let moved = per_unit(prices.slow.slow_towards(prices.oracle, seconds, rate));
        let reach = reference::slow_reach(prices.slow, seconds, rate);
        prop_assert!((moved - per_unit(prices.slow)).abs() <= reach);
    }

    /// The hold that a divergence puts on liquidations is bounded: at the slowest rate that
    /// may be listed, a price that halves or doubles is caught up with within a day.
    #[test]
    fn slow_price_arrives_within_a_day(slow in listed_price(), part in 500_000..=2_000_000u32) {
        let oracle = Price((slow.0 >> 20) * ((part as u128) << 20) / 1_000_000);
        let slowest = Ratio(10);
        let after = (0..144).fold(slow, |slow, _| slow.slow_towards(oracle, 600, slowest));
        prop_assert_eq!(after, oracle);
    }

    #[test]
    fn divergence_is_never_understated(prices in prices(any_price())) {
        let got = prices.oracle.divergence_from_ceil(prices.slow);
        match reference::divergence(prices.oracle, prices.slow) {
            Some(exact) => prop_assert!(share(got) >= exact || got == Ratio(u32::MAX)),
            None => prop_assert_eq!(got, Ratio(u32::MAX)),
        }
    }

    #[test]
    fn an_equal_price_does_not_diverge(price in any_price()) {
        prop_assert_eq!(price.divergence_from_ceil(price), Ratio::ZERO);
    }
}
