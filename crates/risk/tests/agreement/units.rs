use crate::inputs::*;
use crate::reference::{ceil, floor, int, share};
use plimsoll_risk::units::{mul_div_ceil, mul_div_floor};
use plimsoll_risk::{Overflow, Quantity, Quote};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_share_of_an_amount_is_exact_before_rounding(ratio in any_ratio(), amount in any_quote()) {
        let exact = share(ratio) * int(amount.0);
        // The whole of the greatest positive amount is the amount itself.
        prop_assert_eq!(ratio.of_floor(amount).ok().map(|q| q.0), floor(&exact));
        prop_assert_eq!(ratio.of_ceil(amount).ok().map(|q| q.0), ceil(&exact));
    }

    #[test]
    fn multiplying_and_dividing_is_exact_before_rounding(a in any_i64(), b in any_i64(), d in any_i64()) {
        if d <= 0 {
            prop_assert_eq!(mul_div_floor(a, b, d), Err(Overflow));
            prop_assert_eq!(mul_div_ceil(a, b, d), Err(Overflow));
            return Ok(());
        }
        let exact = int(a) * int(b) / int(d);
        let whole = |x: crate::reference::Exact| i64::try_from(x.to_integer()).ok();
        prop_assert_eq!(mul_div_floor(a, b, d).ok(), whole(exact.floor()));
        prop_assert_eq!(mul_div_ceil(a, b, d).ok(), whole(exact.ceil()));
    }

    #[test]
    fn sums_are_exact_or_an_error(a in any_i64(), b in any_i64()) {
        let exact = |x: i128| i64::try_from(x).ok();
        let (x, y) = (a as i128, b as i128);
        prop_assert_eq!(Quote(a).plus(Quote(b)).ok().map(|q| q.0), exact(x + y));
        prop_assert_eq!(Quote(a).minus(Quote(b)).ok().map(|q| q.0), exact(x - y));
        prop_assert_eq!(Quote(a).negated().ok().map(|q| q.0), exact(-x));
        prop_assert_eq!(Quantity(a).plus(Quantity(b)).ok().map(|q| q.0), exact(x + y));
        prop_assert_eq!(Quantity(a).minus(Quantity(b)).ok().map(|q| q.0), exact(x - y));
        prop_assert_eq!(Quantity(a).negated().ok().map(|q| q.0), exact(-x));
        prop_assert_eq!(Quote::from_magnitude(a as u64).ok().map(|q| q.0 as u64), (a >= 0).then_some(a as u64));
    }
}
