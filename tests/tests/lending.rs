//! Borrowing against collateral, and lending to those who do.

use plimsoll::error::PlimsollError;
use plimsoll::state::Bank;
use plimsoll_risk::lending::Index;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::{CAPITAL, banked, borrower, freshen, full, holds, lender, tuned};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC};

const YEAR: i64 = 365 * 86_400;

fn withdraw(world: &mut World, who: &Wallet, asset: u8, amount: i64) -> Result<(), PlimsollError> {
    world.give(who, asset, 0);
    let instruction = world.withdraw_instruction(who, 0, asset, amount as u64);
    match world.send(&[instruction], &[&who.key]) {
        Ok(_) => Ok(()),
        Err(failure) => Err(failure.plimsoll().unwrap_or_else(|| panic!("{failure:#?}"))),
    }
}

/// Tokens and loans cover deposits and the reserve, in every bank and at every time.
fn assert_covered(bank: &Bank, others: i64) {
    let ledger = bank.ledger();
    let has = bank.tokens + ledger.borrows_floor().unwrap();
    assert!(has >= ledger.deposits_ceil().unwrap() + ledger.reserve + others as u64);
}

#[test]
fn what_goes_beyond_the_balance_is_borrowed_and_bears_interest() {
    let mut world = full();
    let lender = lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    assert_eq!(world.margin(&alice, 0).shares(USDC).0, -50_000 * USD);
    assert_eq!(world.wallet_balance(&alice, USDC), (50_000 * USD) as u64);
    // Half is lent: 5/8 of the way to the kink, where the rate is 10%.
    world.svm.advance(YEAR);
    assert_eq!(holds(&world, &world.margin(&alice, 0), USDC), -53_125 * USD);
    world.fund(&alice, 0, USDC, (53_125 * USD) as u64);
    assert_eq!(world.margin(&alice, 0).shares(USDC).0, 0);

    let bank = world.bank(USDC);
    assert_eq!((bank.borrow_shares, bank.borrow_index), (0, Index::ONE.0 * 17 / 16));
    // A tenth of 3,125 stays with the bank, and what the lender's index was rounded by.
    assert_eq!(bank.reserve, (312 * USD + 500_000) as u64);
    let whole = 102_812 * USD + 499_999;
    assert_eq!(holds(&world, &world.margin(&lender, 0), USDC), whole);
    assert_eq!(withdraw(&mut world, &lender, USDC, whole + 1), Err(PlimsollError::UtilisationCap));
    withdraw(&mut world, &lender, USDC, whole).unwrap();
    assert_eq!(world.margin(&lender, 0).shares(USDC).0, 0);
    assert_covered(&world.bank(USDC), 1_000_000 * USD);
}

#[test]
fn interest_credited_never_exceeds_interest_charged() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 70_000);
    let mut before = world.bank(USDC).ledger();
    for step in 0..200 {
        world.svm.advance(1 + step * step * 37 % 100_000);
        world.fund(&alice, 0, USDC, 1);
        let bank = world.bank(USDC);
        let after = bank.ledger();
        let charged = after.borrows_floor().unwrap() + 1 - before.borrows_floor().unwrap();
        let credited = after.deposits_ceil().unwrap() - before.deposits_ceil().unwrap()
            + (after.reserve - before.reserve);
        assert!(credited <= charged, "step {step}: {credited} of {charged}");
        assert_covered(&bank, 1_000_000 * USD);
        before = after;
    }
}

