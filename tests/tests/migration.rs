//! Accounts that the program of layout 0 wrote, under the present program: refused before
//! their migration, and worth the same to the unit after it.

use bytemuck::Zeroable;
use plimsoll::error::PlimsollError;
use plimsoll::events::{AccountMigrated, ClearinghouseMigrated};
use plimsoll::migration::{BankV0, ClearinghouseV0, MarketV0, OUTFLOW_MAX, OUTFLOW_MIN, RiskBoardV0};
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::{Change, ClearinghouseTerms, RoleHolders};
use plimsoll::state::{
    Bank, InsuranceFund, LAYOUT_VERSION, LiquidityPool, MarginState, Market, OutflowRow, PauseRecord, RiskBoard, Role,
    RoleState, WarmUp,
};
use plimsoll::terms::Terms;
use plimsoll::valuation::displayed_health;
use plimsoll_client::decode::Layout;
use plimsoll_client::{Event, addresses};
use plimsoll_testkit::{Failure, Snapshot, Wallet, World, invariants};
use plimsoll_tests::layout_v0::*;
use plimsoll_tests::reference;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, USD, USDC, only_event};
use solana_account::Account;
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

/// Sends an instruction to an account in an old layout; it must be refused and change nothing.
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

// --- before -------------------------------------------------------------------

/// What people, keepers and governance do, and who signs it.
fn actions(world: &mut World) -> Vec<(Instruction, Wallet)> {
    let [alice, provider, rescuer, newcomer] = ["alice", "provider", "rescuer", "newcomer"].map(Wallet::new);
    let [bobs, daves, erins, graces, keepers] =
        ["bob", "dave", "erin", "grace", "keeper"].map(|name| world.account_address(&Wallet::new(name), 0));
    for who in [&alice, &provider, &rescuer] {
        world.give(who, USDC, 1_000 * USD as u64);
    }
    let governance = || Wallet::new("governance");
    let role = Change::Role { role: 1, before: Address::default(), after: alice.address() };
    vec![
        (world.refresh_instruction(&[BTC]), alice.clone_key()),
        (world.open_account_instruction(&newcomer, 0), newcomer),
        (world.deposit_instruction(&alice, 0, USDC, 5), alice.clone_key()),
        (world.withdraw_instruction(&alice, 0, USDC, 5), alice.clone_key()),
        (world.transfer_instruction(&alice, 0, 1, USDC, 5), alice.clone_key()),
        (world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX)), alice.clone_key()),
        (world.liquidate_instruction(bobs, keepers, BTC), alice.clone_key()),
        (world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), USD as u64), rescuer.clone_key()),
        (world.start_receivership_instruction(&rescuer, erins, (USDC, SOL), USD as u64), rescuer.clone_key()),
        (world.end_receivership_instruction(&rescuer, USDC), rescuer.clone_key()),
        (world.start_auction_instruction(bobs), alice.clone_key()),
        (world.win_auction_instruction(&alice, 0, daves, u64::MAX), alice.clone_key()),
        (world.call_margin_instruction(bobs), alice.clone_key()),
        (world.settle_loss_instruction(bobs, BTC), alice.clone_key()),
        (world.bank_cash_instruction(bobs), alice.clone_key()),
        (world.deleverage_instruction(BTC), alice.clone_key()),
        (world.resolve_bankruptcy_instruction(graces, USDC), alice.clone_key()),
        (world.sweep_insurance_instruction(BTC), alice.clone_key()),
        (world.fund_insurance_instruction(&provider, 5), provider.clone_key()),
        (world.provide_instruction(&provider, 5, 0), provider.clone_key()),
        (world.redeem_instruction(&provider, 5, 0), provider.clone_key()),
        (world.rebalance_instruction(BTC), alice.clone_key()),
        (world.view_instruction(bobs), alice.clone_key()),
        (world.create_pool_instruction(), governance()),
        (world.launch_instruction(), governance()),
        (world.propose_instruction(&role), governance()),
        (world.accept_role_instruction(&alice, Role::Governance), alice.clone_key()),
        (world.pause_instruction(BTC, 1, 60), world.holder(Role::Guardian)),
        (world.unpause_instruction(BTC), world.holder(Role::Guardian)),
        (world.tighten_instruction(BTC, 0, &[]), world.holder(Role::Steward)),
        (world.collect_fees_instruction(BTC, 1), world.holder(Role::FeeCollector)),
    ]
}
