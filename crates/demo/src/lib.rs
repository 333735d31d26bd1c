//! The demo: recorded prices, the parameters a deployment starts with, the replay of the one under the other on the compiled
//! program, and the three forms in which its record is shown (terminal, JSON, HTML page).
//!
//! Every figure is an exact integer until the moment it is drawn. Money is micro-USD, token amounts are native units, time is
//! unix seconds in UTC.

pub mod args;
pub mod html;
pub mod json;
pub mod mechanism;
pub mod money;
pub mod output;
pub mod prices;
pub mod replay;
pub mod report;
pub mod story;

pub use plimsoll_migrate::{calendar, listings};

#[cfg(test)]
mod sample;
