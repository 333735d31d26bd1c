//! The guardian pauses for a while; never what people need to get out of risk.

use plimsoll::error::PlimsollError;
use plimsoll::events::{Paused, Unpaused};
use plimsoll::params::Change;
use plimsoll::state::{ALL_ASSETS, Role, groups};
use plimsoll_client::Event;
use plimsoll_testkit::{Failure, Outcome, Snapshot, Wallet, World};
use plimsoll_tests::attack_stage::{Stage, send, valid_calls};
use plimsoll_tests::full::{full, lender};
use plimsoll_tests::scene::{BTC, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, only_event};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn pause(world: &mut World, scope: u8, groups: u8, seconds: i64) -> Result<Outcome, Option<PlimsollError>> {
    let guardian = world.holder(Role::Guardian);
    let instruction = world.pause_instruction(scope, groups, seconds as u32);
    world.send(&[instruction], &[&guardian.key]).map_err(|f: Failure| f.plimsoll())
}

/// What stops a call of the stage: the group that it belongs to, and the asset.
fn stopped_by(name: &str) -> Option<(u8, u8)> {
    match name {
        "provide_liquidity" => Some((groups::DEPOSIT, USDC)),
        "withdraw" | "redeem_liquidity" | "collect_fees" => Some((groups::WITHDRAW, USDC)),
        "trade" => Some((groups::INCREASE, BTC)),
        _ => None,
    }
}

#[test]
fn every_instruction_in_every_state_of_pause() {
    let mut stage = Stage::new();
    let single = [groups::DEPOSIT, groups::WITHDRAW, groups::BORROW, groups::INCREASE];
    let calls = valid_calls(&mut stage.home);
    let before = Snapshot::take(&stage.home.svm);
    for scope in [ALL_ASSETS, USDC, SOL, BTC, ETH] {
        for set in single.into_iter().chain([groups::ALL]) {
            for (spec, call) in &calls {
                pause(&mut stage.home, scope, set, DAY).expect("a pause");
                let result = send(&mut stage, call);
                let is_stopped = stopped_by(spec.name)
                    .is_some_and(|(group, asset)| set & group != 0 && [ALL_ASSETS, asset].contains(&scope));
                match result {
                    Ok(_) => assert!(!is_stopped, "{} went on in {set} of {scope}", spec.name),
                    Err(failure) => {
                        assert!(is_stopped, "{} in {set} of {scope}: {failure:#?}", spec.name);
                        assert_eq!(failure.plimsoll(), Some(PlimsollError::Paused), "{}", spec.name);
                    }
                }
                before.restore(&mut stage.home.svm);
            }
        }
    }
}

/// Alice lends 1,000 USDC and has a position, bob holds SOL and owes USDC, carol has nothing yet.
fn people(world: &mut World) -> [Wallet; 3] {
    let alice = lender(world, "alice", 1_000);
    let bob = lender(world, "bob", 0);
    lender(world, "lender", 100_000);
    world.trade(&alice, 0, BTC, ONE_BTC / 10).unwrap();
    world.fund(&bob, 0, SOL, 100 * ONE_SOL as u64);
    world.give(&bob, USDC, 0);
    world.refresh(&[USDC]).unwrap();
    let borrow = world.withdraw_instruction(&bob, 0, USDC, 100 * USD as u64);
    world.must(borrow, &bob);
    let carol = lender(world, "carol", 0);
    for person in [&alice, &bob, &carol] {
        world.give(person, USDC, 10_000 * USD as u64);
        world.give(person, SOL, 10 * ONE_SOL as u64);
    }
    world.open_account(&bob, 1);
    [alice, bob, carol]
}

