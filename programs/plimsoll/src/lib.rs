//! Plimsoll: a margin engine (clearinghouse) for Solana.
//!
//! With the default feature `program` this crate is the on-chain program. Without
//! it, it is what clients share with the program: account layouts, events, errors,
//! seeds, limits, the conversions into the risk crate's types, and what every action
//! calculates and changes.
#![cfg_attr(all(feature = "program", not(test)), no_std)]

#[cfg(feature = "program")]
extern crate alloc;

pub mod actions;
pub mod bounds;
pub mod error;
pub mod events;
pub mod guard;
pub mod migration;
pub mod oracle;
pub mod parameters;
pub mod params;
pub mod seeds;
pub mod settle;
pub mod state;
pub mod terms;
pub mod valuation;
pub mod view;

#[cfg(feature = "program")]
mod instructions;
#[cfg(feature = "program")]
mod program;
#[cfg(all(feature = "program", not(feature = "no-entrypoint")))]
mod security;
#[cfg(feature = "program")]
mod tokens;

#[cfg(feature = "program")]
pub use program::*;

solana_address::declare_id!("PLimsoLMargin111111111111111111111111111111");
