//! What is sent, in which order, and for how much.
use super::*;
use plimsoll_client::Event;
use plimsoll_client::instructions::{liquidate, refresh_prices};
use plimsoll_client::risk::Quote;
use plimsoll_client::transaction::{Draft, Limits, Version, wire};

/// Accounts of 1,000 USD that are long so many SOL, from 100 USD on.
fn longs<const N: usize>(world: &mut World, sizes: [i64; N]) -> [Address; N] {
    sizes.map(|size| {
        let wallet = trader(world, &format!("long {size}"), 1_000);
        world.trade(&wallet, 0, SOL, size * ONE_SOL).unwrap_or_else(|failure| panic!("{failure:#?}"));
        world.account_address(&wallet, 0)
    })
}

fn keys(tasks: &[Task]) -> Vec<Key> {
    tasks.iter().map(|task| task.key).collect()
}

/// Carries a task out; the bounty that was paid.
fn carried_out(world: &mut World, task: &Task) -> i64 {
    let outcome = world.send(&task.instructions, &[]).unwrap_or_else(|failure| panic!("{failure:#?}"));
    assert!(u64::from(task.compute_units) > outcome.compute_units, "{} units", outcome.compute_units);
    let bounties = outcome.events.iter().filter_map(|event| match event {
        Event::Liquidated(liquidated) => Some(liquidated.bounty),
        _ => None,
    });
    bounties.sum()
}

#[test]
fn the_best_paid_comes_first_and_is_paid_what_was_planned() {
    let (mut world, keeper) = world();
    let [slight, sunk, deep, _healthy] = longs(&mut world, [75, 80, 90, 40]);
    world.set_price(SOL, 91 * E8);
    let mut core = core_of(&world, keeper, for_profit(0));
    let tasks = core.plan(0);
    let planned: Vec<(Key, i64, u32)> = tasks.iter().map(|t| (t.key, t.bounty.0, t.depth)).collect();
    assert_eq!(
        planned,
        [
            (Key::Liquidate(deep), 49_140_000, 558_437),
            (Key::Liquidate(sunk), 23_360_345, 253_000),
            (Key::Liquidate(slight), 13_918_400, 69_679)
        ]
    );
    assert!(tasks.iter().all(|task| task.instructions.len() == 1), "the board knows the price");
    let paid: Vec<i64> = tasks.iter().map(|task| carried_out(&mut world, task)).collect();
    assert_eq!(paid[0], tasks[0].bounty.0);
}

#[test]
fn below_the_profit_floor_nothing_is_sent_but_a_service() {
    let (mut world, keeper) = world();
    let [account] = longs(&mut world, [80]);
    world.set_price(SOL, 91 * E8);
    let planned = |policy| core_of(&world, keeper, policy).plan(0);
    let task = &planned(for_profit(0))[0];
    // 5,000 lamports for the signature, 1,000 micro-lamports for each of 26,000 units, at 91 USD.
    assert_eq!((task.compute_units, task.unit_price, task.cost), (26_000, 1_000, Quote(458)));
    let profit = task.bounty.0 - task.cost.0;
    assert_eq!(keys(&planned(for_profit(profit))), [Key::Liquidate(account)]);
    assert_eq!(planned(for_profit(profit + 1)), []);
    let service = Policy { duties: only_liquidate(Mode::Service), ..for_profit(i64::MAX) };
    assert_eq!(keys(&planned(service)), [Key::Liquidate(account)]);
    assert_eq!(planned(Policy { duties: only_liquidate(Mode::Off), ..service }), []);
    // Without a row for it a SOL is worth what the operator says.
    let told = Policy { sol_asset: None, sol_price: 1_000_000_000, ..service };
    assert_eq!(planned(told)[0].cost, Quote(5_026));
}

#[test]
fn the_fee_follows_what_is_paid_within_its_bounds() {
    let (mut world, keeper) = world();
    longs(&mut world, [80]);
    world.set_price(SOL, 91 * E8);
    let mut core = core_of(&world, keeper, for_profit(0));
    // The claim of the one before has run out each time.
    let cases = [(0, 0, 1_000, 458), (10_000, 250_000, 250_000, 1_047), (20_000, u64::MAX, 1_000_000, 2_821)];
    for (now_ms, going, offered, cost) in cases {
        core.observe(Observation::PriorityFee(going));
        let task = core.plan(now_ms).remove(0);
        assert_eq!((task.unit_price, task.cost), (offered, Quote(cost)));
    }
}

#[test]
fn the_newest_price_decides_and_is_brought_along() {
    let (mut world, keeper) = world();
    let [account] = longs(&mut world, [80]);
    world.svm.advance(1);
    world.publish(SOL, 91 * E8);
    let tasks = core_of(&world, keeper, for_profit(0)).plan(0);
    assert_eq!(keys(&tasks), [Key::Liquidate(account)]);
    let brought: Vec<&[u8]> = tasks[0].instructions.iter().map(|i| i.data.get(..8).unwrap()).collect();
    assert_eq!(brought, [refresh_prices::SPEC.discriminator, liquidate::SPEC.discriminator]);
    assert_eq!(tasks[0].compute_units, 32_000);
    assert_eq!(carried_out(&mut world, &tasks[0]), tasks[0].bounty.0);
    // An account that only an old price sinks is left alone.
    let [_, _] = longs(&mut world, [81, 82]);
    world.set_price(SOL, 83 * E8);
    world.svm.advance(1);
    world.publish(SOL, 100 * E8);
    assert_eq!(core_of(&world, keeper, for_profit(0)).plan(0), []);
}

