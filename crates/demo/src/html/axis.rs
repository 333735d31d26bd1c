//! Round places for ticks.

use crate::calendar::{self, DAY_SECONDS, UnixTime};

/// Steps between ticks of time, from a minute to a year.
const TIME_STEPS: [i64; 18] = [
    60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 604_800, 864_000,
    1_209_600, 2_592_000, 7_776_000, 31_536_000,
];

/// About `count` times with their labels, evenly spaced from the start of the first day (or hour), none of them so close to
/// `end` that its label would stick out of the chart.
pub fn time_ticks(start: UnixTime, end: UnixTime, count: i64) -> Vec<(UnixTime, String)> {
    let wanted = (end - start) / (count + 1);
    let longest = TIME_STEPS[TIME_STEPS.len() - 1];
    let step = TIME_STEPS.into_iter().find(|step| *step >= wanted).unwrap_or(longest);
    let origin = start - start.rem_euclid(step.min(DAY_SECONDS));
    let label = |time| if step < DAY_SECONDS { calendar::clock(time) } else { calendar::day_and_month(time) };
    let last = end - step / 4;
    let times = (0..=count + 1).map(|index| origin + index * step);
    times.filter(|time| (start..=last).contains(time)).map(|time| (time, label(time))).collect()
}

/// Ticks at multiples of 1, 2 or 5 x 10^n that enclose `low` to `high`, at most about `count` of them.
pub fn value_ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    let span = (high - low).max(high.abs() * 1e-6).max(f64::MIN_POSITIVE);
    let power = 10f64.powf((span / count).log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| span / step <= count);
    let step = step.unwrap_or(10.0 * power);
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    (first..=last.max(first + 1)).map(|index| index as f64 * step).collect()
}

/// A tick's value with the decimals its step asks for.
pub fn value_label(value: f64, step: f64) -> String {
    let places = (-step.log10().floor()).clamp(0.0, 8.0) as u8;
    let scale = 10f64.powi(i32::from(places));
    crate::money::grouped((value * scale).round() as i128, places, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_on_round_days_or_hours() {
        let labels = |start, end| -> Vec<String> {
            time_ticks(start, end, 4).into_iter().map(|(_, label)| label).collect()
        };
        let start = 1_582_156_800; // 20 February 2020
        assert_eq!(labels(start, start + 41 * DAY_SECONDS - 60), ["20 Feb", "1 Mar", "11 Mar", "21 Mar"]);
        assert_eq!(labels(start + 7, start + 6 * 3_600), ["02:00", "04:00"]);
        assert!((2..=6).contains(&labels(0, 4_102_444_800).len()));
    }

    #[test]
    fn values_are_enclosed_by_round_ticks() {
        assert_eq!(value_ticks(3_782.13, 9_990.0, 4.0), [2_000.0, 4_000.0, 6_000.0, 8_000.0, 10_000.0]);
        for (low, high) in [(0.0, 0.0), (1e-6, 2e-6), (5.0, 5.0), (-1.0, 5.0), (99.0, 101.0), (0.1, 1e7)] {
            let ticks = value_ticks(low, high, 4.0);
            assert!(ticks[0] <= low && *ticks.last().unwrap() >= high, "{low} {high} {ticks:?}");
            assert!((2..=7).contains(&ticks.len()), "{low} {high} {ticks:?}");
        }
    }

    #[test]
    fn labels_have_the_decimals_of_their_step() {
        assert_eq!(value_label(10_000.0, 2_000.0), "10,000");
        assert_eq!(value_label(0.25, 0.05), "0.25");
        assert_eq!(value_label(2.0, 0.5), "2.0");
    }
}
