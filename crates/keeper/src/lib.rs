//! The keeper of Plimsoll: watches every margin account of a clearinghouse, does what anyone may do, and earns
//! the bounties. What it decides is in [`core`], without clock, thread or network; the rest of the crate is what
//! a process needs around it.
//!
//! ```text
//! source ──news──▶            ┌─────────┐ ──tasks──▶ sender (several)
//! asker  ──answers──▶  inbox ▶│  owner  │            │ build, sign, send
//! sender ──signed──▶          │ of core │ ◀──────────┘
//!                             └─────────┘ ──▶ journal, monitor (server), notify
//! ```
pub mod asker;
pub mod book;
#[cfg(feature = "bundles")]
pub mod bundles;
pub mod check;
pub mod cli;
pub mod config;
pub mod core;
pub mod inbox;
pub mod journal;
pub mod log;
pub mod monitor;
pub mod notify;
pub mod owner;
pub mod report;
pub mod run;
pub mod secret;
pub mod sender;
pub mod server;
pub mod source;
pub mod time;