#[test]
fn a_loan_needs_margin_a_cap_a_minimum_and_deposits() {
    let mut world = banked(|terms| terms.borrow_cap = 60_000 * USD as u64);
    lender(&mut world, "lender", 60_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 1);
    for (amount, error) in [
        (80_000 * USD, PlimsollError::BorrowCap),
        (60_000 * USD, PlimsollError::BorrowCap),
        // 54,000 of 60,000 may be lent.
        (54_000 * USD, PlimsollError::UtilisationCap),
    ] {
        assert_eq!(withdraw(&mut world, &alice, USDC, amount), Err(error), "{amount}");
    }
    withdraw(&mut world, &alice, USDC, 53_000 * USD).unwrap();

    let bob = lender(&mut world, "bob", 0);
    world.fund(&bob, 0, SOL, (100 * ONE_SOL) as u64);
    assert_eq!(withdraw(&mut world, &bob, USDC, USD - 1), Err(PlimsollError::DebtTooSmall));
    assert_eq!(withdraw(&mut world, &bob, BTC, 2 * ONE_BTC), Err(PlimsollError::UtilisationCap));
    let rich = lender(&mut world, "rich", 0);
    world.fund(&rich, 0, BTC, 100 * ONE_BTC as u64);
    // 10,000 USD of SOL count 8,000; BTC counts 1.2 as a debt: 0.8333 of them.
    assert_eq!(withdraw(&mut world, &bob, BTC, ONE_BTC), Err(PlimsollError::InitialMargin));
    withdraw(&mut world, &bob, BTC, ONE_BTC * 83 / 100).unwrap();
    assert_eq!(withdraw(&mut world, &bob, BTC, ONE_BTC / 100), Err(PlimsollError::InitialMargin));
}

#[test]
fn a_token_that_is_not_lent_can_not_be_borrowed() {
    let mut world = banked(|terms| terms.borrow_cap = 0);
    lender(&mut world, "lender", 60_000);
    let alice = world.wallet("alice");
    world.open_account(&alice, 0);
    world.fund(&alice, 0, SOL, (10 * ONE_SOL) as u64);
    assert_eq!(withdraw(&mut world, &alice, USDC, USD), Err(PlimsollError::InsufficientBalance));
}

#[test]
fn lenders_wait_for_what_is_lent_out() {
    let mut world = full();
    let lender = lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    // The vault holds the pool's million besides: that is not the lenders'.
    assert_eq!(withdraw(&mut world, &lender, USDC, 50_001 * USD), Err(PlimsollError::InsufficientVault));
    withdraw(&mut world, &lender, USDC, 50_000 * USD).unwrap();
    assert_eq!(withdraw(&mut world, &lender, USDC, USD), Err(PlimsollError::InsufficientVault));
    world.fund(&alice, 0, USDC, (10_000 * USD) as u64);
    withdraw(&mut world, &lender, USDC, 10_000 * USD).unwrap();
}

#[test]
fn repaying_needs_no_price_and_no_cap() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    // No price for a month, and the account is far below its line by then.
    world.svm.advance(30 * 86_400);
    world.publish(SOL, 10 * E8);
    world.refresh(&[SOL]).unwrap();
    world.svm.advance(86_400);
    world.fund(&alice, 0, USDC, (20_000 * USD) as u64);
    let owed = -holds(&world, &world.margin(&alice, 0), USDC);
    assert!((30_000 * USD..31_000 * USD).contains(&owed));
    world.fund(&alice, 0, USDC, owed as u64);
    assert_eq!(world.margin(&alice, 0).shares(USDC).0, 0);
}

#[test]
fn a_debt_is_judged_with_its_interest() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    world.svm.advance(601);
    world.set_prices(&[(SOL, 100 * E8)]);
    assert_eq!(withdraw(&mut world, &alice, USDC, 1_000 * USD), Err(PlimsollError::PriceAgeing));
    assert_eq!(withdraw(&mut world, &alice, SOL, ONE_SOL), Err(PlimsollError::PriceAgeing));
    world.refresh(&[USDC]).unwrap();
    withdraw(&mut world, &alice, USDC, 1_000 * USD).unwrap();
    withdraw(&mut world, &alice, SOL, ONE_SOL).unwrap();
    let bob = world.wallet("bob");
    world.open_account(&bob, 0);
    world.fund(&bob, 0, SOL, 100 * ONE_SOL as u64);
    world.svm.advance(600);
    world.set_prices(&[(SOL, 100 * E8)]);
    assert_eq!(withdraw(&mut world, &bob, USDC, 1_000 * USD), Err(PlimsollError::PriceAgeing));
}

