//! A role may be held by another program's address: a multisig's vault, a DAO. It signs by being
//! called through.

use plimsoll::error::PlimsollError;
use plimsoll::params::{Change, PoolTerms};
use plimsoll::state::Role;
use plimsoll::terms::Terms;
use plimsoll_client::governance::Target;
use plimsoll_testkit::{Failure, World, presets};
use plimsoll_tests::scene::{SOL, Scene};
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};

/// Where the program that stands for a multisig is.
const MULTISIG: Address = address!("MuLtisig11111111111111111111111111111111111");

fn vault() -> (Address, u8) {
    Address::find_program_address(&[b"vault"], &MULTISIG)
}

/// An instruction whose first account is the vault, as the multisig sends it.
fn through_the_vault(instruction: &Instruction) -> Instruction {
    let (vault, bump) = vault();
    let mut accounts = instruction.accounts.clone();
    accounts[0] = AccountMeta::new_readonly(vault, false);
    accounts.push(AccountMeta::new_readonly(instruction.program_id, false));
    let data = [&[3, bump][..], &instruction.data].concat();
    Instruction { program_id: MULTISIG, accounts, data }
}

fn send(world: &mut World, instruction: &Instruction) -> Result<(), Failure> {
    world.send(&[through_the_vault(instruction)], &[]).map(|_| ())
}

/// The standard world, in which the vault holds every role.
fn governed_by_a_vault() -> World {
    let mut world = World::standard();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/v0/sbf_probe.so");
    let program = std::fs::read(path).expect("`cargo xtask test` builds it");
    world.svm.vm.add_program(MULTISIG, &program).expect("the runtime loads the program");
    for role in [Role::Steward, Role::Guardian, Role::FeeCollector, Role::Governance] {
        let before = world.holder(role).address();
        world.enact(&Change::Role { role: role as u8, before, after: vault().0 });
        let accept = world.accept_role_instruction(&world.holder(role), role);
        send(&mut world, &accept).unwrap_or_else(|f| panic!("{role:?}: {f:#?}"));
        assert_eq!(world.clearinghouse_account().role(role).holder, vault().0);
    }
    world
}

#[test]
fn a_vault_proposes_and_cancels() {
    let mut world = governed_by_a_vault();
    let change = world.terms_change(0, &Terms::Pool(PoolTerms { redeem_fee: 77 }), 0);
    assert!(Target::of(&change).pool);
    // Whoever held the role before does not any more.
    let own = world.propose_instruction(&change);
    world.refused(own.clone(), &world.holder(Role::Governance), PlimsollError::NotGovernance);
    let first = world.next_change();
    send(&mut world, &own).unwrap();
    let again = world.propose_instruction(&change);
    let second = world.next_change();
    send(&mut world, &again).unwrap();
    let cancel = world.cancel_instruction(second, &world.holder(Role::Governance));
    send(&mut world, &cancel).unwrap();
    world.svm.advance(172_800);
    let execute = world.execute_instruction(first, &change);
    world.send(&[execute], &[]).unwrap();
    assert_eq!(world.pool().redeem_fee, 77);
}

#[test]
fn a_vault_tightens_pauses_and_lifts() {
    let mut world = governed_by_a_vault();
    let mut terms = world.bank(SOL).terms;
    terms.deposit_cap -= 1;
    let Change::Parameters { fields, .. } = world.terms_change(SOL, &Terms::Bank(terms), 0) else {
        unreachable!("a change of parameters")
    };
    let tighten = world.tighten_instruction(SOL, 0, &fields);
    send(&mut world, &tighten).unwrap();
    assert_eq!(world.bank(SOL).terms.deposit_cap, presets::unlent().deposit_cap - 1);
    for instruction in [world.pause_instruction(SOL, 1, 60), world.unpause_instruction(SOL)] {
        send(&mut world, &instruction).unwrap();
    }
}
