//! Attacks through prices, sizes and cranks.

use crate::wealth::Random;
use plimsoll::error::PlimsollError;
use plimsoll_risk::Health;
use plimsoll_testkit::pyth::Quote;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::full::{freshen, full, lender, tuned};
use plimsoll_tests::scene::{self, BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, USD, USDC, settlement};

fn health(world: &World, who: &Wallet) -> Health {
    plimsoll::valuation::displayed_health(&world.margin(who, 0), &world.board()).unwrap()
}

fn withdraws(world: &mut World, who: &Wallet, amount: i64) -> Result<(), PlimsollError> {
    world.give(who, USDC, 0);
    let instruction = world.withdraw_instruction(who, 0, USDC, amount as u64);
    let result = world.send(&[instruction], &[&who.key]);
    result.map(|_| ()).map_err(|failure| failure.plimsoll().expect("an error of the program"))
}

/// Attack 20: a position as large as the market allows, all that can be withdrawn is, and the
/// position is dumped on the liquidators. What is left behind is the initial margin, which for
/// a large position is more than closing it costs.
#[test]
fn attack_withdrawing_the_profit_and_dumping_the_position() {
    let mut world = tuned(|market| market.terms.open_interest_max = 60 * ONE_BTC);
    let mallory = lender(&mut world, "mallory", 200_000);
    lender(&mut world, "lender", 1_000_000);
    world.trade(&mallory, 0, BTC, 30 * ONE_BTC).unwrap();
    for price in [8_800, 9_600] {
        world.svm.advance(599);
        freshen(&mut world, &[(BTC, price * E8)]);
    }
    // A profit of 48,000: realised by closing and opening again, then withdrawn to the last.
    world.trade(&mallory, 0, BTC, -30 * ONE_BTC).unwrap();
    world.trade(&mallory, 0, BTC, 30 * ONE_BTC).unwrap();
    let free = health(&world, &mallory).initial.0;
    assert_eq!(withdraws(&mut world, &mallory, free + USD), Err(PlimsollError::InitialMargin));
    withdraws(&mut world, &mallory, free - USD).unwrap();
    let h = health(&world, &mallory);
    // 288,000 of notional: 10% + 5% beyond 20,000 + 10% beyond 100,000, times the multiplier.
    assert!(h.equity.0 >= (28_800 + 13_400 + 18_800) * USD, "{h:?}");
    let capital = world.market(BTC).capital;
    let keeper = lender(&mut world, "keeper", 0);
    let (at, to) = (world.account_address(&mallory, 0), world.account_address(&keeper, 0));
    for price in [9_000, 8_500, 8_100] {
        world.svm.advance(599);
        freshen(&mut world, &[(BTC, price * E8)]);
        world.liquidate(at, to, BTC).unwrap();
    }
    assert_eq!(world.market(BTC).loss_to_capital, 0);
    assert!(world.market(BTC).capital >= capital);
}

/// Attack 21: many accounts crowd into one thin market and win. The open interest cap holds for
/// all of them together, and what they can win is this market's capital, not another's.
#[test]
fn attack_crowding_into_a_thin_market() {
    let mut world = tuned(|market| {
        market.margin.volatility_multiplier_max = 1_000_000;
        market.terms.open_interest_max = 20 * ONE_BTC;
        market.margin.open_interest_low = 20 * ONE_BTC;
        market.terms.reserve_ratio = 10_000;
        market.terms.capital_weight = 10_000;
    });
    let others = [SOL, ETH].map(|asset| world.market(asset).capital);
    let crowd: Vec<Wallet> = (0..12).map(|i| lender(&mut world, &format!("mallory {i}"), 10_000)).collect();
    let mut opened = 0;
    for who in &crowd {
        match world.trade(who, 0, BTC, 2 * ONE_BTC) {
            Ok(_) => opened += 1,
            Err(failure) => assert_eq!(failure.plimsoll(), Some(PlimsollError::OpenInterestCap)),
        }
    }
    assert_eq!(opened, 10);
    for price in [10_000, 13_000, 16_000] {
        world.svm.advance(599);
        freshen(&mut world, &[(BTC, price * E8)]);
    }
    world.send(&[world.rebalance_instruction(BTC)], &[]).unwrap();
    let capital = world.market(BTC).capital + world.market(BTC).insurance;
    world.send(&[world.deleverage_instruction(BTC)], &[]).unwrap();
    let mut won = 0;
    for who in &crowd[..opened] {
        world.trade(who, 0, BTC, -2 * ONE_BTC).unwrap();
        won += settlement(&world.margin(who, 0)) - 10_000 * USD;
    }
    assert!(won <= capital, "{won} of {capital}");
    assert!(won > capital * 95 / 100, "and what there is, they get: {won} of {capital}");
    assert_eq!([SOL, ETH].map(|asset| world.market(asset).capital), others);
}

