//! What governance proposes waits, for everybody to see, and does what it said or nothing.

use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::error::PlimsollError;
use plimsoll::events::*;
use plimsoll::parameters::{ALL, Concern, Parameter};
use plimsoll::params::{AssetParams, Change, FieldChange, OracleSource, PoolTerms};
use plimsoll::state::Role;
use plimsoll::terms::Terms;
use plimsoll_client::Event;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Failure, Wallet, World, presets};
use plimsoll_tests::full::full;
use plimsoll_tests::scene::{BTC, SOL, Scene, only_event};
use solana_address::Address;
use solana_instruction::Instruction;

const DAY: i64 = 86_400;

fn governor(world: &World) -> Wallet {
    world.holder(Role::Governance)
}

fn sol() -> AssetParams {
    presets::asset(&presets::standard()[0], Address::new_from_array([5; 32]), [6; 32])
}

fn redeem_fee(before: i64, after: i64) -> Change {
    let id = parameter_id(Concern::Pool, "redeem_fee").expect("a parameter");
    Change::Parameters { asset: 0, ramp_seconds: 0, fields: vec![field(id, before, after)] }
}

/// Proposes a change; its address and its execution.
fn pending(world: &mut World, change: &Change) -> (Address, Instruction) {
    let (governor, address) = (governor(world), world.next_change());
    let propose = world.propose_instruction(change);
    world.must(propose, &governor);
    (address, world.execute_instruction(address, change))
}

fn execute(world: &mut World, instruction: &Instruction) -> Result<(), Option<PlimsollError>> {
    let sent = world.send(std::slice::from_ref(instruction), &[]);
    sent.map(|_| ()).map_err(|f: Failure| f.plimsoll())
}

/// One change of every kind that can be proposed in the full world.
fn every_kind(world: &World) -> Vec<(Change, i64)> {
    let source = world.row(SOL).source();
    let after = OracleSource { oracle: Address::new_from_array([9; 32]), ..source };
    let steward = world.holder(Role::Steward).address();
    vec![
        (Change::Asset(sol()), 4 * DAY),
        (world.collateral_change(4, presets::volatile_collateral()), 4 * DAY),
        (Change::Market { asset: 4, params: presets::market(1_000_000_000, 10_000) }, 2 * DAY),
        (Change::Oracle { asset: SOL, before: source, after }, 4 * DAY),
        (Change::Role { role: 1, before: steward, after: Address::new_from_array([7; 32]) }, 2 * DAY),
        (redeem_fee(presets::REDEEM_FEE.into(), 10), 2 * DAY),
    ]
}

/// The full world and an asset that is on the board only.
fn with_plain_asset() -> World {
    let mut world = full();
    let listing =
        presets::Listing { symbol: "NEW", collateral: None, market: None, ..presets::standard()[0] };
    world.list_asset(&listing);
    world
}

#[test]
fn every_kind_waits_its_time_to_the_second_and_says_what_it_is() {
    let mut world = with_plain_asset();
    for (change, wait) in every_kind(&world) {
        let (governor, address, now) = (governor(&world), world.next_change(), world.svm.now());
        let propose = world.propose_instruction(&change);
        let outcome = world.changes(propose, &governor, &[world.clearinghouse, address]);
        let shown = world.pending(&address);
        assert_eq!(shown.change(), Ok(change.clone()));
        let proposed = ChangeProposed {
            clearinghouse: world.clearinghouse,
            change: address,
            ready_at: now + wait,
            expires_at: now + wait + DAY,
            id: shown.id,
            kind: shown.kind,
            asset: shown.asset,
            padding: [0; 2],
        };
        assert_eq!(only_event(&outcome), Event::ChangeProposed(proposed));
        assert_eq!(
            (shown.proposed_at, shown.ready_at, shown.expires_at),
            (now, now + wait, now + wait + DAY)
        );
        let instruction = world.execute_instruction(address, &change);
        for waited in [0, wait - 1] {
            world.svm.set_time(now + waited);
            assert_eq!(
                execute(&mut world, &instruction),
                Err(Some(PlimsollError::ChangeWaits)),
                "{change:?}"
            );
        }
        world.svm.set_time(now + wait);
        assert_eq!(execute(&mut world, &instruction), Ok(()), "{change:?}");
        // It is gone, and its rent with it.
        assert!(world.svm.vm.get_account(&address).is_none_or(|account| account.lamports == 0));
        assert!(execute(&mut world, &instruction).is_err(), "{change:?} only once");
    }
}

