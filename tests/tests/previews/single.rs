//! What a preview says of one action, and what it refuses to look at.

use super::{assert_same, snapshot};
use plimsoll::error::PlimsollError;
use plimsoll::params::Change;
use plimsoll_client::Event;
use plimsoll_client::preview::Preview;
use plimsoll_risk::{Price, Quantity};
use plimsoll_testkit::{World, presets};
use plimsoll_tests::full::{full, lender, wrapped_sol};
use plimsoll_tests::scene::{E8, ONE_SOL, SOL, USD, USDC, only_event};

const SIZE: i64 = 100 * ONE_SOL;

fn preview(world: &World) -> Preview {
    Preview::new(&snapshot(world), world.svm.now())
}

#[test]
fn one_transaction_refreshes_and_trades() {
    let mut world = full();
    let alice = lender(&mut world, "alice", 5_000);
    world.svm.advance(600);
    world.publish(SOL, 103 * E8);
    let (account, limit) = (world.margin(&alice, 0), Price::MAX);
    let stale = preview(&world).trade(&account, SOL, Quantity(SIZE), limit).err();
    assert_eq!(stale, Some(PlimsollError::PriceExpired));

    let fresh = preview(&world).refreshing(&[SOL]).expect("the row is there");
    assert_eq!(fresh.refused(), []);
    let traded = fresh.trade(&account, SOL, Quantity(SIZE), limit).expect("there is room");
    let refresh = world.refresh_instruction(&[SOL]);
    let trade = world.trade_instruction(&alice, &alice, 0, SOL, (SIZE, limit.0));
    let outcome = world.send(&[refresh, trade], &[&alice.key]).expect("as previewed");

    let Some(Event::Traded(event)) = outcome.events.last() else { panic!("{:?}", outcome.events) };
    let (done, after) = (&traded.done, &traded.done.account.after);
    assert_eq!((done.fill.cost.0, done.fill.fee.0), (event.cost, event.fee));
    assert_eq!(done.price, Price(((event.cost as u128) << 64).div_ceil(SIZE as u128)));
    let (found, board) = (world.margin(&alice, 0), world.board());
    assert_eq!(bytemuck::bytes_of(&after.state), bytemuck::bytes_of(&found));
    assert_eq!(bytemuck::bytes_of(&*traded.after.snapshot().board), bytemuck::bytes_of(&board));

    let view = plimsoll::view::AccountView::of(&found, &board).expect("a view");
    assert_eq!(after.health.equity.0, view.header.equity);
    assert_eq!(after.margin_ratio, Some(view.header.margin_ratio));
    assert_eq!(after.free_collateral.0, view.header.initial_health);
    assert_eq!(after.liquidation_price(SOL), Some(view.entries()[0].liquidation_price.get()));
    // 10,300 USD at work, before it nothing.
    let equity = after.health.equity.0 as u64;
    assert_eq!(after.leverage, Some((10_300 * USD as u64 * 1_000_000).div_ceil(equity)));
    assert_eq!(done.account.before.leverage, Some(0));
    assert_eq!(done.account.before.margin_ratio, None);
}

#[test]
fn a_row_that_refuses_its_price_keeps_what_it_has() {
    let world = full();
    let again = preview(&world).refreshing(&[SOL]).expect("the row is there");
    assert_eq!(again.refused(), [(SOL, plimsoll::oracle::Refusal::NotNewer)]);
    let (before, after) = (world.board(), &again.snapshot().board);
    assert_eq!(bytemuck::bytes_of(&before), bytemuck::bytes_of(&**after));
}

