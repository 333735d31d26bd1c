//! What is expected of the sunk, in numbers worked out by hand.
use plimsoll_client::risk::{Position, Quantity, Quote};

use super::*;

const USD: i64 = 1_000_000;

/// Two assets at one micro-USD per native unit, 5% maintenance margin, weights of 80% and 120%.
fn board() -> Box<RiskBoard> {
    let mut board = Box::new(RiskBoard::zeroed());
    (board.asset_count, board.liquidation_target, board.margin_call) = (3, 1_100_000, 1_200_000);
    for row in &mut board.rows[..3] {
        (row.price, row.slow_price) = (Price::ONE.into(), Price::ONE.into());
        (row.deposit_mark, row.deposit_mark_low) = (Price::ONE.into(), Price::ONE.into());
        (row.long_mark, row.short_mark) = ((1 << 64).into(), (1 << 64).into());
        (row.supply_index, row.borrow_index) = (1 << 48, 1 << 48);
        (row.maintenance_margin, row.initial_margin) = (50_000, 100_000);
        (row.maintenance_asset_weight, row.maintenance_debt_weight) = (800_000, 1_200_000);
        (row.initial_profit_weight, row.maintenance_profit_weight) = (1_000_000, 1_000_000);
    }
    board.rows[0].maintenance_asset_weight = 1_000_000;
    board
}

/// Closes everything whole; a penalty of 1%, of which 30% to 100% within a minute.
fn market(asset: u8) -> Market {
    let mut market = Market::zeroed();
    market.asset = asset;
    market.terms.skew_scale = 1 << 56;
    market.terms.full_close_notional = i64::MAX;
    market.terms.liquidation_penalty = 10_000;
    (market.terms.bounty_share, market.terms.bounty_share_max) = (300_000, 1_000_000);
    market.terms.bounty_seconds = 60;
    market
}

/// Long 1,000 USD of an asset with so much cash.
fn long(asset: u8, cash: i64, sunk_at: i64) -> MarginState {
    let mut state = MarginState::empty(address(1), address(2), 0);
    state.set_position(asset, Position { size: Quantity(1_000 * USD), entry: Quote(1_000 * USD) }).unwrap();
    (state.cash, state.sunk_at) = (cash, sunk_at);
    state
}

fn book() -> Book {
    let mut book = Book::new(address(1));
    book.set_board(&board());
    book.set_market(&market(1));
    book.set_market(&market(2));
    book
}

#[test]
fn bounties_are_what_the_program_would_pay() {
    let mut book = book();
    // 40 USD of 50 that are required: a fifth of the requirement is missing.
    for (number, sunk_at) in [(10, 0), (11, 970), (12, 900)] {
        book.upsert(address(number), &long(1, 40 * USD, sunk_at));
    }
    // A USD more.
    book.upsert(address(13), &long(2, 41 * USD, 0));
    let list: Vec<(Address, i64, u32)> =
        book.tick(1_000).iter().map(|sunk| (sunk.address, sunk.bounty.0, sunk.depth.0)).collect();
    let expected = [
        // The whole penalty, 1% of 1,000 USD.
        (address(12), 10 * USD, 200_000),
        // 0.3 + 0.7 x (0.2 + 30 s / 60 s) = 0.79 of it.
        (address(11), 7_900_000, 200_000),
        // 0.3 + 0.7 x 0.2 = 0.44 of it.
        (address(10), 4_400_000, 200_000),
        // 0.3 + 0.7 x 0.18 = 0.426 of it.
        (address(13), 4_260_000, 180_000),
    ];
    assert_eq!(list, expected);
}

#[test]
fn bounties_rise_with_the_clock_alone() {
    let mut book = book();
    book.upsert(address(10), &long(1, 40 * USD, 1_000));
    let bounties = [1_000, 1_012, 1_048, 1_049].map(|now| book.tick(now)[0].bounty.0);
    assert_eq!(bounties, [4_400_000, 5_800_000, 10 * USD, 10 * USD]);
}

#[test]
fn equals_are_in_the_order_of_their_addresses() {
    let mut book = book();
    let mut addresses: Vec<Address> = (20..60).map(address).collect();
    for address in &addresses {
        book.upsert(*address, &long(1, 40 * USD, 0));
    }
    addresses.sort_unstable();
    let list: Vec<Address> = book.tick(5).iter().map(|sunk| sunk.address).collect();
    assert_eq!(list, addresses);
}

#[test]
fn the_deeper_of_two_that_pay_the_same_comes_first() {
    let mut book = Book::new(address(1));
    book.set_board(&board());
    // No market is known: nobody can say what they pay.
    for number in 0..20 {
        book.upsert(address(number), &long(1, (number as i64 + 20) * USD, 0));
    }
    let list: Vec<(Address, i64, u32)> =
        book.tick(5).iter().map(|sunk| (sunk.address, sunk.bounty.0, sunk.depth.0)).collect();
    let expected: Vec<_> =
        (0..20).map(|number| (address(number), 0, 600_000 - number as u32 * 20_000)).collect();
    assert_eq!(list, expected);
}

#[test]
fn a_debt_pays_the_bonus_of_the_best_collateral() {
    let mut book = book();
    for (asset, bonus) in [(0, 20_000), (1, 50_000), (2, 90_000)] {
        let mut bank = Bank::zeroed();
        bank.asset = asset;
        (bank.terms.liquidation_bonus, bank.terms.debt_min) = (bonus, u32::MAX as u64);
        book.set_bank(&bank);
    }
    let mut state = MarginState::empty(address(1), address(2), 0);
    state.set_shares(0, Quantity(90 * USD)).unwrap();
    state.set_shares(1, Quantity(100 * USD)).unwrap();
    state.set_shares(2, Quantity(-150 * USD)).unwrap();
    book.upsert(address(10), &state);
    let list = book.tick(5);
    // 90 + 0.8 x 100 - 1.2 x 150 = -10, and 40 of equity. All 100 of the second for 95.24: 5% of that.
    let health = Health { equity: Quote(40 * USD), initial: Quote(-10 * USD), maintenance: Quote(-10 * USD) };
    assert_eq!((list.len(), list[0].health, list[0].bounty.0), (1, health, 4_761_904));
}

#[test]
fn other_terms_of_a_market_are_another_bounty() {
    let mut book = book();
    book.upsert(address(10), &long(1, 40 * USD, 0));
    assert_eq!(book.tick(5)[0].bounty.0, 4_400_000);
    let mut dearer = market(1);
    dearer.terms.liquidation_penalty = 20_000;
    book.set_market(&dearer);
    assert_eq!(book.tick(5)[0].bounty.0, 8_800_000);
}
