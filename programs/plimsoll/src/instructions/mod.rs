//! One file per instruction: the accounts with their constraints, then the handler.
//!
//! Every handler keeps one order: guard, compute, mutate, margin check, event, token
//! transfer. Constraints that concern one account stand on its field.

mod accept_governance;
mod close_account;
mod create_clearinghouse;
mod create_pool;
mod deposit;
mod liquidate;
mod list_asset;
mod list_collateral;
mod list_market;
mod loss;
mod open_account;
mod pool_value;
mod propose_governance;
mod provide_liquidity;
mod rebalance;
mod redeem_liquidity;
mod refresh_prices;
mod set_delegate;
mod trade;
mod transfer;
mod view_account;
mod withdraw;

pub use accept_governance::*;
pub use close_account::*;
pub use create_clearinghouse::*;
pub use create_pool::*;
pub use deposit::*;
pub use liquidate::*;
pub use list_asset::*;
pub use list_collateral::*;
pub use list_market::*;
pub use open_account::*;
pub use propose_governance::*;
pub use provide_liquidity::*;
pub use rebalance::*;
pub use redeem_liquidity::*;
pub use refresh_prices::*;
pub use set_delegate::*;
pub use trade::*;
pub use transfer::*;
pub use view_account::*;
pub use withdraw::*;
