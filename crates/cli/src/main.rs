//! The command line of Plimsoll.
use plimsoll_cli::Process;
use plimsoll_cli::config::{Machine, Settings};
use plimsoll_cli::fault::{Fault, Result};
use plimsoll_cli::terminal::Console;
use plimsoll_client::chain::Chain;
use plimsoll_client::rpc::Rpc;
use plimsoll_client::send::SystemTime;
use std::process::ExitCode;

fn main() -> ExitCode {
    let machine = Machine { home: std::env::home_dir() };
    let (terminal, time) = (&mut Console, &SystemTime::default());
    let mut process = Process { machine: &machine, terminal, connect: &connect, time };
    ExitCode::from(process.run(std::env::args_os()))
}

fn connect(settings: &Settings, act: &mut dyn FnMut(&dyn Chain) -> Result<()>) -> Result<()> {
    let node =
        Rpc::new(&settings.url, settings.commitment).map_err(|error| Fault::usage(error.to_string()))?;
    act(&node)
}
