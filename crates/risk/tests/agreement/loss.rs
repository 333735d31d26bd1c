use crate::inputs::*;
use crate::reference::{int, loss as reference, signed_per_unit};
use num_traits::Zero;
use plimsoll_risk::loss::{deficit, haircut, split_loss, uncollectable};
use plimsoll_risk::{Overflow, Quote};
use proptest::prelude::*;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_loss_is_charged_in_order_and_in_full(loss in 0..=i64::MAX, insurance in any_quote()) {
        let got = split_loss(Quote(loss), insurance).unwrap();
        let from_insurance = loss.min(insurance.0.max(0));
        prop_assert_eq!(got.from_insurance, Quote(from_insurance));
        prop_assert_eq!(got.from_capital, Quote(loss - from_insurance));
    }

    /// What is missing, but never more than this close has lost.
    #[test]
    fn a_market_answers_for_its_own_loss_only(equity in any_quote(), realised in any_quote()) {
        let Ok(loss) = uncollectable(equity, realised) else { return Ok(()) };
        let (missing, lost) = (-int(equity.0), -int(realised.0));
        prop_assert_eq!(int(loss.0), missing.max(int(0)).min(lost.max(int(0))));
    }

    /// Less than four micro-USD less than without rounding, and never more than the profits.
    #[test]
    fn a_deficit_is_what_is_owed_beyond_the_capital(
        interest in any_open_interest(), marks in any_marks(), capital in any_quote(), scale in 0..=i64::MAX / 2,
    ) {
        // A skew is within its scale.
        let Ok(skew) = interest.skew() else { return Ok(()) };
        let scale = scale.max((skew.magnitude() / 2) as i64 + 1);
        let Ok(missing) = deficit(&interest, &marks, scale, capital) else { return Ok(()) };
        let exact = reference::deficit(&interest, &marks, scale, capital);
        prop_assert!(missing.0 >= 0);
        prop_assert!(int(missing.0) <= exact && exact < int(missing.0) + int(4));
    }

    /// The long side's part is rounded up, the short side's down; each charge is the least
    /// that covers it.
    #[test]
    fn a_haircut_is_the_least_charge_that_covers_each_part(
        interest in any_open_interest(), marks in any_marks(), missing in any_quote(), part in 0..=1_000_000i64, some in any::<bool>(),
    ) {
        let Ok((long, short)) = interest.sides_pnl_floor(&marks) else { return Ok(()) };
        let profits = long.0.max(0) as i128 + short.0.max(0) as i128;
        let missing = match some {
            true => Quote((profits * part as i128 / 1_000_000).min(i64::MAX as i128) as i64),
            false => missing,
        };
        let got = haircut(&interest, &marks, missing);
        if missing.0 > 0 && i128::from(missing.0) > profits {
            prop_assert_eq!(got, Err(Overflow));
            return Ok(());
        }
        let Ok(cut) = got else {
            // A profit without a position, or beyond what money can express.
            let empty = (long.0 > 0 && interest.long.size.0 == 0) || (short.0 > 0 && interest.short.size.0 == 0);
            prop_assert!(empty || profits > i64::MAX as i128);
            return Ok(());
        };
        let parts = reference::parts(missing, long, short);
        for (cut, part, size) in [(cut.long, parts.0, interest.long.size), (cut.short, parts.1, interest.short.size)] {
            let step = int(1) / int(1u128 << 64);
            let (size, cut) = (int(size.0), signed_per_unit(cut));
            prop_assert!(&cut * &size >= part);
            prop_assert!(cut.is_zero() || (cut - step) * size < part);
        }
    }
}
