//! From a long script that breaks something to a short one that breaks the same.
//!
//! Delta debugging (Zeller, Hildebrandt 2002): leave out ever smaller runs of steps and
//! keep what still breaks; then make what is left simpler. Before that, the end alone is
//! tried: most failures need only the last few steps of a long run.

use super::step::Step;
use std::time::{Duration, Instant};

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub replays_max: u32,
    pub time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { replays_max: 5_000, time_max: Duration::from_secs(90) }
    }
}

/// What is left.
#[derive(Debug)]
pub struct Shrunk {
    pub script: Vec<Step>,
    pub replays: u32,
}

/// Makes a script shorter as long as `breaks` says at which step of it the same failure happens.
pub fn shrink(script: &[Step], limits: Limits, breaks: impl FnMut(&[Step]) -> Option<usize>) -> Shrunk {
    let mut shrinker =
        Shrinker { script: script.to_vec(), replays: 0, limits, started: Instant::now(), breaks };
    shrinker.keep_end();
    loop {
        let before = shrinker.script.clone();
        shrinker.leave_out();
        shrinker.simplify();
        if shrinker.script == before {
            return Shrunk { script: shrinker.script, replays: shrinker.replays };
        }
    }
}

struct Shrinker<F> {
    script: Vec<Step>,
    replays: u32,
    limits: Limits,
    started: Instant,
    breaks: F,
}

impl<F: FnMut(&[Step]) -> Option<usize>> Shrinker<F> {
    /// Takes a script over, up to where it breaks, if it does and there is time to see.
    fn attempt(&mut self, script: Vec<Step>) -> bool {
        if self.replays == self.limits.replays_max || self.started.elapsed() > self.limits.time_max {
            return false;
        }
        self.replays += 1;
        let Some(step) = (self.breaks)(&script) else { return false };
        self.script = script;
        self.script.truncate(step + 1);
        true
    }

    fn keep_end(&mut self) {
        let mut length = 8;
        while length < self.script.len() {
            if self.attempt(self.script[self.script.len() - length..].to_vec()) {
                return;
            }
            length *= 4;
        }
    }

    fn leave_out(&mut self) {
        let mut chunk = self.script.len().div_ceil(2);
        while chunk > 0 {
            let mut end = self.script.len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let shorter = [&self.script[..start], &self.script[end..]].concat();
                self.attempt(shorter);
                end = start.min(self.script.len());
            }
            chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
        }
    }

    fn simplify(&mut self) {
        let mut index = 0;
        while let Some(step) = self.script.get(index) {
            let is_simpler = step.simpler().into_iter().any(|simpler| {
                let mut script = self.script.clone();
                script[index] = simpler;
                self.attempt(script)
            });
            index += usize::from(!is_simpler);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(seconds: impl IntoIterator<Item = u64>) -> Vec<Step> {
        seconds.into_iter().map(|seconds| Step::Wait { seconds }).collect()
    }

    /// Breaks where the waits sum to 30 or more since one of at least 10.
    fn breaks(script: &[Step]) -> Option<usize> {
        let mut sum = 0;
        script.iter().position(|step| {
            let Step::Wait { seconds } = step else { return false };
            if sum > 0 || *seconds >= 10 {
                sum += seconds;
            }
            sum >= 30
        })
    }

    #[test]
    fn what_does_not_matter_is_left_out() {
        let long: Vec<u64> = (0..500).map(|i| if i == 400 { 10 } else { 1 + i % 3 }).collect();
        let shrunk = shrink(&waits(long), Limits::default(), breaks);
        assert_eq!(breaks(&shrunk.script), Some(shrunk.script.len() - 1), "{shrunk:?}");
        let without_any = |i| [&shrunk.script[..i], &shrunk.script[i + 1..]].concat();
        assert!((0..shrunk.script.len()).all(|i| breaks(&without_any(i)).is_none()), "{shrunk:?}");
        assert!(shrunk.script.len() < 20, "{shrunk:?}");
    }

    #[test]
    fn the_limit_of_replays_holds() {
        let limits = Limits { replays_max: 3, ..Limits::default() };
        let shrunk = shrink(&waits(vec![1; 100]), limits, |_| None);
        assert_eq!((shrunk.script.len(), shrunk.replays), (100, 3));
    }
}
