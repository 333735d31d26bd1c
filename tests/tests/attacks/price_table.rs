//! Attack 17: every state that a price can be in, against everything one can do, on chain.

use plimsoll::error::PlimsollError::{self, PriceAgeing, PriceDiverged, PriceExpired, PriceUncertain};
use plimsoll_client::Event;
use plimsoll_testkit::pyth::Quote;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::scene::{self, BTC, E8, ETH, ONE_BTC, ONE_ETH, USD, USDC};
use solana_instruction::Instruction;

/// What may be wrong with a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    age_seconds: i64,
    /// More uncertain than what may increase risk; less than what a refresh refuses.
    is_wide: bool,
    /// Further from the slow price than what may increase risk.
    is_diverged: bool,
}

/// How an action depends on the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Adds risk, or takes value out at this price.
    Increase,
    Liquidate,
    Reduce,
    /// Acts on another asset of an account that depends on this price.
    ReduceElsewhere,
    NeedsNoPrice,
}

type Verdict = Result<(), PlimsollError>;

/// The table: for each state, what comes of increasing, of liquidating, of reducing.
#[rustfmt::skip]
const TABLE: [(&str, State, [Verdict; 3]); 12] = [
    ("fresh",                   state(0, false, false),   [Ok(()),              Ok(()),             Ok(())]),
    ("fresh, wide",             state(0, true, false),    [Err(PriceUncertain), Ok(()),             Ok(())]),
    ("fresh, diverged",         state(0, false, true),    [Err(PriceDiverged),  Err(PriceDiverged), Ok(())]),
    ("fresh, wide, diverged",   state(0, true, true),     [Err(PriceDiverged),  Err(PriceDiverged), Ok(())]),
    ("still fresh",             state(30, false, false),  [Ok(()),              Ok(()),             Ok(())]),
    ("ageing",                  state(31, false, false),  [Err(PriceAgeing),    Ok(()),             Ok(())]),
    ("ageing, wide",            state(31, true, false),   [Err(PriceAgeing),    Ok(()),             Ok(())]),
    ("ageing, diverged",        state(31, false, true),   [Err(PriceDiverged),  Err(PriceDiverged), Ok(())]),
    ("still ageing, all wrong", state(120, true, true),   [Err(PriceDiverged),  Err(PriceDiverged), Ok(())]),
    ("still ageing",            state(120, false, false), [Err(PriceAgeing),    Ok(()),             Ok(())]),
    ("expired",                 state(121, false, false), [Err(PriceExpired); 3]),
    ("expired, all wrong",      state(121, true, true),   [Err(PriceExpired); 3]),
];

const fn state(age_seconds: i64, is_wide: bool, is_diverged: bool) -> State {
    State { age_seconds, is_wide, is_diverged }
}

