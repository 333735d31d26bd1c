use crate::inputs::*;
use plimsoll_risk::Quote;
use plimsoll_risk::pool::{shares_for_floor, value_of_floor};
use proptest::prelude::*;

/// A pool's supply and value, from empty to large, in profit or at a loss.
fn pool() -> impl Strategy<Value = (u64, i64)> {
    (up_to_bits(55), up_to_bits(55)).prop_map(|(supply, value)| (supply as u64, value as i64))
}

/// Amounts up to 2^45 micro-USD: 35 million USD.
fn amount() -> impl Strategy<Value = i64> + Clone {
    up_to_bits(45).prop_map(|n| n as i64)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn provide_then_redeem_never_profits((supply, value) in pool(), amount in amount()) {
        let Ok(shares) = shares_for_floor(Quote(amount), supply, Quote(value)) else { return Ok(()) };
        let Some(supply) = supply.checked_add(shares) else { return Ok(()) };
        let back = value_of_floor(shares, supply, Quote(value + amount)).unwrap();
        prop_assert!(back <= Quote(amount));
    }

    #[test]
    fn those_who_stay_never_lose_to_who_comes(
        (supply, value) in pool(), amount in amount(), staying in 0..=1_000_000u64,
    ) {
        let staying = (supply as u128 * staying as u128 / 1_000_000) as u64;
        let before = value_of_floor(staying, supply, Quote(value)).unwrap();
        let Ok(shares) = shares_for_floor(Quote(amount), supply, Quote(value)) else { return Ok(()) };
        let Some(supply) = supply.checked_add(shares) else { return Ok(()) };
        let after = value_of_floor(staying, supply, Quote(value + amount)).unwrap();
        prop_assert!(after >= before);
    }

    #[test]
    fn those_who_stay_never_lose_to_who_leaves((supply, value) in pool(), leaving in 0..=1_000_000u64) {
        let leaving = (supply as u128 * leaving as u128 / 1_000_000) as u64;
        let staying = supply - leaving;
        let before = value_of_floor(staying, supply, Quote(value)).unwrap();
        let paid = value_of_floor(leaving, supply, Quote(value)).unwrap();
        prop_assert!(paid <= Quote(value));
        let after = value_of_floor(staying, staying, Quote(value - paid.0)).unwrap();
        prop_assert!(after >= before);
    }

    #[test]
    fn all_shares_together_are_worth_at_most_the_pool((supply, value) in pool()) {
        prop_assert!(value_of_floor(supply, supply, Quote(value)).unwrap() <= Quote(value));
    }

    /// The classical attack on the rounding of the second provider: enter first, give the
    /// pool money, let the next one in, leave.
    #[test]
    fn a_gift_to_the_pool_never_pays_the_giver(first in amount(), gift in amount(), second in amount()) {
        let shares = shares_for_floor(Quote(first), 0, Quote(0)).unwrap();
        let value = first + gift;
        let Ok(next) = shares_for_floor(Quote(second), shares, Quote(value)) else { return Ok(()) };
        let back = value_of_floor(shares, shares + next, Quote(value + second)).unwrap();
        prop_assert!(back <= Quote(value));
    }

    /// What is lost on the way in is less than one share is worth, and that is at most a
    /// millionth of what the pool holds beyond the virtual part.
    #[test]
    fn a_provider_gets_what_was_paid_for_to_one_share((supply, value) in pool(), amount in amount()) {
        let Ok(shares) = shares_for_floor(Quote(amount), supply, Quote(value)) else { return Ok(()) };
        let (assets, total) = (value as u128 + 1_000_000, supply as u128 + 1_000_000);
        prop_assert!((shares as u128 + 1) * assets > amount as u128 * total);
    }
}
