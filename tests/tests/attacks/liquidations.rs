//! What those who liquidate, and those who trade around a liquidation, can take.

use crate::wealth::Random;
use plimsoll::events::Liquidated;
use plimsoll_client::Event;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::reference::{self, Health};
use plimsoll_tests::scene::{self, BTC, E8, ETH, ONE_BTC, ONE_ETH, USD, USDC};
use solana_address::Address;

const MILLION: i128 = 1_000_000;
/// Micro-USD by which roundings of several steps add up.
const ROUNDING: i128 = 8;

fn health(world: &World, account: &Address) -> Health {
    reference::health(&world.svm.read(account), &world.board())
}

/// Liquidates; `None` if there was nothing to liquidate, and then nothing has changed.
fn liquidate(world: &mut World, account: Address, keeper: Address, asset: u8) -> Option<Liquidated> {
    let before = Snapshot::take(&world.svm);
    let outcome = world.liquidate(account, keeper, asset).unwrap_or_else(|f| panic!("{f:#?}"));
    match outcome.events.as_slice() {
        [Event::Liquidated(event)] => Some(*event),
        [] => {
            before.diff(&world.svm).without_fee().assert_nothing();
            None
        }
        other => panic!("{other:#?}"),
    }
}

/// Liquidates once and checks what the keeper got against what the account lost.
fn takes_what_it_may(world: &mut World, account: Address, keeper: Address, asset: u8) -> bool {
    let (before, target) = (health(world, &account), world.board().liquidation_target as i128);
    let (market, row) = (world.market(asset), world.row(asset));
    let held = health(world, &keeper).equity;
    let Some(event) = liquidate(world, account, keeper, asset) else {
        assert!(before.maintenance >= 0, "below maintenance, and nothing happened");
        return false;
    };
    let after = health(world, &account);
    assert!(before.maintenance < 0, "liquidated above maintenance");
    assert!(after.maintenance > before.maintenance, "health improves");
    assert!(
        event.size_after == 0 || after.equity * MILLION <= target * (after.equity - after.maintenance),
        "the target is not passed: {after:?}"
    );
    let full = reference::share_ceil(
        market.terms.liquidation_penalty,
        reference::value_ceil(event.size.abs(), reference::oracle(&row)),
    );
    assert!((0..=full).contains(&(event.penalty as i128)), "no more than the market's penalty");
    assert!(event.penalty == 0 || after.equity >= 0, "a penalty takes no more than there is");
    let bounty = reference::share_floor(market.terms.bounty_share, event.penalty as i128);
    assert_eq!((event.bounty as i128, health(world, &keeper).equity - held), (bounty, bounty));
    true
}

/// Attack 25: whatever the leverage and the fall, each call takes what the rule says; and
/// a keeper who calls again and again finds the account healthy before long.
#[test]
fn attack_liquidating_more_than_the_rule_says() {
    let mut random = Random(25);
    let mut most = 0;
    for round in 0..40 {
        let mut world = scene::standard();
        let (alice, keeper) =
            (scene::trader(&mut world, "alice", 10_000), scene::trader(&mut world, "keeper", 0));
        let (account, keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
        let side = if random.between(0, 1) == 0 { 1 } else { -1 };
        world.trade(&alice, 0, BTC, side * random.between(5 * ONE_BTC, 11 * ONE_BTC)).expect("within margin");
        let _ = world.trade(&alice, 0, ETH, side * random.between(ONE_ETH, 100 * ONE_ETH));
        let percent = random.between(3, if round % 3 == 0 { 30 } else { 9 }) * -side;
        // Long enough ago for the slow price to have come after.
        world.svm.advance(1_000);
        world.set_prices(&[(BTC, 80 * (100 + percent) * E8), (ETH, 2 * (100 + percent) * E8)]);
        let mut calls = 0;
        while takes_what_it_may(&mut world, account, keeper, BTC) {
            calls += 1;
            if world.margin(&alice, 0).position(BTC).size.0 == 0 {
                break;
            }
        }
        most = most.max(calls);
    }
    assert!((1..=4).contains(&most), "bounded: {most} calls at most");
}

/// Attack 25: where next to nothing is left, the penalty is what is left and no more; where
/// nothing is, there is none, and the keeper gets none.
#[test]
fn attack_taking_a_penalty_from_an_empty_account() {
    let (mut whole, mut partial, mut none) = (0, 0, 0);
    for price in (6_950..=7_250).step_by(30) {
        let mut world = scene::standard();
        let (alice, keeper) =
            (scene::trader(&mut world, "alice", 10_000), scene::trader(&mut world, "keeper", 0));
        let (account, keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
        world.trade(&alice, 0, BTC, 10 * ONE_BTC).expect("within margin");
        world.svm.advance(1_000);
        world.set_price(BTC, price * E8);
        let (held, terms) = (health(&world, &keeper).equity, world.market(BTC).terms);
        assert!(takes_what_it_may(&mut world, account, keeper, BTC));
        let after = health(&world, &account);
        let bounty = health(&world, &keeper).equity - held;
        let closed = 10 * ONE_BTC - world.margin(&alice, 0).position(BTC).size.0;
        let full = reference::share_ceil(
            terms.liquidation_penalty,
            reference::value_ceil(closed, reference::oracle(&world.row(BTC))),
        );
        match bounty {
            0 => none += 1,
            _ if bounty < reference::share_floor(terms.bounty_share, full) => {
                assert_eq!(after.equity, 0, "all that was left");
                partial += 1;
            }
            _ => whole += 1,
        }
    }
    assert!(whole > 0 && partial > 0 && none > 0, "every kind: {whole}, {partial}, {none}");
}

/// Attack 25: two keepers for one account: the second gets nothing, and it is no error.
#[test]
fn attack_liquidating_twice_for_one_fall() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 10_000);
    let keepers = ["first", "second"].map(|name| scene::trader(&mut world, name, 0));
    let [first, second] = keepers.map(|keeper| world.account_address(&keeper, 0));
    let account = world.account_address(&alice, 0);
    world.trade(&alice, 0, BTC, 10 * ONE_BTC).expect("within margin");
    world.set_price(BTC, 7_300 * E8);
    assert!(takes_what_it_may(&mut world, account, first, BTC));
    assert!(liquidate(&mut world, account, second, BTC).is_none());
    assert!(liquidate(&mut world, account, second, ETH).is_none(), "no position there");
}

