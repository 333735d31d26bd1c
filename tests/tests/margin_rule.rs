//! The margin rule, cell by cell, at its exact boundaries.

use plimsoll::error::PlimsollError;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::reference::{self, Health};
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, Scene, USD, USDC, health, margin_needed, top_up_to,
};
use solana_instruction::Instruction;

fn trade(world: &World, who: &Wallet, asset: u8, size: i64) -> Instruction {
    world.trade_instruction(who, who, 0, asset, (size, if size > 0 { ANY_PRICE } else { 0 }))
}

/// An account that went long `size` with just enough, and a price fall of `percent` since.
fn sunk(world: &mut World, asset: u8, size: i64, percent: i64) -> Wallet {
    let alice = scene::leveraged(world, "alice", asset, size);
    let before = [0, 100, 8_000, 200][asset as usize] * E8;
    world.set_price(asset, before - before / 100 * percent);
    alice
}

#[test]
fn opening_needs_initial_margin_to_the_last_unit() {
    for (asset, size) in [(BTC, 123_456_789), (BTC, -123_456_789), (SOL, -98_765_432_101), (ETH, ONE_ETH)] {
        let mut world = scene::standard();
        let alice = scene::trader(&mut world, "alice", 0);
        let margin = margin_needed(&world, asset, size);
        world.fund(&alice, 0, USDC, margin - 1);
        world.refused(trade(&world, &alice, asset, size), &alice, PlimsollError::InitialMargin);
        world.fund(&alice, 0, USDC, 1);
        world.must(trade(&world, &alice, asset, size), &alice);
        assert_eq!(health(&world, &alice).initial, 0);
    }
}

#[test]
fn between_the_lines_an_account_may_reduce_but_not_increase() {
    let mut world = scene::standard();
    let alice = sunk(&mut world, BTC, ONE_BTC, 2);
    let before = health(&world, &alice);
    assert!(before.initial < 0 && before.maintenance >= 0);
    for (asset, size) in [(BTC, 1), (BTC, -2 * ONE_BTC), (ETH, 1_000_000), (SOL, -1_000_000_000)] {
        world.refused(trade(&world, &alice, asset, size), &alice, PlimsollError::InitialMargin);
    }
    world.must(trade(&world, &alice, BTC, -ONE_BTC / 10), &alice);
    let after = health(&world, &alice);
    assert!(after.maintenance > before.maintenance && after.initial < 0);
    world.must(trade(&world, &alice, BTC, -ONE_BTC * 9 / 10), &alice);
}

#[test]
fn an_account_on_its_line_is_not_below_it() {
    let mut world = scene::standard();
    let alice = sunk(&mut world, SOL, 10 * ONE_SOL, 7);
    top_up_to(&mut world, &alice, 0);
    world.refused(trade(&world, &alice, SOL, 1), &alice, PlimsollError::InitialMargin);
    // Selling one native unit costs more in rounding than it frees.
    world.refused(trade(&world, &alice, SOL, -1), &alice, PlimsollError::MaintenanceMargin);
    let (account, keeper) = (world.account_address(&alice, 0), scene::trader(&mut world, "keeper", 0));
    let before = Snapshot::take(&world.svm);
    let outcome = world.liquidate(account, world.account_address(&keeper, 0), SOL).unwrap();
    assert_eq!(outcome.events, []);
    before.diff(&world.svm).without_fee().assert_nothing();
    world.must(trade(&world, &alice, SOL, -ONE_SOL), &alice);
}

#[test]
fn below_its_line_an_account_must_improve() {
    let mut world = scene::standard();
    let alice = sunk(&mut world, SOL, 10 * ONE_SOL, 7);
    top_up_to(&mut world, &alice, -1);
    for (asset, size) in [(SOL, 1), (SOL, -10 * ONE_SOL - ONE_SOL), (BTC, 1_000), (ETH, -ONE_ETH)] {
        world.refused(trade(&world, &alice, asset, size), &alice, PlimsollError::BelowMaintenance);
    }
    let withdraw = world.withdraw_instruction(&alice, 0, USDC, 1);
    world.refused(withdraw, &alice, PlimsollError::BelowMaintenance);
    world.refused(trade(&world, &alice, SOL, -1), &alice, PlimsollError::NoImprovement);
    world.must(trade(&world, &alice, SOL, -ONE_SOL / 100), &alice);
    assert!(health(&world, &alice).maintenance > -1);
}

#[test]
fn improving_need_not_bring_the_account_back_up() {
    let mut world = scene::standard();
    let alice = sunk(&mut world, BTC, ONE_BTC, 8);
    let before = health(&world, &alice).maintenance;
    world.must(trade(&world, &alice, BTC, -ONE_BTC / 100), &alice);
    let after = health(&world, &alice).maintenance;
    assert!(before < after && after < 0, "{before} {after}");
}

#[test]
fn a_deposit_needs_no_margin_at_any_depth() {
    let mut world = scene::standard();
    let alice = sunk(&mut world, BTC, ONE_BTC, 30);
    let before = health(&world, &alice);
    assert!(before.equity < 0);
    world.fund(&alice, 0, USDC, 1);
    world.fund(&alice, 0, ETH, ONE_ETH as u64);
    let after = health(&world, &alice);
    assert_eq!(after.maintenance - before.maintenance, 1 + 180 * USD as i128);
}

#[test]
fn profit_counts_by_the_markets_weight_and_collateral_at_the_lower_price() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 2_000);
    world.fund(&alice, 0, ETH, 10 * ONE_ETH as u64);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    world.svm.advance(499);
    world.set_prices(&[(BTC, 8_400 * E8), (ETH, 300 * E8)]);
    let (account, board) = (world.margin(&alice, 0), world.board());
    // By hand: profit 400 - 4.4; 10 ETH worth 3,000, initially 80% at the slow price of
    // 250 (500 seconds at 0.05%), for maintenance 90%; margin 10% and 5% of 8,400.
    let cash = 2_000_000_000 - 4_000_000;
    let profit = 400_000_000 - 4_400_000;
    let expected = Health {
        equity: cash + profit + 3_000_000_000,
        initial: cash + profit + 2_000_000_000 - 840_000_000,
        maintenance: cash + profit + 2_700_000_000 - 420_000_000,
    };
    assert_eq!(reference::health(&account, &board), expected);
    let displayed = plimsoll::valuation::displayed_health(&account, &board).unwrap();
    let displayed = [displayed.equity.0, displayed.initial.0, displayed.maintenance.0].map(i128::from);
    assert_eq!(displayed, [expected.equity, expected.initial, expected.maintenance]);
}
