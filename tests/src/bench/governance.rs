//! Instructions that are rare: set-up, listings, roles, opening and closing accounts.

use super::figures::{Case, Figures};
use plimsoll_client::{addresses, instructions as ix};
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};

const NO_SLOTS: Case = Case::new("", 0, 0);
const EMPTY_ACCOUNT: Case = Case::new("", 1, 0);

/// Measures set-up, listings, roles and accounts.
pub fn measure(figures: &mut Figures) {
    let mut world = World::bare();
    let governance = Wallet::new(&world.governance.name);
    listings(figures, &mut world, &governance);
    roles(figures, &mut world, &governance);
    accounts(figures, &mut world);
    deployment(figures, world);
}

fn listings(figures: &mut Figures, world: &mut World, governance: &Wallet) {
    let listing = presets::wide(1)[0];
    world.list_asset(&listing);
    for instruction in [
        world.list_asset_instruction(presets::asset(&listing, governance.address(), [1; 32])),
        world.list_collateral_instruction(1, presets::volatile_collateral()),
        world.list_market_instruction(1, presets::market(1_000_000, 50_000)),
    ] {
        figures.record(NO_SLOTS, world, instruction, &[governance]);
    }
}

fn roles(figures: &mut Figures, world: &mut World, governance: &Wallet) {
    let successor = world.wallet("successor");
    let propose = ix::propose_governance::instruction(
        &ix::propose_governance::Accounts {
            governance: governance.address(),
            clearinghouse: world.clearinghouse,
        },
        &ix::propose_governance::Args { proposed: successor.address() },
        &[],
    );
    figures.record(NO_SLOTS, world, propose, &[governance]);
    let accept = ix::accept_governance::instruction(
        &ix::accept_governance::Accounts {
            proposed: successor.address(),
            clearinghouse: world.clearinghouse,
        },
        &ix::accept_governance::Args {},
        &[],
    );
    figures.record(NO_SLOTS, world, accept, &[&successor]);
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
