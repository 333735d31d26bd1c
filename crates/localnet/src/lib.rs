//! A complete local deployment of Plimsoll: a chain with the compiled program, oracles with moving prices, wallets and liquidity.
//!
//! - [`args`]: the command line. [`run`]: a localnet from start to end. [`summary`]: what it consists of, as a file.
//! - [`chain`]: the process it runs in. [`node`]: its JSON-RPC. [`state`]: from one run to the next.
//! - [`wallets`], [`tokens`], [`deploy`]: who and what is there.
//! - [`prices`], [`feeds`], [`oracles`]: what the oracles publish. [`control`], [`server`]: how that is changed.

pub mod args;
pub mod chain;
pub mod control;
pub mod deploy;
pub mod feeds;
pub mod node;
pub mod oracles;
pub mod prices;
pub mod run;
pub mod server;
pub mod state;
pub mod summary;
pub mod tokens;
pub mod wallets;