#[test]
fn a_change_can_be_executed_until_it_expires() {
    for (late, expected) in [(0, Ok(())), (1, Err(Some(PlimsollError::ChangeExpired)))] {
        let mut world = full();
        let (address, instruction) = pending(&mut world, &redeem_fee(presets::REDEEM_FEE.into(), 10));
        let end = world.pending(&address).expires_at;
        world.svm.set_time(end + late);
        assert_eq!(execute(&mut world, &instruction), expected);
        assert_eq!(world.pool().redeem_fee, if late == 0 { 10 } else { presets::REDEEM_FEE });
    }
}

#[test]
fn the_expiry_lies_within_two_weeks_of_the_end_of_the_wait() {
    let mut world = full();
    let (governor, change) = (governor(&world), redeem_fee(presets::REDEEM_FEE.into(), 10));
    let ready = world.svm.now() + 2 * DAY;
    for at in [0, ready, ready + CHANGE_VALID_SECONDS_MAX + 1, i64::MAX] {
        let propose = world.propose_until(&change, at);
        world.refused(propose, &governor, PlimsollError::ExpiryOutOfRange);
    }
    for at in [ready + 1, ready + CHANGE_VALID_SECONDS_MAX] {
        let propose = world.propose_until(&change, at);
        world.must(propose, &governor);
    }
}

#[test]
fn who_may_withdraw_a_change() {
    let mut world = full();
    let outsider = world.wallet("outsider");
    let [governor, guardian] = [Role::Governance, Role::Guardian].map(|role| world.holder(role));
    let fee = redeem_fee(presets::REDEEM_FEE.into(), 10);
    let new_guardian = Change::Role { role: 2, before: guardian.address(), after: outsider.address() };
    for (change, by, may) in [
        (&fee, &governor, true),
        (&fee, &guardian, true),
        (&fee, &outsider, false),
        (&fee, &world.holder(Role::Steward), false),
        (&fee, &world.holder(Role::FeeCollector), false),
        (&new_guardian, &governor, true),
        // The guardian can't cling to its role.
        (&new_guardian, &guardian, false),
    ] {
        let (address, instruction) = pending(&mut world, change);
        let cancel = world.cancel_instruction(address, by);
        if may {
            let id = world.pending(&address).id as u64;
            let outcome = world.changes(cancel, by, &[address]);
            let clearinghouse = world.clearinghouse;
            let cancelled = ChangeCancelled { clearinghouse, change: address, by: by.address(), id };
            assert_eq!(only_event(&outcome), Event::ChangeCancelled(cancelled));
            world.svm.advance(2 * DAY);
            assert!(execute(&mut world, &instruction).is_err());
        } else {
            world.refused(cancel.clone(), by, PlimsollError::NotGovernanceOrGuardian);
            let end = world.pending(&address).expires_at;
            world.svm.set_time(end);
            world.refused(cancel.clone(), by, PlimsollError::NotGovernanceOrGuardian);
            world.svm.set_time(end + 1);
            world.changes(cancel, by, &[address]);
        }
    }
    assert_eq!(world.pool().redeem_fee, presets::REDEEM_FEE);
}

#[test]
fn a_change_whose_field_is_another_meanwhile_is_stale_and_others_are_not() {
    let mut world = full();
    let mut terms = world.market(BTC).terms;
    (terms.trading_fee, terms.bounty_seconds) = (600, 400);
    let both = world.terms_change(BTC, &Terms::Market(terms), 0);
    let (_, first) = pending(&mut world, &both);
    terms = world.market(BTC).terms;
    terms.size_min += 1;
    let apart = world.terms_change(BTC, &Terms::Market(terms), 0);
    let (_, second) = pending(&mut world, &apart);
    let mut overtaking = world.market(BTC).terms;
    overtaking.trading_fee = 700;
    let overtaking = world.terms_change(BTC, &Terms::Market(overtaking), 0);
    let (_, third) = pending(&mut world, &overtaking);
    world.svm.advance(2 * DAY);
    assert_eq!(execute(&mut world, &third), Ok(()));
    let before = world.market(BTC).terms;
    assert_eq!(execute(&mut world, &first), Err(Some(PlimsollError::ChangeStale)));
    assert_eq!(world.market(BTC).terms, before, "not a part of it either");
    assert_eq!(execute(&mut world, &second), Ok(()));
    assert_eq!(world.market(BTC).terms.size_min, before.size_min + 1);
    // What is not there is not proposed to begin with.
    let stale = world.propose_instruction(&both);
    world.refused(stale, &governor(&world), PlimsollError::ChangeStale);
}

