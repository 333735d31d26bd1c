//! `bench-keeper`: the keeper's book at a million accounts, against the bars it has to meet.
mod bandwidth;
mod measure;
mod population;
mod report;
mod signing;

use std::io::{Write, stdout};
use std::process::ExitCode;

use clap::{Arg, ArgAction, Command, value_parser};
use measure::Bench;
use report::{Report, resident_bytes};
use signing::Signing;

/// What is asked for.
struct Options {
    accounts: usize,
    ticks: usize,
    seed: u64,
    threads: usize,
    is_json: bool,
    is_check: bool,
}

impl Options {
    fn parse() -> Self {
        let number = |name: &'static str, default: &'static str, help: &'static str| {
            Arg::new(name).long(name).value_parser(value_parser!(u64)).default_value(default).help(help)
        };
        let flag = |name: &'static str, help: &'static str| {
            Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
        };
        let matches = Command::new("bench-keeper")
            .about("Measures the keeper's book: full rescore, ticks, memory, and the way from a tick to a transaction")
            .arg(number("accounts", "1000000", "Accounts, each with four tokens and four positions"))
            .arg(number("ticks", "20000", "Moves of a price by a tenth of a percent"))
            .arg(number("seed", "1", "Of accounts and prices"))
            .arg(number("threads", "2", "Threads for passes over all accounts"))
            .arg(flag("json", "Prints one JSON object instead of a table"))
            .arg(flag("check", "Ends with exit code 1 if a bar is missed"))
            .get_matches();
        let number = |name| matches.get_one::<u64>(name).copied().unwrap_or_default();
        Self {
            accounts: number("accounts") as usize,
            ticks: number("ticks") as usize,
            seed: number("seed"),
            threads: number("threads").max(1) as usize,
            is_json: matches.get_flag("json"),
            is_check: matches.get_flag("check"),
        }
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let bandwidth = bandwidth::measure(options.threads);
    let (mut bench, loading, indexing) = Bench::load(options.seed, options.accounts, options.threads);
    let signing = Signing::new(&bench.population);
    let rescore = bench.rescore();
    let scanned_bytes = bench.book.scanned_bytes();
    let mut refused = None;
    let ticks = bench.ticks(options.ticks, |book, sunk| {
        if let Err(error) = signing.bytes(book, sunk) {
            refused = Some(error);
        }
    });
    if let Some(error) = refused {
        eprintln!("no transaction: {error}");
        return ExitCode::FAILURE;
    }
    let (resident, counted) = (resident_bytes(), bench.book.memory_bytes());
    let report = Report {
        accounts: options.accounts,
        threads: options.threads,
        bandwidth,
        loading,
        indexing,
        rescore,
        scanned_bytes,
        ticks,
        resident,
        counted,
        upheavals: bench.upheavals(),
    };
    let text = if options.is_json { format!("{:#}", report.json()) } else { report.table() };
    // Whoever reads only the first lines has had what he wanted.
    let _ = writeln!(stdout(), "{}", text.trim_end());
    if options.is_check && !report.is_met() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
