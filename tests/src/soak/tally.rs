//! What a run did: how often each action was done and what came of it.

use super::stage::Done;
use super::step::Step;
use plimsoll_client::Event;
use std::collections::BTreeMap;
use std::fmt;

/// Counts of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub steps: u64,
    pub transactions: u64,
    /// Accounts below maintenance that were settled by what anybody may do.
    pub settled: u64,
    pub actions: BTreeMap<&'static str, Action>,
    /// How often each event was emitted, and some of them in remarkable cases.
    pub events: BTreeMap<&'static str, u64>,
}

/// Counts of one action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    pub done: u64,
    /// By the name of the error.
    pub refused: BTreeMap<String, u64>,
}

impl Tally {
    pub fn add(&mut self, step: &Step, done: &Done) {
        self.steps += 1;
        self.count(step, done);
    }

    /// Counts what is no step of its own.
    pub fn count(&mut self, step: &Step, done: &Done) {
        let action = self.actions.entry(step.action()).or_default();
        match done {
            Done::Happened => action.done += 1,
            Done::Succeeded(outcome) => {
                self.transactions += 1;
                action.done += 1;
                for event in &outcome.events {
                    *self.events.entry(event.name()).or_default() += 1;
                    if let Some(what) = remarkable(event) {
                        *self.events.entry(what).or_default() += 1;
                    }
                }
            }
            Done::Refused(error) => {
                self.transactions += 1;
                *action.refused.entry(format!("{error:?}")).or_default() += 1;
            }
            Done::Impossible => *action.refused.entry("impossible".into()).or_default() += 1,
        }
    }

    /// How often an action was done.
    pub fn done(&self, action: &str) -> u64 {
        self.actions.get(action).map_or(0, |action| action.done)
    }

    /// How often anything was refused with an error.
    pub fn refused(&self, error: &str) -> u64 {
        self.actions.values().filter_map(|action| action.refused.get(error)).sum()
    }

    /// How often an event was emitted.
    pub fn event(&self, name: &str) -> u64 {
        self.events.get(name).copied().unwrap_or(0)
    }
}

/// What is counted apart, because a run in which it never happens is worth little.
fn remarkable(event: &Event) -> Option<&'static str> {
    match event {
        Event::Liquidated(e) if e.size_after != 0 => Some("Liquidated in part"),
        Event::Liquidated(e) if e.loss_to_insurance > 0 => Some("Liquidated at a loss"),
        Event::Traded(e) if e.loss_to_insurance > 0 => Some("Traded at a loss"),
        _ => None,
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22} {:>8} {:>8}", "action", "done", "refused")?;
        for name in Step::ACTIONS {
            let action = self.actions.get(name).cloned().unwrap_or_default();
            let mut refused: Vec<(&String, &u64)> = action.refused.iter().collect();
            refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let why: Vec<String> = refused.iter().map(|(error, count)| format!("{error} {count}")).collect();
            let sum: u64 = action.refused.values().sum();
            let line = format!("{name:<22} {:>8} {sum:>8}  {}", action.done, why.join(", "));
            writeln!(f, "{}", line.trim_end())?;
        }
        let events: Vec<String> = self.events.iter().map(|(name, count)| format!("{name} {count}")).collect();
        write!(f, "events: {}", events.join(", "))
    }
}
