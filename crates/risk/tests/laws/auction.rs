use crate::agreement::auction::{bounty_terms, sunk};
use crate::inputs::*;
use plimsoll_risk::auction::AuctionTerms;
use plimsoll_risk::{Health, Quote, Ratio};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_price_of_an_account_falls_from_its_equity_to_nothing(
        seconds in 1..=u32::MAX, early in any_u64(), late in any_u64(), equity in 0..=i64::MAX,
    ) {
        let terms = AuctionTerms { seconds };
        let price = |elapsed| terms.price_ceil(Quote(equity), elapsed).unwrap();
        prop_assert_eq!(price(0), Quote(equity));
        prop_assert_eq!(price(u64::from(seconds)), Quote::ZERO);
        prop_assert_eq!(price(u64::MAX), Quote::ZERO);
        let (early, late) = (early.min(late), early.max(late));
        prop_assert!(Quote::ZERO <= price(late) && price(late) <= price(early));
    }

    #[test]
    fn one_second_changes_the_price_by_its_part_only(
        seconds in 1..=86_400u32, at in 0..86_400u64, equity in 0..1i64 << 50,
    ) {
        let terms = AuctionTerms { seconds };
        let price = |elapsed| terms.price_ceil(Quote(equity), elapsed).unwrap().0;
        let most = equity / i64::from(seconds) + equity / 1_000_000 + 2;
        prop_assert!(price(at) - price(at + 1) <= most);
    }

    #[test]
    fn the_bounty_comes_from_the_penalty_and_pays_what_is_reserved(
        terms in bounty_terms(), account in sunk(), penalty in 0..1i64 << 50, seconds in any_u64(),
    ) {
        let (bounty, rest) = terms.split(Quote(penalty), &account, seconds).unwrap();
        prop_assert!(bounty >= Quote::ZERO && rest >= Quote::ZERO);
        prop_assert_eq!(bounty.plus(rest), Ok(Quote(penalty)));
        prop_assert!(bounty.0 >= terms.reserve.0.min(penalty));
        prop_assert!(bounty >= terms.share.of_floor(Quote(penalty)).unwrap());
        let most = terms.share_max.of_floor(Quote(penalty)).unwrap();
        prop_assert!(bounty.0 <= most.0.max(terms.reserve.0));
    }

    #[test]
    fn a_bounty_only_grows_with_time_and_with_depth(
        terms in bounty_terms(), penalty in 0..1i64 << 50, requirement in 1..1i64 << 50,
        depths in [0..2_000_000i64, 0..2_000_000i64], times in [0..200_000u64, 0..200_000u64],
    ) {
        let account = |depth: i64| {
            let maintenance = Quote(-((i128::from(requirement) * i128::from(depth) / 1_000_000) as i64));
            Health { equity: Quote(maintenance.0 + requirement), initial: maintenance, maintenance }
        };
        let bounty = |depth, time| terms.split(Quote(penalty), &account(depth), time).unwrap().0;
        let (mut depths, mut times) = (depths, times);
        depths.sort();
        times.sort();
        prop_assert!(bounty(depths[0], times[0]) <= bounty(depths[1], times[0]));
        prop_assert!(bounty(depths[0], times[0]) <= bounty(depths[0], times[1]));
        prop_assert!(bounty(depths[0], u64::MAX) >= terms.share_max.of_floor(Quote(penalty)).unwrap());
    }

    /// A more than whole share, or a span that falls, still takes no more than the penalty.
    #[test]
    fn no_terms_pay_more_than_the_penalty(
        a in any_ratio(), b in any_ratio(), seconds in any::<u32>(), reserve in any_quote(),
        account in sunk(), penalty in 0..=i64::MAX, waited in any_u64(),
    ) {
        let terms = plimsoll_risk::liquidation::BountyTerms { share: a, share_max: b, seconds, reserve };
        let (bounty, rest) = terms.split(Quote(penalty), &account, waited).unwrap();
        prop_assert!((0..=penalty).contains(&bounty.0) && rest.0 == penalty - bounty.0);
        prop_assert!(a <= Ratio::ONE || bounty.0 == penalty);
    }
}
