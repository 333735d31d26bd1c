//! Margins that breathe: brackets, concentration, open interest, volatility, funding, parity,
//! and the divergence breaker.

use plimsoll::error::PlimsollError;
use plimsoll::params::{Change, MarketParams};
use plimsoll::state::{MarginTerms, Weights};
use plimsoll::terms::Terms;
use plimsoll_client::Event;
use plimsoll_risk::Health;
use plimsoll_testkit::presets;
use plimsoll_testkit::{Svm, Wallet, World};
use plimsoll_tests::full::{full, lender, tuned, wrapped_sol};
use plimsoll_tests::scene::{BTC, E8, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, only_event};
use solana_instruction::Instruction;

fn health(world: &World, who: &Wallet) -> Health {
    plimsoll::valuation::displayed_health(&world.margin(who, 0), &world.board()).unwrap()
}

/// Initial and maintenance requirement of a wallet's first account, in micro-USD.
fn required(world: &World, who: &Wallet) -> (i64, i64) {
    let h = health(world, who);
    (h.initial_requirement().unwrap().0, h.maintenance_requirement().unwrap().0)
}

fn steady(market: &mut MarketParams) {
    market.margin.volatility_multiplier_max = 1_000_000;
    market.margin.concentration_share = 0;
    market.margin.open_interest_low = market.terms.open_interest_max;
}

fn refresh_btc(world: &mut World, seconds: i64, price: i64) {
    world.svm.advance(seconds - 1);
    world.set_prices(&[(BTC, price * E8)]);
}

#[test]
fn brackets_charge_what_lies_beyond_them() {
    let mut world = tuned(steady);
    let alice = lender(&mut world, "alice", 200_000);
    // Notional in USD, and what it needs: 10% and 5%, 15% and 7.5% beyond 20,000, 25% and
    // 12.5% beyond 100,000, and the reserve.
    let mut held = 0;
    for (btc, initial, maintenance) in [
        (2, 1_600, 800),
        (3, 2_400 + 200, 1_200 + 100),
        (10, 8_000 + 3_000, 4_000 + 1_500),
        (50, 40_000 + 19_000 + 30_000, 20_000 + 9_500 + 15_000),
    ] {
        world.trade(&alice, 0, BTC, (btc - held) * ONE_BTC).unwrap();
        held = btc;
        assert_eq!(required(&world, &alice), ((initial + 1) * USD, (maintenance + 1) * USD), "{btc} BTC");
    }
}

#[test]
fn initial_margin_rises_to_all_of_the_notional_at_the_open_interest_cap() {
    let mut world = tuned(|market| {
        market.margin.volatility_multiplier_max = 1_000_000;
        market.margin.tier_1_from = 0;
        market.margin.tier_2_from = 0;
        market.margin.concentration_share = 0;
        market.terms.reserve_ratio = 10_000;
    });
    let alice = lender(&mut world, "alice", 1_000_000);
    // From 50 BTC on, in a straight line to the cap of 100.
    for (add, at, initial) in [(50, 50, 100_000), (25, 75, 550_001), (25, 100, 1_000_000)] {
        world.trade(&alice, 0, BTC, add * ONE_BTC).unwrap();
        refresh_btc(&mut world, 1, 8_000);
        assert_eq!(world.row(BTC).initial_margin, initial, "{at} BTC");
        assert_eq!(world.row(BTC).maintenance_margin, 50_000);
    }
    // Whoever trades pays for the open interest that he makes, before the board has seen it.
    let mut world = tuned(|market| {
        market.margin.volatility_multiplier_max = 1_000_000;
        market.margin.tier_1_from = 0;
        market.margin.tier_2_from = 0;
        market.margin.concentration_share = 0;
        market.terms.reserve_ratio = 10_000;
    });
    let bob = lender(&mut world, "bob", 300_000);
    let refused = world.trade(&bob, 0, BTC, 75 * ONE_BTC).unwrap_err();
    assert_eq!(refused.plimsoll(), Some(PlimsollError::InitialMargin));
    world.trade(&bob, 0, BTC, 50 * ONE_BTC).unwrap();
    let refused = world.trade(&bob, 0, BTC, 25 * ONE_BTC).unwrap_err();
    assert_eq!(refused.plimsoll(), Some(PlimsollError::InitialMargin));
}

