//! Only so much leaves a bank, and all banks together, in a time.

use plimsoll::error::PlimsollError;
use plimsoll::events::OutflowRefused;
use plimsoll::parameters::Concern;
use plimsoll::terms::Terms;
use plimsoll_client::{Event, logs};
use plimsoll_risk::outflow::{self, Limits};
use plimsoll_testkit::presets::{self, Deployment};
use plimsoll_testkit::{Failure, Svm, Wallet, World};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_SOL, SOL, Scene, USD, USDC};

/// Native units of SOL that may leave at once: 1,000 USD worth.
const SOL_MAX: u64 = 10 * ONE_SOL as u64;
const USDC_MAX: u64 = 2_000 * USD as u64;
/// Micro-USD that may leave all banks at once.
const TOTAL_MAX: u64 = 2_500 * USD as u64;
const DAY: i64 = 86_400;

/// The standard world with these limits, SOL at 100, BTC at 8,000, ETH at 200 USD.
fn limited() -> World {
    let mut deployment = Deployment::default();
    deployment.terms.outflow_max = TOTAL_MAX as i64;
    deployment.settlement.terms.outflow_max = USDC_MAX;
    let mut listings = presets::standard();
    listings[0].collateral.as_mut().expect("collateral").terms.outflow_max = SOL_MAX;
    let mut world = World::deployed_by("governance", Svm::new(), deployment).with(&listings).launched();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    world
}

/// A wallet with so many native units of an asset in its first account.
fn depositor(world: &mut World, name: &str, asset: u8, amount: u64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    if amount > 0 {
        world.fund(&wallet, 0, asset, amount);
    }
    world.svm.advance(1);
    wallet
}

fn withdraw(world: &mut World, who: &Wallet, asset: u8, amount: u64) -> Result<(), Failure> {
    let instruction = world.withdraw_instruction(who, 0, asset, amount);
    world.send(&[instruction], &[&who.key]).map(|_| ())
}

