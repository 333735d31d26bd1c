//! What those in charge have under way, and a valid call of each of their instructions.

use super::{DOGE, SHIB};
use crate::scene::{BTC, ETH, SOL};
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::parameters::{self, Concern};
use plimsoll::params::{Change, FieldChange};
use plimsoll::state::{Role, groups};
use plimsoll_client::instructions as ix;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_client::{addresses, governance};
use plimsoll_testkit::presets;
use plimsoll_testkit::{Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;

/// A day, the shortest ramp.
const RAMP_SECONDS: u32 = 86_400;

/// Who pays for changes, so that no account of theirs is the fee payer's.
pub(super) const SPONSOR: &str = "sponsor";

/// Puts `who` where the instruction has an account of this name.
fn with(spec: &InstructionSpec, mut call: Instruction, name: &str, who: &str) -> Instruction {
    let at = spec.accounts.iter().position(|account| account.name == name).expect("an account of this name");
    call.accounts[at].pubkey = Wallet::new(who).address();
    call
}

/// Moves one parameter of an asset.
fn moved(world: &World, asset: u8, (concern, name): (Concern, &str), to: fn(i64) -> i64) -> FieldChange {
    let id = governance::parameter_id(concern, name).expect("a parameter");
    let before = parameters::ALL[id as usize].read(world.terms(concern, asset).bytes());
    governance::field(id, before, to(before))
}

fn change(world: &World, asset: u8, (concern, name): (Concern, &str), to: fn(i64) -> i64) -> Change {
    let ramp_seconds = if concern.is_ramped() { RAMP_SECONDS } else { 0 };
    Change::Parameters { asset, ramp_seconds, fields: vec![moved(world, asset, (concern, name), to)] }
}

/// Proposes what is to wait, each for as long as that is possible.
pub(super) fn propose_changes(world: &mut World) {
    let sponsor = world.wallet(SPONSOR);
    let heir = Wallet::new("heir").address();
    for change in [
        Change::Asset(presets::asset(&presets::standard()[0], Address::default(), [0; 32])),
        world.collateral_change(DOGE, presets::volatile_collateral()),
        Change::Market { asset: DOGE, params: presets::market(100_000_000, 10_000) },
        change(world, BTC, (Concern::Market, "capital_weight"), |weight| weight - 10_000),
        change(world, SOL, (Concern::Weights, "initial_asset"), |weight| weight - 100_000),
        change(world, ETH, (Concern::Price, "fresh_seconds"), |seconds| seconds - 10),
        Change::Role { role: Role::Governance as u8, before: world.governance.address(), after: heir },
        world.collateral_change(SHIB, presets::volatile_collateral()),
    ] {
        let expires_at = world.svm.now() + world.wait_seconds(&change) + CHANGE_VALID_SECONDS_MAX;
        let propose = world.propose_until(&change, expires_at);
        let propose = with(&ix::propose::SPEC, propose, "payer", SPONSOR);
        let governance = world.governance.key.insecure_clone();
        world.send(&[propose], &[&governance, &sponsor.key]).unwrap_or_else(|f| panic!("{f:#?}"));
    }
}

/// The call that executes the pending change that `is_it`.
fn execution(world: &World, is_it: fn(&Change) -> bool) -> Instruction {
    let (address, change) = pending(world, is_it);
    let call = world.execute_instruction(address, &change);
    match change {
        Change::Asset(_) => with(&ix::list_asset::SPEC, call, "payer", SPONSOR),
        Change::Collateral { .. } => with(&ix::list_collateral::SPEC, call, "payer", SPONSOR),
        Change::Market { .. } => with(&ix::list_market::SPEC, call, "payer", SPONSOR),
        _ => with(&ix::execute_change::SPEC, call, "payer", SPONSOR),
    }
}

/// The first pending change that `is_it`, and where it is.
fn pending(world: &World, is_it: fn(&Change) -> bool) -> (Address, Change) {
    let ids = 0..world.clearinghouse_account().change_count;
    let addresses = ids.map(|id| addresses::pending_change(&world.clearinghouse, id));
    let there = addresses.filter(|address| world.svm.vm.get_account(address).is_some());
    let mut changes = there.map(|address| (address, world.pending(&address).change().expect("a change")));
    changes.find(|(_, change)| is_it(change)).expect("a pending change")
}

/// Executes two changes that have waited: the heir's nomination, and SHIB as collateral.
pub(super) fn execute_changes(world: &mut World) {
    let nominate = execution(world, |change| matches!(change, Change::Role { .. }));
    let list = execution(world, |change| matches!(change, Change::Collateral { asset: SHIB, .. }));
    for execute in [nominate, list] {
        world.send(&[execute], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    }
}

/// The guardian pauses deposits of DOGE, which nobody could make anyway.
pub(super) fn pause(world: &mut World) {
    let pause = world.pause_instruction(DOGE, groups::DEPOSIT, 86_400);
    world.must(pause, &world.holder(Role::Guardian));
}

pub(super) fn governance_calls(world: &World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let capital = change(world, ETH, (Concern::Market, "capital_weight"), |weight| weight / 2);
    let propose = world.propose_instruction(&capital);
    let asset = |change: &Change| matches!(change, Change::Asset(_));
    let cancel = world.cancel_instruction(pending(world, asset).0, &world.holder(Role::Guardian));
    let collateral = execution(world, |change| matches!(change, Change::Collateral { .. }));
    let market = execution(world, |change| matches!(change, Change::Market { .. }));
    vec![
        (&ix::propose::SPEC, with(&ix::propose::SPEC, propose, "payer", SPONSOR)),
        (&ix::cancel_change::SPEC, with(&ix::cancel_change::SPEC, cancel, "payer", SPONSOR)),
        (&ix::list_asset::SPEC, execution(world, asset)),
        (&ix::list_collateral::SPEC, with(&ix::list_collateral::SPEC, collateral, "executor", "keeper")),
        (&ix::list_market::SPEC, with(&ix::list_market::SPEC, market, "executor", "keeper")),
        (&ix::execute_change::SPEC, execution(world, |change| matches!(change, Change::Parameters { .. }))),
        (&ix::accept_role::SPEC, world.accept_role_instruction(&Wallet::new("heir"), Role::Governance)),
        (&ix::tighten::SPEC, tighten_market(world)),
        (&ix::pause::SPEC, world.pause_instruction(BTC, groups::INCREASE, 3_600)),
        (&ix::unpause::SPEC, world.unpause_instruction(DOGE)),
        (&ix::warm_up::SPEC, world.warm_up_instruction(SHIB)),
        (&ix::collect_fees::SPEC, world.collect_fees_instruction(BTC, 1_000_000)),
    ]
}

/// A market's term, so without the bank.
fn tighten_market(world: &World) -> Instruction {
    let reduce_only = moved(world, BTC, (Concern::Market, "reduce_only"), |_| 1);
    tighten(world, BTC, reduce_only, Some(world.market_address(BTC)), None)
}

/// A bank's term, so without the market.
fn tighten_bank(world: &World) -> Instruction {
    let cap = moved(world, SOL, (Concern::Bank, "deposit_cap"), |cap| cap / 2);
    tighten(world, SOL, cap, None, Some(world.bank_address(SOL)))
}

fn tighten(
    world: &World,
    asset: u8,
    field: FieldChange,
    market: Option<Address>,
    bank: Option<Address>,
) -> Instruction {
    ix::tighten::instruction(
        &ix::tighten::Accounts {
            steward: world.holder(Role::Steward).address(),
            clearinghouse: world.clearinghouse,
            risk_board: world.board_address(),
            market,
            bank,
        },
        &ix::tighten::Args { asset, ramp_seconds: 0, fields: vec![field] },
        &[],
    )
}

/// What instructions with optional accounts do with others of them than in their first call: each with
/// a name of its own.
pub fn further_calls(world: &World) -> Vec<(&'static str, &'static InstructionSpec, Instruction)> {
    let weights = execution(world, |change| matches!(change, Change::Parameters { asset: SOL, .. }));
    let prices = execution(world, |change| matches!(change, Change::Parameters { asset: ETH, .. }));
    let lower = change(world, BTC, (Concern::Weights, "initial_asset"), |weight| weight - 100_000);
    let propose = world.propose_instruction(&lower);
    vec![
        ("propose/weights", &ix::propose::SPEC, with(&ix::propose::SPEC, propose, "payer", SPONSOR)),
        ("execute_change/weights", &ix::execute_change::SPEC, weights),
        ("execute_change/prices", &ix::execute_change::SPEC, prices),
        ("tighten/bank", &ix::tighten::SPEC, tighten_bank(world)),
    ]
}
