//! The commands, one file each.
pub mod account;
pub mod accounts;
pub mod banks;
pub mod changes;
pub mod errors;
pub mod markets;
pub mod oracles;
pub mod parameters;
pub mod pool;
pub mod roles;

use crate::fault::Result;
use crate::render::Page;
use crate::session::Session;
use clap::Subcommand;

/// Commands that only read.
#[derive(Debug, Subcommand)]
pub enum Show {
    /// How a margin account stands: equity, margin, balances, positions, liquidation prices
    Account(account::Account),
    /// All margin accounts of a wallet
    Accounts(accounts::Accounts),
    /// Markets: price, open interest, room, funding, margin, fees
    Markets,
    /// Prices: how old, certain and calm they are, and which actions that blocks
    Oracles,
    /// Tokens: deposits, debts, rates, caps, and how much may leave
    Banks,
    /// The liquidity pool, and what a share of it is worth
    Pool,
    /// What governance has set
    Parameters(parameters::Parameters),
    /// What governance has proposed, and when it may be executed
    Changes,
    /// Who may do what, and what is paused
    Roles,
}

/// # Errors
/// Whatever keeps the command from answering.
pub fn show(session: &Session, command: &Show) -> Result<Page> {
    match command {
        Show::Account(args) => account::page(session, args),
        Show::Accounts(args) => accounts::page(session, args),
        Show::Markets => markets::page(session),
        Show::Oracles => oracles::page(session),
        Show::Banks => banks::page(session),
        Show::Pool => pool::page(session),
        Show::Parameters(args) => parameters::page(session, args),
        Show::Changes => changes::page(session),
        Show::Roles => roles::page(session),
    }
}
