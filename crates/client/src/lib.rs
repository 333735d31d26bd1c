//! Client of Plimsoll: everything a program outside the chain needs to talk to the one on it.
//!
//! - [`addresses`]: where the program's accounts are.
//! - [`instructions`]: builders, one module per instruction, generated from the program.
//! - [`decode`]: accounts and return data, as the layouts the program itself uses.
//! - [`logs`]: the program's events, from the log of a transaction.
//! - [`error`]: what an error code means.
//! - [`changes`]: how a change is proposed and executed.
//! - [`governance`]: what a change concerns and alters.
//! - [`chain`] (feature `chain`): what is asked of a chain; [`rpc`] (feature `rpc`) is a node.
//! - [`snapshot`]: a deployment as it was at one time; [`fetch`] (feature `chain`) reads it and margin accounts.
//! - [`preview`]: what an action would do.
//! - [`price`]: prices written as decimal numbers.
//!
//! Layouts, parameters, limits and the valuation of accounts are the program's own: [`program`], the
//! program crate without its on-chain part. The math is in [`risk`].
pub mod addresses;
#[cfg(feature = "chain")]
pub mod chain;
pub mod changes;
pub mod decode;
pub mod encode;
pub mod error;
#[cfg(feature = "chain")]
pub mod failure;
#[cfg(feature = "chain")]
pub mod fees;
#[cfg(feature = "chain")]
pub mod fetch;
mod generated;
pub mod governance;
pub mod logs;
pub mod oracle;
#[cfg(feature = "chain")]
pub mod prepare;
pub mod preview;
pub mod price;
pub mod refresh;
#[cfg(feature = "rpc")]
pub mod rpc;
#[cfg(feature = "chain")]
pub mod send;
pub mod snapshot;
pub mod spec;
#[cfg(feature = "chain")]
pub mod transaction;
pub mod words;

pub use generated::events::Event;
pub use generated::{accounts, events, instructions};
pub use plimsoll as program;
pub use plimsoll_risk as risk;
