//! Margin calls, bounties that rise, debts taken over, auctions: what happens to an account
//! on its way down.

use plimsoll::error::PlimsollError;
use plimsoll::events::Liquidated;
use plimsoll::state::MarginState;
use plimsoll_client::Event;
use plimsoll_risk::Health;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::{borrower, freshen, full, holds, lender, tuned};
use plimsoll_tests::scene::{BTC, E8, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, only_event};

/// BTC margins that volatility does not move.
fn steady() -> World {
    tuned(|market| market.margin.volatility_multiplier_max = 1_000_000)
}

/// A long of one BTC behind `usd` dollars.
fn long(world: &mut World, name: &str, usd: i64) -> Wallet {
    let wallet = lender(world, name, usd);
    world.trade(&wallet, 0, BTC, ONE_BTC).unwrap();
    wallet
}

fn health(world: &World, who: &Wallet) -> Health {
    plimsoll::valuation::displayed_health(&world.margin(who, 0), &world.board()).unwrap()
}

fn account(world: &World, who: &Wallet) -> MarginState {
    world.margin(who, 0)
}

fn take_stock(world: &mut World, who: &Wallet) {
    let instruction = world.call_margin_instruction(world.account_address(who, 0));
    world.send(&[instruction], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
}

/// Liquidates the one position of an account.
fn liquidate(world: &mut World, who: &Wallet, keeper: &Wallet) -> Liquidated {
    let (account, keeper) = (world.account_address(who, 0), world.account_address(keeper, 0));
    let outcome = world.liquidate(account, keeper, BTC).unwrap_or_else(|f| panic!("{f:#?}"));
    let Event::Liquidated(done) = only_event(&outcome) else { panic!("{outcome:#?}") };
    done
}

/// Ten minutes later, when the slow price has followed.
fn calm(world: &mut World, prices: &[(u8, i64)]) {
    world.svm.advance(599);
    freshen(world, prices);
}

#[test]
fn a_margin_call_is_raised_once_and_ends_with_recovery() {
    let mut world = steady();
    let alice = long(&mut world, "alice", 1_000);
    let at = world.account_address(&alice, 0);
    calm(&mut world, &[(BTC, 7_500 * E8)]);
    take_stock(&mut world, &alice);
    assert_eq!(account(&world, &alice).called_at, 0, "equity is above 110% of what is required");
    calm(&mut world, &[(BTC, 7_400 * E8)]);
    let now = world.svm.now();
    let h = health(&world, &alice);
    assert!(h.maintenance.0 > 0 && h.equity.0 < 1_100 * h.maintenance_requirement().unwrap().0 / 1_000);
    let raise = world.call_margin_instruction(at);
    let outcome = world.send(&[raise], &[]).unwrap();
    let Event::StockTaken(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((event.called_at, event.sunk_at, event.auction_at), (now, 0, 0));
    assert_eq!((event.equity, event.maintenance), (h.equity.0, h.maintenance.0));

    world.svm.advance(10);
    freshen(&mut world, &[(BTC, 7_400 * E8)]);
    take_stock(&mut world, &alice);
    assert_eq!(account(&world, &alice).called_at, now, "a call is not renewed");
    world.fund(&alice, 0, USDC, (100 * USD) as u64);
    assert_eq!(account(&world, &alice).called_at, now, "a deposit looks at no price");
    world.trade(&alice, 0, BTC, -ONE_BTC / 100).unwrap();
    assert_eq!(account(&world, &alice).called_at, 0, "the next look at prices ends it");
}

#[test]
fn the_time_of_sinking_is_the_first_keepers_and_nobody_renews_it() {
    let mut world = steady();
    let alice = long(&mut world, "alice", 1_000);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    assert!(health(&world, &alice).maintenance.0 < 0);
    take_stock(&mut world, &alice);
    let found = world.svm.now();
    assert_eq!((account(&world, &alice).sunk_at, account(&world, &alice).called_at), (found, found));
    world.svm.advance(20);
    freshen(&mut world, &[(BTC, 7_340 * E8)]);
    take_stock(&mut world, &alice);
    assert_eq!(account(&world, &alice).sunk_at, found);
    // What the owner does without leaving the water does not renew it either.
    world.fund(&alice, 0, USDC, 1);
    world.trade(&alice, 0, BTC, -ONE_BTC / 100).unwrap();
    assert!(health(&world, &alice).maintenance.0 < 0);
    assert_eq!(account(&world, &alice).sunk_at, found);
    calm(&mut world, &[(BTC, 7_600 * E8)]);
    take_stock(&mut world, &alice);
    assert_eq!((account(&world, &alice).sunk_at, account(&world, &alice).called_at), (0, 0));
}

#[test]
fn the_bounty_rises_with_time_and_depth_and_stays_within_the_penalty() {
    // Seconds waited, deposit: the less was deposited, the deeper.
    let mut shares = Vec::new();
    for (waited, usd) in [(0, 1_000), (150, 1_000), (300, 1_000), (3_000, 1_000), (0, 950)] {
        let mut world = steady();
        let keeper = lender(&mut world, "keeper", 0);
        let alice = long(&mut world, "alice", usd);
        calm(&mut world, &[(BTC, 7_350 * E8)]);
        take_stock(&mut world, &alice);
        if waited > 0 {
            world.svm.advance(waited - 1);
            freshen(&mut world, &[(BTC, 7_350 * E8)]);
        }
        let h = health(&world, &alice);
        let done = liquidate(&mut world, &alice, &keeper);
        let depth = -h.maintenance.0 * 1_000_000 / h.maintenance_requirement().unwrap().0;
        let progress = (waited.min(300) * 1_000_000 / 300 + depth).min(1_000_000);
        let share = 100_000 + 700_000 * progress / 1_000_000;
        assert_eq!(done.bounty, (share * done.penalty / 1_000_000).max(USD.min(done.penalty)));
        assert!(done.bounty <= done.penalty);
        assert_eq!(account(&world, &keeper).cash, done.bounty);
        shares.push(share);
    }
    assert!(shares[0] < shares[1] && shares[1] < shares[2], "{shares:?}");
    assert_eq!((shares[2], shares[3]), (800_000, 800_000));
    assert!(shares[4] > shares[0]);
}

#[test]
fn the_reserve_pays_for_the_smallest_position() {
    let mut world = steady();
    let keeper = lender(&mut world, "keeper", 0);
    let alice = lender(&mut world, "alice", 0);
    world.fund(&alice, 0, USDC, (USD + 8_200) as u64);
    // The smallest position there is: 8 cents.
    world.trade(&alice, 0, BTC, 1_000).unwrap();
    calm(&mut world, &[(BTC, 6_500 * E8)]);
    let h = health(&world, &alice);
    assert!(h.maintenance.0 < 0 && h.equity.0 > USD * 9 / 10, "{h:?}");
    let done = liquidate(&mut world, &alice, &keeper);
    assert_eq!(done.size_after, 0);
    assert!(done.bounty > USD * 9 / 10, "{done:?}");
}

#[test]
fn the_largest_requirement_is_liquidated_first() {
    let mut world = steady();
    let keeper = lender(&mut world, "keeper", 0);
    let alice = lender(&mut world, "alice", 2_000);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    world.trade(&alice, 0, SOL, 30 * ONE_SOL).unwrap();
    calm(&mut world, &[(BTC, 6_700 * E8), (SOL, 90 * E8)]);
    let (at, to) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    assert!(health(&world, &alice).maintenance.0 < 0);
    let second = world.liquidate_instruction(at, to, SOL);
    world.refused(second, &keeper, PlimsollError::NotFirstInLine);
    world.liquidate(at, to, BTC).unwrap();
}

/// A thousand SOL, 75,000 dollars borrowed, and SOL at 80: equity 5,000 of the 8,000 required.
fn sunk_borrower(world: &mut World) -> Wallet {
    lender(world, "lender", 100_000);
    let alice = borrower(world, "alice", 1_000 * ONE_SOL, 75_000);
    calm(world, &[(SOL, 80 * E8)]);
    alice
}

#[test]
fn a_keeper_takes_over_debt_and_collateral_up_to_the_target() {
    let mut world = full();
    let alice = sunk_borrower(&mut world);
    let keeper = lender(&mut world, "keeper", 70_000);
    let interest = -holds(&world, &account(&world, &alice), USDC) - 75_000 * USD;
    assert!(interest < USD);
    let at = world.account_address(&alice, 0);
    let done = world.must(world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX), &keeper);
    let Event::DebtLiquidated(event) = only_event(&done) else { panic!("{done:#?}") };
    // (0.25 * 8,000 + 3,000) / (0.055 + 0.25 * 0.105) = 61,538.46
    let repaid = event.repaid as i64;
    assert!((repaid - 61_538_461_538).abs() < 30 * USD, "{repaid}");
    // At 80 USD, with 5% on top: never more.
    assert!(event.seized as i128 * 80 <= repaid as i128 * 1_000 * 105 / 100);
    assert!(event.seized as i128 * 80 + 80 > repaid as i128 * 1_000 * 105 / 100 - 1_000);
    let h = health(&world, &alice);
    let ratio = h.equity.0 as f64 / h.maintenance_requirement().unwrap().0 as f64;
    assert!(ratio <= 1.25 && ratio > 1.249, "{ratio}");
    let theirs = account(&world, &keeper);
    assert_eq!(holds(&world, &theirs, SOL), event.seized as i64);
    let paid = 70_000 * USD - holds(&world, &theirs, USDC);
    assert!((repaid..=repaid + 1).contains(&paid), "shares are retired rounded up");
    assert_eq!(account(&world, &alice).sunk_at, 0);
    // A lost race changes nothing of account and keeper.
    let again = world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX);
    let banks = [world.bank_address(USDC), world.bank_address(SOL)];
    let outcome = world.changes(again, &keeper, &banks[..0]);
    assert!(outcome.events.is_empty());
}

