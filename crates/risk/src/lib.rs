//! The risk mathematics of Plimsoll: pure, `no_std`, integer only.
//!
//! The program, the client, the keeper and the tools all call this crate, so a
//! preview and the chain can't disagree. It knows no accounts, no clock and no
//! I/O: a caller loads, calls, stores.
//!
//! | module | answers |
//! |---|---|
//! | [`units`] | what the numbers are, and which products of them make sense |
//! | [`price`] | prices: from an oracle's decimal to fixed point, the slow price |
//! | [`health`] | equity, initial and maintenance health of a slot and an account |
//! | [`policy`] | which price is good enough for which action |
//! | [`rule`] | what an instruction may do to an account's health |
//! | [`trade`] | what a trade costs and what it does to a position |
//! | [`liquidation`] | how much of a position is closed, and at what penalty |
//! | [`liquidation_price`] | where an account would reach its maintenance line |
//! | [`funding`] | what the heavier side of a market pays the lighter one |
//! | [`volatility`] | how volatile an asset has been, and the margin that asks for |
//! | [`lending`] | what lenders and borrowers of a bank are owed and owe |
//! | [`ramp`] | where a parameter is that governance moves |
//! | [`outflow`] | how much may leave a bank, and all banks together, in a time |
//! | [`pool`] | what the market's traders are owed, and what a pool share is worth |
//!
//! Money is counted in micro-USD. The settlement token is the unit of account:
//! one native unit of it is one micro-USD by definition.
#![no_std]

pub mod auction;
pub mod balance;
pub mod debt;
pub mod funding;
pub mod health;
pub mod lending;
pub mod liquidation;
pub mod liquidation_price;
pub mod loss;
pub mod outflow;
pub mod policy;
pub mod pool;
pub mod price;
pub mod ramp;
pub mod rule;
pub mod trade;
pub mod units;
pub mod volatility;

pub use health::{CollateralRisk, Health, PerpMarks, PerpRisk, Position, Prices, TokenMarks};
pub use price::{Price, SignedPrice};
pub use units::{Overflow, Quantity, Quote, Ratio, Result};
