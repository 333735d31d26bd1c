//! Price paths: a recording walked back and forth, or a random walk. Both are functions of the time on the path alone,
//! in integers: the same seed and the same times give the same prices on every machine.

use plimsoll_demo::prices::{self, PricePoint, PriceTable, Quote, Symbol};

/// What a random walk starts from, USD, in the order of [`Symbol::ALL`].
const START_USD: [u64; 3] = [60_000, 3_000, 150];
/// Units of a [`Quote`] in a dollar.
const DOLLAR: u64 = 100_000_000;
/// Farthest that a step of one second goes either way, billionths: what all assets share, and what each adds. Together
/// they come to 3% to 5% a day.
const COMMON_STEP: u64 = 160_000;
const OWN_STEP: [u64; 3] = [80_000, 160_000, 240_000];
const BILLION: u64 = 1_000_000_000;
/// A walk stays between its start divided and multiplied by this.
const RANGE: u64 = 4;

/// Where prices come from.
#[derive(Clone, Debug)]
pub enum Path {
    Walk(Walk),
    Recording(Recording),
}

impl Path {
    /// Goes on by `milliseconds` of the path's own time, and returns the prices there.
    pub fn advance(&mut self, milliseconds: u64) -> [Quote; 3] {
        match self {
            Self::Walk(walk) => walk.advance(milliseconds),
            Self::Recording(recording) => recording.advance(milliseconds),
        }
    }
}

/// A random walk in steps of one second.
#[derive(Clone, Debug)]
pub struct Walk {
    random: u64,
    prices: [u64; 3],
    /// Milliseconds beyond the last step.
    left: u64,
}

impl Walk {
    /// One that `seed` decides.
    pub fn new(seed: u64) -> Self {
        Self { random: seed, prices: START_USD.map(|usd| usd * DOLLAR), left: 0 }
    }

    fn advance(&mut self, milliseconds: u64) -> [Quote; 3] {
        self.left += milliseconds;
        for _ in 0..self.left / 1_000 {
            self.step();
        }
        self.left %= 1_000;
        self.prices.map(quote)
    }

    fn step(&mut self) {
        let common = self.draw(COMMON_STEP);
        for (i, own) in OWN_STEP.into_iter().enumerate() {
            let factor = i128::from(BILLION) + i128::from(common) + i128::from(self.draw(own));
            let moved = i128::from(self.prices[i]) * factor / i128::from(BILLION);
            let start = START_USD[i] * DOLLAR;
            let moved = u64::try_from(moved).unwrap_or(u64::MAX);
            self.prices[i] = moved.clamp(start / RANGE, start * RANGE);
        }
    }

    /// Evenly from `-most` to `most`.
    fn draw(&mut self, most: u64) -> i64 {
        let drawn = splitmix(&mut self.random) % (2 * most + 1);
        drawn.cast_signed() - most.cast_signed()
    }
}

/// The generator SplitMix64 (Steele, Lea and Flood, 2014).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A recording, walked in straight lines to its end, back to its start, and so on: it never jumps.
#[derive(Clone, Debug)]
pub struct Recording {
    points: Vec<PricePoint>,
    /// Milliseconds since the start of the first walk.
    at: u64,
}

impl Recording {
    /// The table has two points or more.
    pub fn new(table: &PriceTable) -> Self {
        Self { points: prices::walk(&table.points).points, at: 0 }
    }

    fn advance(&mut self, milliseconds: u64) -> [Quote; 3] {
        let start = self.points[0].time;
        let length = self.points.last().map_or(0, |last| last.time - start).unsigned_abs() * 1_000;
        self.at = (self.at + milliseconds) % (2 * length);
        let at = self.at.min(2 * length - self.at);
        let offset = |point: &PricePoint| (point.time - start).unsigned_abs() * 1_000;
        let next = self.points.partition_point(|point| offset(point) <= at);
        let Some(after) = self.points.get(next) else { return self.points[next - 1].quotes };
        let before = &self.points[next - 1];
        let (passed, between) = (at - offset(before), offset(after) - offset(before));
        Symbol::ALL.map(|symbol| {
            let (a, b) = (before.quote(symbol), after.quote(symbol));
            let mix = |a: u64, b: u64| {
                let sum = u128::from(a) * u128::from(between - passed) + u128::from(b) * u128::from(passed);
                (sum / u128::from(between)) as u64
            };
            Quote { price: mix(a.price, b.price), confidence: mix(a.confidence, b.confidence) }
        })
    }
}

fn quote(price: u64) -> Quote {
    Quote { price, confidence: price / 10_000 * prices::DEFAULT_CONFIDENCE_BPS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_depends_on_its_seed_and_its_time_alone() {
        let (mut one, mut other) = (Walk::new(7), Walk::new(7));
        one.advance(600_000);
        let prices = (0..400).fold([quote(0); 3], |_, _| other.advance(1_500));
        assert_eq!(one.advance(0), prices);
        assert_ne!(Walk::new(8).advance(600_000), prices);
        assert_eq!(Walk::new(7).advance(999), START_USD.map(|usd| quote(usd * DOLLAR)));
    }

    #[test]
    fn a_walk_moves_by_a_few_percent_a_day_and_stays_in_its_range() {
        let mut walk = Walk::new(1);
        let day = walk.advance(86_400_000);
        for (quote, start) in day.iter().zip(START_USD) {
            let start = start * DOLLAR;
            assert!(quote.price.abs_diff(start) < start / 5, "{quote:?}");
            assert_ne!(quote.price, start);
            assert!(quote.confidence > 0 && quote.confidence <= quote.price / 1_000);
        }
        walk.prices = START_USD.map(|usd| usd * DOLLAR / RANGE);
        for _ in 0..1_000 {
            walk.step();
        }
        assert!(walk.prices.iter().zip(START_USD).all(|(price, usd)| *price >= usd * DOLLAR / RANGE));
    }

    fn recording() -> Recording {
        let point = |time, price| PricePoint { time, quotes: [Quote { price, confidence: price / 10 }; 3] };
        Recording::new(&PriceTable {
            points: vec![point(100, 1_000), point(110, 2_000)],
            sources: Vec::new(),
        })
    }

    #[test]
    fn a_recording_goes_in_straight_lines_to_its_end_and_back() {
        let mut recording = recording();
        let prices: Vec<u64> = (0..9).map(|_| recording.advance(2_500)[1].price).collect();
        assert_eq!(prices, [1_250, 1_500, 1_750, 2_000, 1_750, 1_500, 1_250, 1_000, 1_250]);
        assert_eq!(recording.advance(0)[0], Quote { price: 1_250, confidence: 125 });
    }
}