#[test]
fn a_takeover_is_refused_where_the_keeper_would_be_too_weak() {
    let mut world = full();
    let alice = sunk_borrower(&mut world);
    let keeper = lender(&mut world, "keeper", 5_000);
    let at = world.account_address(&alice, 0);
    let whole = world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX);
    world.refused(whole, &keeper, PlimsollError::InitialMargin);
    let same = world.liquidate_debt_instruction(&keeper, at, (USDC, USDC), u64::MAX);
    assert!(world.send(&[same], &[&keeper.key]).is_err());
    let mut stolen = world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX);
    let stranger = world.wallet("stranger");
    stolen.accounts[0].pubkey = stranger.address();
    world.refused(stolen, &stranger, PlimsollError::NotOwner);
    let part = world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), (5_000 * USD) as u64);
    let done = world.must(part, &keeper);
    let Event::DebtLiquidated(event) = only_event(&done) else { panic!("{done:#?}") };
    assert_eq!(event.repaid, (5_000 * USD) as u64);
}

/// What the keeper's wallet needs to end a receivership with: no more than the debt.
fn receiver(world: &mut World) -> Wallet {
    let receiver = world.wallet("receiver");
    world.give(&receiver, USDC, (75_100 * USD) as u64);
    world.give(&receiver, SOL, 0);
    receiver
}

