use crate::inputs::*;
use crate::reference::{int, outflow::left_after};
use plimsoll_risk::outflow::{BankOutflow, TotalOutflow};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 8, ..config() })]

    /// Above by the rounding and by less than a part in 2^58; what may be given back as far below.
    #[test]
    fn what_is_left_is_the_exponential(
        amount in any_u64(), seconds in log_between(0, 5_000_000), at in -1_000_000_000..4_000_000_000i64,
    ) {
        let (seconds, now) = (seconds as u64, at + seconds as i64);
        let bank = BankOutflow { taken: amount, counted: amount, refund: amount, passing: 0, at }.at(now);
        let total = TotalOutflow { taken: amount, at }.at(now);
        prop_assert_eq!((bank.taken, bank.at), (total.taken, total.at));
        prop_assert_eq!((bank.counted, bank.at), (bank.refund, now));
        let exact = left_after(amount, seconds);
        let error = int(amount) / int(1u64 << 57);
        prop_assert!(int(bank.counted) <= exact && exact <= int(bank.taken) || seconds >= 1 << 22);
        prop_assert!(int(bank.taken) < &exact + int(1) + &error);
        prop_assert!(exact < int(bank.counted) + int(1) + &error);
    }
}

/// A limit opens again by 63% in a day, by 86% in two.
#[test]
fn a_day_leaves_one_in_e() {
    let day_after = |days: i64| TotalOutflow { taken: 1_000_000, at: 7 }.at(7 + days * 86_400).taken;
    assert_eq!([0, 1, 2, 7, 14].map(day_after), [1_000_000, 367_880, 135_336, 912, 1]);
}
