//! The keeper of Plimsoll.
pub mod book;
pub mod config;
pub mod core;
pub mod inbox;
pub mod journal;
pub mod monitor;
pub mod notify;
pub mod secret;
pub mod server;
pub mod source;
pub mod time;
