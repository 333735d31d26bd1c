//! When equity is not enough: insurance, the shared fund, deleveraging, bankruptcy.

use plimsoll::error::PlimsollError;
use plimsoll::events::Deleveraged;
use plimsoll::params::MarketParams;
use plimsoll_client::Event;
use plimsoll_risk::Health;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::{borrower, freshen, full, holds, lender, tuned};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, only_event};

/// No surcharge, no funding: what a position is worth can be told in one's head.
fn plain(market: &mut MarketParams) {
    market.margin.volatility_multiplier_max = 1_000_000;
    market.margin.tier_1_from = 0;
    market.margin.tier_2_from = 0;
    market.margin.concentration_share = 0;
    market.margin.open_interest_low = market.terms.open_interest_max;
    market.terms.funding_rate_max_per_day = 0;
}

fn health(world: &World, who: &Wallet) -> Health {
    plimsoll::valuation::displayed_health(&world.margin(who, 0), &world.board()).unwrap()
}

/// Takes the price up or down in steps that the slow price can follow.
fn walk(world: &mut World, asset: u8, prices: &[i64]) {
    for price in prices {
        world.svm.advance(599);
        freshen(world, &[(asset, price * E8)]);
    }
}

fn give_insurance(world: &mut World, usd: i64) {
    let donor = world.wallet("donor");
    world.give(&donor, USDC, (usd * USD) as u64);
    let fund = world.fund_insurance_instruction(&donor, (usd * USD) as u64);
    world.must(fund, &donor);
}