#[test]
fn a_large_share_of_open_interest_needs_more_to_begin_with() {
    let mut world = tuned(|market| {
        steady(market);
        market.margin.tier_1_from = 0;
        market.margin.tier_2_from = 0;
        market.margin.concentration_share = 500_000;
        market.margin.open_interest_low = 10 * ONE_BTC;
        market.terms.open_interest_max = 100 * ONE_BTC;
    });
    let alice = lender(&mut world, "alice", 100_000);
    world.trade(&alice, 0, BTC, 10 * ONE_BTC).unwrap();
    refresh_btc(&mut world, 1, 8_000);
    // Half of ten is free; the rest, 40,000, needs a tenth more.
    assert_eq!(required(&world, &alice), (12_001 * USD, 4_001 * USD));
    let bob = lender(&mut world, "bob", 100_000);
    world.trade(&bob, 0, BTC, 6 * ONE_BTC).unwrap();
    refresh_btc(&mut world, 1, 8_000);
    // Of sixteen, eight are free. Open interest beyond ten has begun to raise the margin.
    let base = world.row(BTC).initial_margin as i64;
    assert_eq!(base, 100_000 + 900_000 * 6 / 90 + 1);
    assert_eq!(required(&world, &alice), (80_000 * base + 1_601 * USD, 4_001 * USD));
}