#[test]
fn unrealised_profit_is_not_to_be_withdrawn() {
    let mut world = tuned(|market| market.margin.volatility_multiplier_max = 1_000_000);
    lender(&mut world, "lender", 100_000);
    let alice = lender(&mut world, "alice", 1_000);
    world.trade(&alice, 0, BTC, ONE_BTC / 2).unwrap();
    world.svm.advance(599);
    freshen(&mut world, &[(BTC, 9_000 * E8)]);
    let board = world.board();
    let free = plimsoll::valuation::displayed_health(&world.margin(&alice, 0), &board).unwrap().initial.0;
    // A profit of 500, a margin of 450 and more: that is free to trade with, not to take out.
    assert!(free > 1_000 * USD, "{free}");
    assert_eq!(withdraw(&mut world, &alice, USDC, 560 * USD), Err(PlimsollError::InitialMargin));
    withdraw(&mut world, &alice, USDC, 530 * USD).unwrap();
    world.trade(&alice, 0, BTC, -ONE_BTC / 2).unwrap();
    withdraw(&mut world, &alice, USDC, 950 * USD).unwrap();
}

#[test]
fn donations_and_first_deposits_earn_nothing() {
    let mut world = full();
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, ETH, 1);
    // A donation that would make a share dear, were it counted.
    let vault = world.vault_address(ETH);
    let mint = world.assets[ETH as usize].mint;
    let donated = plimsoll_testkit::tokens::account(&mint, &world.bank_address(ETH), 1_000_001);
    world.svm.set_account(vault, donated);
    let bob = lender(&mut world, "bob", 0);
    world.fund(&bob, 0, ETH, 999_999);
    assert_eq!(world.margin(&bob, 0).shares(ETH).0, 999_999);
    assert_eq!(holds(&world, &world.margin(&mallory, 0), ETH), 1);
    assert_eq!(withdraw(&mut world, &mallory, ETH, 2), Err(PlimsollError::DebtTooSmall));
    withdraw(&mut world, &bob, ETH, 999_999).unwrap();
}

#[test]
fn both_vocabularies_are_reported() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    let instruction = world.view_instruction(world.account_address(&alice, 0));
    let outcome = world.send(&[instruction], &[]).unwrap();
    let header: &plimsoll::view::ViewHeader = bytemuck::from_bytes(&outcome.return_data[..48]);
    // A tenth of a micro-USD per lamport is not a binary fraction.
    assert_eq!(header.equity, 50_000 * USD - 1);
    // SOL counts 90% for maintenance: 90,000 against 50,000.
    assert_eq!((header.maintenance_health, header.health_factor), (40_000 * USD - 1, 1_799_999));
    let entry: &plimsoll::view::ViewAsset = bytemuck::from_bytes(&outcome.return_data[48..72]);
    // 50,000 / (1,000 * 0.9) = 55.56 USD, in micro-USD per lamport.
    let price = (entry.liquidation_price.high as f64 * 2f64.powi(64) + entry.liquidation_price.low as f64)
        / 2f64.powi(64)
        * 1_000.0;
    assert!((price - 55.555_555).abs() < 1e-5, "{price}");
}

#[test]
fn a_deposit_keeps_the_cap_and_a_top_up_does_not() {
    let mut world = banked(|terms| terms.deposit_cap = (CAPITAL + 1_000 * USD) as u64);
    let bob = lender(&mut world, "bob", 1_000_999);
    let alice = lender(&mut world, "alice", 0);
    world.fund(&alice, 0, SOL, (100 * ONE_SOL) as u64);
    world.give(&bob, USDC, (10 * USD) as u64);
    let beyond = world.deposit_instruction(&bob, 0, USDC, USD as u64 + 1);
    world.refused(beyond, &bob, PlimsollError::DepositCap);
    world.must(world.deposit_instruction(&bob, 0, USDC, USD as u64), &bob);
    world.trade(&alice, 0, BTC, ONE_BTC / 10).unwrap();
    world.fund(&alice, 0, USDC, (100 * USD) as u64);
    assert!(world.bank(USDC).deposit_shares > (CAPITAL + 1_000 * USD) as u64);
}