#[test]
fn a_task_is_handed_out_once_until_its_fate_and_what_it_left_are_known() {
    let (mut world, keeper) = world();
    let [account] = longs(&mut world, [80]);
    world.set_price(SOL, 91 * E8);
    let mut core = core_of(&world, keeper, for_profit(0));
    let task = core.plan(0).remove(0);
    assert_eq!(core.plan(9_999), []);
    let again = core.plan(10_000).remove(0);
    assert_eq!(again.key, task.key);
    assert_eq!(core.sign(task.claim, signature(1), 1_050), None);
    let sent = core.sign(again.claim, signature(2), 1_050).unwrap();
    assert_eq!(core.export(), [sent]);
    assert_eq!(core.needs(10_000).statuses, [signature(2)]);

    // A new process waits for the old one's transaction.
    let mut reborn = core_of(&world, keeper, for_profit(0));
    reborn.import(&core.export());
    assert_eq!(reborn.plan(0), []);
    assert_eq!(reborn.needs(0).statuses, [signature(2)]);

    carried_out(&mut world, &again);
    core.observe(Observation::Status { signature: signature(2), slot: 1_101, status: landed(1_100) });
    assert_eq!((core.export(), core.plan(20_000)), (vec![], vec![]), "the account has not been looked at");
    assert_eq!(core.needs(20_000).accounts, [account]);
    tell_all(&mut core, &world, 1_100);
    assert_eq!(core.plan(20_001), []);
    assert_eq!((core.needs(20_001).accounts, core.in_flight_count()), (vec![], 0));
    let Counters { planned, sent, landed, .. } = *core.counters();
    assert_eq!((planned, sent, landed), (2, 1, 1));
}

#[test]
fn no_more_is_handed_out_than_may_be_in_flight() {
    let (mut world, keeper) = world();
    let [_, sunk, deep] = longs(&mut world, [75, 80, 90]);
    world.set_price(SOL, 91 * E8);
    let policy = Policy { in_flight_max: 2, ..for_profit(0) };
    let mut core = core_of(&world, keeper, policy);
    assert_eq!(keys(&core.plan(0)), [Key::Liquidate(deep), Key::Liquidate(sunk)]);
    assert_eq!(core.plan(1), []);
    let policy = Policy { tasks_max: 1, ..for_profit(0) };
    assert_eq!(keys(&core_of(&world, keeper, policy).plan(0)), [Key::Liquidate(deep)]);
}

#[test]
fn a_margin_call_is_raised_and_cleared_and_a_row_that_ages_refreshed() {
    let (mut world, keeper) = world();
    let [account] = longs(&mut world, [80]);
    world.set_price(SOL, 923 * E8 / 10);
    let policy = Policy { refresh_age_seconds: 20, ..Policy::default() };
    let mut core = core_of(&world, keeper, policy);
    let tasks = core.plan(0);
    assert_eq!(keys(&tasks), [Key::CallMargin(account)]);
    world.send(&tasks[0].instructions, &[]).unwrap();
    world.set_price(SOL, 100 * E8);
    let tasks = core_of(&world, keeper, policy).plan(0);
    assert_eq!(keys(&tasks), [Key::CallMargin(account)], "it has recovered");
    world.send(&tasks[0].instructions, &[]).unwrap();
    assert_eq!(core_of(&world, keeper, policy).plan(0), []);

    world.svm.advance(20);
    for (asset, price) in [(SOL, 100), (BTC, 8_000), (ETH, 200)] {
        world.publish(asset, price * E8);
    }
    let tasks = core_of(&world, keeper, policy).plan(0);
    assert_eq!(keys(&tasks), [Key::Refresh(SOL)], "nobody needs the others");
    assert_eq!(tasks[0].instructions, [world.refresh_instruction(&[SOL])]);
}

#[test]
fn eight_rows_come_along_in_one_transaction_and_more_are_refreshed_first() {
    for count in [8u8, 10] {
        let (mut world, keeper) = wide(count);
        let account = wide_long(&mut world, count);
        world.svm.advance(1);
        (1..=count).for_each(|asset| world.publish(asset, 93 * E8));
        let policy = for_profit(0);
        let policy = Policy { duties: Duties { refresh: Mode::Service, ..policy.duties }, ..policy };
        let mut core = core_of(&world, keeper, policy);
        let task = core.plan(0).remove(0);
        let limits = Limits { compute_units: task.compute_units, loaded_bytes: 1 << 20, price: 1 };
        let (payer, instructions) = (keeper.wallet, task.instructions.clone());
        let draft = Draft { payer, instructions, version: Version::V0, limits };
        let bytes = wire(&draft.unsigned(Default::default()).expect("it fits")).len();
        if count == 8 {
            assert_eq!((task.key, bytes), (Key::Liquidate(account), 1_155));
        } else {
            assert_eq!(task.key, Key::Refresh(1));
        }
        carried_out(&mut world, &task);
    }
}

/// A world of so many assets at 100 USD, each collateral and market.
fn wide(count: u8) -> (World, Keeper) {
    let mut world = World::wide(count.into());
    let prices: Vec<(u8, i64)> = (1..=count).map(|asset| (asset, 100 * E8)).collect();
    world.set_prices(&prices);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 10_000_000 * USD as u64);
    let keeper = trader(&mut world, "keeper", 0);
    let account = world.account_address(&keeper, 0);
    (world, Keeper { wallet: keeper.address(), account })
}

/// An account of 1,000 USD that is long nine times as much, spread over all assets.
fn wide_long(world: &mut World, count: u8) -> Address {
    let wallet = trader(world, "wide", 1_000);
    for asset in 1..=count {
        let size = 90 * USD / i64::from(count);
        world.trade(&wallet, 0, asset, size).unwrap_or_else(|failure| panic!("{failure:#?}"));
    }
    world.account_address(&wallet, 0)
}
