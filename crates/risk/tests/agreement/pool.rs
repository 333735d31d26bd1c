use crate::inputs::*;
use crate::reference::{assert_between, floor, int, per_unit, pool as reference};
use num_traits::ToPrimitive;
use plimsoll_risk::Quote;
use plimsoll_risk::pool::{shares_for_floor, value_of_floor};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_traders_are_owed_is_rounded_down_once_per_side(interest in any_open_interest(), price in any_price()) {
        let Ok(pnl) = interest.trader_pnl_floor(price) else { return Ok(()) };
        let exact = reference::trader_pnl(&interest, &per_unit(price));
        assert_between(int(pnl.0), exact, int(pnl.0) + int(2));
    }

    /// At every price of the span, its ends included, and not much wider than that.
    #[test]
    fn the_band_holds_whatever_traders_may_be_owed(
        interest in any_open_interest(),
        prices in prices(listed_price()),
        confidence in share(),
        at in 0..=1_000_000u32,
        skew_scale in 0..=i64::MAX / 2,
    ) {
        // Governance can't list a market whose open interest could pass a tenth of its skew scale.
        let Ok(skew) = interest.skew() else { return Ok(()) };
        let skew_scale = skew_scale.max((skew.magnitude() / 2) as i64 + 1);
        let Ok(band) = interest.owed_band(&prices, confidence, skew_scale) else { return Ok(()) };
        let (low, high) = reference::price_span(&prices, confidence);
        let price = &low + (&high - &low) * crate::reference::share(plimsoll_risk::Ratio(at));
        let owed = |price| reference::owed(&interest, price, skew_scale);
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