#[test]
fn volatility_raises_margins_with_the_move_and_lets_them_fall_slowly() {
    let mut world = full();
    let alice = lender(&mut world, "alice", 2_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    assert_eq!(world.row(BTC).volatility_multiplier, 1_000_000);
    // 8% in a minute: at most five times that.
    refresh_btc(&mut world, 60, 7_360);
    let risen = world.row(BTC).volatility_multiplier;
    assert_eq!(risen, 1_399_999, "the return is rounded down");
    assert_eq!(world.row(BTC).maintenance_margin, 70_000);
    assert_eq!(required(&world, &alice).1, 7_360 * 70_000 + USD);
    // An outlier moves it no further than its bound, however large it is.
    refresh_btc(&mut world, 60, 3_000);
    assert_eq!(world.row(BTC).volatility_multiplier, 1_899_999);
    refresh_btc(&mut world, 60, 6_000);
    assert_eq!(world.row(BTC).volatility_multiplier, 2_000_000, "the most");
    // It falls by no more than one a day, an hour at a time.
    let mut before = 2_000_000;
    for _ in 0..40 {
        refresh_btc(&mut world, 3_600, 6_000);
        let now = world.row(BTC).volatility_multiplier;
        assert!(now <= before && before - now <= 41_667, "{before} to {now}");
        before = now;
    }
    assert_eq!(before, 1_000_000);
}

#[test]
fn no_sequence_of_updates_at_an_unchanged_price_sinks_a_healthy_account() {
    let mut world = tuned(|market| market.terms.funding_rate_max_per_day = 0);
    let alice = lender(&mut world, "alice", 2_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    refresh_btc(&mut world, 30, 7_400);
    let mut maintenance = health(&world, &alice).maintenance.0;
    let mut seconds = 1;
    for step in 0..300 {
        seconds = (seconds * 7 + step) % 5_000 + 1;
        refresh_btc(&mut world, seconds, 7_400);
        let now = health(&world, &alice).maintenance.0;
        assert!(now >= maintenance, "step {step}: {now} after {maintenance}");
        maintenance = now;
    }
}

#[test]
fn many_refreshes_in_one_second_change_nothing() {
    let mut world = full();
    let alice = lender(&mut world, "alice", 2_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    refresh_btc(&mut world, 60, 7_900);
    let before = world.row(BTC);
    for ahead in 1..20 {
        let publish_time = world.svm.now() + ahead;
        let quote = plimsoll_testkit::pyth::Quote {
            price: (7_900 - ahead * 100) * E8,
            confidence: E8 as u64,
            exponent: -8,
            publish_time,
        };
        world.publish_quote(BTC, quote);
        let outcome = world.refresh(&[BTC]).unwrap();
        assert!(matches!(only_event(&outcome), Event::RefreshRefused(_)), "{outcome:#?}");
    }
    assert_eq!(bytemuck::bytes_of(&world.row(BTC)), bytemuck::bytes_of(&before));
}

#[test]
fn the_heavier_side_pays_the_lighter_one_and_the_pool_and_nothing_is_lost() {
    let mut world = tuned(|market| {
        steady(market);
        market.terms.funding_velocity_max_per_day = 1_000_000;
    });
    let long = lender(&mut world, "long", 100_000);
    let short = lender(&mut world, "short", 100_000);
    world.trade(&long, 0, BTC, 50 * ONE_BTC).unwrap();
    world.trade(&short, 0, BTC, -10 * ONE_BTC).unwrap();
    refresh_btc(&mut world, 1, 8_000);
    let (a, b) = (health(&world, &long).equity.0, health(&world, &short).equity.0);
    let owed = |world: &World| {
        let market = world.market(BTC);
        market.open_interest().trader_pnl_floor(&world.row(BTC).perp_marks()).unwrap().0
    };
    let pool = owed(&world);
    refresh_btc(&mut world, 86_400, 8_000);
    let (paid, got) = (a - health(&world, &long).equity.0, health(&world, &short).equity.0 - b);
    // Skew of 40 in 10,000 BTC: the rate has grown to 0.4% a day over the day, 0.2% on average.
    let expected = 50 * 8_000 * USD * 2 / 1_000;
    assert!((paid - expected).abs() < expected / 10_000, "{paid} of {expected}");
    assert!((got * 5 - paid).abs() <= 10, "{got} of {paid}");
    assert!((pool - owed(&world) - (paid - got)).abs() <= 2, "the rest is the pool's");
    // A position that is opened now has paid nothing.
    let late = lender(&mut world, "late", 100_000);
    let before = health(&world, &late).equity.0;
    world.trade(&late, 0, BTC, ONE_BTC).unwrap();
    let cost = before - health(&world, &late).equity.0;
    // 4 for the spread, 4 of fee, and an impact of 40.5 in 10,000.
    assert!((40_400_000..=40_400_002).contains(&cost), "spread, impact and fee only: {cost}");
}

#[test]
fn funding_does_not_depend_on_how_often_it_is_cranked() {
    let run = |cranks: i64| {
        let mut world = tuned(|market| {
            steady(market);
            market.terms.funding_velocity_max_per_day = 1_000_000;
        });
        let long = lender(&mut world, "long", 100_000);
        world.trade(&long, 0, BTC, 50 * ONE_BTC).unwrap();
        for _ in 0..cranks {
            refresh_btc(&mut world, 10_000 / cranks, 8_000);
        }
        world.row(BTC).funding_index
    };
    let (once, often) = (run(1).get(), run(100).get());
    // One part in 2^64 of a micro-USD for each time that the index was rounded.
    assert!(once > 0 && (once - often).abs() <= 100, "{once} {often}");
}

#[test]
fn a_wrapped_token_counts_no_more_than_what_it_stands_for() {
    let mut world =
        World::deployed_by("governance", Svm::new(), presets::full_deployment()).with(&presets::full());
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8)]);
    let listing = wrapped_sol();
    let wrapped = world.add_asset("WSOL", 9, listing.kind, false);
    let asset = &world.assets[wrapped as usize];
    let mut params = presets::asset(&listing, asset.oracle, asset.feed_id);
    (params.parity_asset, params.price.parity_ratio, params.price.parity_gap_max) = (SOL, 1_000_000, 20_000);
    world.enact(&Change::Asset(params));
    world.list_collateral(wrapped, listing.collateral.unwrap());
    world.launch();
    let provider = world.wallet("provider");
    world.set_prices(&[(SOL, 100 * E8), (wrapped, 101 * E8)]);
    world.capitalise(&provider, (1_000 * USD) as u64);
    let alice = lender(&mut world, "alice", 10);
    lender(&mut world, "lender", 10_000);
    world.fund(&alice, 0, wrapped, (10 * ONE_SOL) as u64);
    // Dearer than SOL: valued at SOL.
    assert_eq!(world.row(wrapped).price, world.row(SOL).price);
    assert_eq!(world.row(wrapped).is_off_parity, 0);
    world.refresh(&[USDC]).unwrap();
    world.give(&alice, USDC, 0);
    let borrow = world.withdraw_instruction(&alice, 0, USDC, (20 * USD) as u64);
    world.must(borrow.clone(), &alice);
    // Cheaper, beyond the gap: valued at its own price, and no more risk on it.
    world.svm.advance(2);
    world.set_prices(&[(SOL, 100 * E8), (wrapped, 97 * E8)]);
    assert!(world.row(wrapped).price.get() < world.row(SOL).price.get());
    assert_eq!(world.row(wrapped).is_off_parity, 1);
    let failure = world.send(std::slice::from_ref(&borrow), &[&alice.key]).unwrap_err();
    assert_eq!(failure.plimsoll(), Some(PlimsollError::PriceOffParity));
    world.fund(&alice, 0, USDC, USD as u64);
    world.set_prices(&[(SOL, 100 * E8), (wrapped, 99 * E8)]);
    world.must(borrow.clone(), &alice);
    // Not known what it stands for: no more risk on it either.
    world.svm.advance(121);
    world.set_prices(&[(wrapped, 101 * E8)]);
    assert_eq!(world.row(wrapped).is_off_parity, 1);
    assert!(world.row(wrapped).price.get() > world.row(SOL).price.get(), "and no price of another day");
}