/// A pool, a victim long `size` and below maintenance, and an attacker with cash.
fn before_a_liquidation(size: i64) -> (World, Address, Wallet) {
    let mut world = scene::standard();
    let victim = scene::trader(&mut world, "victim", 900 * size / ONE_BTC);
    world.trade(&victim, 0, BTC, size).expect("within margin");
    let attacker = scene::trader(&mut world, "attacker", 500_000);
    world.open_account(&attacker, 1);
    world.set_price(BTC, 7_400 * E8);
    let account = world.account_address(&victim, 0);
    assert!(health(&world, &account).maintenance < 0);
    (world, account, attacker)
}

/// What the attacker has gained by trading `size` before, liquidating (for the bounty,
/// which is not counted: whoever liquidates gets it), and trading back after; and the size
/// that was liquidated. Everything is put back.
fn sandwich(world: &mut World, victim: Address, attacker: &Wallet, size: i64) -> (i128, i64) {
    let (own, keeper) = (world.account_address(attacker, 0), world.account_address(attacker, 1));
    let before = (Snapshot::take(&world.svm), health(world, &own).equity);
    world.trade(attacker, 0, BTC, size).unwrap_or_else(|f| panic!("{f:#?}"));
    let event = liquidate(world, victim, keeper, BTC).expect("below maintenance");
    world.trade(attacker, 0, BTC, -size).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(world.margin(attacker, 0).perps().len(), 0);
    let gain = health(world, &own).equity - before.1;
    before.0.restore(&mut world.svm);
    (gain, event.size)
}

/// Attack 31: what enters a liquidation is the oracle's price and the market's own state:
/// no pool's price, no order, nobody's bid. So the one lever is the skew, by trades that pay
/// fee and spread twice. A trade of `d` before and back after a liquidation of `l` moves
/// along the same line of impact, shifted by the `l / scale` that the liquidation paid: it
/// earns no more than `d * price * (l / scale - 2 (fee + confidence))`. That is a loss unless a
/// single liquidation moves the skew by more than a round trip costs.
#[test]
fn attack_sandwiching_a_liquidation() {
    let (mut lost, mut tried) = (0, 0);
    for victim_size in [5, 10, 20, 40].map(|size| size * ONE_BTC) {
        let (mut world, victim, attacker) = before_a_liquidation(victim_size);
        let (market, row) = (world.market(BTC), world.row(BTC));
        let (scale, costs) = (market.terms.skew_scale as i128, market.terms.trading_fee + row.confidence);
        for size in [-40, -20, -5, -1, 1, 5, 20, 40].map(|size| size * ONE_BTC) {
            let (gain, liquidated) = sandwich(&mut world, victim, &attacker, size);
            let notional = reference::value_ceil(size.abs(), reference::oracle(&row));
            // Whoever trades the way that the liquidation does finds it to have paid for him.
            let shift = (liquidated * size.signum()) as i128;
            let most = reference::ceil(notional * shift, scale) - 2 * reference::share_floor(costs, notional);
            assert!(gain <= most + ROUNDING, "{size} around {victim_size}: {gain}, more than {most}");
            let is_small = liquidated.abs() as i128 * MILLION <= scale * 2 * costs as i128;
            assert!(!is_small || gain < 0, "{size} around {victim_size}: {gain}");
            lost += i32::from(gain < 0);
            tried += 1;
        }
    }
    assert!(lost >= tried / 2, "{lost} of {tried}");
}

/// Attack 31: oracle price and state being equal, a liquidation is the same to the unit,
/// whoever calls it and whatever else the transaction does.
#[test]
fn attack_who_liquidates_makes_no_difference() {
    let (mut world, victim, attacker) = before_a_liquidation(10 * ONE_BTC);
    let keepers = ["one", "two"].map(|name| scene::trader(&mut world, name, 0));
    let before = Snapshot::take(&world.svm);
    let mut outcomes = Vec::new();
    for keeper in &keepers {
        let keeper = world.account_address(keeper, 0);
        let calls = [
            world.liquidate_instruction(victim, keeper, BTC),
            world.transfer_instruction(&attacker, 0, 1, USDC, USD as u64),
        ];
        let outcome = world.send(&calls, &[&attacker.key]).unwrap_or_else(|f| panic!("{f:#?}"));
        let [Event::Liquidated(event), _] = outcome.events[..] else { panic!("{:#?}", outcome.events) };
        outcomes.push(Liquidated { keeper_account: victim, ..event });
        before.restore(&mut world.svm);
    }
    assert_eq!(outcomes[0], outcomes[1]);
}
