//! One file per instruction: the accounts with their constraints, then the handler.
//!
//! Every handler keeps one order: guard, compute, mutate, margin check, event, token
//! transfer. What it computes and changes is in `actions`, where a preview can call it too.
//! Constraints that concern one account stand on its field.

use anchor_lang::prelude::*;

use crate::state::Market;

mod accept_role;
mod authority;
mod bank_cash;
mod call_margin;
mod cancel_change;
mod close_account;
mod collect_fees;
mod create_clearinghouse;
mod create_pool;
mod deleverage;
mod deposit;
mod end_receivership;
mod execute_change;
mod fund_insurance;
mod launch;
mod liquidate;
mod liquidate_debt;
mod list_asset;
mod list_collateral;
mod list_market;
mod listing;
mod migrate_account;
mod migrate_clearinghouse;
mod old_account;
mod open_account;
mod outflow;
mod parameters_set;
mod pause;
mod propose;
mod provide_liquidity;
mod rebalance;
mod redeem_liquidity;
mod refresh_prices;
mod resolve_bankruptcy;
mod set_delegate;
mod settle_loss;
mod start_auction;
mod start_receivership;
mod sweep_insurance;
mod tighten;
mod trade;
mod transfer;
mod unpause;
mod view_account;
mod warm_up;
mod win_auction;
mod withdraw;

pub use accept_role::*;
pub use bank_cash::*;
pub use call_margin::*;
pub use cancel_change::*;
pub use close_account::*;
pub use collect_fees::*;
pub use create_clearinghouse::*;
pub use create_pool::*;
pub use deleverage::*;
pub use deposit::*;
pub use end_receivership::*;
pub use execute_change::*;
pub use fund_insurance::*;
pub use launch::*;
pub use liquidate::*;
pub use liquidate_debt::*;
pub use list_asset::*;
pub use list_collateral::*;
pub use list_market::*;
pub use migrate_account::*;
pub use migrate_clearinghouse::*;
pub use open_account::*;
pub use pause::*;
pub use propose::*;
pub use provide_liquidity::*;
pub use rebalance::*;
pub use redeem_liquidity::*;
pub use refresh_prices::*;
pub use resolve_bankruptcy::*;
pub use set_delegate::*;
pub use settle_loss::*;
pub use start_auction::*;
pub use start_receivership::*;
pub use sweep_insurance::*;
pub use tighten::*;
pub use trade::*;
pub use transfer::*;
pub use unpause::*;
pub use view_account::*;
pub use warm_up::*;
pub use win_auction::*;
pub use withdraw::*;

/// Markets passed beyond an instruction's own accounts, each loaded when its turn comes.
fn loaded(views: &[AccountView]) -> impl Iterator<Item = Result<Account<Market>>> + '_ {
    views.iter().map(|view| Account::<Market>::load(*view))
}
