//! Two more clearinghouses, at stages of their making that the attacked ones have left behind.

use plimsoll::params::{PoolTerms, RoleHolders};
use plimsoll_client::addresses;
use plimsoll_client::instructions as ix;
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};
use solana_instruction::Instruction;

/// Who has a clearinghouse without a pool, beside the world's own.
fn founder(world: &World) -> Wallet {
    Wallet::new(&format!("founder {}", world.governance.name))
}

/// Who has one that is complete and has not been launched.
fn opener(world: &World) -> Wallet {
    Wallet::new(&format!("opener {}", world.governance.name))
}

/// Creates both.
pub(super) fn found(world: &mut World) {
    let founder = founder(world);
    world.wallet(&founder.name);
    world.must(create_clearinghouse_call(world, &founder), &founder);
    let svm = std::mem::take(&mut world.svm);
    world.svm = World::created_by(&opener(world).name, svm).svm;
}

pub(super) fn create_clearinghouse_call(world: &World, creator: &Wallet) -> Instruction {
    let clearinghouse = addresses::clearinghouse(&creator.address());
    let [governance, steward, guardian, fee_collector] = [creator.address(); 4];
    ix::create_clearinghouse::instruction(
        &ix::create_clearinghouse::Accounts {
            creator: creator.address(),
            settlement_mint: world.assets[0].mint,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
            window: addresses::outflow_window(&clearinghouse),
        },
        &ix::create_clearinghouse::Args {
            roles: RoleHolders { governance, steward, guardian, fee_collector },
            terms: presets::clearinghouse(),
        },
        &[],
    )
}

pub(super) fn create_pool_call(world: &World) -> Instruction {
    let governance = founder(world).address();
    let clearinghouse = addresses::clearinghouse(&governance);
    let pool = addresses::liquidity_pool(&clearinghouse);
    ix::create_pool::instruction(
        &ix::create_pool::Accounts {
            governance,
            clearinghouse,
            pool,
            share_mint: addresses::share_mint(&pool),
            fund: addresses::insurance_fund(&clearinghouse),
        },
        &ix::create_pool::Args { terms: PoolTerms { redeem_fee: presets::REDEEM_FEE } },
        &[],
    )
}

pub(super) fn launch_call(world: &World) -> Instruction {
    let governance = opener(world).address();
    let clearinghouse = addresses::clearinghouse(&governance);
    ix::launch::instruction(
        &ix::launch::Accounts {
            governance,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
            pool: addresses::liquidity_pool(&clearinghouse),
        },
        &ix::launch::Args {},
        &[],
    )
}
