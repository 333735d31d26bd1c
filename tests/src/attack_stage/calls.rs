//! A valid call of every instruction but those that migrate.

use super::founding::{create_clearinghouse_call, create_pool_call, launch_call};
use super::governing::governance_calls;
use crate::scene::{BTC, ETH, ONE_BTC, SOL, USD, USDC};
use plimsoll_client::instructions as ix;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::{Wallet, World};
use solana_instruction::Instruction;

/// One valid call in `world`, which [`Stage::new`] has prepared, of every instruction but those that
/// migrate (see [`migration_calls`]); each of them goes through when it is the first.
///
/// [`Stage::new`]: super::Stage::new
/// [`migration_calls`]: super::migration_calls
pub fn valid_calls(world: &mut World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let [alice, provider] = ["alice", "provider"].map(Wallet::new);
    let (bob, keeper) = (Wallet::new("bob"), Wallet::new("keeper"));
    let (bobs, keepers) = (world.account_address(&bob, 0), world.account_address(&keeper, 0));
    let provide = world.provide_instruction(&provider, 100 * USD as u64, 1);
    let redeem = world.redeem_instruction(&provider, 100 * USD as u64, 1);
    let mut calls = vec![
        (&ix::create_clearinghouse::SPEC, create_clearinghouse_call(world, &Wallet::new("newcomer"))),
        (&ix::create_pool::SPEC, create_pool_call(world)),
        (&ix::launch::SPEC, launch_call(world)),
    ];
    calls.extend(governance_calls(world));
    calls.extend([
        (&ix::refresh_prices::SPEC, world.refresh_instruction(&[BTC])),
        (&ix::open_account::SPEC, world.open_account_instruction(&alice, 8)),
        (&ix::close_account::SPEC, world.close_account_instruction(&alice, 7)),
        (&ix::set_delegate::SPEC, world.set_delegate_instruction(&alice, 0, keeper.address())),
        (&ix::deposit::SPEC, world.deposit_instruction(&alice, 0, USDC, 500 * USD as u64)),
        (&ix::withdraw::SPEC, world.withdraw_instruction(&alice, 0, USDC, 500 * USD as u64)),
        (&ix::transfer::SPEC, world.transfer_instruction(&alice, 0, 1, USDC, 500 * USD as u64)),
        (&ix::trade::SPEC, world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX))),
        (&ix::liquidate::SPEC, world.liquidate_instruction(bobs, keepers, BTC)),
        (&ix::provide_liquidity::SPEC, provide),
        (&ix::redeem_liquidity::SPEC, redeem),
        (&ix::rebalance::SPEC, world.rebalance_instruction(BTC)),
        (&ix::view_account::SPEC, world.view_instruction(bobs)),
    ]);
    calls.extend(rescue_calls(world));
    calls
}

fn rescue_calls(world: &World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let [alice, provider, rescuer] = ["alice", "provider", "rescuer"].map(Wallet::new);
    let [bobs, daves, erins, franks, graces] =
        ["bob", "dave", "erin", "frank", "grace"].map(|name| world.account_address(&Wallet::new(name), 0));
    vec![
        (&ix::call_margin::SPEC, world.call_margin_instruction(erins)),
        (
            &ix::liquidate_debt::SPEC,
            world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), 1_000 * USD as u64),
        ),
        (&ix::start_receivership::SPEC, start_call(world, &rescuer)),
        (&ix::end_receivership::SPEC, end_call(world, &rescuer)),
        (&ix::start_auction::SPEC, world.start_auction_instruction(bobs)),
        (&ix::win_auction::SPEC, world.win_auction_instruction(&alice, 0, daves, u64::MAX)),
        (&ix::settle_loss::SPEC, world.settle_loss_instruction(franks, ETH)),
        (&ix::bank_cash::SPEC, world.bank_cash_instruction(bobs)),
        (&ix::deleverage::SPEC, world.deleverage_instruction(BTC)),
        (&ix::resolve_bankruptcy::SPEC, world.resolve_bankruptcy_instruction(graces, USDC)),
        (&ix::sweep_insurance::SPEC, world.sweep_insurance_instruction(BTC)),
        (&ix::fund_insurance::SPEC, world.fund_insurance_instruction(&provider, 100 * USD as u64)),
    ]
}

/// Position of the debt's bank in half of a receivership.
fn debt_bank(spec: &InstructionSpec) -> usize {
    spec.accounts.iter().position(|account| account.name == "debt_bank").expect("a bank of the debt")
}

/// The transaction of a call. The other half of a receivership is about the same bank of the
/// debt, and treats what both name as this one does: or its flags would make good for those
/// that are missing here.
pub(super) fn complete(world: &World, call: &Instruction) -> Vec<Instruction> {
    let rescuer = Wallet::new("rescuer");
    let is_start = call.data.starts_with(ix::start_receivership::SPEC.discriminator);
    if !is_start && !call.data.starts_with(ix::end_receivership::SPEC.discriminator) {
        return vec![call.clone()];
    }
    let (at_start, at_end) =
        (debt_bank(&ix::start_receivership::SPEC), debt_bank(&ix::end_receivership::SPEC));
    let (mut other, own_at, other_at) = match is_start {
        true => (end_call(world, &rescuer), at_start, at_end),
        false => (start_call(world, &rescuer), at_end, at_start),
    };
    other.accounts[other_at].pubkey = call.accounts[own_at].pubkey;
    for meta in &mut other.accounts {
        if let Some(own) = call.accounts.iter().find(|own| own.pubkey == meta.pubkey) {
            (meta.is_signer, meta.is_writable) = (own.is_signer, own.is_writable);
        }
    }
    if is_start { vec![call.clone(), other] } else { vec![other, call.clone()] }
}

fn start_call(world: &World, rescuer: &Wallet) -> Instruction {
    let erins = world.account_address(&Wallet::new("erin"), 0);
    world.start_receivership_instruction(rescuer, erins, (USDC, SOL), 1_000 * USD as u64)
}

fn end_call(world: &World, rescuer: &Wallet) -> Instruction {
    world.end_receivership_instruction(rescuer, USDC)
}
