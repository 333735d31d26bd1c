//! What `view_account` returns, and that its liquidation prices are where liquidation
//! begins.

use plimsoll::view::{AccountView, ViewHeader};
use plimsoll_client::decode::account_view;
use plimsoll_risk::Price;
use plimsoll_testkit::pyth::Quote;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::reference::{self, Health};
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, USD, health, set_calm_prices, settlement,
};

/// What the program says of a wallet's first account.
fn view(world: &mut World, who: &Wallet) -> AccountView {
    let before = Snapshot::take(&world.svm);
    let outcome = world.send(&[world.view_instruction(world.account_address(who, 0))], &[]).unwrap();
    before.diff(&world.svm).without_fee().assert_nothing();
    assert_eq!(outcome.events, []);
    let view = account_view(&outcome.return_data).unwrap();
    // The client computes the same from the same accounts.
    let local = AccountView::of(&world.margin(who, 0), &world.board()).unwrap();
    assert_eq!(local.bytes(), outcome.return_data);
    view
}

fn liquidation_price(world: &mut World, who: &Wallet, asset: u8) -> Option<Price> {
    let view = view(world, who);
    let entry = view.entries().iter().find(|entry| entry.asset == asset as u64).expect("an entry");
    Some(entry.liquidation_price.get()).filter(|price| *price != Price(0))
}

/// Sets an oracle to a price in steps, exactly: the mantissa is micro-USD per native unit
/// in units of 2^-64, written out as far as Pyth's 18 digits go.
fn set_exactly(world: &mut World, asset: u8, price_e: (i64, i32)) {
    world.svm.advance(599);
    let publish_time = world.svm.now();
    let (price, exponent) = price_e;
    world.publish_quote(asset, Quote { price, confidence: 0, exponent, publish_time });
    world.refresh(&[asset]).unwrap();
}

/// A Pyth quote at or just below a price, of 15 decimals' precision and more.
fn as_quote(price: Price, decimals: u8) -> (i64, i32) {
    // micro-USD per unit x 10^(decimals - 6) = USD per token; twelve decimal places of it.
    let scaled = price.0 * 10u128.pow(decimals as u32);
    let mantissa = (scaled >> 64) * 1_000_000 + (((scaled & ((1 << 64) - 1)) * 1_000_000) >> 64);
    (i64::try_from(mantissa).expect("a price of at most nine million"), -12)
}

/// An account of each kind: what it holds, and whether its price risk is of its position.
fn stages() -> Vec<(World, Wallet, u8)> {
    let mut stages = Vec::new();
    for (asset, size) in [(BTC, 3 * ONE_BTC), (BTC, -3 * ONE_BTC), (ETH, 12_3456_7890), (SOL, -77 * ONE_SOL)]
    {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", asset, size);
        world.fund(&alice, 0, 0, 25 * USD as u64);
        stages.push((world, alice, asset));
    }
    // Collateral, positions of both signs, and a position in the collateral itself.
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 500);
    world.fund(&alice, 0, SOL, 50 * ONE_SOL as u64);
    for (asset, size) in [(BTC, 2 * ONE_BTC), (ETH, -50 * ONE_ETH), (SOL, 20 * ONE_SOL)] {
        world.trade(&alice, 0, asset, size).unwrap();
    }
    stages.push((world, alice, SOL));
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 0);
    world.fund(&alice, 0, SOL, 60 * ONE_SOL as u64);
    world.trade(&alice, 0, BTC, 4 * ONE_BTC).unwrap();
    stages.push((world, alice, SOL));
    stages
}

#[test]
fn the_view_is_what_the_formulas_say() {
    for (mut world, alice, _) in stages() {
        let header = view(&mut world, &alice).header;
        let Health { equity, initial, maintenance } = health(&world, &alice);
        let expected = [equity, initial, maintenance, health(&world, &alice).margin_ratio()];
        let said = [header.equity, header.initial_health, header.maintenance_health, header.margin_ratio];
        assert_eq!(said.map(i128::from), expected);
        // The lending view: what slots add over what they take.
        let (account, board) = (world.margin(&alice, 0), world.board());
        let row = |asset: u8| &board.rows[asset as usize];
        let mut slots = vec![settlement(&account) as i128];
        slots.extend(
            account.tokens()[1..].iter().map(|t| reference::token_health(t.shares, row(t.asset)).maintenance),
        );
        slots.extend(
            account.perps().iter().map(|p| {
                reference::position_health(scene::held(&account, p.asset), row(p.asset)).maintenance
            }),
        );
        let added: i128 = slots.iter().filter(|m| **m > 0).sum();
        let taken: i128 = -slots.iter().filter(|m| **m < 0).sum::<i128>();
        assert_eq!(header.health_factor as i128, added * 1_000_000 / taken);
    }
}