fn deleverage(world: &mut World) -> Deleveraged {
    let instruction = world.deleverage_instruction(BTC);
    let outcome = world.send(&[instruction], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    let Event::Deleveraged(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    event
}

/// Longs of 50, 30 and 10 BTC and a short of 2; the pool has lost all that it put into the
/// market, and owes more.
fn insolvent() -> (World, Vec<Wallet>, Wallet) {
    let mut world = tuned(plain);
    give_insurance(&mut world, 50_000);
    let mut longs = Vec::new();
    for (name, size) in [("alice", 50), ("bob", 30), ("carol", 10)] {
        let who = lender(&mut world, name, 100_000);
        world.trade(&who, 0, BTC, size * ONE_BTC).unwrap();
        longs.push(who);
    }
    let short = lender(&mut world, "dave", 20_000);
    world.trade(&short, 0, BTC, -2 * ONE_BTC).unwrap();
    walk(&mut world, BTC, &[9_500, 11_000, 12_500]);
    (world, longs, short)
}

#[test]
fn a_market_that_owes_too_much_takes_insurance_then_the_fund_then_profits() {
    let (mut world, longs, short) = insolvent();
    let (market, marks) = (world.market(BTC), world.row(BTC).perp_marks());
    let owed = market.open_interest().owed_floor(&marks, market.terms.skew_scale).unwrap().0;
    let missing = owed - market.capital;
    assert!(missing > 20_000 * USD, "{missing}");
    let before: Vec<i64> = longs.iter().map(|who| health(&world, who).equity.0).collect();
    let others = health(&world, &short);

    let event = deleverage(&mut world);
    assert_eq!(event.from_insurance, market.insurance);
    // The fund has 50,000, of which the market may draw 10,000 a day.
    assert_eq!(event.from_fund, 10_000 * USD);
    assert_eq!(event.from_traders, missing - event.from_insurance - event.from_fund);
    let given_up: Vec<i64> =
        longs.iter().zip(&before).map(|(who, had)| had - health(&world, who).equity.0).collect();
    let sum: i64 = given_up.iter().sum();
    assert!((event.from_traders..=event.from_traders + 3).contains(&sum), "{given_up:?} of {event:?}");
    for (given, size) in given_up.iter().zip([50, 30, 10]) {
        assert!((given - event.from_traders * size / 90).abs() <= 1, "in proportion to size: {given_up:?}");
    }
    assert_eq!(health(&world, &short), others, "the side at a loss gives nothing");
    let (market, marks) = (world.market(BTC), world.row(BTC).perp_marks());
    let owed = market.open_interest().owed_floor(&marks, market.terms.skew_scale).unwrap().0;
    assert!(owed <= market.capital && owed > market.capital - 10);
    assert_eq!((market.insurance, world.fund_account().balance), (0, 40_000 * USD));
    // Nothing is missing any more: again changes nothing.
    let again = world.deleverage_instruction(BTC);
    let outcome = world.send(&[again], &[]).unwrap();
    assert!(outcome.events.is_empty());
}

#[test]
fn the_order_of_closing_does_not_matter_after_deleveraging() {
    let mut paid = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let (mut world, longs, short) = insolvent();
        deleverage(&mut world);
        // The short's loss is what the longs' profit is partly paid with.
        let settle = world.settle_loss_instruction(world.account_address(&short, 0), BTC);
        world.send(&[settle], &[]).unwrap();
        let marked: Vec<i64> = longs.iter().map(|who| health(&world, who).equity.0).collect();
        let mut kept = [0; 3];
        for index in order {
            let size = world.margin(&longs[index], 0).position(BTC).size.0;
            // Closing pays and earns spread, impact and fee; the haircut is in the mark.
            world.trade(&longs[index], 0, BTC, -size).unwrap();
            let account = world.margin(&longs[index], 0);
            kept[index] = account.cash + account.shares(USDC).0;
            assert!(kept[index] <= marked[index] + 4_000 * USD);
        }
        assert!(world.market(BTC).capital >= 0);
        paid.push(marked);
    }
    assert!(paid.iter().all(|marked| marked == &paid[0]), "{paid:?}");
}

#[test]
fn profits_wait_until_the_market_is_solvent_and_liquid() {
    let (mut world, longs, short) = insolvent();
    let close = |world: &mut World, who: &Wallet, size: i64| {
        let result = world.trade(who, 0, BTC, size).map(|_| ());
        result.map_err(|failure| failure.plimsoll().expect("an error of the program"))
    };
    assert_eq!(close(&mut world, &longs[0], -50 * ONE_BTC).err(), None, "who is first is paid in full");
    // What is left is less than what the others have won.
    assert_eq!(close(&mut world, &longs[1], -30 * ONE_BTC), Err(PlimsollError::MarketCapital));
    let provider = world.wallet("provider");
    let redeem = world.redeem_instruction(&provider, 1_000_000, 0);
    world.refused(redeem, &provider, PlimsollError::MarketInsolvent);
    let rebalance = world.deleverage_instruction(BTC);
    world.refused(rebalance, &provider, PlimsollError::RebalanceFirst);
    let rebalance = world.rebalance_instruction(BTC);
    world.send(&[rebalance], &[]).unwrap();
    walk(&mut world, BTC, &[13_500]);
    deleverage(&mut world);
    let settle = world.settle_loss_instruction(world.account_address(&short, 0), BTC);
    world.send(&[settle], &[]).unwrap();
    close(&mut world, &longs[1], -30 * ONE_BTC).unwrap();
    close(&mut world, &longs[2], -10 * ONE_BTC).unwrap();
}

#[test]
fn settling_a_loss_leaves_health_and_pays_the_market() {
    let (mut world, _, short) = insolvent();
    let (before, market) = (health(&world, &short), world.market(BTC));
    let at = world.account_address(&short, 0);
    let outcome = world.send(&[world.settle_loss_instruction(at, BTC)], &[]).unwrap();
    let Event::LossSettled(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert!(event.loss > 8_850 * USD && event.loss < 8_900 * USD, "{event:?}");
    assert_eq!(health(&world, &short), before);
    assert_eq!(world.market(BTC).capital, market.capital + event.loss);
    let again = world.settle_loss_instruction(at, BTC);
    world.refused(again, &short, PlimsollError::NothingToSettle);
    // What was lost is taken from the deposit, or becomes a loan.
    let bank = world.bank_cash_instruction(at);
    let cash = world.margin(&short, 0).cash;
    assert!(cash < 0);
    world.send(std::slice::from_ref(&bank), &[]).unwrap();
    assert_eq!((world.margin(&short, 0).cash, health(&world, &short)), (0, before));
    world.refused(bank, &short, PlimsollError::NothingToSettle);
}

#[test]
fn nothing_is_settled_while_the_market_can_pay() {
    let mut world = tuned(plain);
    let alice = lender(&mut world, "alice", 5_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    walk(&mut world, BTC, &[7_500]);
    let settle = world.settle_loss_instruction(world.account_address(&alice, 0), BTC);
    world.refused(settle, &alice, PlimsollError::NothingToSettle);
}

/// A long of 10 BTC is liquidated at a loss of some 13,000 dollars more than it had.
fn lose_more_than_there_is(world: &mut World) {
    let keeper = lender(world, "keeper", 0);
    let alice = lender(world, "alice", 10_000);
    world.trade(&alice, 0, BTC, 10 * ONE_BTC).unwrap();
    walk(world, BTC, &[5_700]);
    let (at, to) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    world.liquidate(at, to, BTC).unwrap();
}

#[test]
fn losses_of_a_market_are_made_good_by_the_fund_within_the_window() {
    let mut world = tuned(plain);
    give_insurance(&mut world, 50_000);
    lose_more_than_there_is(&mut world);
    let market = world.market(BTC);
    assert!(market.loss_uncovered > 12_000 * USD, "{}", market.loss_uncovered);
    assert_eq!(market.loss_uncovered, market.loss_to_capital);
    let sweep = world.sweep_insurance_instruction(BTC);
    world.send(std::slice::from_ref(&sweep), &[]).unwrap();
    let after = world.market(BTC);
    assert_eq!(after.capital, market.capital + 10_000 * USD);
    assert_eq!(after.loss_uncovered, market.loss_uncovered - 10_000 * USD);
    assert_eq!(world.fund_account().balance, 40_000 * USD);
    world.svm.advance(86_399);
    world.send(std::slice::from_ref(&sweep), &[]).unwrap();
    assert_eq!(world.market(BTC).capital, after.capital, "the window is a day");
    world.svm.advance(1);
    world.send(std::slice::from_ref(&sweep), &[]).unwrap();
    assert_eq!(world.market(BTC).loss_uncovered, 0);
    assert_eq!(world.fund_account().balance, 50_000 * USD - market.loss_uncovered);
    // No other market has given or taken anything.
    for asset in [SOL, ETH] {
        assert_eq!((world.market(asset).capital, world.market(asset).insurance), (300_000 * USD, 0));
    }
}

#[test]
fn insurance_beyond_the_tranche_goes_to_the_fund() {
    let mut world = tuned(plain);
    let alice = lender(&mut world, "alice", 100_000);
    for _ in 0..10 {
        world.trade(&alice, 0, BTC, 10 * ONE_BTC).unwrap();
        world.trade(&alice, 0, BTC, -10 * ONE_BTC).unwrap();
    }
    // A fifth of 0.05% of 1,600,000 is 160; the tranche is 100.
    assert_eq!(world.market(BTC).insurance, 160 * USD);
    let sweep = world.sweep_insurance_instruction(BTC);
    let changed = [world.market_address(BTC), world.fund_address()];
    let outcome = world.send(&[sweep], &[]).unwrap();
    let Event::InsuranceSwept(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((event.moved, event.insurance_after, event.fund_after), (60 * USD, 100 * USD, 60 * USD));
    assert_eq!(changed.len(), 2);
}

/// SOL falls to a tenth: 1,000 SOL and a debt of 75,000.
fn ruined(world: &mut World) -> Wallet {
    let alice = borrower(world, "alice", 1_000 * ONE_SOL, 75_000);
    walk(world, SOL, &[80, 60, 45, 33, 25, 18, 13, 10]);
    alice
}

#[test]
fn a_bankruptcy_is_borne_by_the_fund_the_reserve_and_the_lenders() {
    let mut world = full();
    give_insurance(&mut world, 5_000);
    let lender_a = lender(&mut world, "lender", 75_000);
    let lender_b = lender(&mut world, "second", 25_000);
    let keeper = lender(&mut world, "keeper", 0);
    world.fund(&keeper, 0, USDC, 20_000 * USD as u64);
    let alice = ruined(&mut world);
    let at = world.account_address(&alice, 0);
    let resolve = world.resolve_bankruptcy_instruction(at, USDC);
    world.refused(resolve.clone(), &keeper, PlimsollError::NotBankrupt);
    // All of the collateral, at its price: there is no equity that could pay a bonus.
    let done = world.must(world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX), &keeper);
    let Event::DebtLiquidated(event) = only_event(&done) else { panic!("{done:#?}") };
    // And what rounding to shares could take back: a share, rounded up, and two units.
    let on_top = event.repaid as i64 - 10_000 * USD;
    assert!(event.seized == (1_000 * ONE_SOL) as u64 && (1..=5).contains(&on_top), "{event:?}");
    let owed = -holds(&world, &world.margin(&alice, 0), USDC);
    let held = |world: &World, who: &Wallet| holds(world, &world.margin(who, 0), USDC);
    let not_owed = world.resolve_bankruptcy_instruction(at, ETH);
    world.refused(not_owed, &keeper, PlimsollError::NotBankrupt);
    let (a, b) = (held(&world, &lender_a), held(&world, &lender_b));
    let (reserve, keepers) = (world.bank(USDC).reserve as i64, held(&world, &keeper));
    let outcome = world.send(std::slice::from_ref(&resolve), &[]).unwrap();
    let Event::BankruptcyResolved(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((event.owed as i64, event.from_fund), (owed, (5_000 * USD) as u64));
    let (lost_a, lost_b) = (a - held(&world, &lender_a), b - held(&world, &lender_b));
    let lost = lost_a + lost_b + keepers - held(&world, &keeper);
    let of_lenders = owed - 5_000 * USD - reserve;
    assert!((of_lenders - 3..=of_lenders + 3).contains(&lost), "{lost} of {of_lenders}");
    assert!((lost_a - 3 * lost_b).abs() <= 4, "in proportion: {lost_a} {lost_b}");
    assert_eq!(world.margin(&alice, 0).shares(USDC).0, 0);
    assert_eq!(world.fund_account().balance, 0);
    world.refused(resolve, &keeper, PlimsollError::NotBankrupt);
    // The board knows: what the lenders have lost is no collateral any more.
    let health = plimsoll::valuation::displayed_health(&world.margin(&lender_a, 0), &world.board()).unwrap();
    assert!((health.equity.0 - held(&world, &lender_a)).abs() <= 1);
}

#[test]
fn a_loss_without_an_owner_waits_for_somebody_to_bear_it() {
    let mut world = tuned(plain);
    let keeper = lender(&mut world, "keeper", 0);
    let alice = lender(&mut world, "alice", 1_200);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    world.trade(&alice, 0, ETH, -10 * ONE_BTC).unwrap();
    // A loss in one market against a profit in the other, which then vanishes.
    world.svm.advance(599);
    freshen(&mut world, &[(ETH, 150 * E8), (BTC, 6_500 * E8)]);
    world.trade(&alice, 0, BTC, -ONE_BTC).unwrap();
    let (at, to) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    let resolve = world.resolve_bankruptcy_instruction(at, USDC);
    world.refused(resolve.clone(), &keeper, PlimsollError::NotBankrupt);
    walk(&mut world, ETH, &[175, 200]);
    world.liquidate(at, to, ETH).unwrap();
    let account = world.margin(&alice, 0);
    let owed = -(account.cash + account.shares(USDC).0);
    assert!((300 * USD..350 * USD).contains(&owed), "no market answers for what another has won: {owed}");
    world.refused(resolve.clone(), &keeper, PlimsollError::LossNotCovered);
    give_insurance(&mut world, 10_000);
    world.send(&[resolve], &[]).unwrap();
    assert!(world.margin(&alice, 0).is_empty());
    assert_eq!(world.fund_account().balance, 10_000 * USD - owed);
}

#[test]
fn a_debt_in_another_token_is_borne_by_those_who_lent_it() {
    let mut world = full();
    give_insurance(&mut world, 5_000);
    let lender_sol = lender(&mut world, "lender", 0);
    world.fund(&lender_sol, 0, SOL, 1_000 * ONE_SOL as u64);
    let keeper = lender(&mut world, "keeper", 0);
    world.fund(&keeper, 0, SOL, 500 * ONE_SOL as u64);
    let alice = lender(&mut world, "alice", 10_000);
    world.give(&alice, SOL, 0);
    let borrow = world.withdraw_instruction(&alice, 0, SOL, 60 * ONE_SOL as u64);
    world.must(borrow, &alice);
    walk(&mut world, SOL, &[125, 155, 190, 200]);
    let at = world.account_address(&alice, 0);
    world.must(world.liquidate_debt_instruction(&keeper, at, (SOL, USDC), u64::MAX), &keeper);
    let owed = -holds(&world, &world.margin(&alice, 0), SOL);
    assert!((9 * ONE_SOL..11 * ONE_SOL).contains(&owed), "{owed}");
    let resolve = world.resolve_bankruptcy_instruction(at, SOL);
    let outcome = world.send(&[resolve], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    let Event::BankruptcyResolved(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((event.owed as i64, event.from_fund), (owed, 0));
    // The fund holds dollars: it pays for dollars only.
    assert_eq!(world.fund_account().balance, 5_000 * USD);
    assert_eq!(world.bank(SOL).losses as i64, owed);
    assert!(holds(&world, &world.margin(&lender_sol, 0), SOL) < 1_000 * ONE_SOL);
}

#[test]
fn dust_against_a_smaller_debt_is_no_bankruptcy() {
    let mut world = full();
    lender(&mut world, "lender", 1_000);
    let alice = borrower(&mut world, "alice", ONE_SOL, 1);
    world.fund(&alice, 0, USDC, (USD - 5) as u64);
    world.give(&alice, SOL, 0);
    // 100 micro-USD are left, against a debt of five.
    let leave = world.withdraw_instruction(&alice, 0, SOL, (ONE_SOL - 1_000) as u64);
    world.must(leave, &alice);
    let resolve = world.resolve_bankruptcy_instruction(world.account_address(&alice, 0), USDC);
    world.refused(resolve, &alice, PlimsollError::NotBankrupt);
}

#[test]
fn the_fund_gives_what_it_has() {
    let mut world = tuned(plain);
    give_insurance(&mut world, 3_000);
    lose_more_than_there_is(&mut world);
    let market = world.market(BTC);
    let sweep = world.sweep_insurance_instruction(BTC);
    world.send(&[sweep], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    assert_eq!(world.market(BTC).capital, market.capital + 3_000 * USD);
    assert_eq!(world.market(BTC).loss_uncovered, market.loss_uncovered - 3_000 * USD);
    assert_eq!(world.fund_account().balance, 0);
}

#[test]
fn deleveraging_waits_for_a_price_to_liquidate_by() {
    let (mut world, _, short) = insolvent();
    let instruction = world.deleverage_instruction(BTC);
    world.svm.advance(121);
    world.refused(instruction.clone(), &short, PlimsollError::PriceExpired);
    freshen(&mut world, &[(BTC, 16_000 * E8)]);
    world.refused(instruction, &short, PlimsollError::PriceDiverged);
}

#[test]
fn who_is_below_maintenance_is_liquidated_and_not_settled() {
    let (mut world, _, short) = insolvent();
    walk(&mut world, BTC, &[15_000, 17_500]);
    let settle = world.settle_loss_instruction(world.account_address(&short, 0), BTC);
    world.refused(settle, &short, PlimsollError::LiquidateInstead);
}
