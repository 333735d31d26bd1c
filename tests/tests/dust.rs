//! However little is left of a collateral, it does not stand between an account and its end.

use plimsoll_client::Event;
use plimsoll_tests::full::{freshen, full, lender};
use plimsoll_tests::scene::{BTC, E8, ONE_BTC, ONE_SOL, SOL, USDC, only_event};

#[test]
fn the_last_of_a_collateral_is_liquidated_however_little_it_is() {
    let mut world = full();
    let lends = lender(&mut world, "lender", 0);
    world.fund(&lends, 0, BTC, 10 * ONE_BTC as u64);
    let keeper = lender(&mut world, "keeper", 500_000);
    // Half of what a unit of the debt is worth: too little to take a share off it.
    let alice = lender(&mut world, "alice", 0);
    world.fund(&alice, 0, SOL, 1_000 * ONE_SOL as u64);
    world.fund(&alice, 0, USDC, 40);
    world.give(&alice, BTC, 0);
    let borrow = world.withdraw_instruction(&alice, 0, BTC, 8 * ONE_BTC as u64);
    world.must(borrow, &alice);
    for price in [80, 60, 45, 33, 25, 18, 13, 10] {
        world.svm.advance(599);
        freshen(&mut world, &[(SOL, price * E8), (BTC, 8_000 * E8)]);
    }
    let at = world.account_address(&alice, 0);
    for asset in [SOL, USDC] {
        let take = world.liquidate_debt_instruction(&keeper, at, (BTC, asset), u64::MAX);
        let outcome = world.must(take, &keeper);
        let Event::DebtLiquidated(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
        assert_eq!(event.asset_shares_after, 0);
        if asset == USDC {
            assert_eq!(event.seized, 40);
            // A unit for what was there, and for rounding a share, a unit and two more.
            assert!((2..=6).contains(&event.repaid), "{event:?}");
        }
    }
    let resolve = world.resolve_bankruptcy_instruction(at, BTC);
    world.send(&[resolve], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    assert!(world.margin(&alice, 0).is_empty());
}