#[test]
fn a_receivership_repays_in_one_transaction_what_it_seizes() {
    let mut world = full();
    let alice = sunk_borrower(&mut world);
    let receiver = receiver(&mut world);
    let at = world.account_address(&alice, 0);
    let start = world.start_receivership_instruction(&receiver, at, (USDC, SOL), u64::MAX);
    let end = world.end_receivership_instruction(&receiver, USDC);
    let refresh = world.refresh_instruction(&[SOL]);
    let outcome = world
        .send(&[refresh.clone(), start.clone(), refresh, end.clone()], &[&receiver.key])
        .unwrap_or_else(|f| panic!("{f:#?}"));
    let Some(Event::DebtLiquidated(event)) =
        outcome.events.iter().find(|e| matches!(e, Event::DebtLiquidated(_)))
    else {
        panic!("{outcome:#?}")
    };
    assert_eq!(world.wallet_balance(&receiver, SOL), event.seized);
    assert_eq!(world.wallet_balance(&receiver, USDC), (75_100 * USD) as u64 - event.repaid);
    let h = health(&world, &alice);
    assert!(h.maintenance.0 >= 0 && h.equity.0 <= 125 * h.maintenance_requirement().unwrap().0 / 100);
    let again = world.send(&[start, end], &[&receiver.key]).unwrap_err();
    assert_eq!(again.plimsoll(), Some(PlimsollError::NotBelowMaintenance));
}