#[test]
fn an_account_that_owes_nothing_has_no_ratio_and_no_liquidation_price() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 7);
    let header = ViewHeader {
        equity: 7 * USD,
        initial_health: 7 * USD,
        maintenance_health: 7 * USD,
        margin_ratio: i64::MAX,
        health_factor: i64::MAX,
        assets: 0,
    };
    assert_eq!(view(&mut world, &alice).header, header);
    world.fund(&alice, 0, ETH, ONE_ETH as u64);
    let seen = view(&mut world, &alice);
    let header = ViewHeader {
        equity: 207 * USD,
        initial_health: 167 * USD,
        maintenance_health: 187 * USD,
        // Only the discount on the collateral is required.
        margin_ratio: 207 * 1_000_000 / 20,
        assets: 1,
        ..header
    };
    assert_eq!(seen.header, header);
    assert_eq!(seen.entries()[0].liquidation_price.get(), Price(0));
}

#[test]
fn old_prices_are_shown_as_they_are() {
    for (mut world, alice, _) in stages() {
        let before = view(&mut world, &alice).header;
        world.svm.advance(100_000);
        assert_eq!(view(&mut world, &alice).header, before);
    }
}

#[test]
fn every_asset_the_account_depends_on_has_one_entry() {
    let (mut world, alice, _) = stages().swap_remove(4);
    let assets: Vec<u64> = view(&mut world, &alice).entries().iter().map(|entry| entry.asset).collect();
    assert_eq!(assets, [SOL as u64, BTC as u64, ETH as u64]);
}

#[test]
fn at_its_liquidation_price_an_account_is_on_its_line() {
    for (mut world, alice, asset) in stages() {
        let price = liquidation_price(&mut world, &alice, asset).expect("a price");
        let account = world.margin(&alice, 0);
        let maintenance = |steps: u128| {
            let mut board = world.board();
            let row = &mut board.rows[asset as usize];
            let marks = reference::charges(row).map(|charged| (steps as i128 - charged).into());
            [row.long_mark, row.short_mark] = marks;
            row.price = Price(steps).into();
            reference::health(&account, &board).maintenance
        };
        // Zero to within the rounding of the slots' terms: four of them at most here.
        let slots = (account.tokens().len() + account.perps().len()) as i128;
        assert!(maintenance(price.0).abs() <= 2 * slots, "{}", maintenance(price.0));
        // A ten thousandth to either side it is clearly above and clearly below.
        let (above, below) =
            (maintenance(price.0 + price.0 / 10_000), maintenance(price.0 - price.0 / 10_000));
        assert!((above > 2 * slots) != (below > 2 * slots), "{above} {below}");
    }
}

#[test]
fn liquidation_begins_right_beyond_the_liquidation_price() {
    for (stage, (mut world, alice, asset)) in stages().into_iter().enumerate() {
        let price = liquidation_price(&mut world, &alice, asset).expect("a price");
        let keeper = scene::trader(&mut world, "keeper", 0);
        let decimals = world.assets[asset as usize].decimals;
        let others: Vec<(u8, i64)> = [(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]
            .into_iter()
            .filter(|(other, _)| *other != asset)
            .collect();
        // Twice, as the slow price may need more than one step.
        let falls = price < world.row(asset).price.get();
        let (mantissa, exponent) = as_quote(price, decimals);
        let step = mantissa / 100_000_000 * if falls { -1 } else { 1 };
        let (account, of_keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
        let market = world.margin(&alice, 0).perps()[0].asset;
        for (quote, begins) in [(mantissa - step, false), (mantissa + step, true)] {
            for _ in 0..3 {
                set_exactly(&mut world, asset, (quote, exponent));
                set_calm_prices(&mut world, &others);
            }
            set_exactly(&mut world, asset, (quote, exponent));
            world.set_prices(&others);
            let outcome = world.liquidate(account, of_keeper, market).unwrap();
            assert_eq!(!outcome.events.is_empty(), begins, "stage {stage} at {quote}");
        }
    }
}
