//! Accounts that the program of layout 0 wrote, under the present program: refused before
//! their migration, and worth the same to the unit after it.

mod after;
mod between;
mod refusals;
mod steps;

use plimsoll::error::PlimsollError;
use plimsoll::migration::{BankV0, ClearinghouseV0, MarketV0, RiskBoardV0};
use plimsoll::params::Change;
use plimsoll::state::{InsuranceFund, LiquidityPool, MarginState, Role};
use plimsoll_client::decode::Layout;
use plimsoll_testkit::{Failure, Snapshot, Wallet, World};
use plimsoll_tests::layout_v0::{OldLayout, accounts, decode, migrated, send, world};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, USD, USDC};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

/// All accounts of the fixture that have a layout of version 0.
fn old<T: OldLayout>() -> Vec<(Address, T)> {
    let of_type = accounts().into_iter().filter(|(_, a)| a.data.starts_with(&T::New::DISCRIMINATOR));
    of_type.map(|(address, account)| (address, decode(&account))).collect()
}

fn old_board() -> RiskBoardV0 {
    old()[0].1
}

fn old_bank(world: &World, asset: u8) -> (Address, BankV0) {
    let address = world.bank_address(asset);
    old().into_iter().find(|(found, _)| *found == address).expect("a bank of this asset")
}

/// Sends an instruction that must be refused and change nothing.
fn refused(world: &mut World, instruction: Instruction) -> Failure {
    let before = Snapshot::take(&world.svm);
    let failure = send(world, instruction).expect_err("an instruction that is refused");
    before.diff(&world.svm).without_fee().assert_nothing();
    failure
}

fn refused_with(world: &mut World, instruction: Instruction, error: PlimsollError) {
    let failure = refused(world, instruction);
    assert_eq!(failure.plimsoll(), Some(error), "{failure:#?}");
}

/// The same prices as on the board, published anew.
fn freshen(world: &mut World) {
    world.set_prices(&[(SOL, 70 * E8), (BTC, 7_300 * E8), (ETH, 230 * E8)]);
    world.refresh(&[USDC]).expect("the settlement row takes the bank's interest");
}

/// What people, keepers and governance do.
fn actions(world: &mut World) -> Vec<Instruction> {
    let [alice, provider, rescuer, newcomer] = ["alice", "provider", "rescuer", "newcomer"].map(Wallet::new);
    let [bobs, daves, erins, graces, keepers] =
        ["bob", "dave", "erin", "grace", "keeper"].map(|name| world.account_address(&Wallet::new(name), 0));
    for who in [&alice, &provider, &rescuer] {
        world.give(who, USDC, 1_000 * USD as u64);
    }
    let role = Change::Role { role: 1, before: Address::default(), after: alice.address() };
    vec![
        world.refresh_instruction(&[BTC]),
        world.open_account_instruction(&newcomer, 0),
        world.deposit_instruction(&alice, 0, USDC, 5),
        world.withdraw_instruction(&alice, 0, USDC, 5),
        world.transfer_instruction(&alice, 0, 1, USDC, 5),
        world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX)),
        world.liquidate_instruction(bobs, keepers, BTC),
        world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), USD as u64),
        world.start_receivership_instruction(&rescuer, erins, (USDC, SOL), USD as u64),
        world.end_receivership_instruction(&rescuer, USDC),
        world.start_auction_instruction(bobs),
        world.win_auction_instruction(&alice, 0, daves, u64::MAX),
        world.call_margin_instruction(bobs),
        world.settle_loss_instruction(bobs, BTC),
        world.bank_cash_instruction(bobs),
        world.deleverage_instruction(BTC),
        world.resolve_bankruptcy_instruction(graces, USDC),
        world.sweep_insurance_instruction(BTC),
        world.fund_insurance_instruction(&provider, 5),
        world.provide_instruction(&provider, 5, 0),
        world.redeem_instruction(&provider, 5, 0),
        world.rebalance_instruction(BTC),
        world.view_instruction(bobs),
        world.create_pool_instruction(),
        world.launch_instruction(),
        world.propose_instruction(&role),
        world.accept_role_instruction(&alice, Role::Governance),
        world.pause_instruction(BTC, 1, 60),
        world.unpause_instruction(BTC),
        world.tighten_instruction(BTC, 0, &[]),
        world.collect_fees_instruction(BTC, 1),
    ]
}

#[test]
fn nothing_but_a_migration_takes_an_old_account() {
    // What they are called with can only be read from accounts of the present layout.
    let actions = actions(&mut migrated());
    let mut world = world();
    for action in actions {
        let failure = refused(&mut world, action);
        let found = failure.instruction_error();
        assert_eq!(found, Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }
    let alice = Wallet::new("alice");
    for margin_account_only in [
        world.set_delegate_instruction(&alice, 0, Address::default()),
        world.close_account_instruction(&alice, 7),
    ] {
        send(&mut world, margin_account_only).expect("an account whose layout has not changed");
    }
}

#[test]
fn accounts_of_people_pool_and_fund_have_the_same_layout() {
    let world = world();
    let (people, pools, funds) =
        (world.svm.all::<MarginState>(), world.svm.all::<LiquidityPool>(), world.svm.all::<InsuranceFund>());
    assert_eq!((people.len(), pools.len(), funds.len()), (12, 1, 1));
    let alice = world.margin(&Wallet::new("alice"), 0);
    assert_eq!(
        (alice.owner, alice.cash, alice.shares(SOL).0),
        (Wallet::new("alice").address(), -40 * USD, 10 * ONE_SOL)
    );
    assert_eq!((alice.position(BTC).size.0, alice.position(BTC).entry.0), (10 * ONE_BTC, 80_080 * USD));
    assert_eq!(
        (pools[0].1.book_capital, pools[0].1.markets, pools[0].1.redeem_fee),
        (1_000_000 * USD, 0b1110, 1_000)
    );
    assert_eq!(old::<ClearinghouseV0>().len() + old::<BankV0>().len() + old::<MarketV0>().len(), 1 + 4 + 3);
}
