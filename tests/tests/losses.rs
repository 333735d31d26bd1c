//! Who bears what an account can't pay: insurance, then capital, of the market that made
//! the loss.

use plimsoll::error::PlimsollError;
use plimsoll::state::Market;
use plimsoll_client::Event;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::liquidating::liquidate;
use plimsoll_tests::reference;
use plimsoll_tests::scene::{
    self, BTC, E8, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, health, only_event, set_calm_prices, settlement,
    top_up_to,
};

/// Equity of a wallet's first account brought to `equity` by a deposit.
fn top_up_equity_to(world: &mut World, who: &Wallet, equity: i128) {
    let now = health(world, who);
    top_up_to(world, who, equity - (now.equity - now.maintenance));
}

#[test]
fn insurance_pays_first_and_capital_pays_the_rest() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, 10 * ONE_BTC);
    let keeper = scene::trader(&mut world, "keeper", 0);
    // A fifth of the fee of 0.05% of 80,000.
    assert_eq!(world.market(BTC).insurance, 8 * USD);
    set_calm_prices(&mut world, &[(BTC, 6_000 * E8)]);
    let capital = world.market(BTC).capital;
    let equity = health(&world, &alice).equity as i64;
    assert!(equity < -11_000 * USD);
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    // Closing costs 0.05% of 60,000 and earns back an impact of 0.05%.
    let deficit = -equity + 30 * USD - 30 * USD;
    assert_eq!((done.loss_to_insurance, done.loss_to_capital), (8 * USD, deficit - 8 * USD));
    assert_eq!((settlement(&world.margin(&alice, 0)), done.bounty), (0, 0));
    let market = world.market(BTC);
    assert_eq!((market.insurance, market.loss_to_insurance), (0, 8 * USD));
    assert_eq!(market.loss_to_capital, deficit - 8 * USD);
    // The trader's loss came in, the part nobody had went out again.
    assert_eq!(market.capital, capital - done.realised - done.loss_to_capital);
    assert_eq!(settlement(&world.margin(&alice, 0)), 0);
}

#[test]
fn insurance_alone_pays_a_loss_within_its_means() {
    for (short_of, to_insurance, to_capital) in [(5, 5, 0), (8, 8, 0), (9, 8, 1)] {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", BTC, 10 * ONE_BTC);
        let keeper = scene::trader(&mut world, "keeper", 0);
        set_calm_prices(&mut world, &[(BTC, 6_000 * E8)]);
        // As above, closing costs nothing on balance.
        top_up_equity_to(&mut world, &alice, (-short_of * USD) as i128);
        let done = liquidate(&mut world, &alice, BTC, &keeper);
        assert_eq!((done.loss_to_insurance, done.loss_to_capital), (to_insurance * USD, to_capital * USD));
    }
}

#[test]
fn collateral_counts_before_anybody_bears_a_loss() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 0);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.fund(&alice, 0, SOL, 20 * ONE_SOL as u64);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    set_calm_prices(&mut world, &[(BTC, 6_000 * E8), (SOL, 75 * E8)]);
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    let account = world.margin(&alice, 0);
    // 1,500 of SOL against a loss of more than 2,000: the account is left owing what its
    // SOL is worth, the market bears the rest.
    let sol = reference::value_floor(20 * ONE_SOL, reference::oracle(&world.row(SOL))) as i64;
    assert_eq!((account.shares(SOL).0, settlement(&account)), (20 * ONE_SOL, -sol));
    assert_eq!(health(&world, &alice).equity, 0);
    assert_eq!(done.loss_to_insurance + done.loss_to_capital, -done.realised + 4 * USD - sol);
    // The debt is its owner's: it can be paid and the collateral taken.
    world.fund(&alice, 0, USDC, sol as u64);
    world.must(world.withdraw_instruction(&alice, 0, SOL, 20 * ONE_SOL as u64), &alice);
}

#[test]
fn each_market_answers_for_no_more_than_it_realised() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 2_000);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    world.trade(&alice, 0, SOL, 50 * ONE_SOL).unwrap();
    set_calm_prices(&mut world, &[(BTC, 6_000 * E8), (SOL, 80 * E8)]);
    // BTC needs 300 of margin, SOL 200: it comes first.
    let (account, of_keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    let sol_first = world.liquidate_instruction(account, of_keeper, SOL);
    world.refused(sol_first, &keeper, PlimsollError::NotFirstInLine);
    // 2,000 against losses of 2,000 in BTC and 1,000 in SOL: BTC is closed first and
    // answers for all that is missing, the unrealised loss in SOL included.
    let first = liquidate(&mut world, &alice, BTC, &keeper);
    assert!((1_000 * USD..1_100 * USD).contains(&(first.loss_to_insurance + first.loss_to_capital)));
    assert_eq!(health(&world, &alice).equity, 0);
    // Closing SOL costs a little more than its price; that is all that is missing then.
    let second = liquidate(&mut world, &alice, SOL, &keeper);
    assert!(second.loss_to_insurance + second.loss_to_capital < 10 * USD);
    assert_eq!(settlement(&world.margin(&alice, 0)), 0);
}

