//! The core as its shell sees it.
mod fates;
mod planning;
mod watching;

use super::*;
use plimsoll_client::chain::{Commitment, Status};
use plimsoll_testkit::World;
pub use plimsoll_testkit::scene::*;

/// An address that is nobody's.
pub fn address(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

pub fn signature(number: u8) -> Signature {
    Signature::from([number; 64])
}

/// What a node says of a transaction that has landed.
pub fn landed(slot: u64) -> Option<Status> {
    Some(Status { slot, commitment: Commitment::Confirmed, error: None })
}

/// The standard scene, and a keeper with an account.
pub fn world() -> (World, Keeper) {
    let mut world = standard();
    let keeper = trader(&mut world, "keeper", 0);
    let account = world.account_address(&keeper, 0);
    (world, Keeper { wallet: keeper.address(), account })
}

/// A core that has been told all of a world in slot 1,000.
pub fn core_of(world: &World, keeper: Keeper, policy: Policy) -> Core {
    let mut core = Core::new(policy, keeper, world.clearinghouse);
    core.observe(Observation::Clock { slot: 1_000, unix_time: world.svm.now() });
    core.observe(Observation::Height { slot: 1_000, height: 900 });
    core.observe(Observation::SnapshotBegun { slot: 1_000 });
    tell_all(&mut core, world, 1_000);
    core.observe(Observation::SnapshotEnded);
    core
}

/// Tells every account of a world, oracles last, as of a slot.
pub fn tell_all(core: &mut Core, world: &World, slot: u64) {
    for (address, account) in world.svm.vm.get_program_accounts(&PROGRAM) {
        core.observe(Observation::Account { address, slot, owner: account.owner, data: account.data });
    }
    for asset in &world.assets[1..] {
        let account = world.svm.account(&asset.oracle);
        core.observe(Observation::Account {
            address: asset.oracle,
            slot,
            owner: account.owner,
            data: account.data,
        });
    }
}

/// Only liquidations, for nothing less than `profit_min` micro-USD after fees.
pub fn for_profit(profit_min: i64) -> Policy {
    Policy { duties: only_liquidate(Mode::Profit), profit_min, sol_asset: Some(SOL), ..Policy::default() }
}

pub fn only_liquidate(liquidate: Mode) -> Duties {
    let off = Mode::Off;
    Duties {
        liquidate,
        take_debt: off,
        call_margin: off,
        start_auction: off,
        win_auction: off,
        resolve: off,
        settle_loss: off,
        deleverage: off,
        sweep: off,
        refresh: off,
        warm_up: off,
    }
}
