use crate::inputs::*;
use plimsoll_risk::loss::{Window, deficit, haircut};
use plimsoll_risk::pool::{OpenInterest, Side};
use plimsoll_risk::{PerpMarks, Position, Price, Quantity, Quote, SignedPrice};
use proptest::prelude::*;

/// Positions of both sides at a price, most of them in profit.
#[derive(Clone, Debug)]
struct Crowd {
    positions: Vec<Position>,
    marks: PerpMarks,
}

fn crowd() -> impl Strategy<Value = Crowd> {
    let position = (signed(40), -1_000_000..3_000_000i64);
    let marks = log_between(1 << 44, 1 << 76).prop_map(Price).prop_flat_map(marks_at);
    (marks, prop::collection::vec(position, 1..9)).prop_map(|(marks, parts)| {
        let position = |(size, profit): (i64, i64)| {
            let size = Quantity(size);
            let notional = marks.oracle.value_floor(size).unwrap().magnitude();
            let pnl = (notional as i128 * profit as i128 / 1_000_000) as i64;
            Position { size, entry: Quote(marks.of(size).value_floor(size).unwrap().0 - pnl) }
        };
        let positions = parts.into_iter().filter(|(size, _)| *size != 0).map(position).collect();
        Crowd { positions, marks }
    })
}

fn interest(positions: &[Position]) -> OpenInterest {
    let side = |is_short: bool| {
        let of = positions.iter().filter(|p| (p.size.0 < 0) == is_short);
        of.fold(Side::default(), |side, p| Side {
            size: Quantity(side.size.0 + p.size.magnitude() as i64),
            entry: Quote(side.entry.0 + p.entry.0),
        })
    };
    OpenInterest { long: side(false), short: side(true) }
}

/// The marks after a haircut: longs are worth less per unit, shorts owe more.
fn after(marks: &PerpMarks, cut: &plimsoll_risk::loss::Haircut) -> PerpMarks {
    PerpMarks {
        long: marks.long.minus(cut.long).unwrap(),
        short: marks.short.plus(cut.short).unwrap(),
        oracle: marks.oracle,
    }
}

/// What a position is charged, rounded up.
fn charge_ceil(position: &Position, cut: &plimsoll_risk::loss::Haircut) -> i64 {
    let per_unit = if position.size.0 < 0 { cut.short } else { cut.long };
    let size = Quantity(-(position.size.magnitude() as i64));
    -per_unit.value_floor(size).unwrap().0
}