#[test]
fn a_wrapped_token_is_neither_lent_nor_traded() {
    let mut world = full();
    let listing = wrapped_sol();
    let wrapped = world.add_asset("WSOL", 9, listing.kind, false);
    let asset = &world.assets[wrapped as usize];
    let mut params = presets::asset(&listing, asset.oracle, asset.feed_id);
    (params.parity_asset, params.price.parity_ratio, params.price.parity_gap_max) = (SOL, 1_000_000, 20_000);
    let governor = Wallet::new("governance");
    for (parity_asset, decimals, error) in [
        (wrapped, 9, PlimsollError::AssetNotOnBoard),
        (SOL, 8, PlimsollError::DecimalsMismatch),
        (USDC, 9, PlimsollError::ParameterOutOfBounds),
    ] {
        let wrong = plimsoll::params::AssetParams { parity_asset, decimals, ..params };
        world.refused(world.propose_instruction(&Change::Asset(wrong)), &governor, error);
    }
    world.enact(&Change::Asset(params));
    let mut lent = listing.collateral.unwrap();
    lent.terms = presets::lent(1, 0);
    for change in [
        world.collateral_change(wrapped, lent),
        Change::Market { asset: wrapped, params: presets::market(10_000_000_000, 10_000) },
    ] {
        world.refused(world.propose_instruction(&change), &governor, PlimsollError::ParameterOutOfBounds);
    }
}

