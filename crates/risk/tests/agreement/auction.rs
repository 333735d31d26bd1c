//! What a winner keeps of an auction, and a keeper of a penalty.

use crate::inputs::*;
use crate::reference::{Exact, assert_between, int, share};
use num_traits::Zero;
use plimsoll_risk::auction::AuctionTerms;
use plimsoll_risk::liquidation::BountyTerms;
use plimsoll_risk::{Health, Quote, Ratio};
use proptest::prelude::*;

prop_compose! {
    pub fn bounty_terms()(
        a in crate::inputs::share(), b in crate::inputs::share(),
        seconds in prop_oneof![1..100_000u32, 1..=u32::MAX],
        reserve in prop_oneof![Just(0), 0..10_000_000i64],
    ) -> BountyTerms {
        BountyTerms { share: a.min(b), share_max: a.max(b), seconds, reserve: Quote(reserve) }
    }
}

/// An account below maintenance: its requirement, and what of it is missing.
pub fn sunk() -> impl Strategy<Value = Health> {
    (1..1i64 << 50, 0..=3_000_000i64).prop_map(|(requirement, depth)| {
        let maintenance = -((i128::from(requirement) * i128::from(depth) / 1_000_000) as i64).max(1);
        Health {
            equity: Quote(maintenance + requirement),
            initial: Quote(maintenance),
            maintenance: Quote(maintenance),
        }
    })
}

/// The keeper's part of a penalty, by its terms and without rounding: not less than reserved.
fn bounty(terms: &BountyTerms, penalty: Quote, account: &Health, seconds: u64) -> Exact {
    let waited = (int(seconds) / int(terms.seconds)).min(int(1));
    let requirement = int(account.equity.0) - int(account.maintenance.0);
    let depth = match requirement > Exact::zero() {
        true => (-int(account.maintenance.0) / requirement).max(int(0)).min(int(1)),
        false => int(0),
    };
    let progress = (waited + depth).min(int(1));
    let part = share(terms.share) + (share(terms.share_max) - share(terms.share)) * progress;
    (part * int(penalty.0)).max(int(terms.reserve.0.min(penalty.0)))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_discount_is_exact_before_rounding(seconds in 1..=u32::MAX, elapsed in any_u64()) {
        let exact = (int(elapsed) / int(seconds)).min(int(1)) * int(1_000_000);
        prop_assert_eq!(int(AuctionTerms { seconds }.discount_floor(elapsed).0), exact.floor());
    }

    #[test]
    fn the_price_of_an_account_is_its_equity_less_the_discount_rounded_up(
        seconds in any::<u32>(), elapsed in any_u64(), equity in 0..=i64::MAX,
    ) {
        let terms = AuctionTerms { seconds };
        let rest = int(1) - share(terms.discount_floor(elapsed));
        let got = terms.price_ceil(Quote(equity), elapsed).unwrap();
        prop_assert_eq!(int(got.0), (int(equity) * rest).ceil());
    }

    /// Wait, depth and their share of the span are each rounded down to a millionth, and
    /// the bounty to a micro-USD.
    #[test]
    fn a_bounty_is_its_share_to_three_millionths(
        terms in bounty_terms(),
        account in prop_oneof![4 => sunk().boxed(), 1 => any_health().boxed()],
        penalty in 0..1i64 << 50,
        seconds in prop_oneof![0..200_000u64, any_u64()],
    ) {
        let Ok((got, rest)) = terms.split(Quote(penalty), &account, seconds) else {
            let extreme = account.equity.magnitude().max(account.maintenance.magnitude());
            prop_assert!(extreme >= 1 << 62, "only extreme accounts may overflow");
            return Ok(());
        };
        prop_assert_eq!(got.0 + rest.0, penalty);
        let exact = bounty(&terms, Quote(penalty), &account, seconds);
        let slack = int(penalty) * int(3) / int(1_000_000) + int(1);
        assert_between(int(got.0), exact, int(got.0) + slack);
    }
}

#[test]
fn a_bounty_rises_from_its_least_to_its_most() {
    let terms =
        BountyTerms { share: Ratio(200_000), share_max: Ratio(600_000), seconds: 100, reserve: Quote(30) };
    let sunk = |missing: i64| Health {
        equity: Quote(1_000 - missing),
        initial: Quote(-missing),
        maintenance: Quote(-missing),
    };
    for (penalty, missing, seconds, bounty) in [
        (1_000, 0, 0, 200),
        (1_000, 0, 50, 400),
        (1_000, 0, 99, 596),
        (1_000, 0, 100, 600),
        (1_000, 0, 101, 600),
        (1_000, 500, 0, 400),
        (1_000, 1_000, 0, 600),
        (1_000, 5_000, 0, 600),
        (1_000, 500, 25, 500),
        (1_000, 500, 75, 600),
        (1_004, 0, 0, 200),
        // What is reserved, as far as the penalty goes.
        (100, 0, 0, 30),
        (149, 0, 0, 30),
        (160, 0, 0, 32),
        (29, 0, 100, 29),
        (0, 0, 0, 0),
    ] {
        let split = terms.split(Quote(penalty), &sunk(missing), seconds);
        assert_eq!(split, Ok((Quote(bounty), Quote(penalty - bounty))), "{penalty}, {missing}, {seconds}");
    }
    // However little is required of an account that is far below it.
    let missing = 1i64 << 62;
    let abyss = Health { equity: Quote(1 - missing), initial: Quote(-missing), maintenance: Quote(-missing) };
    assert_eq!(terms.split(Quote(1_000), &abyss, 0), Ok((Quote(600), Quote(400))));
    let timeless = BountyTerms { seconds: 0, ..terms };
    assert_eq!(timeless.split(Quote(1_000), &sunk(0), u64::MAX), Ok((Quote(200), Quote(800))));
    assert_eq!(timeless.split(Quote(1_000), &sunk(500), 0), Ok((Quote(400), Quote(600))));
}
