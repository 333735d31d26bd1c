//! Charging a side through its mark moves value between its traders and the market, and
//! neither makes nor loses any.

use crate::inputs::*;
use crate::reference::{Exact, assert_between, int, per_unit, signed_per_unit};
use plimsoll_risk::pool::{OpenInterest, Side};
use plimsoll_risk::{PerpMarks, Position, Price, Quantity, Quote, SignedPrice};
use proptest::prelude::*;

const TRADERS: usize = 4;

/// What happens to a market.
#[derive(Clone, Debug)]
enum Event {
    /// The trader, the size in parts of his position or of a lot, and the price over the oracle's.
    Trade { trader: usize, delta: Delta, premium: i32 },
    /// The price moves and each side is charged, in millionths of the first price.
    Time { price: i32, long: i32, short: i32, noise: i16 },
}

#[derive(Clone, Copy, Debug)]
enum Delta {
    Free(i64),
    /// Millionths of the position, taken off: more than a million turns it round.
    Off(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let delta = prop_oneof![
        signed(40).prop_map(Delta::Free),
        (0..=2_500_000i64).prop_map(Delta::Off),
        Just(Delta::Off(1_000_000)),
    ];
    let trade = (0..TRADERS, delta, -200_000..200_000i32).prop_map(|(trader, delta, premium)| Event::Trade {
        trader,
        delta,
        premium,
    });
    let time = (-300_000..300_000i32, -400_000..400_000i32, -400_000..400_000i32, any::<i16>())
        .prop_map(|(price, long, short, noise)| Event::Time { price, long, short, noise });
    prop_oneof![2 => trade, 1 => time]
}

/// What the crate says of a trader, and what is true of him.
#[derive(Default)]
struct Trader {
    position: Position,
    realised: i64,
    /// Trades, a turn counted as two: each charge is rounded once.
    roundings: u32,
    gain: Option<Exact>,
}

/// A market as the program keeps it: the sums of its positions.
struct Book {
    marks: PerpMarks,
    interest: OpenInterest,
    traders: [Trader; TRADERS],
}

impl Book {
    fn trade(&mut self, trader: usize, delta: Delta, premium: i32) -> plimsoll_risk::Result<()> {
        let trader = &mut self.traders[trader];
        let delta = Quantity(match delta {
            Delta::Free(delta) => delta,
            Delta::Off(part) => -(trader.position.size.0 as i128 * part as i128 / 1_000_000) as i64,
        });
        let value = self.marks.oracle.value_ceil(delta)?;
        let cost = Quote(value.0 + (value.0 as i128 * premium as i128 / 1_000_000) as i64);
        let done = trader.position.traded(delta, cost, &self.marks)?;
        let turned = trader.position.size.0.signum() * done.position.size.0.signum() < 0;
        trader.roundings += 1 + turned as u32;
        trader.realised += done.realised.0;
        let gain = trader.gain.take().unwrap_or_else(|| int(0));
        trader.gain = Some(gain + int(delta.0) * per_unit(self.marks.oracle) - int(cost.0));
        for (position, sign) in [(trader.position, -1), (done.position, 1)] {
            let side = if position.size.0 < 0 { &mut self.interest.short } else { &mut self.interest.long };
            side.size.0 += sign * position.size.magnitude() as i64;
            side.entry.0 += sign * position.entry.0;
        }
        trader.position = done.position;
        Ok(())
    }

    fn pass(&mut self, to: PerpMarks) {
        let moved = |size: Quantity| signed_per_unit(to.of(size)) - signed_per_unit(self.marks.of(size));
        for trader in &mut self.traders {
            let gain = trader.gain.take().unwrap_or_else(|| int(0));
            trader.gain = Some(gain + int(trader.position.size.0) * moved(trader.position.size));
        }
        self.marks = to;
    }

    fn pnl(&self, position: &Position) -> i64 {
        let value = self.marks.of(position.size).value_floor(position.size).unwrap();
        value.0 - position.entry.0
    }
}

fn later(marks: &PerpMarks, unit: i128, event: (i32, i32, i32, i16)) -> PerpMarks {
    let (price, long, short, noise) = event;
    let of = |millionths: i32| unit * i128::from(millionths);
    let oracle = marks.oracle.0.saturating_add_signed(of(price)).max(1);
    let moved = oracle as i128 - marks.oracle.0 as i128;
    let charged = |mark: SignedPrice, by: i128| SignedPrice(mark.0 + moved - by);
    let noise = i128::from(noise);
    PerpMarks {
        oracle: Price(oracle),
        long: charged(marks.long, of(long) + noise),
        short: charged(marks.short, of(short) - noise),
    }
}

proptest! {
    #![proptest_config(config())]

    /// Each trader has what his trades, the price and the charges of the time he was in made:
    /// never more, and less by under one micro-USD for each trade and the last valuation.
    #[test]
    fn marks_with_charges_are_zero_sum(
        oracle in log_between(1 << 40, 1 << 76).prop_map(Price),
        events in prop::collection::vec(event(), 1..24),
    ) {
        let marks = PerpMarks::uncharged(oracle).unwrap();
        let interest = OpenInterest { long: Side::default(), short: Side::default() };
        let mut book = Book { marks, interest, traders: Default::default() };
        for event in events {
            match event {
                Event::Trade { trader, delta, premium } => {
                    if book.trade(trader, delta, premium).is_err() {
                        return Ok(());
                    }
                }
                Event::Time { price, long, short, noise } => {
                    let unit = oracle.0 as i128 / 1_000_000;
                    book.pass(later(&book.marks, unit, (price, long, short, noise)));
                }
            }
        }
        let (mut open, mut unrealised) = ([0i64; 2], [0i64; 2]);
        for trader in &book.traders {
            let pnl = book.pnl(&trader.position);
            let got = int(trader.realised) + int(pnl);
            let exact = trader.gain.clone().unwrap_or_else(|| int(0));
            assert_between(&exact - int(trader.roundings + 1), got, exact);
            if trader.position.size.0 != 0 {
                open[(trader.position.size.0 < 0) as usize] += 1;
                unrealised[(trader.position.size.0 < 0) as usize] += pnl;
            } else {
                prop_assert_eq!(trader.position.entry, Quote::ZERO);
            }
        }
        // What the market's sums say that a side is owed is what its traders are, but for
        // the rounding of each position.
        let (long, short) = book.interest.sides_pnl_floor(&book.marks).unwrap();
        for (sum, side, count) in [(unrealised[0], long.0, open[0]), (unrealised[1], short.0, open[1])] {
            prop_assert!(sum <= side && side - sum <= (count - 1).max(0), "{side} for {sum}");
        }
    }
}
