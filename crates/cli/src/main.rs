//! The command line of Plimsoll.
use plimsoll_cli::config::{Machine, Settings};
use plimsoll_cli::fault::{Fault, Result};
use plimsoll_cli::terminal::Console;
use plimsoll_client::chain::Chain;
use plimsoll_client::rpc::Rpc;
use std::process::ExitCode;

fn main() -> ExitCode {
    let machine = Machine { home: std::env::home_dir() };
    ExitCode::from(plimsoll_cli::run(std::env::args_os(), &machine, &mut Console, &connect))
}

fn connect(settings: &Settings, act: &mut dyn FnMut(&dyn Chain) -> Result<()>) -> Result<()> {
    let node = Rpc::new(&settings.url, settings.commitment).map_err(|error| Fault::usage(error.to_string()))?;
    act(&node)
}
