//! The crate against the reference. Where the documentation promises exact rounding
//! the results are equal, errors included; otherwise the stated bound holds.

mod health;
mod liquidation;
mod liquidation_price;
mod pool;
mod price;
mod trade;
mod units;
