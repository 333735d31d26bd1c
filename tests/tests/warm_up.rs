//! What is listed after the launch counts for nothing until its price has a history.

use plimsoll::error::PlimsollError;
use plimsoll::events::WarmedUp;
use plimsoll::oracle::OracleKind;
use plimsoll::params::{Change, CollateralParams, OracleSource};
use plimsoll::state::WarmUp;
use plimsoll_client::Event;
use plimsoll_testkit::presets::{self, Listing};
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::{full, lender};
use plimsoll_tests::scene::{E8, ONE_SOL, Scene, USDC, only_event};

const DAY: i64 = 86_400;
const CAP: u64 = 1_000_000 * ONE_SOL as u64;
const LOANS: u64 = 100_000 * ONE_SOL as u64;

/// The full world with a new token, listed as collateral and market after the launch, and
/// bound to count 80% and 90%; its first price is a second old.
fn with_new_token() -> (World, u8) {
    let mut world = full();
    let listing = Listing {
        symbol: "NEW",
        decimals: 9,
        kind: OracleKind::PythPull,
        collateral: None,
        market: Some(presets::market(1_000_000_000, 10_000)),
    };
    let new = world.list_asset(&listing);
    let terms = plimsoll::state::BankTerms { deposit_cap: CAP, ..presets::lent(LOANS, 1) };
    world.list_collateral(new, CollateralParams { terms, ..presets::volatile_collateral() });
    world.list_market(new, listing.market.expect("a market"));
    world.set_prices(&[(new, 10 * E8)]);
    (world, new)
}

/// Lets days pass with a price each.
fn days(world: &mut World, new: u8, count: i64) {
    for _ in 0..count {
        world.svm.advance(DAY - 1);
        world.set_prices(&[(new, 10 * E8)]);
    }
}

fn weights(world: &World, new: u8) -> [u32; 4] {
    let row = world.row(new);
    [
        row.initial_asset_weight,
        row.maintenance_asset_weight,
        row.initial_debt_weight,
        row.maintenance_debt_weight,
    ]
}

#[test]
fn new_collateral_counts_for_nothing_then_rises_in_a_straight_line() {
    let (mut world, new) = with_new_token();
    assert_eq!(world.bank(new).warm_up, WarmUp::Waiting as u8);
    assert_eq!(weights(&world, new), [0, 0, 1_200_000, 1_100_000]);
    let (anyone, warm_up) = (world.wallet("anyone"), world.warm_up_instruction(new));
    days(&mut world, new, 6);
    world.svm.advance(DAY - 2);
    world.set_prices(&[(new, 10 * E8)]);
    world.refused(warm_up.clone(), &anyone, PlimsollError::HistoryTooShort);
    world.set_prices(&[(new, 10 * E8)]);
    assert_eq!(weights(&world, new), [0, 0, 1_200_000, 1_100_000], "still");
    let outcome = world.must(warm_up, &anyone);
    let (now, risk_board) = (world.svm.now(), world.board_address());
    let told = |ends_at| Event::WarmedUp(WarmedUp { risk_board, ends_at, asset: new.into() });
    assert_eq!(outcome.events, [told(now + 7 * DAY), told(now)]);
    for (seconds, initial, maintenance) in [(DAY, 114_285, 128_571), (6 * DAY, 800_000, 900_000)] {
        world.svm.advance(seconds - 1);
        world.set_prices(&[(new, 10 * E8)]);
        assert_eq!(weights(&world, new), [initial, maintenance, 1_200_000, 1_100_000]);
    }
    let again = world.warm_up_instruction(new);
    world.refused(again, &anyone, PlimsollError::TargetMissing);
}