#[test]
fn a_receivership_is_first_and_last_and_alone() {
    let mut world = full();
    let alice = sunk_borrower(&mut world);
    let receiver = receiver(&mut world);
    let other = lender(&mut world, "other", 10);
    let other = world.account_address(&other, 0);
    let at = world.account_address(&alice, 0);
    let start = world.start_receivership_instruction(&receiver, at, (USDC, SOL), u64::MAX);
    let end = world.end_receivership_instruction(&receiver, USDC);
    let wrong_end = world.end_receivership_instruction(&receiver, SOL);
    let stock = world.call_margin_instruction(other);
    let refresh = world.refresh_instruction(&[BTC]);
    let cases = [
        (vec![start.clone()], PlimsollError::ReceivershipNotLast),
        (vec![start.clone(), refresh.clone()], PlimsollError::ReceivershipNotLast),
        (vec![start.clone(), wrong_end], PlimsollError::ReceivershipNotLast),
        (vec![start.clone(), end.clone(), refresh], PlimsollError::ReceivershipForbids),
        (vec![stock.clone(), start.clone(), end.clone()], PlimsollError::ReceivershipNotFirst),
        (vec![start.clone(), stock, end.clone()], PlimsollError::ReceivershipForbids),
        (vec![start.clone(), start.clone(), end.clone()], PlimsollError::ReceivershipForbids),
        (vec![start.clone(), end.clone(), end.clone()], PlimsollError::ReceivershipForbids),
        (vec![end.clone()], PlimsollError::ReceivershipMissing),
    ];
    for (at, (instructions, error)) in cases.into_iter().enumerate() {
        let before = plimsoll_testkit::Snapshot::take(&world.svm);
        let failure = world.send(&instructions, &[&receiver.key]).unwrap_err();
        assert_eq!(failure.plimsoll(), Some(error), "case {at}: {failure:#?}");
        before.diff(&world.svm).without_fee().assert_nothing();
    }
}

#[test]
fn an_auction_begins_after_the_delay_and_its_discount_grows() {
    let mut world = steady();
    let alice = long(&mut world, "alice", 1_000);
    let winner = lender(&mut world, "winner", 5_000);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    let at = world.account_address(&alice, 0);
    let start = world.start_auction_instruction(at);
    world.refused(start.clone(), &alice, PlimsollError::AuctionTooEarly);
    take_stock(&mut world, &alice);
    world.svm.advance(598);
    freshen(&mut world, &[(BTC, 7_350 * E8)]);
    world.refused(start.clone(), &alice, PlimsollError::AuctionTooEarly);
    let early = world.win_auction_instruction(&winner, 0, at, u64::MAX);
    world.refused(early, &winner, PlimsollError::NoAuction);
    freshen(&mut world, &[(BTC, 7_350 * E8)]);
    world.send(std::slice::from_ref(&start), &[]).unwrap();
    let begun = world.svm.now();
    assert_eq!(account(&world, &alice).auction_at, begun);

    world.svm.advance(899);
    freshen(&mut world, &[(BTC, 7_350 * E8)]);
    world.send(&[start], &[]).unwrap();
    assert_eq!(account(&world, &alice).auction_at, begun, "a running auction goes on");
    let h = health(&world, &alice);
    assert!(h.maintenance.0 < 0 && h.equity.0 > 0);
    // A quarter of the hour: a quarter of the equity.
    let price = h.equity.0 - h.equity.0 / 4;
    let too_dear = world.win_auction_instruction(&winner, 0, at, price as u64 - 1);
    world.refused(too_dear, &winner, PlimsollError::LimitPrice);
    let (had, sold) = (account(&world, &winner), account(&world, &alice));
    let before = health(&world, &winner);
    let win = world.win_auction_instruction(&winner, 0, at, price as u64);
    let outcome = world.must(win, &winner);
    let Event::AuctionWon(event) = only_event(&outcome) else { panic!("{outcome:#?}") };
    assert_eq!((event.equity, event.price), (h.equity.0, price));
    let (now, left) = (account(&world, &winner), account(&world, &alice));
    assert_eq!(now.position(BTC), sold.position(BTC));
    assert_eq!(now.cash, had.cash + sold.cash - price);
    assert_eq!((left.cash, left.perp_count, left.shares(USDC).0), (price, 0, 0));
    assert_eq!((left.sunk_at, left.auction_at, left.called_at), (0, 0, 0));
    let gained = health(&world, &winner).equity.0 - before.equity.0;
    assert_eq!(gained, h.equity.0 - price);
}