#[test]
fn deposits_beyond_the_scale_lower_the_initial_weight() {
    let mut listings = presets::full();
    let collateral = listings[0].collateral.as_mut().unwrap();
    collateral.terms.weight_scale_from = 100_000 * USD as u64;
    let mut world =
        World::deployed_by("governance", Svm::new(), presets::full_deployment()).with(&listings).launched();
    let whale = world.wallet("whale");
    world.open_account(&whale, 0);
    world.set_prices(&[(SOL, 100 * E8)]);
    for (sol, weight) in [(1_000, 800_000), (1_000, 400_000), (6_000, 100_000)] {
        world.fund(&whale, 0, SOL, (sol * ONE_SOL) as u64);
        world.set_prices(&[(SOL, 100 * E8)]);
        let row = world.row(SOL);
        assert_eq!((row.initial_asset_weight, row.maintenance_asset_weight), (weight, 900_000));
    }
}

#[test]
fn the_breaker_holds_liquidations_for_a_bounded_time() {
    let mut world = tuned(steady);
    let keeper = lender(&mut world, "keeper", 0);
    let alice = lender(&mut world, "alice", 1_800);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    // A fall of 20% in a second: twice the band.
    refresh_btc(&mut world, 1, 6_400);
    let (at, to) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    let begun = world.svm.now();
    assert_eq!(world.row(BTC).held_until, begun + 600);
    let error = |world: &mut World| world.liquidate(at, to, BTC).unwrap_err().plimsoll();
    assert_eq!(error(&mut world), Some(PlimsollError::PriceDiverged));
    let more = world.trade(&alice, 0, BTC, ONE_BTC / 100).unwrap_err();
    assert_eq!(more.plimsoll(), Some(PlimsollError::PriceDiverged));
    // Topping up, repaying and reducing work throughout.
    world.fund(&alice, 0, USDC, 1);
    world.trade(&alice, 0, BTC, -ONE_BTC / 100).unwrap();
    // The price runs on, so that the slow price never catches up; the hold ends all the same.
    let mut price = 6_400;
    while world.svm.now() < begun + 599 {
        price = price * 96 / 100;
        let seconds = 75.min(begun + 599 - world.svm.now());
        refresh_btc(&mut world, seconds, price);
        assert!(world.row(BTC).divergence > 100_000);
    }
    assert_eq!(error(&mut world), Some(PlimsollError::PriceDiverged));
    refresh_btc(&mut world, 1, price * 96 / 100);
    assert!(world.row(BTC).divergence > 100_000);
    assert_eq!(world.svm.now(), begun + 600);
    world.liquidate(at, to, BTC).unwrap();
}

#[test]
fn a_governor_raises_margins_in_a_straight_line_and_never_in_a_step() {
    let mut world = tuned(steady);
    let alice = lender(&mut world, "alice", 1_000);
    world.trade(&alice, 0, BTC, 2 * ONE_BTC / 3).unwrap();
    let mut margin = world.market(BTC).margin;
    (margin.initial_margin, margin.maintenance_margin) = (200_000, 100_000);
    (margin.tier_1_from, margin.tier_1_initial, margin.tier_1_maintenance) =
        (1_000_000_000, 150_000, 125_000);
    margin.bounty_reserve = 3_000_000;
    let before = world.margin(&alice, 0);
    set_margin(&mut world, &margin);
    refresh_btc(&mut world, 1, 8_000);
    let second = health(&world, &alice).maintenance.0;
    let mut last = second;
    for hours in 1..=24 {
        refresh_btc(&mut world, 3_600 - if hours == 1 { 1 } else { 0 }, 8_000);
        let row = world.row(BTC);
        assert_eq!(row.maintenance_margin, 50_000 + 50_000 * hours / 24);
        assert_eq!(row.initial_margin, 100_000 + 100_000 * hours / 24);
        let now = health(&world, &alice).maintenance.0;
        assert!(now < last, "{hours}: {now} after {last}");
        last = now;
    }
    assert_eq!(world.margin(&alice, 0).perps(), before.perps());
    let row = world.row(BTC);
    assert_eq!((row.maintenance_margin, row.bounty_reserve), (100_000, 3 * USD));
    assert_eq!((row.tiers[0].from, row.tiers[0].maintenance), (1_000 * USD, 125_000));
    refresh_btc(&mut world, 86_400, 8_000);
    assert_eq!(world.row(BTC).maintenance_margin, 100_000, "there it stays");
    // A new ramp begins where the last one is.
    let back = world.market(BTC).margin_before;
    let pending = propose_margin(&mut world, &back, 2_592_000);
    world.svm.advance(172_800);
    world.send(&[pending], &[]).unwrap();
    // A third of thirty days less a wait, so that the next one sets out from the middle.
    refresh_btc(&mut world, 1_296_000 - 172_800, 8_000);
    set_margin(&mut world, &margin);
    refresh_btc(&mut world, 1, 8_000);
    assert_eq!(world.row(BTC).maintenance_margin, 75_000);
}