#[test]
fn oracles_and_roles_are_stale_by_what_they_replace() {
    let mut world = full();
    let source = world.row(SOL).source();
    let to = |byte| OracleSource { oracle: Address::new_from_array([byte; 32]), ..source };
    let (_, first) = pending(&mut world, &Change::Oracle { asset: SOL, before: source, after: to(8) });
    let (_, second) = pending(&mut world, &Change::Oracle { asset: SOL, before: source, after: to(9) });
    world.svm.advance(4 * DAY);
    assert_eq!(execute(&mut world, &first), Ok(()));
    assert_eq!(execute(&mut world, &second), Err(Some(PlimsollError::ChangeStale)));
    let row = world.row(SOL);
    assert_eq!((row.source(), row.priced_since), (to(8), 0), "the history begins anew");
    let stale = world.propose_instruction(&Change::Oracle { asset: SOL, before: source, after: to(9) });
    world.refused(stale, &governor(&world), PlimsollError::ChangeStale);
    // The settlement token has no oracle, and nothing gets its kind.
    let kind = |asset, before, kind| Change::Oracle { asset, before, after: OracleSource { kind, ..before } };
    let settlement = world.row(0).source();
    for change in [kind(SOL, to(8), 0), kind(SOL, to(8), 3), kind(0, settlement, 1)] {
        let propose = world.propose_instruction(&change);
        world.refused(propose, &governor(&world), PlimsollError::ParameterOutOfBounds);
    }
    let holder = world.holder(Role::Steward).address();
    let burn = Change::Role { role: 1, before: holder, after: Address::default() };
    let (_, first) = pending(&mut world, &burn);
    let (_, second) = pending(&mut world, &burn);
    world.svm.advance(2 * DAY);
    assert_eq!(execute(&mut world, &first), Ok(()));
    assert_eq!(execute(&mut world, &second), Err(Some(PlimsollError::ChangeStale)));
}

#[test]
fn a_shorter_wait_waits_the_longer_one_and_holds_for_later_changes_only() {
    let mut world = full();
    let mut terms = world.clearinghouse_account().terms(&world.board());
    (terms.change_delay_seconds, terms.oracle_delay_seconds) = (10 * DAY as u32, 20 * DAY as u32);
    world.enact(&world.terms_change(0, &Terms::Clearinghouse(terms), 0));
    let (address, early) = pending(&mut world, &redeem_fee(presets::REDEEM_FEE.into(), 10));
    let began = world.svm.now();
    assert_eq!(world.pending(&address).ready_at, began + 10 * DAY);
    terms.change_delay_seconds = 2 * DAY as u32;
    let shorter = world.terms_change(0, &Terms::Clearinghouse(terms), 0);
    let (_, shorten) = pending(&mut world, &shorter);
    world.svm.set_time(began + 10 * DAY - 1);
    assert_eq!(execute(&mut world, &shorten), Err(Some(PlimsollError::ChangeWaits)));
    world.svm.set_time(began + 10 * DAY);
    assert_eq!(execute(&mut world, &shorten), Ok(()));
    assert_eq!(execute(&mut world, &early), Ok(()));
    let (address, _) = pending(&mut world, &redeem_fee(10, 20));
    assert_eq!(world.pending(&address).ready_at, world.svm.now() + 2 * DAY);
}

#[test]
fn what_was_proposed_before_the_launch_is_void_after_it() {
    let mut world = World::bare().with(&presets::standard());
    let (_, instruction) = pending(&mut world, &redeem_fee(presets::REDEEM_FEE.into(), 10));
    world.launch();
    for seconds in [0, 2 * DAY] {
        world.svm.advance(seconds);
        assert!(matches!(
            execute(&mut world, &instruction),
            Err(Some(PlimsollError::ChangeStale | PlimsollError::ChangeExpired))
        ));
    }
    assert_eq!(world.pool().redeem_fee, presets::REDEEM_FEE);
}

