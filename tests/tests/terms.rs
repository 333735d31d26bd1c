//! Terms are checked against what stands beside them, and changed after what was owed by the old
//! ones has been charged.

use plimsoll::error::PlimsollError;
use plimsoll::parameters::Concern;
use plimsoll::params::Change;
use plimsoll::terms::Terms;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::{full, lender};
use plimsoll_tests::scene::{BTC, E8, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC};
use solana_instruction::Instruction;

const DAY: i64 = 86_400;

/// Proposes new terms; their execution.
fn pending(world: &mut World, change: &Change) -> Instruction {
    let (propose, address) = (world.propose_instruction(change), world.next_change());
    world.must(propose, &Wallet::new("governance"));
    world.execute_instruction(address, change)
}

fn not_proposed(world: &mut World, change: &Change) {
    let propose = world.propose_instruction(change);
    world.refused(propose, &Wallet::new("governance"), PlimsollError::ParameterOutOfBounds);
}

#[test]
fn an_asset_does_not_become_a_wrapped_one() {
    let mut world = full();
    let id = parameter_id(Concern::Price, "parity_ratio").unwrap();
    let change = Change::Parameters { asset: SOL, ramp_seconds: 0, fields: vec![field(id, 0, 1_000_000)] };
    not_proposed(&mut world, &change);
}

#[test]
fn a_wider_confidence_must_be_covered_by_the_market_s_margin() {
    let mut world = full();
    let mut terms = world.row(BTC).price_terms();
    // Impact 1% and penalty 1.5% leave 2.5% of a maintenance margin of 5%.
    for (limit, fits) in [(25_000, false), (24_999, true)] {
        terms.confidence_limit = limit;
        let change = world.terms_change(BTC, &Terms::Price(terms), 0);
        if fits {
            pending(&mut world, &change);
        } else {
            not_proposed(&mut world, &change);
        }
    }
}

#[test]
fn terms_hold_for_weights_and_margins_on_their_way_too() {
    let mut world = full();
    let mut weights = world.bank(SOL).weights;
    (weights.initial_asset, weights.maintenance_asset) = (500_000, 500_000);
    world.enact(&world.terms_change(SOL, &Terms::Weights(weights), 30 * DAY as u32));
    let mut bank = world.bank(SOL).terms;
    bank.liquidation_bonus = 150_000;
    let bonus = world.terms_change(SOL, &Terms::Bank(bank), 0);
    not_proposed(&mut world, &bonus);
    let mut margin = world.market(BTC).margin;
    (margin.maintenance_margin, margin.initial_margin) = (100_000, 200_000);
    world.enact(&world.terms_change(BTC, &Terms::Margin(margin), 30 * DAY as u32));
    let mut market = world.market(BTC).terms;
    market.liquidation_penalty = 40_000;
    let penalty = world.terms_change(BTC, &Terms::Market(market), 0);
    not_proposed(&mut world, &penalty);
    world.svm.advance(30 * DAY);
    for change in [bonus, penalty] {
        pending(&mut world, &change);
    }
}

#[test]
fn interest_is_charged_at_the_old_rates_until_they_change() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let bob = lender(&mut world, "bob", 0);
    world.fund(&bob, 0, SOL, 1_000 * ONE_SOL as u64);
    world.give(&bob, USDC, 0);
    world.refresh(&[USDC]).unwrap();
    let borrow = world.withdraw_instruction(&bob, 0, USDC, 50_000 * USD as u64);
    world.must(borrow, &bob);
    let mut terms = world.bank(USDC).terms;
    terms.rate_at_kink = 900_000;
    let change = world.terms_change(USDC, &Terms::Bank(terms), 0);
    let execute = pending(&mut world, &change);
    world.svm.advance(2 * DAY);
    let expected = world.bank(USDC).ledger_at(world.svm.now()).unwrap();
    assert!(expected.borrow > world.bank(USDC).ledger().borrow);
    world.send(&[execute], &[]).unwrap();
    let bank = world.bank(USDC);
    assert_eq!((bank.ledger(), bank.accrued_at), (expected, world.svm.now()));
}

#[test]
fn funding_is_charged_by_the_old_terms_until_they_change() {
    let mut world = full();
    let alice = lender(&mut world, "alice", 100_000);
    world.trade(&alice, 0, BTC, 5 * ONE_BTC).unwrap();
    let mut terms = world.market(BTC).terms;
    terms.funding_velocity_max_per_day *= 2;
    let change = world.terms_change(BTC, &Terms::Market(terms), 0);
    let execute = pending(&mut world, &change);
    world.svm.advance(2 * DAY);
    let expected = world.market(BTC).funding_at(world.svm.now()).unwrap();
    world.send(&[execute], &[]).unwrap();
    let market = world.market(BTC);
    assert_eq!((market.funding_rate, market.funding_fraction.get()), (expected.rate, expected.fraction));
    assert_eq!(market.funding_at, world.svm.now());
    world.set_prices(&[(BTC, 8_000 * E8)]);
}
