//! The command: starts a localnet, or changes the one that runs.

use clap::Parser;
use plimsoll_localnet::args::{Args, Task};
use plimsoll_localnet::feeds::Status;
use plimsoll_localnet::summary::Summary;
use plimsoll_localnet::{control, run, server};
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.task {
        None => run::run(&args.options),
        Some(Task::Control { dir, command }) => control(dir, &command.join(" ")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Has the running localnet do what a line says, and shows what its oracles publish then.
fn control(folder: &Path, line: &str) -> Result<(), String> {
    line.parse::<control::Command>().map_err(|e| e.to_string())?;
    for status in server::ask(&Summary::read(folder)?.control_url, line)? {
        println!("{}", shown(&status));
    }
    Ok(())
}

fn shown(status: &Status) -> String {
    let usd = |units: u64| {
        let one = 10u64.pow(status.exponent.unsigned_abs());
        format!("{}.{:06}", units / one, units % one / (one / 1_000_000))
    };
    let stopped = if status.is_stopped { ", stopped" } else { "" };
    let (price, confidence) = (usd(status.price.unsigned_abs()), usd(status.confidence));
    format!("{:4} {price} +- {confidence} USD, at {}{stopped}", status.symbol, status.publish_time)
}
