//! The command line of Plimsoll, as a library: [`Process`] is the whole process but for its network and terminal.
pub mod act;
pub mod args;
pub mod commands;
pub mod config;
pub mod desk;
pub mod fault;
pub mod fresh;
pub mod ledger;
pub mod names;
pub mod number;
pub mod render;
pub mod session;
pub mod standing;
pub mod terminal;
pub mod told;

use args::{Args, Command, Output};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use config::{Machine, Settings};
use desk::Desk;
use fault::{Exit, Fault, Result};
use plimsoll_client::chain::Chain;
use plimsoll_client::send::Time;
use render::Page;
use serde_json::json;
use session::Session;
use std::ffi::OsString;
use terminal::Terminal;

/// Connects to a chain and does something with it.
pub type Connect<'a> = &'a dyn Fn(&Settings, &mut dyn FnMut(&dyn Chain) -> Result<()>) -> Result<()>;

/// What surrounds a command.
pub struct Process<'a> {
    pub machine: &'a Machine,
    pub terminal: &'a mut dyn Terminal,
    pub connect: Connect<'a>,
    pub time: &'a dyn Time,
}

impl Process<'_> {
    /// Runs the command that `arguments` (the process's name first) ask for. Returns the exit code.
    pub fn run<T: Into<OsString> + Clone>(&mut self, arguments: impl IntoIterator<Item = T>) -> u8 {
        let args = match Args::try_parse_from(arguments) {
            Ok(args) => args,
            Err(error) => return self.misunderstood(&error),
        };
        match self.execute(&args) {
            Ok(()) => 0,
            Err(fault) => {
                self.report(&fault, args.output);
                fault.exit as u8
            }
        }
    }

    /// Help is shown as it is, a mistake in one line.
    fn misunderstood(&mut self, error: &clap::Error) -> u8 {
        let text = error.render().to_string();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                self.terminal.say(text.trim_end());
                return 0;
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => self.terminal.note(text.trim_end()),
            _ => self.terminal.note(&format!("plimsoll: {}", one_line(&text))),
        }
        Exit::Usage as u8
    }

    /// One line on the side of errors; for programs also an object where they look for the answer.
    fn report(&mut self, fault: &Fault, output: Output) {
        if output == Output::Json {
            self.terminal.say(&json!({ "error": fault.line, "exit_code": fault.exit as u8 }).to_string());
        }
        self.terminal.note(&format!("plimsoll: {fault}"));
    }

    fn execute(&mut self, args: &Args) -> Result<()> {
        match &args.command {
            Command::Errors(code) => answer(&commands::errors::page(code)?, args.output, self.terminal),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Args::command(), "plimsoll", &mut script);
                self.terminal.say(String::from_utf8_lossy(&script).trim_end());
            }
            Command::Show(show) => self.with_chain(args, &mut |session, terminal| {
                answer(&commands::show(session, show)?, session.settings.output, terminal);
                Ok(())
            })?,
            Command::Act(act) => self.with_chain(args, &mut |session, terminal| {
                let desk = Desk::new(session)?;
                act::perform(&desk, &commands::deed(&desk, act)?, terminal)
            })?,
        }
        Ok(())
    }

    fn with_chain(
        &mut self,
        args: &Args,
        act: &mut dyn FnMut(&Session, &mut dyn Terminal) -> Result<()>,
    ) -> Result<()> {
        let settings = Settings::read(args, self.machine)?;
        let (time, terminal) = (self.time, &mut *self.terminal);
        (self.connect)(&settings, &mut |chain| act(&Session { chain, settings: &settings, time }, terminal))
    }
}

/// What clap says of a mistake, in one line: what is wrong, what may have been meant, and the usage.
fn one_line(text: &str) -> String {
    let mut parts = text.trim().split("\n\n").map(|part| {
        let words: Vec<&str> = part.split_whitespace().collect();
        words.join(" ")
    });
    let what = parts.next().unwrap_or_default();
    let what = what.strip_prefix("error: ").unwrap_or(&what).to_owned();
    let rest = parts.filter(|part| part.starts_with("tip: ") || part.starts_with("Usage: "));
    let rest: Vec<String> =
        rest.map(|part| part.trim_start_matches("tip: ").replacen("Usage: ", "usage: ", 1)).collect();
    [vec![what], rest].concat().join("; ")
}

/// Writes an answer in the form that was asked for.
pub fn answer(page: &Page, output: Output, terminal: &mut dyn Terminal) {
    match output {
        Output::Table => terminal.say(&page.text()),
        Output::Json => terminal.say(&format!("{:#}", page.json)),
    }
}
