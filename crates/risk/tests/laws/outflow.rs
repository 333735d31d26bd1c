use crate::inputs::*;
use plimsoll_risk::outflow::*;
use proptest::prelude::*;

const DAY: u128 = WINDOW_SECONDS as u128;

/// Micro-USD per native unit, as a ratio so that dust may be worth nothing.
#[derive(Clone, Copy, Debug)]
struct Worth(u64, u64);

impl Worth {
    fn of(self, amount: u64) -> u64 {
        (amount as u128 * self.0 as u128 / self.1 as u128) as u64
    }
}

fn worth() -> impl Strategy<Value = Worth> {
    (1..2_000u64, 1..2_000u64).prop_map(|(value, amount)| Worth(value, amount))
}

/// Seconds between two steps: often none, or up to a few days.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0), 1 => Just(1), 3 => log_between(1, 300_000).prop_map(|seconds| seconds as i64)]
}

fn amount() -> impl Strategy<Value = u64> + Clone {
    log_between(1, 1 << 44).prop_map(|amount| amount as u64)
}

/// A time, and what has left by then.
fn any_state() -> impl Strategy<Value = (BankOutflow, TotalOutflow, i64)> {
    (amount(), amount(), amount(), amount(), 0..2_000_000_000i64, gap(), gap(), any::<bool>()).prop_map(
        |(taken, counted, refund, others, at, bank_gap, total_gap, is_new)| {
            let (bank_at, now) = (at + total_gap, at + total_gap + bank_gap);
            let bank = if is_new {
                BankOutflow::default()
            } else {
                BankOutflow { taken, counted, refund, passing: 0, at: bank_at }
            };
            (bank, TotalOutflow { taken: bank.counted + bank.refund + others, at }, now)
        },
    )
}

fn limits() -> impl Strategy<Value = Limits> {
    (log_between(1, 1 << 46), log_between(1, 1 << 46))
        .prop_map(|(bank, total)| Limits { bank: bank as u64, total: total as u64 })
}

/// Native units that enter or leave one of a few banks.
#[derive(Clone, Debug)]
enum Step {
    In(u64),
    Out(u64),
}

fn steps() -> impl Strategy<Value = Vec<(i64, usize, Worth, Step)>> {
    let step = prop_oneof![
        1 => amount().prop_map(Step::In),
        4 => amount().prop_map(Step::Out),
    ];
    prop::collection::vec((gap(), 0..3usize, worth(), step), 1..40)
}

/// Three banks, and the total that they share.
#[derive(Clone, Debug, Default)]
struct Books {
    banks: [BankOutflow; 3],
    total: TotalOutflow,
}

impl Books {
    /// What counted of an outflow, if it was let through: native units and micro-USD.
    fn leave(
        &mut self,
        bank: usize,
        amount: u64,
        worth: Worth,
        now: i64,
        limits: Option<&Limits>,
    ) -> Option<(u64, u64)> {
        let (before, total, value) = (self.banks[bank].at(now), self.total, worth.of(amount));
        let counted = match limits {
            Some(limits) => check(self.banks[bank], total, amount, value, now, limits).ok()?,
            None => after_outflow(self.banks[bank], total, amount, value, now),
        };
        (self.banks[bank], self.total) = counted;
        let units = amount - before.passing.min(amount);
        Some((units, counted.0.counted - before.counted))
    }

