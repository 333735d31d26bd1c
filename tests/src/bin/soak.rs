//! `cargo xtask soak`: a long random run; if it breaks something, the short script that does.

use plimsoll_tests::soak::broken::Broken;
use plimsoll_tests::soak::shrink::Limits;
use plimsoll_tests::soak::stage::Done;
use plimsoll_tests::soak::step::{self, Step};
use plimsoll_tests::soak::tally::Tally;
use plimsoll_tests::soak::{self, Failed, NO_CHECK, Plan, WORLD_STEPS};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

const HELP: &str = "\
cargo xtask soak [--steps N] [--seed S] [--world-steps W]
                                N random steps (100,000), a fresh world every W (10,000);
                                the same seed does the same. A failure is shrunk to a short
                                script, printed and written to target/soak-failure.txt
cargo xtask soak --script FILE  replay a script, telling what comes of each step";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: impl Iterator<Item = String>) -> Result<(), String> {
    let mut plan = Plan { seed: 1, steps: 100_000, world_steps: WORLD_STEPS };
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--steps" => plan.steps = number(&value()?)?,
            "--seed" => plan.seed = number(&value()?)?,
            "--world-steps" => plan.world_steps = number(&value()?)?.max(1),
            "--script" => return replay(Path::new(&value()?)),
            "--help" | "-h" => {
                println!("{HELP}");
                return Ok(());
            }
            _ => return Err(format!("unknown argument `{arg}`\n\n{HELP}")),
        }
    }
    soak(plan)
}

/// A number, in which digits may be grouped by `,` or `_`.
fn number(text: &str) -> Result<u64, String> {
    text.replace([',', '_'], "").parse().map_err(|e| format!("{text}: {e}"))
}

fn soak(plan: Plan) -> Result<(), String> {
    let Plan { seed, steps, world_steps } = plan;
    println!("seed {seed}: {steps} steps, a fresh world every {world_steps}");
    let (started, mut tally) = (Instant::now(), Tally::default());
    let per_second = |tally: &Tally| tally.steps as f64 / started.elapsed().as_secs_f64();
    let result = soak::run(plan, &mut tally, NO_CHECK, |tally| {
        println!("{:>9} steps, {:.0} per second", tally.steps, per_second(tally));
    });
    println!("\n{tally}\naccounts settled by what anybody may do: {}\n", tally.settled);
    match result {
        Ok(()) => {
            let (steps, transactions, rate) = (tally.steps, tally.transactions, per_second(&tally));
            println!(
                "OK: {steps} steps ({transactions} transactions, {rate:.0} steps per second) broke no invariant; \
                 seed {seed}"
            );
            Ok(())
        }
        Err(failed) => Err(report(&failed)?),
    }
}

/// Shrinks a failure, prints and writes its script, and says where it is.
fn report(failed: &Failed) -> Result<String, String> {
    let (seed, steps) = (failed.seed, failed.script.len());
    println!("BROKEN at step {steps} of the world with seed {seed}: {}", failed.broken);
    println!("again: cargo xtask soak --seed {seed} --steps {steps} --world-steps {steps}\n\nshrinking ...");
    let shrunk = soak::shrink(failed, Limits::default(), NO_CHECK);
    let (left, replays) = (shrunk.script.len(), shrunk.replays);
    let script = step::script(&shrunk.script);
    println!("{left} of {steps} steps left after {replays} replays:\n\n{script}");
    let path = output_path();
    let written = std::fs::create_dir_all(path.with_file_name(""))
        .and_then(|()| std::fs::write(&path, format!("# {:?}\n{script}", failed.broken.kind)));
    written.map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(format!("{:?}; replay it: cargo xtask soak --script {}", failed.broken.kind, path.display()))
}

fn replay(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let script = step::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut broken = None;
    soak::replay(&script, NO_CHECK, |step, result| {
        println!("{step}\n    {}", told(step, result));
        broken = result.as_ref().err().cloned().or(broken.take());
    });
    match broken {
        Some(broken) => Err(format!("BROKEN: {:?}", broken.kind)),
        None => {
            println!("\nOK: {} steps broke no invariant", script.len());
            Ok(())
        }
    }
}

/// What came of a step, for people.
fn told(step: &Step, result: &Result<Done, Broken>) -> String {
    match result {
        Ok(Done::Happened) => "happened".into(),
        Ok(Done::Succeeded(outcome)) if outcome.events.is_empty() => "done, nothing changed".into(),
        Ok(Done::Succeeded(outcome)) => {
            let events: Vec<String> = outcome.events.iter().map(|event| format!("{event:?}")).collect();
            events.join("\n    ")
        }
        Ok(Done::Refused(error)) => format!("refused: {error:?} ({})", error.message()),
        Ok(Done::Impossible) => format!("impossible: {} names what is not there", step.action()),
        Err(broken) => format!("BROKEN: {broken}"),
    }
}

fn output_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("soak-failure.txt")
}
