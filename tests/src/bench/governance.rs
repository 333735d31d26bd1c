//! Instructions that are rare: set-up, listings, roles, opening and closing accounts.

use super::figures::{Case, Figures};
use plimsoll::params::Change;
use plimsoll_client::addresses;
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};

const NO_SLOTS: Case = Case::new("", 0, 0);
const EMPTY_ACCOUNT: Case = Case::new("", 1, 0);

/// Measures set-up, listings, roles and accounts.
pub fn measure(figures: &mut Figures) {
    let mut world = World::bare();
    let governance = Wallet::new(&world.governance.name);
    listings(figures, &mut world, &governance);
    accounts(figures, &mut world);
    deployment(figures, world);
}

fn listings(figures: &mut Figures, world: &mut World, governance: &Wallet) {
    let listing = presets::wide(1)[0];
    world.list_asset(&listing);
    let changes = [
        Change::Asset(presets::asset(&listing, governance.address(), [1; 32])),
        world.collateral_change(1, presets::volatile_collateral()),
        Change::Market { asset: 1, params: presets::market(1_000_000, 50_000) },
    ];
    for (change, name) in changes.iter().zip(["asset", "collateral", "market"]) {
        propose_and_execute(figures, world, governance, change, name);
    }
}

/// Proposes a change, lets it wait, and executes it.
fn propose_and_execute(
    figures: &mut Figures,
    world: &mut World,
    governance: &Wallet,
    change: &Change,
    name: &'static str,
) {
    let (address, case) = (world.next_change(), Case::new(name, 0, 0));
    let wait = world.wait_seconds(change);
    let propose = world.propose_instruction(change);
    figures.record(case, world, propose, &[governance]);
    world.svm.advance(wait);
    let execute = world.execute_instruction(address, change);
    figures.record(case, world, execute, &[]);
}

fn accounts(figures: &mut Figures, world: &mut World) {
    let (owner, delegate) = (world.wallet("owner"), Wallet::new("delegate").address());
    for instruction in [
        world.open_account_instruction(&owner, 0),
        world.set_delegate_instruction(&owner, 0, delegate),
        world.close_account_instruction(&owner, 0),
    ] {
        figures.record(EMPTY_ACCOUNT, world, instruction, &[&owner]);
    }
}

/// A second clearinghouse beside the one the world was made with.
fn deployment(figures: &mut Figures, mut world: World) {
    let creator = world.wallet("creator");
    world.clearinghouse = addresses::clearinghouse(&creator.address());
    world.governance = Wallet::new(&creator.name);
    let create = world.create_clearinghouse_instruction();
    figures.record(NO_SLOTS, &mut world, create, &[&creator]);
    world.list_collateral(0, presets::settlement());
    let create_pool = world.create_pool_instruction();
    figures.record(NO_SLOTS, &mut world, create_pool, &[&creator]);
}
