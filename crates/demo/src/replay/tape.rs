//! What the market has done so far: highs, and lows since.

use crate::prices::{PricePoint, Symbol};

use super::cast::Entry;

/// One symbol, in units of [`PRICE_EXPONENT`](crate::prices::PRICE_EXPONENT).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Run {
    high: u64,
    low_since: u64,
    last: u64,
    /// How many quarters below its high the price has been told to be.
    told_quarters: u64,
}

/// All symbols, and how much of the recording has passed.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    runs: [Run; 3],
    passed: (usize, usize),
}

/// A price that has fallen another quarter of its high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    pub symbol: Symbol,
    pub quarters: u64,
    pub high: u64,
}

impl Tape {
    /// Takes the next point, number `done` of `total`, and says which milestones it passed.
    pub fn take(&mut self, point: &PricePoint, (done, total): (usize, usize)) -> Vec<Milestone> {
        self.passed = (done, total);
        let mut milestones = Vec::new();
        for symbol in Symbol::ALL {
            let run = &mut self.runs[symbol as usize];
            run.last = point.quote(symbol).price;
            if run.last > run.high {
                *run = Run { high: run.last, low_since: run.last, ..*run };
            }
            run.low_since = run.low_since.min(run.last);
            let quarters = thousandths(run.high - run.last, run.high) / 250;
            if quarters > run.told_quarters {
                run.told_quarters = quarters;
                milestones.push(Milestone { symbol, quarters, high: run.high });
            }
        }
        milestones
    }

    /// Whether it is time to enter.
    pub fn calls_for(&self, entry: Entry) -> bool {
        let reached = |share: u64, wanted: i64| share as i64 >= wanted;
        match entry {
            Entry::After(share) => {
                let (done, total) = self.passed;
                reached(thousandths(done.saturating_sub(1) as u64, total.max(1) as u64), share)
            }
            Entry::Fall(symbol, fall) => {
                let run = &self.runs[symbol as usize];
                reached(thousandths(run.high - run.last, run.high), fall)
            }
            Entry::Rebound { symbol, fall, rise } => {
                let run = &self.runs[symbol as usize];
                reached(thousandths(run.high - run.low_since, run.high), fall)
                    && reached(thousandths(run.last - run.low_since, run.low_since), rise)
            }
        }
    }
}

fn thousandths(part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(part) * 1_000 / u128::from(whole.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::Quote;

    fn taken(prices: &[u64]) -> (Tape, Vec<Milestone>) {
        let mut tape = Tape::default();
        let point = |price| PricePoint { time: 0, quotes: [Quote { price, confidence: 0 }; 3] };
        let milestones =
            prices.iter().enumerate().flat_map(|(i, price)| tape.take(&point(*price), (i + 1, prices.len())));
        let milestones = milestones.collect();
        (tape, milestones)
    }

    #[test]
    fn falls_and_rebounds_are_measured_from_the_high_and_the_low_since() {
        let fall = Entry::Fall(Symbol::Btc, 500);
        let rebound = Entry::Rebound { symbol: Symbol::Btc, fall: 500, rise: 250 };
        for (prices, falls, rebounds) in [
            (&[100, 51][..], false, false),
            (&[100, 50], true, false),
            (&[100, 40, 49], true, false),
            (&[100, 40, 50], true, true),
            (&[40, 100, 90], false, false),
            (&[100, 40, 120, 110], false, false),
        ] {
            let (tape, _) = taken(prices);
            assert_eq!((tape.calls_for(fall), tape.calls_for(rebound)), (falls, rebounds), "{prices:?}");
        }
    }

    #[test]
    fn every_quarter_is_told_once() {
        let (_, milestones) = taken(&[100, 80, 74, 76, 74, 49, 100, 49, 20]);
        let quarters: Vec<u64> =
            milestones.iter().filter(|m| m.symbol == Symbol::Btc).map(|m| m.quarters).collect();
        assert_eq!(quarters, [1, 2, 3]);
    }

    #[test]
    fn shares_of_the_recording_begin_at_its_first_point() {
        let (tape, _) = taken(&[1]);
        assert!(tape.calls_for(Entry::After(0)));
        assert!(!tape.calls_for(Entry::After(1)));
    }
}