#[test]
fn each_kind_has_its_own_execution() {
    let mut world = with_plain_asset();
    let kinds = every_kind(&world);
    for (change, wait) in &kinds {
        let (address, _) = pending(&mut world, change);
        world.svm.advance(*wait);
        for (other, _) in &kinds {
            if std::mem::discriminant(other) == std::mem::discriminant(change) {
                continue;
            }
            let mut wrong = world.execute_instruction(address, other);
            if matches!(other, Change::Market { .. }) {
                // The market of the asset that the change is said to be about.
                let asset = world.pending(&address).asset;
                wrong.accounts[6].pubkey = world.market_address(asset);
            }
            let both_generic =
                !matches!(change, Change::Asset(_) | Change::Collateral { .. } | Change::Market { .. })
                    && !matches!(other, Change::Asset(_) | Change::Collateral { .. } | Change::Market { .. });
            if !both_generic {
                let refusal = execute(&mut world, &wrong).expect_err("another kind");
                let is_known = refusal.is_none_or(|error| {
                    [PlimsollError::WrongChange, PlimsollError::ForeignAccount].contains(&error)
                });
                assert!(is_known, "{change:?} by {other:?}: {refusal:?}");
            }
        }
        let cancel = world.cancel_instruction(address, &governor(&world));
        world.must(cancel, &governor(&world));
    }
}

/// A value of a parameter that is not `before`, within its bounds, and as near as can be.
fn next(parameter: &Parameter, before: i64) -> i64 {
    if before > parameter.min { before - 1 } else { before + 1 }
}

#[test]
fn every_parameter_can_be_changed_and_only_it_changes() {
    let mut world = full();
    for (id, parameter) in ALL.iter().enumerate() {
        let asset = if parameter.concern == Concern::Weights { SOL } else { BTC };
        let before = world.terms(parameter.concern, asset);
        let value = parameter.read(before.bytes());
        let after = match (parameter.concern, parameter.name) {
            // A wrapped asset's ratio is decided when it is listed.
            (_, "parity_ratio") => continue,
            (_, "size_min" | "bounty_share" | "initial_profit_weight") => value - 1,
            (
                _,
                "oracle_delay_seconds" | "rate_at_kink" | "rate_at_full" | "skew_scale" | "initial_margin",
            ) => value + 1,
            (Concern::Market, "open_interest_max" | "liquidation_penalty" | "trading_fee") => value - 1,
            (Concern::Weights, "initial_debt") => value + 1,
            (_, "maintenance_profit_weight" | "tier_1_initial" | "tier_2_initial") => {
                match value < parameter.max {
                    true => value + 1,
                    false => continue,
                }
            }
            _ => next(parameter, value),
        };
        let ramp_seconds = if parameter.concern.is_ramped() { 86_400 } else { 0 };
        let fields = vec![field(id as u8, value, after)];
        let outcome = world.enact(&Change::Parameters { asset, ramp_seconds, fields });
        let set = ParameterSet {
            clearinghouse: world.clearinghouse,
            before: value,
            after,
            arrives_at: world.svm.now() + ramp_seconds as i64,
            parameter: id as u32,
            asset: asset.into(),
        };
        assert_eq!(outcome.events[0], Event::ParameterSet(set), "{}", parameter.name);
        let now = world.terms(parameter.concern, asset);
        for other in ALL.iter().filter(|p| p.concern == parameter.concern) {
            let expected = if other == parameter { after } else { other.read(before.bytes()) };
            assert_eq!(other.read(now.bytes()), expected, "{} after {}", other.name, parameter.name);
        }
        world.svm.advance(ramp_seconds as i64);
    }
}

