//! The parts of the demo that need no chain: reading recorded prices, the record of a replay, and the three forms in which it is
//! shown (terminal, JSON, HTML page).
//!
//! Every figure is an exact integer until the moment it is drawn. Money is micro-USD, token amounts are native units, time is
//! unix seconds in UTC.

pub mod args;
pub mod calendar;
pub mod html;
pub mod json;
pub mod money;
pub mod output;
pub mod prices;
pub mod report;
pub mod story;

#[cfg(test)]
mod sample;
