//! `cargo xtask demo`: see `--help`.

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use plimsoll_demo::args::{self, Args, Command};
use plimsoll_demo::prices::PriceTable;
use plimsoll_demo::report::Trace;
use plimsoll_demo::story::Terminal;
use plimsoll_demo::{html, json, listings, output, prices, replay};

fn main() -> ExitCode {
    let (code, message) = match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => {
            Terminal::standard().print(args::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Run(args)) => match run(&args) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(failure) => failure,
        },
        Err(message) => (args::EXIT_USAGE, message),
    };
    eprintln!("error: {}", message.trim_end());
    ExitCode::from(code)
}

type Standard = Terminal<std::io::Stdout, std::io::Stderr>;

/// An exit code and what to say.
type Failure = (u8, String);

fn run(args: &Args) -> Result<(), Failure> {
    let table = match &args.prices {
        None => prices::bundled(),
        Some(path) => prices::load(path).map_err(|message| (args::EXIT_USAGE, message))?,
    };
    let failed = |message| (args::EXIT_FAILED, message);
    let mut terminal = Terminal::standard();
    let trace = replayed(&table, args.seed, &mut terminal).map_err(failed)?;
    if let Some(path) = &args.json {
        output::write(path, &json::render(&trace)).map_err(failed)?;
        terminal.print(&format!("JSON: {}\n", path.display()));
    }
    output::write(&args.html, &html::render(&trace)).map_err(failed)?;
    terminal.print(&format!("page: {}\n", args.html.display()));
    if trace.vault_equals_claims() {
        Ok(())
    } else {
        Err(failed("the vaults do not hold what is owed".to_string()))
    }
}

/// The record of the replay, told while it runs. An invariant that does not hold ends it as an error.
fn replayed(table: &PriceTable, seed: u64, terminal: &mut Standard) -> Result<Trace, String> {
    let listings = listings::bundled()?;
    terminal.open(table, seed);
    let run = AssertUnwindSafe(|| replay::run(table, &listings, seed, terminal));
    let trace = panic::catch_unwind(run)
        .unwrap_or_else(|_| Err("the replay had to be stopped: see above".to_string()))?;
    terminal.close(&trace);
    Ok(trace)
}
