//! Instructions of liquidity providers, on a pool with a given number of markets.

use super::figures::{Case, Figures};
use plimsoll_testkit::{Wallet, World};

const MICRO: u64 = 1_000_000;

/// Measures a pool whose `markets` markets all have open interest, which is what makes their
/// prices needed.
pub fn measure(figures: &mut Figures, markets: u8) {
    let (mut world, provider) = traded_world(markets);
    let (name, fading) = match markets {
        1 => ("1 market", "1 market, outflow fading"),
        3 => ("3 markets", "3 markets, outflow fading"),
        _ => ("16 markets", "16 markets, outflow fading"),
    };
    let case = Case::new(name, 0, 0);
    world.give(&provider, 0, 1_000 * MICRO);
    let provide = world.provide_instruction(&provider, 1_000 * MICRO, 1);
    figures.record(case, &mut world, provide, &[&provider]);
    let redeem = world.redeem_instruction(&provider, MICRO, 1);
    figures.record(case, &mut world, redeem, &[&provider]);
    world.svm.advance(4_000);
    world.set_prices(&prices(markets));
    let redeem = world.redeem_instruction(&provider, MICRO, 1);
    figures.record(Case::new(fading, 0, 0), &mut world, redeem, &[&provider]);
    if markets == 1 {
        let rebalance = world.rebalance_instruction(1);
        figures.record(Case::new("capital into the market", 0, 0), &mut world, rebalance, &[]);
        let whole = world.pool().unallocated as u64 / 2;
        let redeem = world.redeem_instruction(&provider, whole, 1);
        world.must(redeem, &provider);
        let rebalance = world.rebalance_instruction(1);
        figures.record(Case::new("capital out of the market", 0, 0), &mut world, rebalance, &[]);
    }
}

fn prices(markets: u8) -> Vec<(u8, i64)> {
    (1..=markets).map(|asset| (asset, 10_0000_0019)).collect()
}

fn traded_world(markets: u8) -> (World, Wallet) {
    let mut world = World::wide(markets.into());
    let (provider, trader) = (world.wallet("provider"), world.wallet("trader"));
    world.set_prices(&prices(markets));
    world.capitalise(&provider, 1_000_000 * MICRO);
    world.open_account(&trader, 0);
    world.fund(&trader, 0, 0, 10_000 * MICRO);
    for asset in 1..=markets {
        world.trade(&trader, 0, asset, 100 * MICRO as i64).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    (world, provider)
}