#[test]
fn one_markets_loss_does_not_empty_another() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", SOL, 9_000 * ONE_SOL);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.fund(&alice, 0, USDC, 10 * USD as u64);
    world.trade(&alice, 0, BTC, ONE_BTC / 100).unwrap();
    set_calm_prices(&mut world, &[(SOL, 70 * E8), (BTC, 7_900 * E8)]);
    set_calm_prices(&mut world, &[(SOL, 50 * E8), (BTC, 7_900 * E8)]);
    let (sol, btc, had) = (world.market(SOL), world.market(BTC), settlement(&world.margin(&alice, 0)));
    liquidate(&mut world, &alice, SOL, &keeper);
    liquidate(&mut world, &alice, BTC, &keeper);
    let worth = |market: &Market| market.capital + market.insurance;
    assert!(worth(&world.market(BTC)) >= worth(&btc));
    // Closing BTC costs a little more than its price.
    assert!(world.market(BTC).loss_to_capital < USD / 10);
    assert!(worth(&world.market(SOL)) <= worth(&sol) + had, "no more than what alice had");
}

#[test]
fn who_closes_with_nothing_left_leaves_the_rest_to_the_market() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, 10 * ONE_BTC);
    set_calm_prices(&mut world, &[(BTC, 7_000 * E8)]);
    let (before, equity) = (world.market(BTC), health(&world, &alice).equity as i64);
    let outcome = world.trade(&alice, 0, BTC, -10 * ONE_BTC).unwrap();
    let Event::Traded(done) = only_event(&outcome) else { panic!("{outcome:?}") };
    // Confidence of 0.05% of 70,000, as much impact back, and the fee of 0.05%.
    let lacking = -equity + done.fee;
    assert_eq!((done.fee, done.fee_to_insurance), (35 * USD, 7 * USD));
    let insurance = before.insurance + 7 * USD;
    assert_eq!((done.loss_to_insurance, done.loss_to_capital), (insurance, lacking - insurance));
    assert_eq!((done.size_after, settlement(&world.margin(&alice, 0))), (0, 0));
    let after = world.market(BTC);
    assert_eq!((after.insurance, after.loss_to_insurance), (0, insurance));
    assert_eq!(after.loss_to_capital, lacking - insurance);
    assert_eq!(after.capital, before.capital - done.realised + 28 * USD - done.loss_to_capital);
}

#[test]
fn a_profit_beyond_the_markets_capital_waits_for_capital() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 178_000);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.trade(&alice, 0, SOL, 9_000 * ONE_SOL).unwrap();
    world.trade(&alice, 0, BTC, 95 * ONE_BTC).unwrap();
    for (sol, btc) in [(128, 5_700), (140, 4_100), (140, 2_900), (140, 2_800)] {
        set_calm_prices(&mut world, &[(SOL, sol * E8), (BTC, btc * E8)]);
    }
    // What would be closed has a profit of more than the 300,000 that the market has.
    let (account, of_keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    let instruction = world.liquidate_instruction(account, of_keeper, SOL);
    world.refused(instruction, &keeper, PlimsollError::MarketCapital);
    // Nobody may buy into a market that owes more than it has.
    let provider = Wallet::new("provider");
    world.give(&provider, USDC, 400_000 * USD as u64);
    let provide = world.provide_instruction(&provider, 400_000 * USD as u64, 0);
    world.refused(provide.clone(), &provider, PlimsollError::MarketInsolvent);
    // The market's insurance comes first; alice gives up the rest of her profit. What she is left
    // with is the capital, of which closing pays back the impact of her own position.
    let deleverage = world.deleverage_instruction(SOL);
    let before = world.market(SOL);
    let outcome = world.send(&[deleverage], &[]).unwrap();
    let Event::Deleveraged(cut) = only_event(&outcome) else { panic!("{outcome:?}") };
    let owed = |world: &World| {
        let (position, row) = (world.margin(&alice, 0).position(SOL), world.row(SOL));
        let profit = reference::value_floor(position.size.0, row.long_mark.get()) - position.entry.0 as i128;
        let value = reference::value_floor(position.size.0, reference::oracle(&row));
        let scale = world.market(SOL).terms.skew_scale as i128;
        (profit + reference::floor(value * position.size.0 as i128, 2 * scale)) as i64
    };
    assert_eq!((cut.from_insurance, cut.from_fund), (before.insurance, 0));
    assert_eq!(cut.capital_after, before.capital + before.insurance);
    let left = cut.capital_after - owed(&world);
    assert!((0..=4).contains(&left), "all that the market has is alice's, but {left}");
    let done = liquidate(&mut world, &alice, SOL, &keeper);
    assert!(done.size_after == 0 && done.realised > 299_000 * USD, "{}", done.realised);
    world.must(provide, &provider);
}

#[test]
fn who_owes_more_than_he_has_closes_whole_or_not_at_all() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, 10 * ONE_BTC);
    set_calm_prices(&mut world, &[(BTC, 6_000 * E8)]);
    let part = world.trade_instruction(&alice, &alice, 0, BTC, (-5 * ONE_BTC, 0));
    world.refused(part, &alice, PlimsollError::NoImprovement);
    world.trade(&alice, 0, BTC, -10 * ONE_BTC).expect("a whole close");
    assert!(world.market(BTC).loss_to_capital > 0);
}