/// Attack 28: cranks, as many as fit, to push volatility, funding, the slow price or interest.
/// Within one second all of them together do what the first one did.
#[test]
fn attack_many_cranks_in_one_second() {
    let mut world = full();
    let long = lender(&mut world, "long", 100_000);
    world.trade(&long, 0, BTC, 30 * ONE_BTC).unwrap();
    world.svm.advance(3_600);
    world.set_prices(&[(BTC, 8_100 * E8)]);
    world.refresh(&[USDC]).unwrap();
    let before = Snapshot::take(&world.svm);
    for lead in 1..=30 {
        let quote = Quote {
            price: (8_100 + lead * 50) * E8,
            confidence: E8 as u64,
            exponent: -8,
            publish_time: world.svm.now() + lead,
        };
        world.publish_quote(BTC, quote);
        let refresh = world.refresh_instruction(&[BTC, USDC]);
        world.send(&[refresh.clone(), refresh], &[]).unwrap();
    }
    let oracle = world.assets[BTC as usize].oracle;
    before.diff(&world.svm).without_fee().assert_only(&[oracle]);
}

/// Attack 28: funding pushed by a skew that stands for no time at all.
#[test]
fn attack_a_skew_of_a_moment() {
    let run = |attacked: bool| {
        let mut world = tuned(|market| {
            market.margin.volatility_multiplier_max = 1_000_000;
            market.terms.funding_velocity_max_per_day = 1_000_000;
        });
        let mallory = lender(&mut world, "mallory", 500_000);
        for _ in 0..50 {
            world.svm.advance(599);
            world.set_prices(&[(BTC, 8_000 * E8)]);
            if attacked {
                let there = world.trade_instruction(&mallory, &mallory, 0, BTC, (40 * ONE_BTC, u128::MAX));
                let refresh = world.refresh_instruction(&[BTC]);
                let back = world.trade_instruction(&mallory, &mallory, 0, BTC, (-40 * ONE_BTC, 0));
                world.send(&[there, refresh, back], &[&mallory.key]).unwrap();
            }
        }
        (world.market(BTC).funding_rate, world.row(BTC).funding_index)
    };
    assert_eq!(run(true), run(false));
}

/// Attack 28: funding of an hour charged at a price that has been there for no time at all.
#[test]
fn attack_charging_funding_at_the_next_price() {
    let run = |price: i64| {
        let mut world = tuned(|market| {
            market.margin.volatility_multiplier_max = 1_000_000;
            market.terms.funding_velocity_max_per_day = 1_000_000;
        });
        let mallory = lender(&mut world, "mallory", 500_000);
        world.trade(&mallory, 0, BTC, 40 * ONE_BTC).unwrap();
        world.svm.advance(3_600);
        world.set_prices(&[(BTC, price * E8)]);
        world.row(BTC).funding_index
    };
    assert!(run(8_000).get() > 0);
    assert_eq!(run(8_000), run(8_700));
}

/// Attack 30: somebody sees the next price and trades on it. What he wins is the move; what he
/// pays is twice spread and fee, and the impact. At the presets of this world a move of less
/// than 0.2% costs him.
#[test]
fn attack_trading_ahead_of_the_oracle() {
    for (move_ppm, wins) in [(500, false), (1_000, false), (1_900, false), (4_000, true)] {
        for side in [1, -1] {
            let mut world = scene::standard();
            let mallory = scene::trader(&mut world, "mallory", 100_000);
            world.trade(&mallory, 0, BTC, side * 10 * ONE_BTC).unwrap();
            let next = 8_000 * E8 + side * 8_000 * E8 / 1_000_000 * move_ppm;
            world.set_price(BTC, next);
            world.trade(&mallory, 0, BTC, -side * 10 * ONE_BTC).unwrap();
            let won = settlement(&world.margin(&mallory, 0)) - 100_000 * USD;
            assert_eq!(won > 0, wins, "{move_ppm} {side}: {won}");
        }
    }
}

/// Attack 36: the extremes of every unit. Whatever is refused changes nothing, and nothing
/// wraps around.
#[test]
fn attack_amounts_at_the_edge_of_their_units() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = lender(&mut world, "mallory", 1_000);
    world.give(&mallory, USDC, 0);
    world.give(&mallory, BTC, 0);
    world.share_account(&mallory);
    let extremes = [i64::MAX as u64 - 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX];
    for amount in extremes {
        for instruction in [
            world.withdraw_instruction(&mallory, 0, USDC, amount),
            world.withdraw_instruction(&mallory, 0, BTC, amount),
            world.deposit_instruction(&mallory, 0, USDC, amount),
            world.fund_insurance_instruction(&mallory, amount),
            world.provide_instruction(&mallory, amount, 0),
            world.redeem_instruction(&mallory, amount, 0),
        ] {
            let before = Snapshot::take(&world.svm);
            world.send(&[instruction], &[&mallory.key]).expect_err("too much of anything");
            before.diff(&world.svm).without_fee().assert_nothing();
        }
    }
    for size in [i64::MIN, i64::MIN + 1, -1, 1, i64::MAX - 1, i64::MAX] {
        for limit in [0, 1, u128::MAX] {
            let trade = world.trade_instruction(&mallory, &mallory, 0, BTC, (size, limit));
            let before = Snapshot::take(&world.svm);
            let failure = world.send(&[trade], &[&mallory.key]).expect_err("a size that no market takes");
            let error = failure.plimsoll().expect("an error of the program");
            assert!(
                matches!(
                    error,
                    PlimsollError::Overflow | PlimsollError::PositionTooSmall | PlimsollError::LimitPrice
                ),
                "{size} {limit}: {error:?}"
            );
            before.diff(&world.svm).without_fee().assert_nothing();
        }
    }
    assert_eq!(world.margin(&mallory, 0).cash, 0);
}

