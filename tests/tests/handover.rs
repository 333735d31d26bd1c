//! The two-step transfer of governance.

use bytemuck::bytes_of;
use plimsoll::error::PlimsollError;
use plimsoll::events::{GovernanceAccepted, GovernanceProposed};
use plimsoll::state::Clearinghouse;
use plimsoll_client::{Event, instructions as ix};
use plimsoll_testkit::{Wallet, World, presets};
use plimsoll_tests::scene::{Scene, only_event};
use solana_address::Address;
use solana_instruction::Instruction;

fn propose(world: &World, governance: &Wallet, proposed: Address) -> Instruction {
    let accounts = ix::propose_governance::Accounts {
        governance: governance.address(),
        clearinghouse: world.clearinghouse,
    };
    ix::propose_governance::instruction(&accounts, &ix::propose_governance::Args { proposed }, &[])
}

fn accept(world: &World, proposed: &Wallet) -> Instruction {
    let accounts =
        ix::accept_governance::Accounts { proposed: proposed.address(), clearinghouse: world.clearinghouse };
    ix::accept_governance::instruction(&accounts, &ix::accept_governance::Args {}, &[])
}

fn clearinghouse(world: &World) -> Clearinghouse {
    world.svm.read(&world.clearinghouse)
}

/// An instruction of governance's, signed by `governance`.
fn list(world: &World, governance: &Wallet) -> Instruction {
    let params = presets::asset(&presets::standard()[0], Address::default(), [0; 32]);
    let mut instruction = world.list_asset_instruction(params);
    instruction.accounts[0].pubkey = governance.address();
    instruction
}

#[test]
fn governance_passes_when_the_proposed_key_accepts() {
    let mut world = World::bare();
    let (old, new) = (Wallet::new(&world.governance.name), world.wallet("new"));
    let (address, before) = (world.clearinghouse, clearinghouse(&world));

    let outcome = world.changes(propose(&world, &old, new.address()), &old, &[address]);
    let proposed = GovernanceProposed { clearinghouse: address, proposed: new.address() };
    assert_eq!(only_event(&outcome), Event::GovernanceProposed(proposed));
    let pending = Clearinghouse { pending_governance: new.address(), ..before };
    assert_eq!(bytes_of(&clearinghouse(&world)), bytes_of(&pending));
    // Until then, nothing has changed.
    world.refused(list(&world, &new), &new, PlimsollError::NotGovernance);
    world.must(list(&world, &old), &old);

    let outcome = world.changes(accept(&world, &new), &new, &[address]);
    let accepted = GovernanceAccepted { clearinghouse: address, governance: new.address() };
    assert_eq!(only_event(&outcome), Event::GovernanceAccepted(accepted));
    let after = Clearinghouse { governance: new.address(), ..before };
    assert_eq!(bytes_of(&clearinghouse(&world)), bytes_of(&after));
    world.must(list(&world, &new), &new);
    world.refused(list(&world, &old), &old, PlimsollError::NotGovernance);
    world.refused(propose(&world, &old, old.address()), &old, PlimsollError::NotGovernance);
    world.refused(accept(&world, &new), &new, PlimsollError::NotPendingGovernance);
}

#[test]
fn only_the_latest_proposed_key_accepts() {
    let mut world = World::bare();
    let old = Wallet::new(&world.governance.name);
    let [first, second, outsider] = ["first", "second", "outsider"].map(|name| world.wallet(name));
    // Nobody is proposed: the zero address can't sign, and nobody else is it.
    for anyone in [&old, &first] {
        world.refused(accept(&world, anyone), anyone, PlimsollError::NotPendingGovernance);
    }
    world.must(propose(&world, &old, first.address()), &old);
    for other in [&outsider, &old] {
        world.refused(accept(&world, other), other, PlimsollError::NotPendingGovernance);
    }
    world.refused(propose(&world, &first, first.address()), &first, PlimsollError::NotGovernance);
    // Replaced.
    world.must(propose(&world, &old, second.address()), &old);
    world.refused(accept(&world, &first), &first, PlimsollError::NotPendingGovernance);
    // Withdrawn.
    world.must(propose(&world, &old, Address::default()), &old);
    world.refused(accept(&world, &second), &second, PlimsollError::NotPendingGovernance);
    assert_eq!(clearinghouse(&world).governance, old.address());
    // And proposed again.
    world.must(propose(&world, &old, second.address()), &old);
    world.must(accept(&world, &second), &second);
}
