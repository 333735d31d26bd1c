//! What is not migrated, and who does not migrate it.

use crate::{refused, refused_with};
use plimsoll::error::PlimsollError;
use plimsoll::params::{ClearinghouseTerms, RoleHolders};
use plimsoll_client::addresses;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::layout_v0::{
    SPONSOR, account_instruction, accounts, clearinghouse_instruction, clearinghouse_with,
    migrate_clearinghouse, migrated, to_migrate, world,
};
use plimsoll_tests::scene::{BTC, SOL};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

#[test]
fn nothing_is_migrated_twice() {
    let mut world = migrated();
    let again = clearinghouse_instruction(&world);
    refused_with(&mut world, again, PlimsollError::AlreadyMigrated);
    for account in to_migrate() {
        let again = account_instruction(&world, account);
        refused_with(&mut world, again, PlimsollError::AlreadyMigrated);
    }
}

#[test]
fn only_governance_migrates_and_stays_who_it_is() {
    let mut world = world();
    let mallory = Wallet::new("mallory");
    let mut usurped = clearinghouse_instruction(&world);
    usurped.accounts[0].pubkey = mallory.address();
    refused_with(&mut world, usurped, PlimsollError::NotGovernance);

    let heir = Wallet::new("heir").address();
    for governance in [mallory.address(), heir, Address::default()] {
        let roles = RoleHolders { governance, ..world.role_holders() };
        let moved = clearinghouse_with(&world, roles, world.deployment.terms);
        refused_with(&mut world, moved, PlimsollError::GovernanceMoved);
    }
    let mut unsigned = clearinghouse_instruction(&world);
    unsigned.accounts[0].is_signer = false;
    let failure = refused(&mut world, unsigned);
    assert_eq!(failure.instruction_error(), Some(&InstructionError::MissingRequiredSignature));
}

#[test]
fn a_migration_changes_no_term_and_keeps_the_hard_bounds() {
    use PlimsollError::{ParameterOutOfBounds, TermsChanged};
    let mut world = world();
    type Alter = fn(&mut ClearinghouseTerms);
    let cases: [(Alter, PlimsollError); 9] = [
        (|t| t.liquidation_target += 1, TermsChanged),
        (|t| t.margin_call -= 1, TermsChanged),
        (|t| t.auction_delay_seconds += 1, TermsChanged),
        (|t| t.auction_seconds -= 1, TermsChanged),
        (|t| t.change_delay_seconds = 172_799, ParameterOutOfBounds),
        (|t| t.oracle_delay_seconds = 345_599, ParameterOutOfBounds),
        (|t| t.oracle_delay_seconds = 2_592_001, ParameterOutOfBounds),
        (|t| t.outflow_max = 999_999_999, ParameterOutOfBounds),
        (|t| t.outflow_max = -1, ParameterOutOfBounds),
    ];
    for (change, error) in cases {
        let mut terms = world.deployment.terms;
        change(&mut terms);
        let migrate = clearinghouse_with(&world, world.role_holders(), terms);
        refused_with(&mut world, migrate, error);
    }
}

#[test]
fn a_transaction_with_a_durable_nonce_migrates_no_clearinghouse() {
    let mut world = world();
    let migrate = clearinghouse_instruction(&world);
    let advance = Instruction { program_id: Address::default(), accounts: vec![], data: vec![4, 0, 0, 0] };
    let (governance, sponsor) = (Wallet::new("governance"), Wallet::new(SPONSOR));
    let before = Snapshot::take(&world.svm);
    let failure = world.svm.send(&[migrate, advance], &[&governance.key, &sponsor.key]).expect_err("a nonce");
    assert_eq!(failure.plimsoll(), Some(PlimsollError::DurableNonce), "{failure:#?}");
    before.diff(&world.svm).without_fee().assert_nothing();
}

/// An account of the world copied to another address and changed.
fn copied(world: &mut World, from: Address, change: fn(&mut Account)) -> Address {
    let mut account = world.svm.account(&from);
    change(&mut account);
    let address = Address::new_from_array([0x77; 32]);
    world.svm.set_account(address, account);
    address
}

#[test]
fn a_clearinghouse_is_migrated_with_its_own_board() {
    let mut world = world();
    let board = world.board_address();
    let mut migrate = clearinghouse_instruction(&world);
    migrate.accounts[3].pubkey = copied(&mut world, board, |_| ());
    refused_with(&mut world, migrate, PlimsollError::ForeignAccount);

    let mut migrate = clearinghouse_instruction(&world);
    migrate.accounts[4].pubkey = Address::new_from_array([0x78; 32]);
    let failure = refused(&mut world, migrate);
    assert_eq!(failure.instruction_error(), Some(&InstructionError::InvalidSeeds), "another window");
}

#[test]
fn what_is_no_old_account_is_not_migrated() {
    let changes: [fn(&mut Account); 5] = [
        |a| a.owner = Address::new_from_array([9; 32]),
        |a| a.data[0] ^= 1,
        |a| a.data.truncate(a.data.len() - 1),
        |a| a.data.push(0),
        |a| a.data.truncate(7),
    ];
    for change in changes {
        let mut world = world();
        let places = [world.board_address(), world.bank_address(SOL), world.market_address(BTC)];
        for (place, address) in places.into_iter().enumerate() {
            if place == 1 {
                migrate_clearinghouse(&mut world);
            }
            let whole = world.svm.account(&address);
            let mut broken = whole.clone();
            change(&mut broken);
            world.svm.set_account(address, broken);
            let migrate = match place {
                0 => clearinghouse_instruction(&world),
                _ => account_instruction(&world, address),
            };
            refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
            world.svm.set_account(address, whole);
        }
    }
    let mut world = world();
    let mut migrate = clearinghouse_instruction(&world);
    let clearinghouse = world.clearinghouse;
    let stranger = copied(&mut world, clearinghouse, |a| a.owner = Address::new_from_array([9; 32]));
    migrate.accounts[2].pubkey = stranger;
    migrate.accounts[4].pubkey = addresses::outflow_window(&stranger);
    refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
    migrate_clearinghouse(&mut world);
    let alices = world.account_address(&Wallet::new("alice"), 0);
    for other in [clearinghouse, alices, world.pool_address(), world.fund_address()] {
        let migrate = account_instruction(&world, other);
        refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
    }
}

#[test]
fn banks_and_markets_are_migrated_with_their_own_board() {
    let mut world = migrated();
    // Another clearinghouse of the present layout, whose board knows no such asset's weights.
    let rival = World::created_by("rival", std::mem::take(&mut world.svm));
    let (board, svm) = (rival.board_address(), rival.svm);
    world.svm = svm;
    for (address, account) in accounts() {
        if to_migrate().contains(&address) {
            world.svm.set_account(address, account);
            let mut migrate = account_instruction(&world, address);
            migrate.accounts[1].pubkey = board;
            refused_with(&mut world, migrate, PlimsollError::ForeignAccount);
        }
    }
}
