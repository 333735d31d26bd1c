//! Parameters that move in a straight line: nobody is liquidated by the act of a governor.

use crate::units::Ratio;

/// From when until when a parameter moves, unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ramp {
    pub start: i64,
    pub end: i64,
}

impl Ramp {
    /// How far the way is done at `now`, rounded down: from nothing to one.
    pub fn progress_floor(&self, now: i64) -> Ratio {
        if now >= self.end {
            return Ratio::ONE;
        }
        let (elapsed, length) = (now.saturating_sub(self.start).max(0), self.end.saturating_sub(self.start));
        let progress = (elapsed as u128 * Ratio::ONE.0 as u128).checked_div(length as u128).unwrap_or(0);
        Ratio(progress.min(Ratio::ONE.0 as u128) as u32)
    }
}

/// A number on its way from `from` to `to`, both below 2^62 and not negative, after
/// `progress` of the way; rounded towards `from`, so that it never runs ahead.
pub fn on_the_way(from: i64, to: i64, progress: Ratio) -> i64 {
    let span = from.abs_diff(to) as u128 * progress.0.min(Ratio::ONE.0) as u128 / Ratio::ONE.0 as u128;
    if to >= from { from.saturating_add(span as i64) } else { from.saturating_sub(span as i64) }
}
