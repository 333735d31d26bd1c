//! From recorded prices to the path that is walked.
//!
//! A recording has a price every few hours; a market passes through everything between two of them, and so do margin accounts.
//! The path therefore goes in straight lines from one recorded point to the next, in small steps of integers.

use super::{PricePoint, Quote};
use crate::money;

/// Seconds between two published prices. Also the longest time for which the program's slow price catches up at once.
pub const STEP_SECONDS: i64 = 600;

/// A recording of years is walked in longer steps, so that a replay ends.
pub const STEPS_MAX: i64 = 20_000;

/// What is published, and how it came from what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    pub points: Vec<PricePoint>,
    /// How many of the points were recorded.
    pub recorded: usize,
    /// The longest time between two points that were not recorded so.
    pub step_seconds: i64,
}

/// Every recorded point, and steps of at most [`STEP_SECONDS`] between them (more when the recording is longer than
/// [`STEPS_MAX`] of those). Prices and confidences are rounded down.
pub fn walk(recorded: &[PricePoint]) -> Walk {
    let period = match recorded {
        [first, .., last] => last.time - first.time,
        _ => 0,
    };
    let step_seconds = STEP_SECONDS.max((period as u64).div_ceil(STEPS_MAX as u64) as i64);
    let mut points: Vec<PricePoint> = recorded.first().cloned().into_iter().collect();
    for pair in recorded.windows(2) {
        let steps = ((pair[1].time - pair[0].time) as u64).div_ceil(step_seconds as u64) as i64;
        points.extend((1..steps).map(|step| between(&pair[0], &pair[1], (step, steps))));
        points.push(pair[1].clone());
    }
    Walk { points, recorded: recorded.len(), step_seconds }
}

/// The point at `step` of `steps` on the straight line from `a` to `b`.
fn between(a: &PricePoint, b: &PricePoint, (step, steps): (i64, i64)) -> PricePoint {
    let mix = |a: u64, b: u64| {
        let sum = u128::from(a) * (steps - step) as u128 + u128::from(b) * step as u128;
        (sum / steps as u128) as u64
    };
    let quote = |i: usize| Quote {
        price: mix(a.quotes[i].price, b.quotes[i].price),
        confidence: mix(a.quotes[i].confidence, b.quotes[i].confidence),
    };
    PricePoint { time: a.time + (b.time - a.time) * step / steps, quotes: [quote(0), quote(1), quote(2)] }
}

impl Walk {
    /// How the path came about, in a sentence or two.
    pub fn told(&self) -> String {
        let [recorded, published] =
            [self.recorded, self.points.len()].map(|count| money::grouped(count as i128, 0, 0));
        if recorded == published {
            return format!("All {recorded} points of the path are in the recording; none lie between them.");
        }
        let minutes = self.step_seconds.unsigned_abs().div_ceil(60);
        format!(
            "The recording has {recorded} points; between two of them the price walks in a straight line, in steps of at most \
             {minutes} minutes, {published} points in all. Real prices were rougher."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prices::bundled;

    fn point(time: i64, price: u64) -> PricePoint {
        PricePoint { time, quotes: [Quote { price, confidence: price / 1_000 }; 3] }
    }

    #[test]
    fn recorded_points_are_kept_and_none_is_far_from_the_next() {
        let table = bundled();
        let walk = walk(&table.points);
        assert!(table.points.iter().all(|point| walk.points.contains(point)));
        assert!(
            walk.points.windows(2).all(|pair| (1..=STEP_SECONDS).contains(&(pair[1].time - pair[0].time)))
        );
    }

    #[test]
    fn the_line_is_straight_and_its_confidence_stays_below_the_price() {
        let walk = walk(&[point(100, 1_000), point(1_900, 400)]);
        let path: Vec<(i64, u64)> =
            walk.points.iter().map(|point| (point.time, point.quotes[0].price)).collect();
        assert_eq!(path, [(100, 1_000), (700, 800), (1_300, 600), (1_900, 400)]);
        let extreme = super::walk(&[point(0, i64::MAX as u64), point(6_000, 1)]);
        assert!(extreme.points.iter().all(|point| point.quotes[1].confidence < point.quotes[1].price));
    }

    #[test]
    fn long_recordings_take_longer_steps() {
        let walk = walk(&[point(1, 5), point(4_102_444_800, 6)]);
        assert!(walk.points.len() <= STEPS_MAX as usize + 1);
        assert!(walk.step_seconds > STEP_SECONDS);
    }

    #[test]
    fn times_that_are_close_already_get_nothing_between_them() {
        let points = [point(1, 5), point(2, 6), point(602, 7)];
        let walk = walk(&points);
        assert_eq!(walk.points, points);
        assert!(walk.told().starts_with("All 3 points"));
    }
}