#[test]
fn a_change_names_parameters_of_one_concern_once_each_and_what_they_are_kept_in() {
    let mut world = full();
    let governor = governor(&world);
    let id = |concern, name| parameter_id(concern, name).expect("a parameter");
    let (fee, size) = (id(Concern::Market, "trading_fee"), id(Concern::Market, "size_min"));
    let terms = world.market(BTC).terms;
    let fields =
        |list: &[FieldChange]| Change::Parameters { asset: BTC, ramp_seconds: 0, fields: list.to_vec() };
    let (a, b) = (field(size, terms.size_min, terms.size_min + 1), field(fee, terms.trading_fee.into(), 7));
    let call = field(id(Concern::Clearinghouse, "margin_call"), 1_100_000, 1_100_001);
    let market = ALL.iter().enumerate().filter(|(_, p)| p.concern == Concern::Market);
    let thirteen: Vec<FieldChange> = market.take(13).map(|(id, _)| field(id as u8, 0, 1)).collect();
    for (list, error) in [
        (&[][..], PlimsollError::TooManyFields),
        (&thirteen, PlimsollError::TooManyFields),
        (&[b, a], PlimsollError::MixedConcerns),
        (&[a, a], PlimsollError::MixedConcerns),
        (&[call, a], PlimsollError::MixedConcerns),
        (&[field(ALL.len() as u8, 0, 1)], PlimsollError::UnknownParameter),
        (&[field(255, 0, 1)], PlimsollError::UnknownParameter),
    ] {
        let propose = world.propose_instruction(&fields(list));
        world.refused(propose, &governor, error);
    }
    // Without the market, or with that of another asset.
    let change = fields(&[a, b]);
    let other = world.market_address(SOL);
    for market in [plimsoll::ID, other] {
        let mut propose = world.propose_instruction(&change);
        propose.accounts[5].pubkey = market;
        world.refused(propose, &governor, PlimsollError::TargetMissing);
    }
    let (_, mut instruction) = pending(&mut world, &change);
    world.svm.advance(2 * DAY);
    instruction.accounts[4].pubkey = other;
    assert_eq!(execute(&mut world, &instruction), Err(Some(PlimsollError::TargetMissing)));
}

#[test]
fn changes_that_do_not_go_together_are_not_executed_together() {
    let mut world = full();
    let terms = world.clearinghouse_account().terms(&world.board());
    let with = |change: fn(&mut plimsoll::params::ClearinghouseTerms)| {
        let mut terms = terms;
        change(&mut terms);
        world.terms_change(0, &Terms::Clearinghouse(terms), 0)
    };
    // A margin call may come up to the liquidation target, and the target may fall to the call.
    let (call, target) = (with(|t| t.margin_call = 1_240_000), with(|t| t.liquidation_target = 1_200_000));
    let ((_, raise), (_, lower)) = (pending(&mut world, &call), pending(&mut world, &target));
    world.svm.advance(2 * DAY);
    assert_eq!(execute(&mut world, &raise), Ok(()));
    assert_eq!(execute(&mut world, &lower), Err(Some(PlimsollError::ParameterOutOfBounds)));
}

#[test]
fn the_last_row_of_the_board_goes_to_the_change_that_is_executed_first() {
    let mut world = World::bare();
    for _ in 2..plimsoll::state::ASSETS_MAX {
        world.enact(&Change::Asset(sol()));
    }
    let changes = [(); 2].map(|()| pending(&mut world, &Change::Asset(sol())).1);
    assert_eq!(execute(&mut world, &changes[0]), Ok(()));
    assert_eq!(execute(&mut world, &changes[1]), Err(Some(PlimsollError::BoardFull)));
}

#[test]
fn an_asset_gets_one_bank_and_markets_share_the_capital_whatever_was_proposed() {
    let mut world = World::bare();
    let plain =
        |symbol| presets::Listing { symbol, collateral: None, market: None, ..presets::standard()[0] };
    let (first, second) = (world.list_asset(&plain("ONE")), world.list_asset(&plain("TWO")));
    let params = presets::volatile_collateral();
    let banks = [first, second].map(|asset| {
        let mint = world.assets[asset as usize].mint;
        pending(&mut world, &Change::Collateral { asset: first, mint, params }).1
    });
    assert_eq!(execute(&mut world, &banks[0]), Ok(()));
    assert_eq!(execute(&mut world, &banks[1]), Err(Some(PlimsollError::AlreadyListed)));
    let markets = [first, second].map(|asset| {
        let params = presets::market(10_000_000_000, 500_000);
        pending(&mut world, &Change::Market { asset, params }).1
    });
    assert_eq!(execute(&mut world, &markets[0]), Ok(()));
    assert_eq!(execute(&mut world, &markets[1]), Err(Some(PlimsollError::ParameterOutOfBounds)));
}

