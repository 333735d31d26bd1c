//! Roles pass in two steps, after the wait of any change; and can be burned.

use plimsoll::error::PlimsollError;
use plimsoll::events::{RoleAccepted, RoleNominated};
use plimsoll::params::Change;
use plimsoll::state::{Role, RoleState};
use plimsoll_client::Event;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::scene::{Scene, only_event};
use solana_address::Address;
use solana_instruction::Instruction;

const TWO_WEEKS: i64 = 14 * 86_400;
const ROLES: [Role; 4] = [Role::Governance, Role::Steward, Role::Guardian, Role::FeeCollector];

fn hand_over(world: &World, role: Role, after: Address) -> Change {
    let before = world.clearinghouse_account().role(role).holder;
    Change::Role { role: role as u8, before, after }
}

/// An instruction that only the holder of a role may send, as `by` sends it, and the error of
/// anyone else.
fn act(world: &World, role: Role, by: &Wallet) -> (Instruction, PlimsollError) {
    let (mut instruction, error) = match role {
        Role::Governance => (
            world.propose_instruction(&hand_over(world, Role::Steward, by.address())),
            PlimsollError::NotGovernance,
        ),
        Role::Steward => (world.tighten_instruction(1, 0, &[]), PlimsollError::NotSteward),
        Role::Guardian => (world.pause_instruction(1, 1, 60), PlimsollError::NotGuardian),
        Role::FeeCollector => (world.collect_fees_instruction(1, 1), PlimsollError::NotFeeCollector),
    };
    instruction.accounts[0].pubkey = by.address();
    (instruction, error)
}

/// Whether `by` gets past the check of the role.
fn may_act(world: &mut World, role: Role, by: &Wallet) -> bool {
    let (instruction, error) = act(world, role, by);
    match world.send(&[instruction], &[&by.key]) {
        Ok(_) => true,
        Err(failure) => failure.plimsoll() != Some(error),
    }
}

#[test]
fn every_role_passes_when_its_nominee_accepts() {
    for role in ROLES {
        let mut world = World::standard();
        let (old, new) = (world.holder(role), world.wallet("new"));
        let clearinghouse = world.clearinghouse;
        assert!(may_act(&mut world, role, &old) && !may_act(&mut world, role, &new), "{role:?}");

        let outcome = world.enact(&hand_over(&world, role, new.address()));
        let nominated = RoleNominated { clearinghouse, nominee: new.address(), role: role as u64 };
        assert_eq!(outcome.events[0], Event::RoleNominated(nominated));
        let state = *world.clearinghouse_account().role(role);
        assert_eq!(
            state,
            RoleState {
                holder: old.address(),
                nominee: new.address(),
                accept_until: world.svm.now() + TWO_WEEKS
            }
        );
        assert!(may_act(&mut world, role, &old) && !may_act(&mut world, role, &new), "{role:?}");
        let accept = world.accept_role_instruction(&old, role);
        world.refused(accept, &old, PlimsollError::NotNominee);

        let accept = world.accept_role_instruction(&new, role);
        let outcome = world.changes(accept, &new, &[clearinghouse]);
        let accepted = RoleAccepted { clearinghouse, holder: new.address(), role: role as u64 };
        assert_eq!(only_event(&outcome), Event::RoleAccepted(accepted));
        let state = *world.clearinghouse_account().role(role);
        assert_eq!(state, RoleState { holder: new.address(), nominee: Address::default(), accept_until: 0 });
        assert!(!may_act(&mut world, role, &old) && may_act(&mut world, role, &new), "{role:?}");
        let again = world.accept_role_instruction(&new, role);
        world.refused(again, &new, PlimsollError::NotNominee);
    }
}

#[test]
fn only_the_latest_nominee_accepts() {
    let mut world = World::standard();
    let [first, second] = ["first", "second"].map(|name| world.wallet(name));
    world.enact(&hand_over(&world, Role::Steward, first.address()));
    world.enact(&hand_over(&world, Role::Steward, second.address()));
    let late = world.accept_role_instruction(&first, Role::Steward);
    world.refused(late, &first, PlimsollError::NotNominee);
    // A nominee of one role is not one of another.
    let other = world.accept_role_instruction(&second, Role::Governance);
    world.refused(other, &second, PlimsollError::NotNominee);
    let accept = world.accept_role_instruction(&second, Role::Steward);
    world.must(accept, &second);
}

#[test]
fn a_burned_role_has_no_holder_and_comes_back_only_by_a_change() {
    for role in [Role::Steward, Role::Guardian, Role::FeeCollector] {
        let mut world = World::standard();
        let (old, new) = (world.holder(role), world.wallet("new"));
        world.enact(&hand_over(&world, role, Address::default()));
        assert_eq!(*world.clearinghouse_account().role(role), RoleState { ..bytemuck::Zeroable::zeroed() });
        assert!(!may_act(&mut world, role, &old), "{role:?}");
        world.enact(&hand_over(&world, role, new.address()));
        let accept = world.accept_role_instruction(&new, role);
        world.must(accept, &new);
        assert!(may_act(&mut world, role, &new), "{role:?}");
    }
}

#[test]
fn without_governance_nothing_changes_any_more() {
    let mut world = World::standard();
    let (old, steward) = (world.holder(Role::Governance), world.holder(Role::Steward));
    world.enact(&hand_over(&world, Role::Governance, Address::default()));
    assert!(!may_act(&mut world, Role::Governance, &old));
    assert!(may_act(&mut world, Role::Steward, &steward), "the other roles go on");
}

#[test]
fn a_role_is_one_of_four() {
    let mut world = World::standard();
    let (governor, new) = (world.holder(Role::Governance), world.wallet("new"));
    let change = Change::Role { role: 4, before: Address::default(), after: new.address() };
    let propose = world.propose_instruction(&change);
    world.refused(propose, &governor, PlimsollError::UnknownRole);
    let mut accept = world.accept_role_instruction(&new, Role::Steward);
    *accept.data.last_mut().expect("the role") = 4;
    world.refused(accept, &new, PlimsollError::UnknownRole);
    // What is to be replaced must be there.
    let stale = Change::Role { role: 1, before: new.address(), after: new.address() };
    let propose = world.propose_instruction(&stale);
    world.refused(propose, &governor, PlimsollError::ChangeStale);
}

#[test]
fn a_nomination_lapses_after_two_weeks() {
    for (late, expected) in [(0, None), (1, Some(PlimsollError::ChangeExpired))] {
        let mut world = World::standard();
        let new = world.wallet("new");
        world.enact(&hand_over(&world, Role::Steward, new.address()));
        world.svm.advance(TWO_WEEKS + late);
        let accept = world.accept_role_instruction(&new, Role::Steward);
        match expected {
            None => _ = world.must(accept, &new),
            Some(error) => world.refused(accept, &new, error),
        }
    }
}

#[test]
fn a_nomination_from_before_the_launch_is_void() {
    let mut world = World::bare();
    let new = world.wallet("new");
    world.enact(&hand_over(&world, Role::Governance, new.address()));
    world.launch();
    let accept = world.accept_role_instruction(&new, Role::Governance);
    world.refused(accept, &new, PlimsollError::NotNominee);
}
