//! The command line.

use crate::control::{HELP, SPEED_MAX};
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Where everything is written, unless told otherwise.
pub const DIR: &str = "target/localnet";
/// Where the chain listens, unless told otherwise: where Solana's tools look for `localhost`.
pub const RPC_PORT: u16 = 8899;
/// Where oracles are controlled, unless told otherwise.
pub const CONTROL_PORT: u16 = 8901;

/// A complete local deployment: a Solana chain with JSON-RPC and websocket, the compiled program, token programs, oracles
/// with moving prices, funded wallets, and a clearinghouse with liquidity. It runs until Ctrl-C.
#[derive(Parser, Debug)]
#[command(
    name = "cargo xtask localnet",
    bin_name = "cargo xtask localnet",
    args_conflicts_with_subcommands = true
)]
pub struct Args {
    #[command(subcommand)]
    pub task: Option<Task>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Subcommand, Debug)]
pub enum Task {
    /// Change the oracles of the localnet that is running: `control jump SOL -30%`
    #[command(after_help = HELP)]
    Control {
        /// The folder of the localnet
        #[arg(long, default_value = DIR)]
        dir: PathBuf,
        /// A command and what it needs
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
}

#[derive(clap::Args, Debug)]
pub struct Options {
    /// Port of the JSON-RPC; 0 for any that is free
    #[arg(long, default_value_t = RPC_PORT)]
    pub port: u16,
    /// Port of the websocket [default: the one after --port]
    #[arg(long)]
    pub ws_port: Option<u16>,
    /// Port on which the oracles are controlled; 0 for any that is free
    #[arg(long, default_value_t = CONTROL_PORT)]
    pub control_port: u16,
    /// Folder for wallets, the CLI config and localnet.json
    #[arg(long, default_value = DIR)]
    pub dir: PathBuf,
    /// The same folder, in which the chain's state is kept too, and found again by the next start
    #[arg(long, conflicts_with = "dir")]
    pub state: Option<PathBuf>,
    /// Forget the state that is kept
    #[arg(long, requires = "state")]
    pub reset: bool,
    /// Where prices come from: `walk`, at random; `recorded`, the crash of March 2020; or a CSV file as the demo reads it
    #[arg(long, default_value = "walk")]
    pub prices: String,
    /// How much faster than time the path of the prices is walked; 0 holds them where they are
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=SPEED_MAX))]
    pub speed: u64,
    /// What decides a random walk
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

impl Options {
    /// The folder that everything is in.
    pub fn folder(&self) -> &PathBuf {
        self.state.as_ref().unwrap_or(&self.dir)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound_and_its_forms_are_read() {
        Args::command().debug_assert();
        let args = Args::try_parse_from(["x", "control", "jump", "SOL", "-30%"]).unwrap();
        let Some(Task::Control { dir, command }) = args.task else { panic!("a control command") };
        assert_eq!((dir, command.join(" ")), (PathBuf::from(DIR), "jump SOL -30%".into()));
        let args = Args::try_parse_from(["x", "--state", "s", "--port", "0", "--speed", "60"]).unwrap();
        assert_eq!((args.options.folder(), args.options.port), (&PathBuf::from("s"), 0));
        assert!(Args::try_parse_from(["x", "--reset"]).is_err());
        assert!(Args::try_parse_from(["x", "--speed", "100001"]).is_err());
    }
}
