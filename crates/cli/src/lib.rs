//! The command line of Plimsoll, as a library: [`run`] is the whole process but for its network and terminal.
pub mod args;
pub mod commands;
pub mod config;
pub mod fault;
pub mod names;
pub mod number;
pub mod render;
pub mod session;
pub mod standing;
pub mod terminal;

use args::{Args, Command, Output};
use clap::{CommandFactory, Parser};
use config::{Machine, Settings};
use fault::{Fault, Result};
use plimsoll_client::chain::Chain;
use render::Page;
use session::Session;
use std::ffi::OsString;
use terminal::Terminal;

/// Connects to a chain and does something with it.
pub type Connect<'a> = &'a dyn Fn(&Settings, &mut dyn FnMut(&dyn Chain) -> Result<()>) -> Result<()>;

/// Runs the command that `arguments` (the process's name first) ask for. Returns the exit code.
pub fn run<T: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = T>,
    machine: &Machine,
    terminal: &mut dyn Terminal,
    connect: Connect,
) -> u8 {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            let text = error.render().to_string();
            let text = text.trim_end();
            if error.use_stderr() { terminal.note(text) } else { terminal.say(text) }
            return u8::try_from(error.exit_code()).unwrap_or(fault::Exit::Usage as u8);
        }
    };
    match execute(&args, machine, terminal, connect) {
        Ok(()) => 0,
        Err(fault) => {
            report(&fault, args.output, terminal);
            fault.exit as u8
        }
    }
}

/// One line on the side of errors; for programs also an object where they look for the answer.
fn report(fault: &Fault, output: Output, terminal: &mut dyn Terminal) {
    if output == Output::Json {
        terminal.say(&serde_json::json!({ "error": fault.line, "exit_code": fault.exit as u8 }).to_string());
    }
    terminal.note(&format!("plimsoll: {fault}"));
}

fn execute(args: &Args, machine: &Machine, terminal: &mut dyn Terminal, connect: Connect) -> Result<()> {
    match &args.command {
        Command::Errors(code) => answer(&commands::errors::page(code)?, args.output, terminal),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Args::command(), "plimsoll", &mut script);
            terminal.say(String::from_utf8_lossy(&script).trim_end());
        }
        Command::Show(show) => {
            let settings = Settings::read(args, machine)?;
            connect(&settings, &mut |chain| {
                let session = Session { chain, settings: &settings };
                answer(&commands::show(&session, show)?, settings.output, terminal);
                Ok(())
            })?;
        }
    }
    Ok(())
}

/// Writes an answer in the form that was asked for.
pub fn answer(page: &Page, output: Output, terminal: &mut dyn Terminal) {
    match output {
        Output::Table => terminal.say(&page.text()),
        Output::Json => terminal.say(&format!("{:#}", page.json)),
    }
}
