//! The keeper and the chain, with everything between them failing, from one seed.
//!
//! The keeper's core runs against the compiled program. For a time, all of this happens: notifications are lost,
//! come twice, late or out of order; nodes do not answer, are behind, leave accounts out of a snapshot, show what
//! has been as if it still were, and do not know transactions that have landed; transactions are lost, land late,
//! land after the node said that it could not be reached, or outlive their blockhash; signing takes its time; the
//! process crashes between any two steps and begins again with its journal, of which the last line may be
//! missing; oracles fall silent, prices jump; users trade, top up, withdraw, open and close accounts; a rival
//! liquidates. Then all of that stops but the keeper.
//!
//! What must hold, at all times:
//! - nothing is signed while an earlier transaction about the same account or market may still land, unless the
//!   journal has lost it;
//! - nothing is planned from before what the keeper knows to have landed;
//! - the keeper takes for true the newest that it was told of every account, and nothing older;
//! - the program's invariants; and only who is below maintenance is liquidated, and is better off.
//!
//! And in the end: everybody is out of the water within a bounded number of rounds (`run::ROUNDS_MAX` says why that
//! many), the keeper knows every account as it is, its wallet has paid for what has landed and for nothing else, and
//! nothing that it signed after the faults was in vain.
mod ledger;
mod network;
mod random;
mod run;
mod scene;
mod tally;

use run::run;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tally::Tally;

/// Seeds of a run where the environment does not say how many.
const SEEDS: u64 = 1_000;
const THREADS: u64 = 2;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|e| panic!("{variable}={text}: {e}")))
}

/// Runs a seed, and says how to run it alone if it fails.
fn replayable(seed: u64) -> Result<Tally, String> {
    catch_unwind(AssertUnwindSafe(|| run(seed))).map_err(|panic| {
        let why = panic.downcast_ref::<String>().cloned();
        let why = why.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
        format!(
            "seed {seed}: {why}\n  alone: PLIMSOLL_SIMULATION_SEED={seed} cargo test -p plimsoll-keeper --test simulation"
        )
    })
}

#[test]
fn whatever_fails_in_between_accounts_are_liquidated_and_nothing_is_sent_twice() {
    if let Some(seed) = number("PLIMSOLL_SIMULATION_SEED") {
        let tally = replayable(seed).unwrap_or_else(|failure| panic!("{failure}"));
        println!("{tally:#?}");
        return;
    }
    let seeds = number("PLIMSOLL_SIMULATION_SEEDS").unwrap_or(SEEDS);
    let workers: Vec<_> = (0..THREADS)
        .map(|first| {
            std::thread::spawn(move || {
                (first..seeds).step_by(THREADS as usize).map(replayable).collect::<Vec<_>>()
            })
        })
        .collect();
    let results: Vec<_> =
        workers.into_iter().flat_map(|worker| worker.join().expect("failures are caught")).collect();
    let failures: Vec<&String> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    let mut sum = Tally::default();
    results.iter().flatten().for_each(|tally| sum.add(tally));
    println!("{seeds} seeds: {sum:#?}");
    let shown: Vec<&str> = failures.iter().take(10).map(|failure| failure.as_str()).collect();
    assert!(failures.is_empty(), "{} of {seeds} seeds failed:\n{}", failures.len(), shown.join("\n"));
    sum.covers_everything();
}
