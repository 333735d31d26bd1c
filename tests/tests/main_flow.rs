//! One account's life: deposit, trade, crash, liquidation, withdrawal.

use plimsoll_client::Event;
use plimsoll_testkit::World;

const USDC: u8 = 0;
const MICRO: i64 = 1_000_000;

#[test]
fn an_account_is_liquidated_and_every_token_is_accounted_for() {
    let mut world = World::standard();
    let (sol, btc, eth) = (world.asset("SOL"), world.asset("BTC"), world.asset("ETH"));
    world.set_prices(&[(sol, 15_0000_0000), (btc, 8_000_0000_0000), (eth, 200_0000_0000)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 1_000_000 * MICRO as u64);
    let (alice, keeper) = (world.wallet("alice"), world.wallet("keeper"));
    let account = world.open_account(&alice, 0);
    let keeper_account = world.open_account(&keeper, 0);
    world.fund(&alice, 0, USDC, 10_000 * MICRO as u64);

    let trade = world.trade(&alice, 0, btc, 10_0000_0000).unwrap_or_else(|f| panic!("{f:#?}"));
    println!("trade {} CU", trade.compute_units);
    world.set_price(btc, 7_300_0000_0000);
    let outcome = world.liquidate(account, keeper_account, btc).unwrap_or_else(|f| panic!("{f:#?}"));
    println!("liquidate {} CU {:#?}", outcome.compute_units, outcome.events);
    let [Event::Liquidated(_)] = outcome.events.as_slice() else { panic!("{:#?}", outcome.events) };
}
