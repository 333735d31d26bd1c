//! A valid call of every instruction.

use super::DOGE;
use crate::scene::{BTC, ETH, ONE_BTC, SOL, USD, USDC};
use plimsoll_client::addresses;
use plimsoll_client::instructions as ix;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;

/// One valid call of every instruction in `world`, which [`Stage::new`] has prepared; each
/// of them goes through when it is the first.
pub fn valid_calls(world: &mut World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let [alice, provider] = ["alice", "provider"].map(Wallet::new);
    let (bob, keeper) = (Wallet::new("bob"), Wallet::new("keeper"));
    let (bobs, keepers) = (world.account_address(&bob, 0), world.account_address(&keeper, 0));
    let provide = world.provide_instruction(&provider, 100 * USD as u64, 1);
    let redeem = world.redeem_instruction(&provider, 100 * USD as u64, 1);
    let mut calls = governance_calls(world);
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

fn governance_calls(world: &World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let governance = world.governance.address();
    let clearinghouse = world.clearinghouse;
    let heir = Wallet::new("heir").address();
    let newcomer = Wallet::new("newcomer");
    let propose = ix::propose_governance::instruction(
        &ix::propose_governance::Accounts { governance, clearinghouse },
        &ix::propose_governance::Args { proposed: newcomer.address() },
        &[],
    );
    let accept = ix::accept_governance::instruction(
        &ix::accept_governance::Accounts { proposed: heir, clearinghouse },
        &ix::accept_governance::Args {},
        &[],
    );
    let asset = presets::asset(&presets::standard()[0], Address::default(), [0; 32]);
    vec![
        (&ix::create_clearinghouse::SPEC, create_clearinghouse_call(world, &newcomer)),
        (&ix::create_pool::SPEC, create_pool_call(world)),
        (&ix::propose_governance::SPEC, propose),
        (&ix::accept_governance::SPEC, accept),
        (&ix::list_asset::SPEC, world.list_asset_instruction(asset)),
        (&ix::list_collateral::SPEC, world.list_collateral_instruction(DOGE, presets::volatile_collateral())),
        (&ix::list_market::SPEC, world.list_market_instruction(DOGE, presets::market(100_000_000, 10_000))),
        (&ix::set_margin::SPEC, world.set_margin_instruction(BTC, world.market(BTC).margin, 86_400)),
        (&ix::set_weights::SPEC, world.set_weights_instruction(SOL, (700_000, 800_000), 86_400)),
    ]
}

/// Who has a clearinghouse without a pool, beside the world's own.
pub(super) fn founder(world: &World) -> Wallet {
    Wallet::new(&format!("founder {}", world.governance.name))
}

pub(super) fn create_clearinghouse_call(world: &World, creator: &Wallet) -> Instruction {
    let clearinghouse = addresses::clearinghouse(&creator.address());
    ix::create_clearinghouse::instruction(
        &ix::create_clearinghouse::Accounts {
            creator: creator.address(),
            settlement_mint: world.assets[0].mint,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
        },
        &ix::create_clearinghouse::Args { governance: creator.address(), params: presets::clearinghouse() },
        &[],
    )
}

fn create_pool_call(world: &World) -> Instruction {
    let governance = founder(world).address();
    let clearinghouse = addresses::clearinghouse(&governance);
    let pool = addresses::liquidity_pool(&clearinghouse);
    ix::create_pool::instruction(
        &ix::create_pool::Accounts {
            governance,
            clearinghouse,
            pool,
            share_mint: addresses::share_mint(&pool),
            fund: addresses::insurance_fund(&clearinghouse),
        },
        &ix::create_pool::Args { redeem_fee: presets::REDEEM_FEE },
        &[],
    )
}

/// Positions of the debt's bank in the two halves of a receivership.
const DEBT_BANK_AT_START: usize = 3;
const DEBT_BANK_AT_END: usize = 1;

/// The transaction of a call. The other half of a receivership is about the same bank of the
/// debt, and treats what both name as this one does: or its flags would make good for those
/// that are missing here.
pub(super) fn complete(world: &World, call: &Instruction) -> Vec<Instruction> {
    let rescuer = Wallet::new("rescuer");
    let is_start = call.data.starts_with(ix::start_receivership::SPEC.discriminator);
    if !is_start && !call.data.starts_with(ix::end_receivership::SPEC.discriminator) {
        return vec![call.clone()];
    }
    let (mut other, own_at, other_at) = match is_start {
        true => (end_call(world, &rescuer), DEBT_BANK_AT_START, DEBT_BANK_AT_END),
        false => (start_call(world, &rescuer), DEBT_BANK_AT_END, DEBT_BANK_AT_START),
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
