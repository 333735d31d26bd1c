//! What must hold whatever the numbers: each test is named as the law it checks.

mod auction;
mod balance;
mod deadlines;
mod debt;
mod funding;
mod health;
mod hold;
mod lending;
mod liquidation;
mod loss;
mod marks;
mod outflow;
mod overflow;
mod pool;
mod price;
mod tables;
mod trade;
mod volatility;