/// A pool, alice and bob long in BTC, bob below maintenance, carol with cash only; then
/// BTC's price in this state. The other prices are fresh.
fn scene_in(state: State) -> World {
    let mut world = scene::standard();
    for (name, usd) in [("alice", 50_000), ("bob", 9_000), ("carol", 1_000), ("keeper", 0)] {
        scene::trader(&mut world, name, usd);
    }
    let (alice, bob) = (Wallet::new("alice"), Wallet::new("bob"));
    world.open_account(&alice, 1);
    for owner in [&alice, &bob] {
        world.trade(owner, 0, BTC, 10 * ONE_BTC).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    world.trade(&alice, 0, ETH, 10 * ONE_ETH).unwrap_or_else(|f| panic!("{f:#?}"));
    for name in ["bob", "carol", "provider"] {
        world.give(&Wallet::new(name), USDC, 1_000 * USD as u64);
    }
    world.svm.advance(1);
    let price = if state.is_diverged { 7_100 * E8 } else { 7_400 * E8 };
    let confidence = price.unsigned_abs() / if state.is_wide { 125 } else { 2_000 };
    world.publish_quote(BTC, Quote { price, confidence, exponent: -8, publish_time: world.svm.now() });
    let outcome = world.refresh(&[BTC]).expect("a refresh");
    assert!(matches!(outcome.events[..], [Event::PriceRefreshed(_)]), "{:?}", outcome.events);
    world.svm.advance(state.age_seconds);
    if state.age_seconds > 0 {
        world.publish(ETH, 200 * E8);
        world.refresh(&[ETH]).expect("a refresh");
    }
    world
}

/// Everything that one can do, by whom and how it depends on the price of BTC.
fn actions(world: &mut World) -> Vec<(&'static str, Kind, &'static str, Instruction)> {
    use Kind::*;
    let [alice, bob, carol, keeper, provider] =
        ["alice", "bob", "carol", "keeper", "provider"].map(Wallet::new);
    let (bobs, keepers) = (world.account_address(&bob, 0), world.account_address(&keeper, 0));
    let trade = |world: &World, owner: &Wallet, asset, size| {
        let limit = if size > 0 { u128::MAX } else { 0 };
        world.trade_instruction(owner, owner, 0, asset, (size, limit))
    };
    let provide = world.provide_instruction(&provider, 100 * USD as u64, 0);
    let redeem = world.redeem_instruction(&provider, 100 * USD as u64, 0);
    let w = &*world;
    vec![
        ("open", Increase, "carol", trade(w, &carol, BTC, ONE_BTC / 10)),
        ("open short", Increase, "carol", trade(w, &carol, BTC, -ONE_BTC / 10)),
        ("increase", Increase, "alice", trade(w, &alice, BTC, ONE_BTC / 10)),
        ("turn over", Increase, "alice", trade(w, &alice, BTC, -11 * ONE_BTC)),
        ("increase another", Increase, "alice", trade(w, &alice, ETH, ONE_ETH)),
        ("withdraw with positions", Increase, "alice", w.withdraw_instruction(&alice, 0, USDC, 1)),
        ("transfer with positions", Increase, "alice", w.transfer_instruction(&alice, 0, 1, USDC, 1)),
        ("provide", Increase, "provider", provide),
        ("redeem", Increase, "provider", redeem),
        ("rebalance away", Increase, "carol", w.rebalance_instruction(BTC)),
        ("liquidate", Liquidate, "carol", w.liquidate_instruction(bobs, keepers, BTC)),
        ("reduce", Reduce, "alice", trade(w, &alice, BTC, -ONE_BTC)),
        ("close", Reduce, "alice", trade(w, &alice, BTC, -10 * ONE_BTC)),
        ("reduce another", ReduceElsewhere, "alice", trade(w, &alice, ETH, -ONE_ETH)),
        ("deposit", NeedsNoPrice, "carol", w.deposit_instruction(&carol, 0, USDC, 1)),
        ("deposit under water", NeedsNoPrice, "bob", w.deposit_instruction(&bob, 0, USDC, 1)),
        ("withdraw without positions", NeedsNoPrice, "carol", w.withdraw_instruction(&carol, 0, USDC, 1)),
    ]
}

#[test]
fn attack_using_a_price_that_is_not_good_enough() {
    let mut wrong = Vec::new();
    for (name, state, [increase, liquidate, reduce]) in TABLE {
        let mut world = scene_in(state);
        let before = Snapshot::take(&world.svm);
        for (action, kind, signer, instruction) in actions(&mut world) {
            let expected = match kind {
                Kind::Increase => increase,
                Kind::Liquidate => liquidate,
                Kind::Reduce => reduce,
                Kind::ReduceElsewhere | Kind::NeedsNoPrice => Ok(()),
            };
            let signs = instruction.accounts.iter().any(|meta| meta.is_signer);
            let signer = Wallet::new(signer);
            let signers = if signs { vec![&signer.key] } else { vec![] };
            let got = world.svm.send(&[instruction], &signers);
            let diff = before.diff(&world.svm).without_fee();
            let verdict = got.as_ref().map(|_| ()).map_err(|failure| failure.plimsoll());
            if verdict != expected.map_err(Some) || diff.is_empty() != expected.is_err() {
                wrong.push(format!("{action}, {name}: expected {expected:?}, got {verdict:?}\n{diff}"));
            }
            before.restore(&mut world.svm);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A price that was never set is one that expired long ago.
#[test]
fn attack_trading_before_there_is_a_price() {
    let mut world = World::standard();
    world.set_prices(&[(scene::SOL, 100 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, scene::CAPITAL as u64);
    let alice = scene::trader(&mut world, "alice", 10_000);
    world.fund(&alice, 0, BTC, ONE_BTC as u64);
    let open = |world: &World, asset| world.trade_instruction(&alice, &alice, 0, asset, (ONE_ETH, u128::MAX));
    let before = Snapshot::take(&world.svm);
    // Neither the asset itself, nor, against a deposit of it, another one.
    for asset in [BTC, ETH] {
        let call = open(&world, asset);
        let failure = world.send(&[call], &[&alice.key]).expect_err("no price");
        assert_eq!(failure.plimsoll(), Some(PriceExpired));
        before.diff(&world.svm).without_fee().assert_nothing();
    }
    let withdraw = world.withdraw_instruction(&alice, 0, BTC, ONE_BTC as u64);
    world.must(withdraw, &alice);
    let call = open(&world, ETH);
    world.must(call, &alice);
}