#[test]
fn a_wrapped_asset_is_measured_by_the_price_that_was_refreshed_before_it() {
    let mut world = World::standard();
    let listing = wrapped_sol();
    let wrapped = world.add_asset(listing.symbol, listing.decimals, listing.kind, false);
    let asset = &world.assets[wrapped as usize];
    let mut params = presets::asset(&listing, asset.oracle, asset.feed_id);
    (params.parity_asset, params.price.parity_ratio, params.price.parity_gap_max) = (SOL, 1_000_000, 20_000);
    world.enact(&Change::Asset(params));
    for (sol, wrapped_sol, order) in
        [(100, 101, [SOL, wrapped]), (99, 95, [SOL, wrapped]), (90, 98, [wrapped, SOL])]
    {
        world.svm.advance(1);
        world.publish(SOL, sol * E8);
        world.publish(wrapped, wrapped_sol * E8);
        let refreshed = preview(&world).refreshing(&order).expect("both rows are there");
        world.refresh(&order).expect("both rows are there");
        assert_eq!(refreshed.refused(), []);
        assert_same(refreshed.snapshot(), &snapshot(&world), "the board");
    }
}

#[test]
fn an_oracle_account_that_is_not_there_is_refused_as_on_chain() {
    let mut world = full();
    world.svm.advance(1);
    world.svm.set_account(world.assets[1].oracle, solana_account::Account::default());
    let refused = preview(&world).refreshing(&[SOL]).expect("the row is there");
    let outcome = world.refresh(&[SOL]).expect("only the row is refused");
    let Event::RefreshRefused(event) = only_event(&outcome) else { panic!("{:?}", outcome.events) };
    assert_eq!(refused.refused().iter().map(|(_, why)| *why as u32).collect::<Vec<_>>(), [event.reason]);
}

#[test]
fn an_outflow_that_is_refused_says_what_would_fit_and_when() {
    let mut world = plimsoll_tests::full::banked(|terms| terms.outflow_max = 1_000 * USD as u64);
    let alice = lender(&mut world, "alice", 5_000);
    world.svm.advance(1);
    let amount = 2_000 * USD as u64;
    let account = world.margin(&alice, 0);
    let preview = preview(&world);
    let refused = preview.withdraw(&account, USDC, amount).err();
    assert_eq!(refused, Some(PlimsollError::OutflowLimit));
    let room = preview.outflow_refusal(USDC, amount).expect("a bank").expect("a refusal").room;
    let withdraw = world.withdraw_instruction(&alice, 0, USDC, amount);
    let failure = world.send(&[withdraw], &[&alice.key]).expect_err("more than may leave");
    let events = plimsoll_client::logs::events(failure.logs.iter().map(String::as_str)).events;
    let [Event::OutflowRefused(event)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((event.asked, event.room, event.open_at), (amount, room, i64::MAX));
    assert_eq!(preview.outflow_refusal(USDC, room).expect("a bank"), None);
}

#[test]
fn what_could_not_be_passed_to_the_program_is_refused() {
    let mut world = full();
    let (alice, bob) = (lender(&mut world, "alice", 100), lender(&mut world, "bob", 100));
    let (a, b) = (world.margin(&alice, 0), world.margin(&bob, 0));
    let preview = preview(&world);
    let foreign = plimsoll::state::MarginState { clearinghouse: alice.address(), ..a };
    let cases = [
        (preview.deposit(&foreign, USDC, 1).err(), PlimsollError::ForeignAccount),
        (preview.deposit(&a, 9, 1).err(), PlimsollError::AssetNotOnBoard),
        (preview.transfer(&a, &b, USDC, 1).err(), PlimsollError::NotSameOwner),
        (preview.transfer(&a, &a, USDC, 1).err(), PlimsollError::SameAccount),
    ];
    for (found, expected) in cases {
        assert_eq!(found, Some(expected));
    }
    let error = preview.liquidate(&a, &a, SOL).err();
    assert_eq!(error, Some(PlimsollError::SameAccount));
    let error = preview.liquidate_debt(&a, &b, (SOL, SOL), 1).err();
    assert_eq!(error, Some(PlimsollError::SameBank));
    let error = preview.trade(&a, USDC, Quantity(1), Price::MAX).err();
    assert_eq!(error, Some(PlimsollError::TargetMissing));
}
