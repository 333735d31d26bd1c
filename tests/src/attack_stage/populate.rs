//! Who is there, what they hold, and how some of them sink.

use super::AUCTION_DELAY_SECONDS;
use super::founding::found;
use crate::scene::{BTC, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, USD, USDC};
use plimsoll::oracle::OracleKind;
use plimsoll::state::{MarketTerms, Role};
use plimsoll_testkit::presets::{self, Deployment, Listing};
use plimsoll_testkit::{Wallet, World};

/// What is listed: BTC gives what it insures to the fund at once and a part of its fees to the
/// fee collector, ETH stands on little capital; DOGE and SHIB are on the board and nothing else.
pub(super) fn listings() -> Vec<Listing> {
    let mut listings = presets::standard();
    let terms = |listing: &mut Listing, change: fn(&mut MarketTerms)| {
        change(&mut listing.market.as_mut().expect("a market").terms);
    };
    terms(&mut listings[1], |btc| (btc.insurance_tranche, btc.protocol_fee_share) = (USD, 100_000));
    terms(&mut listings[2], |eth| (eth.capital_weight, eth.reserve_ratio) = (20_000, 100_000));
    listings.extend(["DOGE", "SHIB"].map(|symbol| Listing {
        symbol,
        decimals: 8,
        kind: OracleKind::PythPull,
        collateral: None,
        market: None,
    }));
    listings
}

/// Settlement tokens may be borrowed, and auctions come early.
pub(super) fn deployment() -> Deployment {
    let mut deployment = presets::full_deployment();
    deployment.terms.auction_delay_seconds = AUCTION_DELAY_SECONDS;
    deployment
}

pub(super) fn populate(world: &mut World) {
    let [alice, bob, keeper, provider, mallory] =
        ["alice", "bob", "keeper", "provider", "mallory"].map(|name| world.wallet(name));
    let [carol, dave, erin, frank, grace, rescuer] =
        ["carol", "dave", "erin", "frank", "grace", "rescuer"].map(|name| world.wallet(name));
    world.wallet("newcomer");
    world.wallet("heir");
    found(world);
    world.capitalise(&provider, 1_000_000 * USD as u64);
    for (owner, sub_account, usdc) in [
        (&alice, 0, 20_000),
        (&alice, 1, 1_000),
        (&alice, 7, 0),
        (&bob, 0, 10_000),
        (&keeper, 0, 0),
        (&mallory, 0, 0),
        (&carol, 0, 30_000),
        (&dave, 0, 1_000),
        (&erin, 0, 0),
        (&frank, 0, 60_000),
        (&grace, 0, 0),
        (&rescuer, 0, 20_000),
    ] {
        world.open_account(owner, sub_account);
        if usdc > 0 {
            world.fund(owner, sub_account, USDC, usdc * USD as u64);
        }
    }
    world.fund(&alice, 0, SOL, 10_000_000_000);
    for owner in [&alice, &bob] {
        world.trade(owner, 0, BTC, 10 * ONE_BTC).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    take_risk(world);
    for person in [&alice, &provider, &mallory, &rescuer] {
        world.give(person, USDC, 1_000 * USD as u64);
    }
    world.give(&rescuer, SOL, 0);
    world.share_account(&mallory);
    world.give(&world.holder(Role::FeeCollector), USDC, 0);
}

/// Positions of dave, carol and frank, debts of erin and grace.
fn take_risk(world: &mut World) {
    let [carol, dave, erin, frank, grace] = ["carol", "dave", "erin", "frank", "grace"].map(Wallet::new);
    for (owner, asset, size) in
        [(&dave, BTC, ONE_BTC), (&carol, ETH, 900 * ONE_ETH), (&frank, ETH, -900 * ONE_ETH)]
    {
        world.trade(owner, 0, asset, size).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    for (borrower, usd) in [(&erin, 6_500), (&grace, 7_900)] {
        world.fund(borrower, 0, SOL, 100 * ONE_SOL as u64);
        world.give(borrower, USDC, 0);
        let borrow = world.withdraw_instruction(borrower, 0, USDC, usd * USD as u64);
        world.must(borrow, borrower);
    }
}

/// Takes stock of those who have sunk, and takes all that grace has for a part of her debt.
pub(super) fn sink(world: &mut World) {
    for name in ["bob", "dave"] {
        let call = world.call_margin_instruction(world.account_address(&Wallet::new(name), 0));
        world.send(&[call], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    let (rescuer, grace) = (Wallet::new("rescuer"), Wallet::new("grace"));
    let graces = world.account_address(&grace, 0);
    let rescue = world.liquidate_debt_instruction(&rescuer, graces, (USDC, SOL), u64::MAX);
    world.must(rescue, &rescuer);
    assert_eq!(world.margin(&grace, 0).shares(SOL).0, 0, "nothing is left");
}

pub(super) fn put_up(world: &mut World) {
    let start = world.start_auction_instruction(world.account_address(&Wallet::new("dave"), 0));
    world.send(&[start], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
}
