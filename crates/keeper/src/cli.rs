//! The command line.
use crate::config::Config;
use crate::config::layers::{FILE_VARIABLE, Values};
use crate::config::settings::{SETTINGS, Takes, nearest};
use clap::{Arg, ArgAction, ArgMatches, Command};
use std::ffi::OsString;

/// Exit code of a run that ended as asked.
pub const EXIT_DONE: u8 = 0;
/// Exit code of a keeper that had to stop: a part of it broke, or its files can't be written.
pub const EXIT_BROKEN: u8 = 1;
/// Exit code of bad input; nothing was done.
pub const EXIT_INPUT: u8 = 2;
/// Exit code of a check that found something missing.
pub const EXIT_MISSING: u8 = 3;
/// Exit code of a single round of which something failed, or never landed.
pub const EXIT_FAILED: u8 = 4;
/// Exit code of a stop while something might still land; the journal has it for the next start.
pub const EXIT_UNSETTLED: u8 = 5;

const AFTER_HELP: &str = "\
Every setting can stand in the file, as a flag, or in the environment: cluster.url is `url` in [cluster], --cluster-url, and \
PLIMSOLL_KEEPER_CLUSTER_URL. A flag wins over the environment, that over the file. docs/keeper.md explains it from the beginning.

Exit codes: 0 as asked, 1 something broke, 2 bad input, 3 --check found something missing, 4 --once: something failed, \
5 stopped while something might still land.";

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Keep.
    Run { is_dry: bool, is_once: bool },
    /// Look whether everything is there.
    Check,
    /// Show the settings in force.
    PrintConfig,
}

/// A command line, read.
#[derive(Debug)]
pub struct Invocation {
    pub action: Action,
    /// Whether the keeper's margin account is opened before the check, if need be.
    pub opens_account: bool,
    pub values: Values,
    pub config: Config,
}

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Refusal {
    /// What clap says, with its own exit code: help is no error.
    Usage(clap::Error),
    /// Problems, a line each.
    Input(Vec<String>),
}

/// Reads a command line, an environment, and the file that one of them names.
///
/// # Errors
/// All problems at once.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Invocation, Refusal> {
    let matches = command().try_get_matches_from(arguments).map_err(Refusal::Usage)?;
    let environment: Vec<(String, String)> = environment.into_iter().collect();
    let mut values = Values::defaults();
    let mut problems = Vec::new();
    let named = environment.iter().find(|(variable, _)| variable == FILE_VARIABLE).map(|(_, file)| file);
    if let Some(file) = matches.get_one::<String>("config").or(named) {
        match std::fs::read_to_string(file) {
            Ok(text) => problems.extend(values.file(file, &text)),
            Err(e) => problems.push(format!("--config {file}: {e}: name the file with the settings")),
        }
    }
    problems.extend(values.environment(environment));
    for setting in SETTINGS {
        if let Some(given) = matches.get_many::<String>(&setting.flag()) {
            let text: Vec<&str> = given.map(String::as_str).collect();
            values.flag(setting, &text.join(","));
        }
    }
    match Config::read(&values) {
        Ok(config) if problems.is_empty() => Ok(Invocation {
            action: action(&matches),
            opens_account: matches.get_flag("open-account"),
            values,
            config,
        }),
        Ok(_) => Err(Refusal::Input(problems)),
        Err(more) => Err(Refusal::Input([problems, more].concat())),
    }
}

fn action(matches: &ArgMatches) -> Action {
    if matches.get_flag("print-config") {
        Action::PrintConfig
    } else if matches.get_flag("check") || matches.get_flag("open-account") {
        Action::Check
    } else {
        Action::Run { is_dry: matches.get_flag("dry-run"), is_once: matches.get_flag("once") }
    }
}

fn command() -> Command {
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
    };
    let config =
        Arg::new("config").short('c').long("config").value_name("FILE").help("file with the settings");
    let settings = SETTINGS.iter().map(|setting| {
        let default = setting.default.map(|text| format!(" [{text}]")).unwrap_or_default();
        let arg = Arg::new(setting.flag()).long(setting.flag()).value_name("VALUE");
        let arg = arg.help(format!("{}{default}", setting.help)).help_heading(setting.section);
        if setting.takes == Takes::Many { arg.action(ArgAction::Append) } else { arg }
    });
    Command::new("plimsoll-keeper")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Watches the margin accounts of a clearinghouse, liquidates what has sunk, and earns the bounties")
        .after_help(AFTER_HELP)
        .arg(config)
        .arg(switch("dry-run", "try everything and send nothing; print what it would earn"))
        .arg(switch("once", "do what is due now, wait until it has landed, and end"))
        .arg(switch("check", "look whether everything is there, and end").conflicts_with_all(["dry-run", "once"]))
        .arg(
            switch("open-account", "open the keeper's margin account if it is not there, check, and end")
                .conflicts_with_all(["dry-run", "once"]),
        )
        .arg(switch("print-config", "print the settings in force, without secrets, and end"))
        .args(settings)
}

/// One line for a usage error of clap's.
pub fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_string();
    let flags: Vec<String> = SETTINGS.iter().map(|setting| format!("--{}", setting.flag())).collect();
    let given = first.split('\'').nth(1).unwrap_or_default();
    match nearest(given, flags.iter().map(String::as_str)) {
        Some(flag) if flag != given => format!("{first}: did you mean {flag}? --help lists all"),
        _ => format!("{first}: --help lists all flags"),
    }
}
