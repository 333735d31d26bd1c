//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

pub const DEFAULT_HTML: &str = "target/demo.html";
pub const DEFAULT_SEED: u64 = 1;

/// Exit code of a command line or a price file that can't be understood.
pub const EXIT_USAGE: u8 = 2;

/// Exit code of a replay that could not be finished, or whose files could not be written.
pub const EXIT_FAILED: u8 = 1;

pub const HELP: &str = "\
Replays a recorded market crash against the compiled Plimsoll program and accounts for every token.

Usage: cargo xtask demo [--prices FILE.csv] [--json FILE] [--html FILE] [--seed N]

  --prices FILE.csv  prices to replay; default: the bundled crash of March 2020
                     header: unix_time,symbol,price[,confidence]
                     rows sorted by time; symbols BTC, ETH, SOL; USD per coin, at most 8 decimals
                     between two times the price walks in a straight line, in steps of 10 minutes
                     no confidence: 10 basis points of the price; a malformed row stops everything
  --json FILE        write accounts, liquidations, every rule at work and the closing ledger,
                     exact integers as strings
  --html FILE        write the page with prices, margin ratios, liquidations and every rule explained
                     default: target/demo.html
  --seed N           seed of everything random, 0 to 18446744073709551615; default: 1
  -h, --help         this text

The story and the closing ledger go to standard output, the progress bar to standard error. Colours appear only on a terminal
and never when NO_COLOR is set. Exit codes: 0 done, 1 the replay failed, 2 the command line or the price file was wrong.
";

/// What one run of the demo is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// `None`: the bundled recording.
    pub prices: Option<PathBuf>,
    /// `None`: no JSON.
    pub json: Option<PathBuf>,
    pub html: PathBuf,
    pub seed: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Run(Args),
    Help,
}

/// Reads the arguments that follow the program's name. Each option may be given once.
///
/// # Errors
/// One line that says what to do instead.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let (mut prices, mut json, mut html, mut seed) = (None, None, None, None);
    while let Some(argument) = parser.next().map_err(|error| advise(&error.to_string()))? {
        match argument {
            Long("prices") => once("--prices", "FILE.csv", &mut parser, &mut prices)?,
            Long("json") => once("--json", "FILE", &mut parser, &mut json)?,
            Long("html") => once("--html", "FILE", &mut parser, &mut html)?,
            Long("seed") => once("--seed", "N", &mut parser, &mut seed)?,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(value) => {
                return Err(advise(&format!("unexpected argument `{}`", value.to_string_lossy())));
            }
            option => return Err(advise(&option.unexpected().to_string())),
        }
    }
    Ok(Command::Run(Args {
        prices: prices.map(PathBuf::from),
        json: json.map(PathBuf::from),
        html: html.map_or_else(|| PathBuf::from(DEFAULT_HTML), PathBuf::from),
        seed: seed.map_or(Ok(DEFAULT_SEED), whole_number)?,
    }))
}

fn advise(problem: &str) -> String {
    format!("{problem}; see `--help` for the options")
}

fn once(
    option: &str,
    form: &str,
    parser: &mut lexopt::Parser,
    value: &mut Option<OsString>,
) -> Result<(), String> {
    let given =
        parser.value().ok().filter(|given| !given.is_empty() && !given.to_string_lossy().starts_with("--"));
    let given = given.ok_or_else(|| advise(&format!("`{option}` needs a value: {option} {form}")))?;
    if value.replace(given).is_some() {
        return Err(advise(&format!("`{option}` is given twice")));
    }
    Ok(())
}

fn whole_number(value: OsString) -> Result<u64, String> {
    let text = value.to_string_lossy().into_owned();
    value
        .parse()
        .map_err(|_| advise(&format!("`--seed {text}`: expected a whole number from 0 to {}", u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn without_arguments_the_bundled_crash_is_replayed() {
        let args = Args { prices: None, json: None, html: DEFAULT_HTML.into(), seed: DEFAULT_SEED };
        assert_eq!(parsed(""), Ok(Command::Run(args)));
        assert!(HELP.contains(&format!("default: {DEFAULT_HTML}")));
        assert!(HELP.contains(&format!("default: {DEFAULT_SEED}\n")));
        assert!(HELP.contains(&u64::MAX.to_string()));
    }

    #[test]
    fn every_option_is_read_in_both_forms() {
        let args = Args {
            prices: Some("p.csv".into()),
            json: Some("j.json".into()),
            html: "h.html".into(),
            seed: u64::MAX,
        };
        let expected = Ok(Command::Run(args));
        assert_eq!(
            parsed("--prices p.csv --json j.json --html h.html --seed 18446744073709551615"),
            expected
        );
        assert_eq!(
            parsed("--seed=18446744073709551615 --html=h.html --json=j.json --prices=p.csv"),
            expected
        );
        assert_eq!(parsed("--seed 5 --help"), Ok(Command::Help));
        assert_eq!(parsed("-h"), Ok(Command::Help));
    }

    #[test]
    fn bad_arguments_get_one_line_that_says_what_to_do() {
        for (line, what) in [
            ("--fast", "--fast"),
            ("-x", "-x"),
            ("prices.csv", "unexpected argument `prices.csv`"),
            ("--prices", "`--prices` needs a value: --prices FILE.csv"),
            ("--json --seed 1", "`--json` needs a value"),
            ("--seed -1", "`--seed -1`: expected a whole number"),
            ("--seed 1.5", "expected a whole number from 0"),
            ("--seed 18446744073709551616", "expected a whole number"),
            ("--seed 1 --seed 2", "`--seed` is given twice"),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(what), "{line}: {message}");
            assert!(message.contains("see `--help`"), "{line}: {message}");
            assert_eq!(message.lines().count(), 1);
        }
    }
}