/// Attack 41: every cap reached, every price bad in turn: topping up, repaying, reducing and
/// liquidating still work.
#[test]
fn attack_a_cap_in_the_way_of_rescue() {
    let mut world = tuned(|market| {
        market.margin.volatility_multiplier_max = 1_000_000;
        market.terms.open_interest_max = 10 * ONE_BTC;
        market.margin.open_interest_low = 10 * ONE_BTC;
    });
    lender(&mut world, "lender", 100_000);
    let alice = lender(&mut world, "alice", 10_000);
    world.fund(&alice, 0, SOL, 1_000 * ONE_SOL as u64);
    freshen(&mut world, &[(SOL, 100 * E8), (BTC, 8_000 * E8)]);
    world.trade(&alice, 0, BTC, 10 * ONE_BTC).unwrap();
    withdraws(&mut world, &alice, 60_000 * USD).unwrap();
    let crowded = world.trade(&alice, 0, BTC, ONE_BTC).unwrap_err();
    assert_eq!(crowded.plimsoll(), Some(PlimsollError::OpenInterestCap));
    // Prices that jump, then none at all for SOL.
    world.svm.advance(1);
    freshen(&mut world, &[(SOL, 85 * E8), (BTC, 7_000 * E8)]);
    world.fund(&alice, 0, USDC, USD as u64);
    world.trade(&alice, 0, BTC, -ONE_BTC).unwrap();
    world.svm.advance(600);
    freshen(&mut world, &[(BTC, 6_500 * E8)]);
    world.trade(&alice, 0, BTC, -ONE_BTC).unwrap();
    world.fund(&alice, 0, USDC, 50_000 * USD as u64);
    world.fund(&alice, 0, SOL, ONE_SOL as u64);
    let keeper = lender(&mut world, "keeper", 0);
    freshen(&mut world, &[(SOL, 20 * E8)]);
    world.svm.advance(601);
    freshen(&mut world, &[(SOL, 8 * E8), (BTC, 4_500 * E8)]);
    world.svm.advance(601);
    freshen(&mut world, &[(SOL, 8 * E8), (BTC, 4_500 * E8)]);
    assert!(health(&world, &alice).maintenance.0 < 0);
    let (at, to) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    world.liquidate(at, to, BTC).unwrap();
}

/// Attack 23: dust in every slot. Each position is closed by one call, in the program's order,
/// and what is left is settled.
#[test]
fn attack_dust_in_every_slot() {
    let mut world = World::wide_full(16);
    let mut random = Random(7);
    let assets: Vec<u8> = (1..=16).collect();
    let prices = |price: i64| assets.iter().map(|asset| (*asset, price * E8)).collect::<Vec<_>>();
    world.set_prices(&prices(10));
    world.refresh(&[USDC]).unwrap();
    let provider = world.wallet("provider");
    world.capitalise(&provider, 1_000_000 * USD as u64);
    let mallory = lender(&mut world, "mallory", 19);
    for asset in 1..=15 {
        world.fund(&mallory, 0, asset, random.between(1, 20) as u64);
    }
    for asset in 1..=16 {
        world.trade(&mallory, 0, asset, random.between(1_000, 3_000)).unwrap();
    }
    let free = health(&world, &mallory).initial.0;
    withdraws(&mut world, &mallory, free).unwrap();
    world.svm.advance(599);
    world.set_prices(&prices(8));
    world.refresh(&[USDC]).unwrap();
    assert!(health(&world, &mallory).maintenance.0 < 0);
    let keeper = lender(&mut world, "keeper", 100);
    let (at, to) = (world.account_address(&mallory, 0), world.account_address(&keeper, 0));
    let mut calls = 0;
    while health(&world, &mallory).maintenance.0 < 0 && world.margin(&mallory, 0).perp_count > 0 {
        let account = world.margin(&mallory, 0);
        let first = account
            .perps()
            .iter()
            .map(|slot| slot.asset)
            .find(|asset| world.liquidate(at, to, *asset).is_ok())
            .expect("one of them is first in line");
        assert_eq!(world.margin(&mallory, 0).position(first).size.0, 0, "dust is closed whole");
        calls += 1;
        assert!(calls <= 16);
    }
    assert!(world.margin(&keeper, 0).cash > 10 * USD, "dust pays");
    assert!(health(&world, &mallory).maintenance.0 > -1_000, "less than a tenth of a cent is left");
}
