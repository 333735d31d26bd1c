//! What must hold whatever the numbers: each test is named as the law it checks.

mod funding;
mod health;
mod lending;
mod liquidation;
mod overflow;
mod pool;
mod price;
mod tables;
mod trade;
mod volatility;