#[test]
fn an_outflow_limit_at_most_doubles_or_halves() {
    let mut world = full();
    let (governor, bank) = (governor(&world), world.bank(SOL));
    let limit = bank.terms.outflow_max / 4;
    let mut halved = bank.terms;
    halved.outflow_max = bank.terms.outflow_max / 2;
    world.enact(&world.terms_change(SOL, &Terms::Bank(halved), 0));
    halved.outflow_max = limit;
    world.enact(&world.terms_change(SOL, &Terms::Bank(halved), 0));
    let with = |outflow_max| Terms::Bank(plimsoll::state::BankTerms { outflow_max, ..halved });
    for beyond in [2 * limit + 1, limit / 2 - 1] {
        let propose = world.propose_instruction(&world.terms_change(SOL, &with(beyond), 0));
        world.refused(propose, &governor, PlimsollError::StepTooLarge);
    }
    // Two of them proposed at once do not add up: the second expects what the first replaces.
    let double = world.terms_change(SOL, &with(2 * limit), 0);
    let (_, first) = pending(&mut world, &double);
    let (_, second) = pending(&mut world, &double);
    world.svm.advance(2 * DAY);
    assert_eq!(execute(&mut world, &first), Ok(()));
    assert_eq!(execute(&mut world, &second), Err(Some(PlimsollError::ChangeStale)));
    assert_eq!(world.bank(SOL).terms.outflow_max, 2 * limit);
    let mut terms = world.clearinghouse_account().terms(&world.board());
    terms.outflow_max /= 2;
    terms.outflow_max -= 1;
    let propose = world.propose_instruction(&world.terms_change(0, &Terms::Clearinghouse(terms), 0));
    world.refused(propose, &governor, PlimsollError::StepTooLarge);
}

#[test]
fn the_liquidation_target_only_falls_and_capital_weights_stay_within_the_pool() {
    let mut world = full();
    let governor = governor(&world);
    let mut terms = world.clearinghouse_account().terms(&world.board());
    terms.liquidation_target += 1;
    let raise = world.propose_instruction(&world.terms_change(0, &Terms::Clearinghouse(terms), 0));
    world.refused(raise, &governor, PlimsollError::ParameterOutOfBounds);
    terms.liquidation_target -= 2;
    world.enact(&world.terms_change(0, &Terms::Clearinghouse(terms), 0));
    assert_eq!(world.board().liquidation_target, terms.liquidation_target);
    // Three markets of 30% each: one may have 35%, not more.
    let mut market = world.market(BTC).terms;
    market.capital_weight = 350_001;
    let propose = world.propose_instruction(&world.terms_change(BTC, &Terms::Market(market), 0));
    world.refused(propose, &governor, PlimsollError::ParameterOutOfBounds);
    market.capital_weight = 350_000;
    world.enact(&world.terms_change(BTC, &Terms::Market(market), 0));
    assert_eq!(world.pool().capital_weights, 950_000);
}

#[test]
fn the_payer_of_a_change_may_be_governance_and_gets_its_rent_back() {
    let mut world = full();
    let governor = world.wallet(&governor(&world).name);
    let change = redeem_fee(presets::REDEEM_FEE.into(), 10);
    let address = world.next_change();
    let mut propose = world.propose_instruction(&change);
    propose.accounts[1].pubkey = governor.address();
    let had = world.svm.account(&governor.address()).lamports;
    world.must(propose, &governor);
    let rent = world.svm.account(&address).lamports;
    assert_eq!(world.svm.account(&governor.address()).lamports, had - rent);
    let mut cancel = world.cancel_instruction(address, &governor);
    cancel.accounts[3].pubkey = world.wallet("thief").address();
    world.refused(cancel.clone(), &governor, PlimsollError::ForeignAccount);
    cancel.accounts[3].pubkey = governor.address();
    world.must(cancel, &governor);
    assert_eq!(world.svm.account(&governor.address()).lamports, had);
}

#[test]
fn the_terms_of_the_pool_are_a_concern_of_their_own() {
    let mut world = full();
    world.enact(&world.terms_change(0, &Terms::Pool(PoolTerms { redeem_fee: 10_000 }), 0));
    assert_eq!(world.pool().redeem_fee, 10_000);
}
