use crate::inputs::*;
use crate::reference::funding as reference;
use num_traits::{Signed, ToPrimitive};
use plimsoll_risk::funding::{Funding, FundingTerms, index_after_floor};
use plimsoll_risk::{Price, Quantity, Ratio};
use proptest::prelude::*;

pub fn any_i128() -> impl Strategy<Value = i128> + Clone {
    prop_oneof![
        6 => (up_to_bits(127), any::<bool>())
            .prop_map(|(n, negative)| if negative { -(n as i128) } else { n as i128 }),
        1 => prop::sample::select(vec![0, 1, -1, i128::MAX, i128::MIN]),
    ]
}

pub fn any_funding() -> impl Strategy<Value = Funding> + Clone {
    let rate = prop_oneof![3 => signed(56), 1 => any_i64()];
    let fraction = prop_oneof![3 => up_to_bits(80).prop_map(|n| n as i128), 1 => any_i128()];
    (rate, fraction).prop_map(|(rate, fraction)| Funding { rate, fraction })
}

pub fn any_funding_terms() -> impl Strategy<Value = FundingTerms> + Clone {
    let scale = log_between(1, i64::MAX as u128).prop_map(|n| n as i64);
    (any_ratio(), any_ratio(), scale).prop_map(|(rate_max_per_day, velocity_max_per_day, skew_scale)| {
        FundingTerms { rate_max_per_day, velocity_max_per_day, skew_scale }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn funding_is_the_sum_of_its_seconds(
        from in any_funding(), seconds in 0..400u64, skew in any_quantity(), terms in any_funding_terms(),
    ) {
        let (rate, fraction) = reference::stepped(&from, seconds, skew, &terms);
        let expected = reference::fits(&fraction).map(|fraction| (rate.to_i64().unwrap(), fraction));
        prop_assert_eq!(from.after(seconds, skew, &terms).ok().map(|f| (f.rate, f.fraction)), expected);
    }

    #[test]
    fn funding_is_exact_over_any_time(
        from in any_funding(), seconds in any_u64(), skew in any_quantity(), terms in any_funding_terms(),
    ) {
        let seconds = seconds.max(1);
        let (rate, fraction) = reference::summed(&from, seconds, skew, &terms);
        let expected = reference::fits(&fraction).map(|fraction| (rate.to_i64().unwrap(), fraction));
        prop_assert_eq!(from.after(seconds, skew, &terms).ok().map(|f| (f.rate, f.fraction)), expected);
    }

    #[test]
    fn the_funding_index_is_exact_before_rounding(
        index in any_i128(), price in any_price(), delta in any_i128(),
    ) {
        let (after, change) = reference::index_after(index, price, delta);
        let fits = reference::fits(&change.abs().floor().to_integer()).is_some();
        let expected = reference::fits(&after.floor().to_integer()).filter(|_| fits);
        prop_assert_eq!(index_after_floor(index, price, delta).ok(), expected);
    }
}

#[test]
fn a_day_at_a_rate_is_its_share_of_notional() {
    let one_percent = Ratio(10_000);
    let terms =
        FundingTerms { rate_max_per_day: one_percent, velocity_max_per_day: Ratio(u32::MAX), skew_scale: 1 };
    let funding = Funding::default().after(1, Quantity(5), &terms).unwrap();
    let later = funding.after(86_400, Quantity(5), &terms).unwrap();
    // Rounded down once per second: 86 400 parts in 2^60 at the most.
    let exact = (1i128 << 60) / 100;
    assert!((exact - 86_400..=exact).contains(&later.fraction));
    let price = Price(150_000 << 64);
    let index = index_after_floor(0, price, later.fraction).unwrap();
    assert_eq!((index + (1 << 50)) >> 64, 1_500);
}

#[test]
fn half_a_step_of_the_index_is_rounded_down() {
    let half = 1 << 59;
    assert_eq!(index_after_floor(0, Price(1), half), Ok(0));
    assert_eq!(index_after_floor(0, Price(1), -half), Ok(-1));
}
