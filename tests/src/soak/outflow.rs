//! INV-20: how much leaves a bank in any time, counted apart from the program's own window.

use super::step::Step;
use super::watch::Before;
use plimsoll_testkit::World;
use std::collections::BTreeMap;

/// Seconds of a day, and parts of a native unit that are counted here.
const DAY: i128 = 86_400;

/// What has left each bank.
#[derive(Default)]
pub(super) struct Outflows(BTreeMap<u8, Bucket>);

/// The most that has left a bank in any time up to now, less what a limit a day allows in that
/// time. If this is never beyond one limit, at most `limit * (1 + T / day)` leaves in any `T` seconds.
///
/// Where a limit was changed, the largest that there was counts.
#[derive(Default)]
struct Bucket {
    limit: u64,
    at: i64,
    /// Up to the second before `at`, and what has left in that second; parts of a native unit.
    before: i128,
    within: i128,
}

impl Outflows {
    /// Counts what a transaction has moved: what is withdrawn, redeemed and collected leaves;
    /// what is deposited and provided comes in. Receivership and donations are neither.
    ///
    /// # Panics
    /// If too much has left.
    pub(super) fn check(&mut self, before: &Before, world: &World, step: &Step) {
        let (leaves, enters) = match step {
            Step::Withdraw { .. } | Step::Redeem { .. } | Step::CollectFees { .. } => (true, false),
            Step::Deposit { .. } | Step::Provide { .. } => (false, true),
            _ => (false, false),
        };
        let now = world.svm.now();
        for (asset, was) in before.banks() {
            let bank = world.bank(*asset);
            let bucket = self.0.entry(*asset).or_default();
            bucket.limit = bucket.limit.max(was.terms.outflow_max);
            let left = was.tokens as i128 - bank.tokens as i128;
            if left == 0 || !(leaves || enters) {
                continue;
            }
            assert_eq!(left > 0, leaves, "INV-20: {step} moved {left} of asset {asset} out");
            bucket.count(left, now);
            let most = bucket.limit as i128 * DAY;
            assert!(
                !leaves || bucket.level() <= most,
                "INV-20: {} of asset {asset} have left beyond what a day gives back, the limit is {}",
                bucket.level() / DAY,
                bucket.limit
            );
        }
    }
}

impl Bucket {
    fn count(&mut self, left: i128, now: i64) {
        if now > self.at {
            let allowed = self.limit as i128 * (now - self.at) as i128;
            self.before = (self.level() - allowed).max(0);
            (self.at, self.within) = (now, 0);
        }
        self.within += left * DAY;
    }

    fn level(&self) -> i128 {
        self.before + self.within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most that a bank of limit 100 has let go beyond what time allowed, whole units.
    fn levels(moves: &[(i64, i128)]) -> Vec<i128> {
        let mut bucket = Bucket { limit: 100, ..Bucket::default() };
        let level = |(at, left): &(i64, i128)| {
            bucket.count(*left, *at);
            bucket.level().div_euclid(DAY)
        };
        moves.iter().map(level).collect()
    }

    #[test]
    fn a_limit_comes_back_in_a_day_and_an_inflow_makes_no_more_room() {
        assert_eq!(levels(&[(10, 100), (43_210, 0), (86_410, 0), (86_410, 100)]), [100, 50, 0, 100]);
        assert_eq!(levels(&[(10, -1_000), (11, 100), (12, 1)]), [-1_000, 100, 100]);
        // Within one second what comes in may leave again.
        assert_eq!(levels(&[(10, -1_000), (10, 1_000), (10, 100)]), [-1_000, 0, 100]);
    }
}
