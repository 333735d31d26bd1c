//! Profit that is not one yet, and profit at the expense of those who stay.

use plimsoll::error::PlimsollError;
use plimsoll_testkit::presets::{self, Listing};
use plimsoll_testkit::{Wallet, World, tokens};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{self, E8, ONE_BTC, Scene, USD, USDC, settlement};
use solana_instruction::Instruction;

/// The one asset listed here besides USDC.
const BTC: u8 = 1;

fn trade(world: &World, who: &Wallet, size: i64) -> Instruction {
    world.trade_instruction(who, who, 0, BTC, (size, if size > 0 { u128::MAX } else { 0 }))
}

/// Attack 19: a position's profit, as long as it is on paper, counts by the market's initial
/// weight only: not a unit more can be put behind new positions. Of what is withdrawn or moved
/// it is no part at all.
#[test]
fn attack_spending_unrealised_profit() {
    for (initial_weight, maintenance_weight) in
        [(0, 0), (0, 500_000), (500_000, 1_000_000), (900_000, 900_000)]
    {
        let mut listing = presets::standard()[1];
        let market = listing.market.as_mut().expect("a market");
        market.margin.initial_profit_weight = initial_weight;
        market.margin.maintenance_profit_weight = maintenance_weight;
        let mut world = World::bare().with(&[listing]).launched();
        world.set_price(BTC, 8_000 * E8);
        let provider = world.wallet("provider");
        world.capitalise(&provider, scene::CAPITAL as u64);
        let alice = scene::trader(&mut world, "alice", 10_000);
        world.open_account(&alice, 1);
        for (size, price) in [(5 * ONE_BTC, 8_700), (-5 * ONE_BTC, 7_300)] {
            spends_only_what_counts(&mut world, &alice, initial_weight, (size, price));
        }
    }
}

/// Opens a position at 8,000 USD, moves the price in its favour, tries to spend the profit,
/// and closes it.
fn spends_only_what_counts(world: &mut World, alice: &Wallet, weight: u32, (size, price): (i64, i64)) {
    let held = settlement(&world.margin(alice, 0));
    world.fund(alice, 0, USDC, (10_000 * USD - held).max(1) as u64);
    let open = trade(world, alice, size);
    world.must(open, alice);
    world.set_price(BTC, price * E8);
    let (account, row) = (world.margin(alice, 0), world.row(BTC));
    let slot = account.position(BTC);
    let profit = reference::value_floor(slot.size.0, reference::oracle(&row)) - slot.entry.0 as i128;
    assert!(profit > 3_000 * USD as i128);
    let notional = reference::value_ceil(slot.size.0.abs(), reference::oracle(&row));
    let margin = reference::share_ceil(row.initial_margin, notional);
    let free = u64::try_from(settlement(&account) as i128 - margin).expect("some collateral is free");
    let counted = reference::share_floor(weight, profit);

    // A tenth of its value is a position's initial margin.
    let too_large = |behind: i128| {
        let most = behind * 11 * ONE_BTC as i128 / (price * USD) as i128;
        i64::try_from(most).expect("a size").max(ONE_BTC / 1_000) * size.signum()
    };
    let too_much = [
        world.withdraw_instruction(alice, 0, USDC, free + 1),
        world.transfer_instruction(alice, 0, 1, USDC, free + 1),
        trade(world, alice, too_large(free as i128 + counted)),
    ];
    for instruction in too_much {
        world.refused(instruction, alice, PlimsollError::InitialMargin);
    }
    let all = world.withdraw_instruction(alice, 0, USDC, free);
    world.must(all, alice);
    let more = [
        world.withdraw_instruction(alice, 0, USDC, 1),
        world.transfer_instruction(alice, 0, 1, USDC, 1),
        trade(world, alice, too_large(counted)),
    ];
    for instruction in more {
        world.refused(instruction, alice, PlimsollError::InitialMargin);
    }
    // Realised, it is money.
    let close = trade(world, alice, -size);
    world.must(close, alice);
    world.set_price(BTC, 8_000 * E8);
}

/// A market whose impact is the steepest that the program's bounds allow: 10% at the cap.
fn steep() -> Listing {
    let mut listing = presets::standard()[1];
    let market = listing.market.as_mut().expect("a market");
    market.margin.initial_margin = 200_000;
    market.margin.maintenance_margin = 150_000;
    market.terms.open_interest_max = 100 * ONE_BTC;
    market.terms.skew_scale = 1_001 * ONE_BTC;
    listing
}

/// Attack 22: the owner of most of the pool opens a position, whose impact the pool earns;
/// redeems his shares; and closes the position, for which the pool, now the others', gives
/// the impact back.
#[test]
fn attack_redeeming_before_giving_the_impact_back() {
    let mut world = World::bare().with(&[steep()]).launched();
    world.set_price(BTC, 8_000 * E8);
    let honest = world.wallet("honest");
    world.capitalise(&honest, 100_000 * USD as u64);
    let mallory = scene::trader(&mut world, "mallory", 0);
    let wealth = 1_200_000 * USD as u64;
    world.give(&mallory, USDC, wealth);

    let provide = world.provide_instruction(&mallory, 900_000 * USD as u64, 0);
    world.must(provide, &mallory);
    let deposit = world.deposit_instruction(&mallory, 0, USDC, 300_000 * USD as u64);
    world.must(deposit, &mallory);
    let rebalance = world.rebalance_instruction(BTC);
    world.send(std::slice::from_ref(&rebalance), &[]).expect("capital for the market");
    let open = trade(&world, &mallory, 99 * ONE_BTC);
    world.must(open, &mallory);
    let early = world.redeem_instruction(&mallory, 600_000 * USD as u64, 0);
    world.must(early, &mallory);
    let close = trade(&world, &mallory, -99 * ONE_BTC);
    world.must(close, &mallory);
    world.send(&[rebalance], &[]).expect("capital back to the pool");
    let shares_account = world.share_account(&mallory);
    let shares = tokens::amount(&world.svm.account(&shares_account));
    // As much as is free: the rest backs the market.
    let late = world.redeem_instruction(&mallory, shares / 2, 0);
    world.must(late, &mallory);
    let cash = settlement(&world.margin(&mallory, 0)) as u64;
    let withdraw = world.withdraw_instruction(&mallory, 0, USDC, cash);
    world.must(withdraw, &mallory);

    let left = crate::wealth::shares_value(&mut world, &mallory);
    let after = world.wallet_balance(&mallory, USDC) as i128 + left;
    assert!(after <= wealth as i128, "richer by {} USD", (after - wealth as i128) / USD as i128);
}
