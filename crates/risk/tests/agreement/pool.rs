use crate::inputs::*;
use crate::reference::{assert_between, floor, int, per_unit, pool as reference};
use num_traits::ToPrimitive;
use plimsoll_risk::Quote;
use plimsoll_risk::pool::{shares_for_floor, value_of_floor};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_a_side_is_owed_is_rounded_down_once(interest in any_open_interest(), marks in any_marks()) {
        let Ok((long, short)) = interest.sides_pnl_floor(&marks) else { return Ok(()) };
        let exact = reference::sides(&interest, &marks, &per_unit(marks.oracle));
        prop_assert_eq!((int(long.0), int(short.0)), (exact.0.floor(), exact.1.floor()));
        if let Ok(both) = interest.trader_pnl_floor(&marks) {
            prop_assert_eq!(both.0, long.0 + short.0);
        }
    }

    /// At every price of the span, its ends included, and not much wider than that.
    #[test]
    fn the_band_holds_whatever_traders_may_be_owed(
        interest in any_open_interest(),
        (marks, slow) in prices(listed_price()).prop_flat_map(|p| (marks_at(p.oracle), Just(p.slow))),
        confidence in share(),
        at in 0..=1_000_000u32,
        skew_scale in 0..=i64::MAX / 2,
    ) {
        // Governance can't list a market whose open interest could pass a tenth of its skew scale.
        let Ok(skew) = interest.skew() else { return Ok(()) };
        let skew_scale = skew_scale.max((skew.magnitude() / 2) as i64 + 1);
        let Ok(band) = interest.owed_band(&marks, slow, confidence, skew_scale) else { return Ok(()) };
        let (low, high) = reference::price_span(marks.oracle, slow, confidence);
        let price = &low + (&high - &low) * crate::reference::share(plimsoll_risk::Ratio(at));
        let owed = |price| reference::owed(&interest, &marks, price, skew_scale);
        for price in [&low, &price, &high] {
            assert_between(int(band.low.0), owed(price), int(band.high.0));
        }
        // Prices are rounded outwards by less than 2^-64, which a size can make one micro-USD of.
        let (least, most) = (owed(&low).min(owed(&high)), owed(&low).max(owed(&high)));
        let slack = int(6) + reference::impact_of_one(&interest, skew_scale);
        assert_between(&least - &slack, int(band.low.0), least);
        assert_between(most.clone(), int(band.high.0), most + slack);
    }

    #[test]
    fn shares_are_exact_before_rounding(amount in any_quote(), supply in any_u64(), value in any_quote()) {
        let got = shares_for_floor(amount, supply, value).ok();
        let expected = (amount.0 >= 0 && value.0 >= 0)
            .then(|| reference::shares_for(amount, supply, value).floor().to_integer().to_u64())
            .flatten();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn the_worth_of_shares_is_exact_before_rounding(
        shares in any_u64(), supply in any_u64(), value in any_quote(),
    ) {
        let got = value_of_floor(shares, supply, value).ok();
        let expected = (shares <= supply && value.0 >= 0)
            .then(|| floor(&reference::value_of(shares, supply, value)))
            .flatten();
        prop_assert_eq!(got, expected.map(Quote));
    }
}
