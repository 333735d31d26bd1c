//! Between two steps: what is migrated works, and the rest is refused.

use crate::{freshen, old_bank, refused};
use plimsoll_testkit::Wallet;
use plimsoll_tests::layout_v0::{
    account_instruction, migrate_account, migrate_clearinghouse, to_migrate, world,
};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, SOL, USD, USDC};
use solana_instruction_error::InstructionError;

#[test]
fn accounts_wait_for_their_clearinghouse() {
    let mut world = world();
    for account in to_migrate() {
        let migrate = account_instruction(&world, account);
        let failure = refused(&mut world, migrate);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }
}

#[test]
fn between_two_steps_what_is_migrated_works_and_the_rest_is_refused() {
    let mut world = world();
    migrate_clearinghouse(&mut world);
    let [bank, market] = [world.bank_address(SOL), world.market_address(ETH)];
    for account in to_migrate().into_iter().filter(|a| ![bank, market].contains(a)) {
        migrate_account(&mut world, account);
    }
    // What is not migrated can't be read, let alone checked.
    world.check_invariants = false;
    world.svm.advance(1);
    for (asset, price) in [(SOL, 70 * E8), (BTC, 7_300 * E8), (ETH, 230 * E8)] {
        world.publish(asset, price);
    }
    for asset in [SOL, ETH] {
        let refresh = world.refresh_instruction(&[asset]);
        let failure = refused(&mut world, refresh);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall));
    }
    world.refresh(&[USDC, BTC]).expect("both are migrated");

    let (alice, provider) = (Wallet::new("alice"), Wallet::new("provider"));
    world.fund(&alice, 0, USDC, 500 * USD as u64);
    world.trade(&alice, 0, BTC, -ONE_BTC).expect("a market that is migrated");
    let bobs = world.account_address(&Wallet::new("bob"), 0);
    let keepers = world.account_address(&Wallet::new("keeper"), 0);
    world.liquidate(bobs, keepers, BTC).expect("bob is below maintenance");
    world.give(&provider, USDC, 5);
    for refused_now in [
        world.withdraw_instruction(&alice, 0, SOL, 5),
        world.trade_instruction(&alice, &alice, 0, ETH, (1_000_000, u128::MAX)),
        world.provide_instruction(&provider, 5, 0),
    ] {
        let failure = refused(&mut world, refused_now);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }

    for account in [bank, market] {
        migrate_account(&mut world, account);
    }
    world.check_invariants = true;
    freshen(&mut world);
    let (_, old) = old_bank(&world, SOL);
    assert_eq!(world.bank(SOL).deposit_shares, old.deposit_shares);
}