/// What the log of a refused withdrawal says.
fn refused(world: &mut World, who: &Wallet, asset: u8, amount: u64) -> OutflowRefused {
    let failure = withdraw(world, who, asset, amount).expect_err("beyond the limit");
    assert_eq!(failure.plimsoll(), Some(PlimsollError::OutflowLimit));
    let events = logs::events(failure.logs.iter().map(String::as_str)).events;
    let [Event::OutflowRefused(refused)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((refused.bank, refused.asked), (world.bank_address(asset), amount));
    *refused
}

#[test]
fn attack_a_fast_drain_in_many_transactions() {
    // However a withdrawal is split, over however many accounts, the same leaves.
    for parts in [1, 7, 100] {
        let mut world = limited();
        let crowd: Vec<Wallet> = (0..4u8)
            .map(|n| depositor(&mut world, &format!("thief {n}"), SOL, 100 * ONE_SOL as u64))
            .collect();
        let mut left = 0;
        for part in 0..2 * parts {
            let who = &crowd[part as usize % crowd.len()];
            match withdraw(&mut world, who, SOL, SOL_MAX / parts) {
                Ok(()) => left += SOL_MAX / parts,
                Err(failure) => assert_eq!(failure.plimsoll(), Some(PlimsollError::OutflowLimit)),
            }
        }
        assert!(left <= SOL_MAX && left + SOL_MAX / parts + parts > SOL_MAX, "{parts}: {left}");
    }
}

#[test]
fn attack_a_drain_over_days() {
    let mut world = limited();
    let thief = depositor(&mut world, "thief", SOL, 1_000 * ONE_SOL as u64);
    let (begun, step) = (world.svm.now(), ONE_SOL as u64 / 4);
    let mut left = 0u64;
    while world.svm.now() < begun + 3 * DAY {
        while withdraw(&mut world, &thief, SOL, step).is_ok() {
            left += step;
            let seconds = (world.svm.now() - begun) as u64;
            assert!(left <= SOL_MAX + SOL_MAX * seconds / DAY as u64, "{left} after {seconds} seconds");
        }
        world.svm.advance(600);
    }
    // Of the bound of four limits in three days: what was held back fades, and never faster.
    assert!(left > 3 * SOL_MAX, "honest people are not kept waiting for longer: {left}");
}

#[test]
fn a_refusal_says_what_may_leave_now_and_when_the_rest_may() {
    let mut world = limited();
    let alice = depositor(&mut world, "alice", SOL, 100 * ONE_SOL as u64);
    withdraw(&mut world, &alice, SOL, SOL_MAX / 2).unwrap();
    let asked = SOL_MAX * 3 / 4;
    let said = refused(&mut world, &alice, SOL, asked);
    assert_eq!(said.room, SOL_MAX / 2);
    // What has left fades to half in 24 h x ln 2.
    assert_eq!(said.open_at - world.svm.now(), 59_888);
    assert_eq!(refused(&mut world, &alice, SOL, said.room + 1).room, said.room);
    world.svm.set_time(said.open_at - 1);
    refused(&mut world, &alice, SOL, asked);
    world.svm.set_time(said.open_at);
    withdraw(&mut world, &alice, SOL, asked).unwrap();
    // More than a limit never leaves in one go.
    assert_eq!(refused(&mut world, &alice, SOL, SOL_MAX + 1).open_at, i64::MAX);
}

#[test]
fn the_client_foresees_a_refusal() {
    let mut world = limited();
    let alice = depositor(&mut world, "alice", SOL, 100 * ONE_SOL as u64);
    withdraw(&mut world, &alice, SOL, SOL_MAX / 3).unwrap();
    world.svm.advance(1_000);
    let said = refused(&mut world, &alice, SOL, SOL_MAX);
    let (bank, board) = (world.bank(SOL), world.board());
    let window: plimsoll::state::OutflowWindow = world.svm.read(&world.window_address());
    let limits = Limits { bank: SOL_MAX, total: TOTAL_MAX };
    assert_eq!(bank.outflow_limits(board.outflow_max), limits);
    let (value, now) = (1_000 * USD as u64, world.svm.now());
    let foreseen =
        outflow::check(bank.outflow(), window.outflow(), SOL_MAX, value, now, &limits).unwrap_err();
    assert_eq!((foreseen.room, foreseen.open_at), (said.room, Some(said.open_at)));
}

#[test]
fn all_banks_together_have_a_limit_in_value() {
    let mut world = limited();
    let alice = depositor(&mut world, "alice", SOL, 100 * ONE_SOL as u64);
    let bob = depositor(&mut world, "bob", USDC, 10_000 * USD as u64);
    withdraw(&mut world, &bob, USDC, 1_700 * USD as u64).unwrap();
    // 800 of 2,500 USD are left, which is 8 SOL; a thousandth of a second's fading is under a unit.
    let said = refused(&mut world, &alice, SOL, 9 * ONE_SOL as u64);
    assert_eq!(said.room, 8 * ONE_SOL as u64);
    withdraw(&mut world, &alice, SOL, 8 * ONE_SOL as u64).unwrap();
    refused(&mut world, &bob, USDC, USD as u64);
    // At the higher of oracle and slow price.
    let mut world = limited();
    let alice = depositor(&mut world, "alice", SOL, 100 * ONE_SOL as u64);
    let bob = depositor(&mut world, "bob", USDC, 10_000 * USD as u64);
    withdraw(&mut world, &bob, USDC, 1_700 * USD as u64).unwrap();
    world.set_prices(&[(SOL, 50 * E8)]);
    assert!(refused(&mut world, &alice, SOL, 9 * ONE_SOL as u64).room < 81 * ONE_SOL as u64 / 10);
}

#[test]
fn what_comes_back_makes_room_and_never_more_than_the_limit() {
    let mut world = limited();
    let alice = depositor(&mut world, "alice", SOL, 100 * ONE_SOL as u64);
    withdraw(&mut world, &alice, SOL, SOL_MAX).unwrap();
    refused(&mut world, &alice, SOL, ONE_SOL as u64);
    depositor(&mut world, "bob", SOL, 4 * ONE_SOL as u64);
    let said = refused(&mut world, &alice, SOL, SOL_MAX);
    assert!((4 * ONE_SOL as u64..4 * ONE_SOL as u64 + 200_000).contains(&said.room), "{said:?}");
    // A hundred times the limit comes in: there is no more room for that.
    depositor(&mut world, "whale", SOL, 1_000 * ONE_SOL as u64);
    assert_eq!(refused(&mut world, &alice, SOL, SOL_MAX + 1).room, SOL_MAX);
}

#[test]
fn attack_keeping_others_from_withdrawing_with_the_same_tokens_again_and_again() {
    let mut world = limited();
    let alice = depositor(&mut world, "alice", USDC, 10_000 * USD as u64);
    let griefer = depositor(&mut world, "griefer", SOL, SOL_MAX);
    for round in 0..50 {
        world.svm.advance(round % 3);
        withdraw(&mut world, &griefer, SOL, SOL_MAX).unwrap();
        world.svm.advance(round % 2);
        let deposit = world.deposit_instruction(&griefer, 0, SOL, SOL_MAX);
        world.must(deposit, &griefer);
    }
    // All that is held against the clearinghouse is what it moved once: 1,000 of 2,500 USD.
    withdraw(&mut world, &alice, USDC, 1_499 * USD as u64).unwrap();
}

#[test]
fn attack_filling_a_window_with_borrowed_tokens() {
    // A flash loan that is deposited and withdrawn in one second counts for nothing.
    let mut world = limited();
    let alice = depositor(&mut world, "alice", USDC, 10_000 * USD as u64);
    let griefer = depositor(&mut world, "griefer", USDC, 0);
    world.give(&griefer, USDC, USDC_MAX);
    let deposit = world.deposit_instruction(&griefer, 0, USDC, USDC_MAX);
    let back = world.withdraw_instruction(&griefer, 0, USDC, USDC_MAX);
    world.send(&[deposit, back], &[&griefer.key]).unwrap();
    withdraw(&mut world, &alice, USDC, USDC_MAX).unwrap();
}

#[test]
fn liquidity_and_fees_leave_through_the_same_window() {
    let mut world = limited();
    let mut terms = world.market(BTC).terms;
    terms.protocol_fee_share = 500_000;
    world.enact(&world.terms_change(BTC, &Terms::Market(terms), 0));
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 100_000 * USD as u64);
    let trader = depositor(&mut world, "trader", USDC, 10_000 * USD as u64);
    world.trade(&trader, 0, BTC, 100_000_000).unwrap();
    // Half of the fee of 5 basis points on 8,000 USD.
    assert_eq!(world.market(BTC).protocol_fees, 2 * USD);
    world.fund(&trader, 0, USDC, 10_000 * USD as u64);
    world.svm.advance(1);
    withdraw(&mut world, &trader, USDC, USDC_MAX).unwrap();
    let redeem = world.redeem_instruction(&provider, 100 * USD as u64, 1);
    world.refused(redeem.clone(), &provider, PlimsollError::OutflowLimit);
    let collector = world.holder(plimsoll::state::Role::FeeCollector);
    world.give(&collector, USDC, 0);
    let collect = world.collect_fees_instruction(BTC, 2 * USD as u64);
    world.refused(collect.clone(), &collector, PlimsollError::OutflowLimit);
    let more = world.collect_fees_instruction(BTC, 2 * USD as u64 + 1);
    world.refused(more, &collector, PlimsollError::InsufficientBalance);
    world.svm.advance(DAY);
    world.must(collect.clone(), &collector);
    assert_eq!(
        (world.market(BTC).protocol_fees, world.wallet_balance(&collector, USDC)),
        (0, 2 * USD as u64)
    );
    world.refused(collect, &collector, PlimsollError::InsufficientBalance);
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    world.must(redeem, &provider);
}

#[test]
fn a_bank_without_a_price_has_its_own_window_still() {
    let mut world = World::deployed_by("governance", Svm::new(), Deployment::default());
    let mut listings = presets::standard();
    listings[0].collateral.as_mut().expect("collateral").terms.outflow_max = SOL_MAX;
    world = world.with(&listings).launched();
    let alice = depositor(&mut world, "alice", SOL, 2 * SOL_MAX);
    assert_eq!(world.row(SOL).refreshed_at, 0);
    withdraw(&mut world, &alice, SOL, SOL_MAX).unwrap();
    refused(&mut world, &alice, SOL, ONE_SOL as u64);
    let limit = world.terms(Concern::Bank, SOL);
    assert!(matches!(limit, Terms::Bank(terms) if terms.outflow_max == SOL_MAX));
}