#[test]
fn a_governor_lowers_weights_in_a_straight_line() {
    let mut world = full();
    let weights = Weights { initial_asset: 400_000, maintenance_asset: 500_000, ..world.bank(SOL).weights };
    world.enact(&world.terms_change(SOL, &Terms::Weights(weights), 86_400));
    for (seconds, initial, maintenance) in [
        (1, 799_996, 899_996),
        (43_199, 600_000, 700_000),
        (43_200, 400_000, 500_000),
        (999, 400_000, 500_000),
    ] {
        world.svm.advance(seconds - 1);
        world.set_prices(&[(SOL, 100 * E8)]);
        let row = world.row(SOL);
        assert_eq!((row.initial_asset_weight, row.maintenance_asset_weight), (initial, maintenance));
    }
}

#[test]
fn ramps_have_a_length_and_belong_to_margins_and_weights() {
    let mut world = full();
    let governor = Wallet::new("governance");
    let (mut margin, mut weights) = (world.market(BTC).margin, world.bank(SOL).weights);
    (margin.initial_margin, weights.initial_asset) = (110_000, 790_000);
    for seconds in [0, 86_399, 2_592_001] {
        for (asset, terms) in [(BTC, Terms::Margin(margin)), (SOL, Terms::Weights(weights))] {
            let change = world.terms_change(asset, &terms, seconds);
            world.refused(world.propose_instruction(&change), &governor, PlimsollError::ParameterOutOfBounds);
        }
    }
    let mut terms = world.market(BTC).terms;
    terms.trading_fee += 1;
    let ramped = world.terms_change(BTC, &Terms::Market(terms), 86_400);
    world.refused(world.propose_instruction(&ramped), &governor, PlimsollError::ParameterOutOfBounds);
    margin.maintenance_margin = 4_999;
    (weights.initial_asset, weights.maintenance_asset) = (900_001, 900_000);
    let mut face = world.bank(USDC).weights;
    face.initial_asset = 999_999;
    for (asset, terms) in
        [(BTC, Terms::Margin(margin)), (SOL, Terms::Weights(weights)), (USDC, Terms::Weights(face))]
    {
        let change = world.terms_change(asset, &terms, 86_400);
        world.refused(world.propose_instruction(&change), &governor, PlimsollError::ParameterOutOfBounds);
    }
}

/// Governance proposes a margin of BTC; returns the execution.
fn propose_margin(world: &mut World, margin: &MarginTerms, seconds: u32) -> Instruction {
    let change = world.terms_change(BTC, &Terms::Margin(*margin), seconds);
    let (propose, pending) = (world.propose_instruction(&change), world.next_change());
    world.must(propose, &Wallet::new("governance"));
    world.execute_instruction(pending, &change)
}

/// Governance sends the margin of BTC on its way for a day, after its wait.
fn set_margin(world: &mut World, margin: &MarginTerms) {
    let execute = propose_margin(world, margin, 86_400);
    world.svm.advance(172_800);
    world.send(&[execute], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
}
