//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use solana_address::Address;

use crate::places::address;

/// Exit code of a run after which nothing is left to do.
pub const EXIT_DONE: u8 = 0;
/// Exit code of a node or a program that refused; what was sent before stays.
pub const EXIT_REFUSED: u8 = 1;
/// Exit code of bad input; nothing was sent.
pub const EXIT_INPUT: u8 = 2;
/// Exit code of a run after which something is left: to be sent, to be signed by others, or to wait for.
pub const EXIT_LEFT: u8 = 3;

pub const HELP: &str = "\
Brings a deployment of Plimsoll up, and changes it: compares what the steps in migrations/ want with what the chain has,
and prints, or sends, the transactions between the two. Nothing is sent without --apply.

Usage: cargo xtask migrate --local                      try all steps on a chain in this process: a good first command
       cargo xtask migrate [OPTIONS]                    what each step would have to do
       cargo xtask migrate STEP [OPTIONS]               the same in detail, with every transaction to sign
       cargo xtask migrate STEP --apply --keypair FILE  do it

  STEP                 number or name: 2, 0002_list
  --url URL            node: an address, or mainnet-beta, devnet, testnet, localhost
  --addresses FILE     where tokens, oracles and roles are; default: migrations/mainnet-beta.toml
  --steps DIR          where the steps are; default: migrations
  --keypair FILE       who signs: 64 numbers, as solana-keygen writes them
  --authority ADDRESS  who signs elsewhere, such as the vault of a multisig: transactions are made for it
  --apply              sign with the keypair and send; what others must sign is printed
  --cancel ID          instead of a step: cancel the pending change of that number
  -h, --help           this text

Exit codes: 0 nothing left to do, 1 the node or the program refused, 2 bad input and nothing sent, 3 something is left to be
sent, signed or waited for. docs/operations.md explains it from the beginning.
";

/// What one run is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    pub step: Option<String>,
    pub url: Option<String>,
    pub addresses: PathBuf,
    pub steps: PathBuf,
    pub keypair: Option<PathBuf>,
    pub authority: Option<Address>,
    pub apply: bool,
    pub cancel: Option<u32>,
    pub local: bool,
}

impl Default for Args {
    fn default() -> Self {
        Self {
            step: None,
            url: None,
            addresses: "migrations/mainnet-beta.toml".into(),
            steps: "migrations".into(),
            keypair: None,
            authority: None,
            apply: false,
            cancel: None,
            local: false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Run(Args),
    Help,
}

/// Reads the arguments that follow the program's name.
///
/// # Errors
/// One line that says what to do instead.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut args = Args::default();
    while let Some(argument) = parser.next().map_err(|error| advise(&error.to_string()))? {
        match argument {
            Long("url") => args.url = Some(value(&mut parser, "--url URL")?),
            Long("addresses") => args.addresses = value(&mut parser, "--addresses FILE")?.into(),
            Long("steps") => args.steps = value(&mut parser, "--steps DIR")?.into(),
            Long("keypair") => args.keypair = Some(value(&mut parser, "--keypair FILE")?.into()),
            Long("authority") => {
                args.authority = Some(address("--authority", &value(&mut parser, "--authority ADDRESS")?)?);
            }
            Long("cancel") => {
                let id = value(&mut parser, "--cancel ID")?;
                let id =
                    id.parse().map_err(|_| advise(&format!("--cancel {id}: not the number of a change")))?;
                args.cancel = Some(id);
            }
            Long("apply") => args.apply = true,
            Long("local") => args.local = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Value(step) if args.step.is_none() => {
                args.step = Some(step.string().map_err(|e| advise(&e.to_string()))?)
            }
            option => return Err(advise(&option.unexpected().to_string())),
        }
    }
    check(&args)?;
    Ok(Command::Run(args))
}

fn check(args: &Args) -> Result<(), String> {
    let elsewhere = args.url.is_some() || args.keypair.is_some() || args.authority.is_some() || args.apply;
    if args.local {
        if elsewhere || args.step.is_some() || args.cancel.is_some() {
            return Err(advise(
                "--local runs all steps on a chain of its own: give it no step, node or signer",
            ));
        }
        return Ok(());
    }
    if args.url.is_none() {
        return Err(advise(
            "which node? --url mainnet-beta, --url http://..., or --local for a chain in this process",
        ));
    }
    if args.step.is_some() && args.cancel.is_some() {
        return Err(advise("--cancel takes the place of a step"));
    }
    if args.apply && args.keypair.is_none() {
        return Err(advise("--apply needs --keypair FILE: who signs and pays"));
    }
    if args.apply && args.step.is_none() && args.cancel.is_none() {
        return Err(advise("--apply needs a step: they are applied one at a time"));
    }
    Ok(())
}

fn value(parser: &mut lexopt::Parser, form: &str) -> Result<String, String> {
    let given = parser.value().ok().and_then(|value| value.string().ok());
    given.filter(|given| !given.is_empty()).ok_or_else(|| advise(&format!("a value is missing: {form}")))
}

fn advise(problem: &str) -> String {
    format!("{problem}; see `--help` for the options")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn options_are_read() {
        let args = Args { local: true, ..Args::default() };
        assert_eq!(parsed("--local"), Ok(Command::Run(args)));
        let args = Args {
            step: Some("2".into()),
            url: Some("devnet".into()),
            keypair: Some("k.json".into()),
            authority: Some(Address::default()),
            apply: true,
            ..Args::default()
        };
        let line = "2 --url devnet --apply --keypair k.json --authority 11111111111111111111111111111111";
        assert_eq!(parsed(line), Ok(Command::Run(args)));
        assert_eq!(parsed("2 -h"), Ok(Command::Help));
    }

    #[test]
    fn bad_arguments_get_one_line_that_says_what_to_do() {
        for (line, what) in [
            ("", "which node? --url"),
            ("--fast", "--fast"),
            ("1 2 --url devnet", "\"2\""),
            ("--url", "a value is missing: --url URL"),
            ("1 --url devnet --apply", "--apply needs --keypair FILE"),
            ("--url devnet --apply --keypair k", "--apply needs a step"),
            ("--local 1", "--local runs all steps"),
            ("1 --url devnet --cancel 2", "--cancel takes the place"),
            ("--url devnet --cancel x", "--cancel x: not the number"),
            ("1 --url devnet --authority 0", "--authority = 0: not an address"),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(what), "{line}: {message}");
            assert_eq!(message.lines().count(), 1);
        }
    }
}
