//! The crate against the reference. Where the documentation promises exact rounding
//! the results are equal, errors included; otherwise the stated bound holds.

pub mod auction;
mod balance;
pub mod debt;
pub mod funding;
mod health;
pub mod lending;
mod liquidation;
pub mod liquidation_price;
mod loss;
mod outflow;
mod pool;
mod price;
mod trade;
mod units;
pub mod volatility;