#[test]
fn caps_of_new_collateral_begin_small() {
    let (mut world, new) = with_new_token();
    let whale = lender(&mut world, "whale", 10_000_000);
    let put = |world: &mut World, amount: u64| {
        world.give(&whale, new, amount);
        let deposit = world.deposit_instruction(&whale, 0, new, amount);
        world.send(&[deposit], &[&whale.key]).map(|_| ()).map_err(|f| f.plimsoll())
    };
    assert_eq!(put(&mut world, CAP / 10 + 1), Err(Some(PlimsollError::DepositCap)));
    assert_eq!(put(&mut world, CAP / 10), Ok(()));
    let borrower = lender(&mut world, "borrower", 10_000_000);
    world.give(&borrower, new, 0);
    let borrow = |world: &mut World, amount: u64| {
        world.set_prices(&[(new, 10 * E8)]);
        let instruction = world.withdraw_instruction(&borrower, 0, new, amount);
        world.send(&[instruction], &[&borrower.key]).map(|_| ()).map_err(|f| f.plimsoll())
    };
    assert_eq!(borrow(&mut world, 10), Err(Some(PlimsollError::BorrowCap)));
    days(&mut world, new, 7);
    let warm_up = world.warm_up_instruction(new);
    world.must(warm_up, &whale);
    // After two of seven days: 10% + 2/7 of 90%, and 2/7 of the loans, in millionths.
    days(&mut world, new, 2);
    let cap = (CAP as u128 * (100_000 + 900_000 * 285_714 / 1_000_000) / 1_000_000) as u64;
    assert_eq!(put(&mut world, cap - CAP / 10 + 1), Err(Some(PlimsollError::DepositCap)));
    assert_eq!(put(&mut world, cap - CAP / 10), Ok(()));
    // A second later, with its price.
    let loans = (LOANS as u128 * 285_715 / 1_000_000) as u64;
    assert_eq!(borrow(&mut world, loans + 1), Err(Some(PlimsollError::BorrowCap)));
    assert_eq!(borrow(&mut world, loans), Ok(()));
    days(&mut world, new, 5);
    assert_eq!(put(&mut world, CAP / 2), Ok(()));
    assert_eq!(borrow(&mut world, LOANS / 2), Ok(()));
}

#[test]
fn a_gap_of_a_day_begins_the_history_anew() {
    let (mut world, new) = with_new_token();
    let anyone = world.wallet("anyone");
    days(&mut world, new, 6);
    world.svm.advance(DAY);
    world.set_prices(&[(new, 10 * E8)]);
    let begun = world.svm.now();
    assert_eq!(world.row(new).priced_since, begun);
    days(&mut world, new, 6);
    world.svm.advance(DAY - 1);
    let warm_up = world.warm_up_instruction(new);
    world.refused(warm_up.clone(), &anyone, PlimsollError::HistoryTooShort);
    world.set_prices(&[(new, 10 * E8)]);
    // Nor does a history count that has ended.
    world.svm.advance(DAY + 1);
    world.refused(warm_up.clone(), &anyone, PlimsollError::HistoryTooShort);
    world.svm.advance(-1);
    world.must(warm_up, &anyone);
}

#[test]
fn another_oracle_begins_the_history_anew() {
    let (mut world, new) = with_new_token();
    let anyone = world.wallet("anyone");
    days(&mut world, new, 7);
    let before = world.row(new).source();
    let after = OracleSource { feed_id: [9; 32], ..before };
    let change = Change::Oracle { asset: new, before, after };
    let (address, propose) = (world.next_change(), world.propose_instruction(&change));
    let governor = Wallet::new("governance");
    world.must(propose, &governor);
    days(&mut world, new, 4);
    let execute = world.execute_instruction(address, &change);
    world.must(execute, &anyone);
    let warm_up = world.warm_up_instruction(new);
    world.refused(warm_up, &anyone, PlimsollError::HistoryTooShort);
}

#[test]
fn a_new_market_opens_when_its_price_has_a_history() {
    let (mut world, new) = with_new_token();
    let trader = lender(&mut world, "trader", 10_000);
    let rebalance = world.rebalance_instruction(new);
    world.must(rebalance, &trader);
    world.set_prices(&[(new, 10 * E8)]);
    let buy = world.trade_instruction(&trader, &trader, 0, new, (ONE_SOL, u128::MAX));
    world.refused(buy.clone(), &trader, PlimsollError::WarmingUp);
    days(&mut world, new, 7);
    let mut warm_up = world.warm_up_instruction(new);
    // The market alone: the bank goes on waiting.
    warm_up.accounts[1].pubkey = plimsoll::ID;
    warm_up.accounts[1].is_writable = false;
    let outcome = world.must(warm_up, &trader);
    assert!(matches!(only_event(&outcome), Event::WarmedUp(_)));
    assert_eq!(world.bank(new).warm_up, WarmUp::Waiting as u8);
    world.must(buy, &trader);
}

#[test]
fn what_was_listed_before_the_launch_has_nothing_to_wait_for() {
    let mut world = full();
    let anyone = world.wallet("anyone");
    for asset in 0..4 {
        assert_eq!(world.bank(asset).warm_up, WarmUp::Done as u8);
    }
    let mut warm_up = world.warm_up_instruction(USDC);
    warm_up.accounts[1].pubkey = world.bank_address(USDC);
    warm_up.accounts[1].is_writable = true;
    world.refused(warm_up, &anyone, PlimsollError::NotWarmingUp);
}