#[test]
fn with_everything_paused_people_still_get_out_of_risk() {
    let mut world = full();
    let [alice, bob, carol] = people(&mut world);
    pause(&mut world, ALL_ASSETS, groups::ALL, DAY).unwrap();
    let one = USD as u64;
    for (instruction, who) in [
        (world.deposit_instruction(&carol, 0, USDC, one), &carol),
        (world.deposit_instruction(&carol, 0, SOL, 1_000), &carol),
        (world.withdraw_instruction(&alice, 0, USDC, one), &alice),
        (world.withdraw_instruction(&bob, 0, USDC, one), &bob),
        (world.withdraw_instruction(&bob, 0, SOL, 1_000), &bob),
        (world.transfer_instruction(&bob, 0, 1, USDC, 20 * one), &bob),
        (world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 100, u128::MAX)), &alice),
        (world.trade_instruction(&alice, &alice, 0, ETH, (ONE_BTC / 10, u128::MAX)), &alice),
    ] {
        world.refused(instruction, who, PlimsollError::Paused);
    }
    // Top up, in any token; repay; move to another account of one's own; reduce; close.
    for (instruction, who) in [
        (world.deposit_instruction(&alice, 0, USDC, one), &alice),
        (world.deposit_instruction(&alice, 0, SOL, 1_000), &alice),
        (world.deposit_instruction(&bob, 0, USDC, 50 * one), &bob),
        (world.transfer_instruction(&bob, 0, 1, SOL, 1_000), &bob),
        (world.trade_instruction(&alice, &alice, 0, BTC, (-ONE_BTC / 20, 0)), &alice),
        (world.trade_instruction(&alice, &alice, 0, BTC, (-ONE_BTC / 20, 0)), &alice),
    ] {
        world.must(instruction, who);
    }
    assert_eq!(world.margin(&alice, 0).perp_count, 0);
}

#[test]
fn a_pause_of_borrowing_leaves_withdrawals_alone() {
    let mut world = full();
    let [alice, bob, _] = people(&mut world);
    pause(&mut world, USDC, groups::BORROW, DAY).unwrap();
    let one = USD as u64;
    for instruction in [
        world.withdraw_instruction(&bob, 0, USDC, one),
        world.transfer_instruction(&bob, 0, 1, USDC, 20 * one),
    ] {
        world.refused(instruction, &bob, PlimsollError::Paused);
    }
    let own = world.withdraw_instruction(&alice, 0, USDC, one);
    world.must(own, &alice);
    let other_token = world.withdraw_instruction(&bob, 0, SOL, 1_000);
    world.must(other_token, &bob);
}

#[test]
fn a_pause_ends_by_itself_to_the_second() {
    let mut world = full();
    let [alice, ..] = people(&mut world);
    let (guardian, now) = (world.holder(Role::Guardian), world.svm.now());
    let instruction = world.pause_instruction(USDC, groups::WITHDRAW, HOUR as u32);
    let outcome = world.changes(instruction, &guardian, &[world.clearinghouse, world.board_address()]);
    let told = Paused {
        clearinghouse: world.clearinghouse,
        by: guardian.address(),
        until: now + HOUR,
        scope: USDC.into(),
        groups: groups::WITHDRAW.into(),
    };
    assert_eq!(only_event(&outcome), Event::Paused(told));
    let close = world.trade_instruction(&alice, &alice, 0, BTC, (-ONE_BTC / 10, 0));
    world.must(close, &alice);
    let bank = world.bank_cash_instruction(world.account_address(&alice, 0));
    world.must(bank, &alice);
    let withdraw = world.withdraw_instruction(&alice, 0, USDC, USD as u64);
    world.svm.set_time(now + HOUR - 1);
    world.refused(withdraw.clone(), &alice, PlimsollError::Paused);
    world.svm.set_time(now + HOUR);
    world.must(withdraw, &alice);
}

#[test]
fn pauses_are_short_and_can_not_be_chained() {
    let mut world = full();
    let start = world.svm.now();
    for seconds in [0, DAY + 1, u32::MAX as i64] {
        assert_eq!(
            pause(&mut world, SOL, 1, seconds).unwrap_err(),
            Some(PlimsollError::ParameterOutOfBounds)
        );
    }
    for set in [0, 16, 255] {
        assert_eq!(pause(&mut world, SOL, set, 60).unwrap_err(), Some(PlimsollError::ParameterOutOfBounds));
    }
    assert_eq!(pause(&mut world, 4, 1, 60).unwrap_err(), Some(PlimsollError::AssetNotOnBoard));
    pause(&mut world, SOL, groups::DEPOSIT, DAY).unwrap();
    // Another one that begins before that has ended ends with the day of the first.
    world.svm.set_time(start + 20 * HOUR);
    pause(&mut world, BTC, groups::INCREASE, DAY).unwrap();
    assert_eq!(world.row(BTC).paused_until, start + DAY);
    world.svm.set_time(start + DAY - 1);
    pause(&mut world, ALL_ASSETS, groups::ALL, DAY).unwrap();
    assert_eq!(world.board().paused_until, start + DAY);
    // Then two days of rest, whatever is to be paused.
    for at in [start + DAY, start + 3 * DAY - 1] {
        world.svm.set_time(at);
        assert_eq!(pause(&mut world, ETH, 1, 60).unwrap_err(), Some(PlimsollError::PauseTooSoon));
    }
    world.svm.set_time(start + 3 * DAY);
    pause(&mut world, ETH, 1, 60).unwrap();
}