#[test]
fn an_auction_ends_by_itself_when_the_account_recovers() {
    let mut world = steady();
    let alice = long(&mut world, "alice", 1_000);
    let winner = lender(&mut world, "winner", 5_000);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    take_stock(&mut world, &alice);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    let at = world.account_address(&alice, 0);
    world.send(&[world.start_auction_instruction(at)], &[]).unwrap();
    freshen(&mut world, &[(BTC, 7_500 * E8)]);
    let win = world.win_auction_instruction(&winner, 0, at, u64::MAX);
    world.refused(win.clone(), &winner, PlimsollError::NotBelowMaintenance);
    world.trade(&alice, 0, BTC, -ONE_BTC / 10).unwrap();
    assert_eq!(account(&world, &alice).auction_at, 0);
    calm(&mut world, &[(BTC, 7_100 * E8)]);
    world.refused(win, &winner, PlimsollError::NoAuction);
}

#[test]
fn the_winner_must_be_strong_enough_and_hold_nothing_opposite() {
    let mut world = steady();
    let alice = long(&mut world, "alice", 1_000);
    let weak = lender(&mut world, "weak", 100);
    let short = lender(&mut world, "short", 5_000);
    world.trade(&short, 0, BTC, -ONE_BTC).unwrap();
    let confined = world.wallet("confined");
    world.open_isolated(&confined, 0, SOL);
    world.fund(&confined, 0, USDC, (5_000 * USD) as u64);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    take_stock(&mut world, &alice);
    calm(&mut world, &[(BTC, 7_350 * E8)]);
    let at = world.account_address(&alice, 0);
    world.send(&[world.start_auction_instruction(at)], &[]).unwrap();
    for (winner, error) in [
        (&weak, PlimsollError::InitialMargin),
        (&short, PlimsollError::OppositeHoldings),
        (&confined, PlimsollError::IsolatedAccount),
    ] {
        let win = world.win_auction_instruction(winner, 0, at, u64::MAX);
        world.refused(win, winner, error);
    }
    let own = world.win_auction_instruction(&alice, 0, at, u64::MAX);
    assert!(world.send(&[own], &[&alice.key]).is_err(), "nobody buys his account with itself");
    let mut stolen = world.win_auction_instruction(&short, 0, at, u64::MAX);
    stolen.accounts[0].pubkey = weak.address();
    world.refused(stolen, &weak, PlimsollError::NotOwner);
}

#[test]
fn an_isolated_account_trades_one_market_only() {
    let mut world = full();
    let alice = lender(&mut world, "alice", 1_000);
    world.open_isolated(&alice, 1, BTC);
    world.fund(&alice, 1, USDC, (1_000 * USD) as u64);
    let other = world.trade(&alice, 1, SOL, ONE_SOL).unwrap_err();
    assert_eq!(other.plimsoll(), Some(PlimsollError::IsolatedAccount));
    world.trade(&alice, 1, BTC, ONE_BTC).unwrap();
    calm(&mut world, &[(BTC, 6_200 * E8)]);
    let before = account(&world, &alice);
    let (at, keeper) = (world.account_address(&alice, 1), lender(&mut world, "keeper", 0));
    let to = world.account_address(&keeper, 0);
    calm(&mut world, &[(BTC, 6_200 * E8)]);
    world.liquidate(at, to, BTC).unwrap();
    let ruined = world.margin(&alice, 1);
    assert_eq!((ruined.perp_count, ruined.cash + ruined.shares(USDC).0), (0, 0));
    assert_eq!(bytemuck::bytes_of(&account(&world, &alice)), bytemuck::bytes_of(&before));
}
