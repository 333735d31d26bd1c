//! What a dry run would have done.
use crate::core::{Key, Task};
use plimsoll_client::risk::Quote;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use tracing::info;

/// What came of trying a task.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tried {
    bounty: Quote,
    cost: Quote,
    /// Compute units used, or why it would fail.
    outcome: Result<u64, String>,
}

/// The tasks tried, each as it came out last.
#[derive(Debug, Default)]
pub struct Report(Mutex<BTreeMap<Key, Tried>>);

impl Report {
    /// A task was tried: it would use so many compute units, or fail.
    pub fn tried(&self, task: &Task, outcome: &Result<u64, String>) {
        let (bounty, cost) = (task.bounty.0, task.cost.0);
        match outcome {
            Ok(units) => info!(key = %task.key, bounty, cost, units, "would be sent"),
            Err(error) => info!(key = %task.key, bounty, cost, %error, "would fail, and not be sent"),
        }
        let tried = Tried { bounty: task.bounty, cost: task.cost, outcome: outcome.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(task.key, tried);
    }

    /// A table of all that was tried, and what it comes to.
    pub fn table(&self) -> String {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = String::new();
        let mut total = [0i64; 2];
        for (key, tried) in tried.iter() {
            let outcome = match &tried.outcome {
                Ok(units) => {
                    total[0] = total[0].saturating_add(tried.bounty.0);
                    total[1] = total[1].saturating_add(tried.cost.0);
                    format!("works, {units} compute units")
                }
                Err(error) => format!("would fail: {error}"),
            };
            let (bounty, cost) = (usd(tried.bounty.0), usd(tried.cost.0));
            let _ = writeln!(out, "{key}  earns {bounty} USD, costs {cost} USD  {outcome}");
        }
        let count = tried.values().filter(|tried| tried.outcome.is_ok()).count();
        let [bounty, cost] = total.map(usd);
        let _ = writeln!(
            out,
            "{count} actions would earn {bounty} USD and cost {cost} USD in fees; nothing was sent"
        );
        out
    }
}

/// Micro-USD as dollars.
fn usd(micro_usd: i64) -> String {
    let sign = if micro_usd < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", micro_usd.unsigned_abs() / 1_000_000, micro_usd.unsigned_abs() % 1_000_000)
}