    fn part_of(&self, bank: usize, now: i64) -> u64 {
        let bank = self.banks[bank].at(now);
        bank.counted + bank.refund
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_split_outflow_takes_exactly_what_one_would(
        (bank, total, now) in any_state(), (a, b) in (amount(), amount()), (v, w) in (amount(), amount()), limits in limits(),
    ) {
        let whole = after_outflow(bank, total, a + b, v + w, now);
        let (first, second) = after_outflow(bank, total, a, v, now);
        prop_assert_eq!(after_outflow(first, second, b, w, now), whole);
        let in_parts = check(bank, total, a, v, now, &limits)
            .and_then(|(bank, total)| check(bank, total, b, w, now, &limits));
        prop_assert_eq!(in_parts.ok(), check(bank, total, a + b, v + w, now, &limits).ok());
    }

    /// From any step to any later one, `limit * (1 + T / day)`, net of what came in and was
    /// taken off between them; of the total, net of what was taken off it.
    #[test]
    fn no_sequence_takes_more_than_its_time_allows(steps in steps(), limits in limits()) {
        let (mut books, mut now) = (Books::default(), 1_700_000_000);
        let mut taken: Vec<(i64, [i128; 3], i128)> = Vec::new();
        for (gap, bank, worth, step) in steps {
            now += gap;
            let (mut native, mut value) = ([0; 3], 0);
            match step {
                Step::In(amount) => {
                    let before = books.banks[bank].at(now).taken;
                    books.banks[bank] = books.banks[bank].after_inflow(amount, now);
                    native[bank] = books.banks[bank].taken as i128 - before as i128;
                }
                Step::Out(amount) => {
                    let refunded = books.banks[bank].at(now).refund.min(books.total.at(now).taken);
                    if let Some((units, counted)) = books.leave(bank, amount, worth, now, Some(&limits)) {
                        native[bank] = units as i128;
                        value = counted as i128 - refunded as i128;
                    }
                }
            }
            taken.push((now, native, value));
        }
        for from in 0..taken.len() {
            let mut sum = ([0i128; 3], 0i128);
            for (now, native, value) in &taken[from..] {
                let seconds = (now - taken[from].0) as i128;
                let bound = |limit: u64| limit as i128 * (DAY as i128 + seconds);
                for (sum, native) in sum.0.iter_mut().zip(native) {
                    *sum += native;
                    prop_assert!(*sum * DAY as i128 <= bound(limits.bank));
                }
                sum.1 += value;
                prop_assert!(sum.1 * DAY as i128 <= bound(limits.total));
            }
        }
    }

    #[test]
    fn an_inflow_makes_no_room_beyond_the_limit(
        (bank, total, now) in any_state(), inflows in prop::collection::vec(any_u64(), 1..5), wait in 1..1_000_000i64,
        limits in limits(),
    ) {
        let after = inflows.iter().fold(bank, |bank, inflow| bank.after_inflow(*inflow, now));
        prop_assert!(after.taken <= bank.at(now).taken);
        let later = now + wait;
        prop_assert!(check(after, total, limits.bank + 1, 0, later, &limits).is_err());
        prop_assert!(check(after, total, 1, limits.total + 1, later, &limits).is_err());
    }

    #[test]
    fn moving_in_and_out_within_a_second_leaves_everything_as_it_was(
        moved in amount(), times in 1..20u64, limits in limits(), at in 0..2_000_000_000i64,
    ) {
        let (mut bank, mut total) = (BankOutflow::default(), TotalOutflow { taken: 5, at });
        for _ in 0..times {
            bank = bank.after_inflow(moved, at);
            (bank, total) = check(bank, total, moved, moved, at, &limits).unwrap();
        }
        prop_assert_eq!((bank, total), (BankOutflow { at, ..BankOutflow::default() }, TotalOutflow { taken: 5, at }));
    }

    /// The price being what it was, whatever else has left: to a rounding per turn.
    #[test]
    fn loops_do_not_keep_the_total_up(
        left in amount(), others in amount(), moved in amount(), worth in worth(),
        gaps in prop::collection::vec(gap(), 1..40),
    ) {
        let (mut looped, start) = (Books::default(), 1_700_000_000);
        for bank in 0..2 {
            looped.leave(bank, [left, others][bank], worth, start, None);
        }
        let (calm, mut now) = (looped.clone(), start);
        let turns = 3 * gaps.len() as u64;
        for gap in gaps {
            now += gap;
            looped.banks[0] = looped.banks[0].after_inflow(moved, now);
            looped.leave(0, moved, worth, now, None);
            // Units that were rounded up stand for value that is theirs.
            let roundings = turns * (1 + worth.of(1) + 1);
            prop_assert!(looped.banks[0].at(now).taken <= calm.banks[0].at(now).taken + turns);
            prop_assert!(looped.total.at(now).taken <= calm.total.at(now).taken + roundings);
        }
    }

    /// The total is at least the sum of what the banks count in it, and one of them, whatever
    /// it gives back, never brings it below what it would be without that bank.
    #[test]
    fn no_bank_erases_what_others_took(steps in steps()) {
        let (mut books, mut others, mut now) = (Books::default(), Books::default(), 1_700_000_000);
        let mut roundings = 0;
        for (gap, bank, worth, step) in steps {
            now += gap;
            match step {
                Step::In(amount) => {
                    for books in [&mut books, &mut others] {
                        books.banks[bank] = books.banks[bank].after_inflow(amount, now);
                    }
                }
                Step::Out(amount) => {
                    books.leave(bank, amount, worth, now, None);
                    if bank != 0 {
                        others.leave(bank, amount, worth, now, None);
                        roundings += 1;
                    }
                }
            }
            let parts = [0, 1, 2].map(|bank| books.part_of(bank, now));
            let total = books.total.at(now).taken;
            prop_assert!(total >= parts.iter().sum::<u64>());
            prop_assert!(total - parts[0] + roundings >= others.total.at(now).taken);
        }
    }

    #[test]
    fn what_was_refused_may_leave_from_the_second_named_and_not_before(
        (bank, total, now) in any_state(), amount in amount(), worth in worth(), limits in limits(),
        inflow in prop::option::of(amount()),
    ) {
        let bank = inflow.map_or(bank, |inflow| bank.after_inflow(inflow, now));
        let value = worth.of(amount);
        let Err(refused) = check(bank, total, amount, value, now, &limits) else { return Ok(()) };
        let at = |now| check(bank, total, amount, value, now, &limits);
        match refused.open_at {
            Some(open_at) => {
                prop_assert!(open_at > now && at(open_at).is_ok());
                prop_assert!(open_at == now + 1 || at(open_at - 1).is_err());
            }
            None => prop_assert!(amount > limits.bank || value > limits.total),
        }
    }

    #[test]
    fn the_room_named_may_leave_and_a_unit_more_may_not(
        (bank, total, now) in any_state(), amount in amount(), price in 0..1_000u64, limits in limits(),
        inflow in prop::option::of(amount()),
    ) {
        let bank = inflow.map_or(bank, |inflow| bank.after_inflow(inflow, now));
        let of = |amount: u64| check(bank, total, amount, amount * price, now, &limits);
        let Err(refused) = of(amount) else { return Ok(()) };
        prop_assert!(refused.room < amount);
        prop_assert!(of(refused.room).is_ok() && of(refused.room + 1).is_err());
    }

    #[test]
    fn a_clock_that_goes_back_fades_nothing(
        (bank, total, now) in any_state(), back in 0..2_000_000_000i64, inflow in amount(),
    ) {
        let (bank, total) = (bank.at(now), total.at(now));
        prop_assert_eq!((bank.at(now - back), total.at(now - back)), (bank, total));
        prop_assert_eq!(bank.after_inflow(inflow, now - back), bank.after_inflow(inflow, now));
        let counted = after_outflow(bank, total, inflow, 7, now);
        prop_assert_eq!(after_outflow(bank, total, inflow, 7, now - back), counted);
    }

    #[test]
    fn nothing_is_too_large(
        taken in any_u64(), others in (any_u64(), any_u64(), any_u64(), any_u64()), at in (any_i64(), any_i64()),
        asked in (any_u64(), any_u64()), now in any_i64(), limits in (any_u64(), any_u64()),
    ) {
        let (counted, refund, passing, in_total) = others;
        let bank = BankOutflow { taken, counted, refund, passing, at: at.0 };
        let total = TotalOutflow { taken: in_total, at: at.1 };
        let limits = Limits { bank: limits.0, total: limits.1 };
        let (amount, value) = asked;
        let after = after_outflow(bank, total, amount, value, now);
        prop_assert!(after.0.at >= bank.at && after.1.at >= total.at);
        match check(bank, total, amount, value, now, &limits) {
            Ok(checked) => prop_assert_eq!(checked, after),
            Err(refused) => {
                prop_assert!(refused.room <= amount);
                prop_assert!(refused.open_at.is_none_or(|open_at| open_at >= now));
            }
        }
        prop_assert!(bank.after_inflow(amount, now).taken <= bank.taken);
    }
}

/// As a flash loan would: the window is as empty as before, and open to everybody else.
#[test]
fn a_flash_loan_does_not_fill_the_window() {
    let limits = Limits { bank: 1_000, total: 1_000 };
    let bank = BankOutflow::default().after_inflow(1_000_000, 9);
    let (bank, total) = check(bank, TotalOutflow::default(), 1_000_000, 1_000_000, 9, &limits).unwrap();
    assert!(check(bank, total, 1_000, 1_000, 9, &limits).is_ok());
    // A second later what came in is no room any more.
    let bank = BankOutflow::default().after_inflow(1_000_000, 9);
    let refused = check(bank, TotalOutflow::default(), 1_001, 1_001, 10, &limits).unwrap_err();
    assert_eq!(refused, Refused { room: 1_000, open_at: None });
}
