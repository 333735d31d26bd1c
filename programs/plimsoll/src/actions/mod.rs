//! What each action calculates and changes: the same functions for the program, which stores
//! what they leave, and for previews, which run them on copies of the accounts.
//!
//! A handler (in `instructions`) adds accounts and constraints, the clock, the event and the
//! token transfer. Here there is no clock and no account but those passed; an action that fails
//! may leave its arguments half changed, as a transaction that fails changes nothing.
//!
//! Margin calls and the start of an auction are one call of the guard each:
//! [`take_stock`](crate::guard::MarginGuard::take_stock) and
//! [`put_up`](crate::guard::MarginGuard::put_up).

mod bank_cash;
mod debt;
mod deleverage;
mod deposit;
mod liquidate;
mod liquidate_debt;
mod loss;
pub mod outflow;
mod pool_value;
mod provide_liquidity;
mod rebalance;
mod redeem_liquidity;
mod refresh;
mod resolve_bankruptcy;
mod settle_loss;
mod start_receivership;
mod sweep_insurance;
mod trade;
mod transfer;
mod win_auction;
mod withdraw;

pub use bank_cash::bank_cash;
pub use deleverage::{deleverage, Relief};
pub use deposit::deposit;
pub use liquidate::{liquidate, Closing};
pub use liquidate_debt::liquidate_debt;
pub use pool_value::pool_value;
pub use provide_liquidity::Provision;
pub use rebalance::rebalance;
pub use redeem_liquidity::Redemption;
pub use refresh::{refresh, OracleAccount};
pub use resolve_bankruptcy::{resolve_bankruptcy, Forgiven};
pub use settle_loss::{settle_loss, Settlement};
pub use start_receivership::start_receivership;
pub use sweep_insurance::sweep_insurance;
pub use trade::{trade, Fill};
pub use transfer::{transfer, Moved};
pub use win_auction::win_auction;
pub use withdraw::withdraw;

type Result<T> = core::result::Result<T, crate::error::PlimsollError>;
