//! The arguments.
use crate::commands::{Act, Show};
use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::path::PathBuf;

const EXITS: &str = "\
Exit codes:
  0  done (with --dry-run: it would be)
  1  refused by the program, or it would be; nothing has changed (but a fee, where the line says so)
  2  not understood: a bad number, an unknown market, a wrong option
  3  no answer from the node, or it did not land and can't any more; nothing has changed
  4  sent, but it is not known what became of it: look before sending again
  5  something is missing: a file, a key, an account, funds, the clearinghouse on this cluster
  6  not confirmed: somebody said no, or there was nobody to ask and no --yes";

/// Plimsoll from the command line.
///
/// Shows a clearinghouse and its accounts, and acts in them: every action shows what it would change and asks
/// first. Amounts are whole tokens: 1.5 SOL, 2500 USDC.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, after_help = EXITS, after_long_help = EXITS, arg_required_else_help = true)]
pub struct Args {
    /// Configuration file of Solana's command line [default: ~/.config/solana/cli/config.yml]
    #[arg(short = 'C', long, global = true, value_name = "FILE", help_heading = "Where")]
    pub config: Option<PathBuf>,
    /// Node, or cluster: an address, mainnet-beta (m), testnet (t), devnet (d), localhost (l)
    #[arg(short, long, global = true, value_name = "URL_OR_MONIKER", help_heading = "Where")]
    pub url: Option<String>,
    /// Clearinghouse to talk to
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "PLIMSOLL_CLEARINGHOUSE",
        help_heading = "Where"
    )]
    pub clearinghouse: Option<String>,
    /// File that names the clearinghouse: what the local chain writes
    #[arg(long, global = true, value_name = "FILE", env = "PLIMSOLL_DEPLOYMENT", help_heading = "Where")]
    pub deployment: Option<PathBuf>,
    /// How far the cluster must have agreed on what is read and sent: processed, confirmed, finalized
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Where")]
    pub commitment: Option<String>,

    /// Key file of the wallet
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Who")]
    pub keypair: Option<PathBuf>,
    /// Looks at, or tries an action for, this wallet without its key: a multisig's vault
    #[arg(long = "as", global = true, value_name = "ADDRESS", help_heading = "Who")]
    pub acting: Option<String>,
    /// Which of the wallet's margin accounts
    #[arg(short, long, global = true, value_name = "NUMBER", default_value_t = 0, help_heading = "Who")]
    pub sub_account: u16,

    /// Tables for people or JSON for programs
    #[arg(short, long, global = true, value_name = "FORM", default_value = "table", help_heading = "How")]
    pub output: Output,
    /// Shows what an action would do, and the transaction, and sends nothing
    #[arg(long, global = true, help_heading = "How")]
    pub dry_run: bool,
    /// Acts without asking
    #[arg(short, long, global = true, help_heading = "How")]
    pub yes: bool,
    #[command(flatten)]
    pub sending: Sending,

    #[command(subcommand)]
    pub command: Command,
}

/// How a transaction is built and what it may cost.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Sending {
    /// Priority fee in micro-lamports per compute unit [default: what others pay]
    #[arg(long, global = true, value_name = "MICRO_LAMPORTS", help_heading = "How")]
    pub priority_fee: Option<u64>,
    /// Most that the priority fee may be
    #[arg(long, global = true, value_name = "MICRO_LAMPORTS", help_heading = "How")]
    pub priority_fee_max: Option<u64>,
    /// Version of transactions: 0, which every cluster takes, or 1
    #[arg(
        long,
        global = true,
        value_name = "VERSION",
        default_value_t = 0,
        value_parser = clap::value_parser!(u8).range(0..=1),
        help_heading = "How"
    )]
    pub transaction_version: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(flatten)]
    Show(Show),
    #[command(flatten)]
    Act(Act),
    /// Explains an error code of the program
    Errors(Code),
    /// Prints a script that completes commands in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, clap::Args)]
pub struct Code {
    /// As in 6031, or 0x178f, or InitialMargin; all of them if left out
    pub code: Option<String>,
}