proptest! {
    #![proptest_config(config())]

    /// However many they are, and in whatever order they come.
    #[test]
    fn haircuts_cover_the_deficit_and_at_most_one_micro_usd_each_more(
        crowd in crowd(), part in 0..=1_000_000i64, all in any::<bool>(),
    ) {
        let interest = interest(&crowd.positions);
        let (long, short) = interest.sides_pnl_floor(&crowd.marks).unwrap();
        let profits = long.or_zero().0 + short.or_zero().0;
        let missing = if all { profits } else { (profits as i128 * part as i128 / 1_000_000) as i64 };
        let cut = haircut(&interest, &crowd.marks, Quote(missing)).unwrap();
        let charged: i64 = crowd.positions.iter().map(|p| charge_ceil(p, &cut)).sum();
        prop_assert!(charged >= missing);
        prop_assert!(charged <= missing + crowd.positions.len() as i64);
        // One after the other, the market is charged what they are, less their rounding.
        let marks = after(&crowd.marks, &cut);
        let sums = |marks| {
            let (long, short) = interest.sides_pnl_floor(marks).unwrap();
            long.0 + short.0
        };
        prop_assert!((missing..=missing + 2).contains(&(sums(&crowd.marks) - sums(&marks))));
    }

    #[test]
    fn only_a_side_in_profit_is_cut_and_never_below_it(crowd in crowd(), part in 0..=1_000_000i64) {
        let interest = interest(&crowd.positions);
        let (long, short) = interest.sides_pnl_floor(&crowd.marks).unwrap();
        let profits = long.or_zero().0 + short.or_zero().0;
        let missing = Quote((profits as i128 * part as i128 / 1_000_000) as i64);
        let cut = haircut(&interest, &crowd.marks, missing).unwrap();
        let (long_after, short_after) = interest.sides_pnl_floor(&after(&crowd.marks, &cut)).unwrap();
        for (before, after, per_unit) in [(long, long_after, cut.long), (short, short_after, cut.short)] {
            prop_assert!(per_unit.0 >= 0);
            if before.0 <= 0 {
                prop_assert_eq!(per_unit, SignedPrice(0));
            } else {
                prop_assert!(after.0 >= -1, "{before:?} became {after:?}");
            }
        }
    }

    #[test]
    fn after_a_haircut_nothing_is_missing_any_more(
        crowd in crowd(), capital in up_to_bits(50), scale in log_between(1 << 44, 1 << 60),
    ) {
        let interest = interest(&crowd.positions);
        let (capital, scale) = (Quote(capital as i64), scale as i64);
        let missing = deficit(&interest, &crowd.marks, scale, capital).unwrap();
        let (long, short) = interest.sides_pnl_floor(&crowd.marks).unwrap();
        let profits = long.or_zero().0 + short.or_zero().0;
        let cut = haircut(&interest, &crowd.marks, missing).unwrap();
        let marks = after(&crowd.marks, &cut);
        prop_assert_eq!(deficit(&interest, &marks, scale, capital), Ok(Quote::ZERO));
        if missing == Quote::ZERO {
            prop_assert_eq!(cut, Default::default());
            return Ok(());
        }
        // What closing pays back of the price impact included.
        let owed = interest.owed_floor(&marks, scale).unwrap();
        prop_assert!(capital.0 - owed.0 <= 2, "traders gave up more than was missing");
        prop_assert!(owed <= capital || missing.0 == profits, "still missing, and not for want of profits");
    }

    /// Never beyond its limit in one window, however the takings are spread; and so never
    /// beyond twice the limit in any stretch as long as a window.
    #[test]
    fn a_window_never_gives_more_than_its_limit(
        takings in prop::collection::vec((0..200i64, 0..2_000i64), 1..40),
        seconds in 1..300u32,
        limit in 0..1_500i64,
    ) {
        let (mut window, mut now) = (Window { started_at: 0, taken: Quote::ZERO }, 1_000);
        let mut taken: Vec<(i64, i64, i64)> = Vec::new();
        for (later, wanted) in takings {
            now += later;
            window = window.at(now, seconds);
            prop_assert!(window.started_at <= now && now < window.started_at + seconds as i64);
            let room = window.room(Quote(limit)).unwrap();
            let drawn = room.0.min(wanted);
            window = window.after(Quote(drawn)).unwrap();
            taken.push((now, window.started_at, drawn));
        }
        let sum = |of: &dyn Fn(&(i64, i64, i64)) -> bool| -> i64 {
            taken.iter().filter(|t| of(t)).map(|t| t.2).sum()
        };
        for (from, started_at, _) in &taken {
            prop_assert!(sum(&|t| t.1 == *started_at) <= limit);
            prop_assert!(sum(&|t| t.0 >= *from && t.0 < from + seconds as i64) <= 2 * limit);
        }
    }

    #[test]
    fn a_window_that_has_run_out_is_as_good_as_new(
        started_at in -1_000..1_000i64, taken in 0..1_000i64, seconds in 0..300u32, later in 0..700i64, limit in 0..1_500i64,
    ) {
        let window = Window { started_at, taken: Quote(taken) };
        let now = started_at + later;
        let room = window.at(now, seconds).room(Quote(limit)).unwrap();
        let expected = if later >= seconds as i64 { limit } else { (limit - taken).max(0) };
        prop_assert_eq!(room, Quote(expected));
    }
}