#[test]
fn four_pauses_a_week() {
    let mut world = full();
    let start = world.svm.now();
    for minute in 0..4 {
        world.svm.set_time(start + 60 * minute);
        pause(&mut world, SOL, 1, HOUR).unwrap();
    }
    for at in [start + 240, start + 4 * DAY, start + 7 * DAY - 1] {
        world.svm.set_time(at);
        assert_eq!(pause(&mut world, SOL, 1, HOUR).unwrap_err(), Some(PlimsollError::PauseLimit));
    }
    world.svm.set_time(start + 7 * DAY);
    pause(&mut world, SOL, 1, HOUR).unwrap();
    assert_eq!(pause(&mut world, SOL, 1, HOUR).unwrap_err(), Some(PlimsollError::PauseLimit));
}

#[test]
fn what_is_paused_in_one_place_adds_up_and_what_has_ended_does_not() {
    let mut world = full();
    let start = world.svm.now();
    pause(&mut world, SOL, groups::DEPOSIT, HOUR).unwrap();
    pause(&mut world, SOL, groups::BORROW, 2 * HOUR).unwrap();
    let row = world.row(SOL);
    assert_eq!((row.paused_groups, row.paused_until), (groups::DEPOSIT | groups::BORROW, start + 2 * HOUR));
    world.svm.set_time(start + 2 * HOUR + 2 * DAY);
    pause(&mut world, SOL, groups::INCREASE, HOUR).unwrap();
    assert_eq!(world.row(SOL).paused_groups, groups::INCREASE);
}

#[test]
fn only_the_guardian_pauses_and_only_who_paused_lifts_it() {
    let mut world = full();
    let (guardian, outsider) = (world.holder(Role::Guardian), world.wallet("outsider"));
    for other in [&outsider, &world.holder(Role::Governance), &world.holder(Role::Steward)] {
        for mut instruction in [world.pause_instruction(SOL, 1, 60), world.unpause_instruction(SOL)] {
            instruction.accounts[0].pubkey = other.address();
            world.refused(instruction, other, PlimsollError::NotGuardian);
        }
    }
    let role = |world: &World, after: &Wallet| Change::Role {
        role: Role::Guardian as u8,
        before: world.clearinghouse_account().role(Role::Guardian).holder,
        after: after.address(),
    };
    let change = role(&world, &outsider);
    world.enact(&change);
    pause(&mut world, SOL, groups::DEPOSIT, DAY).unwrap();
    pause(&mut world, ALL_ASSETS, groups::DEPOSIT, DAY).unwrap();
    let lift = world.unpause_instruction(ALL_ASSETS);
    let outcome = world.changes(lift, &guardian, &[world.board_address()]);
    let told = Unpaused { clearinghouse: world.clearinghouse, by: guardian.address(), scope: 255 };
    assert_eq!(only_event(&outcome), Event::Unpaused(told));
    assert_eq!((world.board().paused_groups, world.row(SOL).paused_groups), (0, groups::DEPOSIT));
    // The next guardian can neither lift it nor prolong it.
    let accept = world.accept_role_instruction(&outsider, Role::Guardian);
    world.must(accept, &outsider);
    for (mut instruction, error) in [
        (world.unpause_instruction(SOL), PlimsollError::NotGuardian),
        (world.pause_instruction(SOL, 1, 60), PlimsollError::PauseTooSoon),
    ] {
        instruction.accounts[0].pubkey = outsider.address();
        world.refused(instruction, &outsider, error);
    }
}
