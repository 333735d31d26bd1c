//! A migrated clearinghouse: worth the same to the unit, and in use.

use crate::{freshen, old, old_board, refused_with};
use bytemuck::Zeroable;
use plimsoll::error::PlimsollError;
use plimsoll::migration::ClearinghouseV0;
use plimsoll::parameters::Concern;
use plimsoll::state::{MarginState, RiskBoard, Role};
use plimsoll::terms::Terms;
use plimsoll::valuation::displayed_health;
use plimsoll_testkit::{Wallet, invariants};
use plimsoll_tests::layout_v0::migrated;
use plimsoll_tests::reference;
use plimsoll_tests::scene::{BTC, ONE_BTC, ONE_SOL, SOL, USD, USDC};

#[test]
fn every_account_is_worth_the_same_to_the_unit() {
    let old = old_board();
    let mut before = RiskBoard::zeroed();
    (before.asset_count, before.rows) = (old.head.asset_count, old.rows);
    let mut world = migrated();
    let people = world.svm.all::<MarginState>();
    let mut sunk = 0;
    for (address, state) in &people {
        let health = displayed_health(state, &before).expect("a health");
        assert_eq!(displayed_health(state, &world.board()), Ok(health), "{address}");
        let plain = reference::health(state, &before);
        let found = (health.equity.0, health.initial.0, health.maintenance.0);
        assert_eq!(found, (plain.equity as i64, plain.initial as i64, plain.maintenance as i64), "{address}");
        sunk += (health.maintenance.0 < 0) as u32;
    }
    assert_eq!((people.len(), sunk), (12, 4), "bob, dave, erin and grace are below maintenance");
    invariants::check(&mut world);
    freshen(&mut world);
    for (address, state) in &people {
        assert_eq!(world.svm.read::<MarginState>(address).cash, state.cash, "a refresh moves nothing");
    }
}

#[test]
fn people_go_on() {
    let mut world = migrated();
    freshen(&mut world);
    let [alice, keeper, newcomer, provider, rescuer] =
        ["alice", "keeper", "newcomer", "provider", "rescuer"].map(Wallet::new);
    let [bobs, daves, erins, graces, keepers] =
        ["bob", "dave", "erin", "grace", "keeper"].map(|name| world.account_address(&Wallet::new(name), 0));

    world.fund(&alice, 0, USDC, 500 * USD as u64);
    let withdraw = world.withdraw_instruction(&alice, 0, USDC, 700 * USD as u64);
    world.must(withdraw, &alice);
    assert_eq!(world.wallet_balance(&alice, USDC), 700 * USD as u64);
    world.trade(&alice, 0, BTC, -4 * ONE_BTC).expect("a trade");
    assert_eq!(world.margin(&alice, 0).position(BTC).size.0, 6 * ONE_BTC);
    world.open_account(&newcomer, 0);
    world.fund(&newcomer, 0, USDC, 10_000 * USD as u64);
    world.trade(&newcomer, 0, BTC, ONE_BTC).expect("a first position");

    world.liquidate(bobs, keepers, BTC).expect("bob is below maintenance");
    assert!(world.margin(&keeper, 0).cash > 0, "the keeper earns a bounty");
    let rescue = world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), 1_000 * USD as u64);
    world.must(rescue, &rescuer);
    world.fund(&rescuer, 0, USDC, 5_000 * USD as u64);
    let win = world.win_auction_instruction(&rescuer, 0, daves, u64::MAX);
    world.must(win, &rescuer);
    let forgive = world.resolve_bankruptcy_instruction(graces, USDC);
    world.send(&[forgive], &[]).expect("grace has nothing to pay with");

    world.give(&provider, USDC, 1_000 * USD as u64);
    let provide = world.provide_instruction(&provider, 1_000 * USD as u64, 1);
    world.must(provide, &provider);
    let redeem = world.redeem_instruction(&provider, 2_000 * USD as u64, 1);
    world.must(redeem, &provider);
    let rebalance = world.rebalance_instruction(BTC);
    world.send(&[rebalance], &[]).expect("capital moves");
}

#[test]
fn a_quarter_of_a_bank_may_leave_in_a_day() {
    let mut world = migrated();
    freshen(&mut world);
    let alice = Wallet::new("alice");
    world.fund(&alice, 1, SOL, 100 * ONE_SOL as u64);
    world.svm.advance(1);
    let [most, more] =
        [0, 1].map(|beyond| world.withdraw_instruction(&alice, 1, SOL, 52_500_000_000 + beyond));
    refused_with(&mut world, more, PlimsollError::OutflowLimit);
    world.must(most, &alice);
}

#[test]
fn changes_wait_from_now_on() {
    let mut world = migrated();
    let Terms::Bank(mut terms) = world.terms(Concern::Bank, SOL) else { unreachable!("a bank's") };
    terms.outflow_max *= 2;
    let change = world.terms_change(SOL, &Terms::Bank(terms), 0);
    let pending = world.next_change();
    let (propose, execute) =
        (world.propose_instruction(&change), world.execute_instruction(pending, &change));
    world.govern(propose);
    let failure = world.send(&[execute], &[]).expect_err("a change that waits");
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ChangeWaits));
    world.svm.advance(172_800);
    let execute = world.execute_instruction(pending, &change);
    world.send(&[execute], &[]).expect("a change whose wait is over");
    assert_eq!(world.bank(SOL).terms.outflow_max, 105_000_000_000);
}

#[test]
fn an_old_nomination_is_void() {
    let mut world = migrated();
    let heir = Wallet::new("heir");
    assert_eq!(old::<ClearinghouseV0>()[0].1.pending_governance, heir.address());
    let accept = world.accept_role_instruction(&heir, Role::Governance);
    refused_with(&mut world, accept, PlimsollError::NotNominee);
}
