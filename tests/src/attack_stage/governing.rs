//! What those in charge have under way, and a valid call of each of their instructions.

use super::{DOGE, SHIB};
use crate::scene::{BTC, ETH, SOL};
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::parameters::Concern;
use plimsoll::params::Change;
use plimsoll::state::{MarketTerms, Role, groups};
use plimsoll::terms::Terms;
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
const SPONSOR: &str = "sponsor";

/// Puts `who` where the instruction has an account of this name.
fn with(spec: &InstructionSpec, mut call: Instruction, name: &str, who: &str) -> Instruction {
    let at = spec.accounts.iter().position(|account| account.name == name).expect("an account of this name");
    call.accounts[at].pubkey = Wallet::new(who).address();
    call
}

/// The market terms of an asset, changed.
fn market_terms(world: &World, asset: u8, change: fn(&mut MarketTerms)) -> Terms {
    let Terms::Market(mut terms) = world.terms(Concern::Market, asset) else { unreachable!("a market's") };
    change(&mut terms);
    Terms::Market(terms)
}

/// Weights of an asset that count a tenth less of it for initial margin.
fn lower_weights(world: &World, asset: u8) -> Change {
    let Terms::Weights(mut weights) = world.terms(Concern::Weights, asset) else { unreachable!("weights") };
    weights.initial_asset -= 100_000;
    world.terms_change(asset, &Terms::Weights(weights), RAMP_SECONDS)
}

/// Prices of an asset that age earlier.
fn fresher_prices(world: &World, asset: u8) -> Change {
    let Terms::Price(mut price) = world.terms(Concern::Price, asset) else { unreachable!("prices") };
    price.fresh_seconds -= 10;
    world.terms_change(asset, &Terms::Price(price), 0)
}

/// Proposes what is to wait, each for as long as that is possible.
pub(super) fn propose_changes(world: &mut World) {
    let sponsor = world.wallet(SPONSOR);
    let heir = Wallet::new("heir").address();
    let capital = market_terms(world, BTC, |terms| terms.capital_weight -= 10_000);
    for change in [
        Change::Asset(presets::asset(&presets::standard()[0], Address::default(), [0; 32])),
        world.collateral_change(DOGE, presets::volatile_collateral()),
        Change::Market { asset: DOGE, params: presets::market(100_000_000, 10_000) },
        world.terms_change(BTC, &capital, 0),
        lower_weights(world, SOL),
        fresher_prices(world, ETH),
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
    let impact = market_terms(world, ETH, |terms| terms.skew_scale *= 2);
    let propose = world.propose_instruction(&world.terms_change(ETH, &impact, 0));
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
    let reduced = market_terms(world, BTC, |terms| terms.reduce_only = 1);
    let market = Some(world.market_address(BTC));
    tighten(world, BTC, &reduced, market, None)
}

/// A bank's term, so without the market.
fn tighten_bank(world: &World) -> Instruction {
    let Terms::Bank(mut terms) = world.terms(Concern::Bank, SOL) else { unreachable!("a bank's") };
    terms.deposit_cap /= 2;
    tighten(world, SOL, &Terms::Bank(terms), None, Some(world.bank_address(SOL)))
}

fn tighten(
    world: &World,
    asset: u8,
    after: &Terms,
    market: Option<Address>,
    bank: Option<Address>,
) -> Instruction {
    let fields = governance::difference(&world.terms(after.concern(), asset), after);
    ix::tighten::instruction(
        &ix::tighten::Accounts {
            steward: world.holder(Role::Steward).address(),
            clearinghouse: world.clearinghouse,
            risk_board: world.board_address(),
            market,
            bank,
        },
        &ix::tighten::Args { asset, ramp_seconds: 0, fields },
        &[],
    )
}

/// What instructions with optional accounts do with others of them than in their first call: each with
/// a name of its own.
pub fn further_calls(world: &World) -> Vec<(&'static str, &'static InstructionSpec, Instruction)> {
    let weights = execution(world, |change| matches!(change, Change::Parameters { asset: SOL, .. }));
    let prices = execution(world, |change| matches!(change, Change::Parameters { asset: ETH, .. }));
    let propose = world.propose_instruction(&lower_weights(world, BTC));
    vec![
        ("propose/weights", &ix::propose::SPEC, with(&ix::propose::SPEC, propose, "payer", SPONSOR)),
        ("execute_change/weights", &ix::execute_change::SPEC, weights),
        ("execute_change/prices", &ix::execute_change::SPEC, prices),
        ("tighten/bank", &ix::tighten::SPEC, tighten_bank(world)),
    ]
}
