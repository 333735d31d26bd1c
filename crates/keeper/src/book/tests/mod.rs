use std::collections::BTreeMap;

use plimsoll_client::program::state::{MarginState, RiskBoard, TierRow};
use plimsoll_client::program::valuation::displayed_health;
use plimsoll_client::risk::{Position, Price, Quote};
use solana_address::Address;

use super::*;

mod bounds;
mod order;
mod world;
use world::{Dice, account, address, board, maintenance, move_price, set_parameters, set_price};

/// A book, and beside it what it was told, judged by the program alone.
struct Pair {
    book: Book,
    board: Box<RiskBoard>,
    accounts: BTreeMap<Address, MarginState>,
}

impl Pair {
    fn new(dice: &mut Dice, assets: u32, accounts: u64) -> Self {
        let board = board(dice, assets);
        let mut pair = Self { book: Book::new(address(1)), board, accounts: BTreeMap::new() };
        pair.book.set_board(&pair.board);
        for number in 0..accounts {
            pair.put(dice, number);
        }
        pair
    }

    fn put(&mut self, dice: &mut Dice, number: u64) {
        let state = account(dice, &self.board, 17);
        self.book.upsert(address(number), &state);
        self.accounts.insert(address(number), state);
    }

    fn sunk(&self) -> Vec<Address> {
        let is_sunk = |state: &MarginState| maintenance(state, &self.board).is_some_and(|health| health < 0);
        self.accounts.iter().filter(|(_, state)| is_sunk(state)).map(|(address, _)| *address).collect()
    }

    /// The list is what the program finds, and in order.
    fn check(&mut self, now: i64, what: &str) {
        let expected = self.sunk();
        let list = self.book.tick(now).to_vec();
        let mut found: Vec<Address> = list.iter().map(|sunk| sunk.address).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{what}");
        assert!(list.is_sorted_by(|a, b| a.order(b).is_lt()), "{what}");
    }

    /// Something happens, of all that may.
    fn shake(&mut self, dice: &mut Dice) -> &'static str {
        let asset = dice.within(1, self.board.asset_count as i64) as usize;
        let row = &mut self.board.rows[asset];
        match dice.within(0, 100) {
            0..60 => {
                move_price(row, dice.within(-1_500, 1_501));
                "a price moves"
            }
            60..70 => {
                move_price(row, dice.within(-40_000, 40_001));
                "a price moves far"
            }
            70 => {
                move_price(row, dice.within(-500_000, 500_001));
                "a price jumps"
            }
            71..76 => {
                let charged = dice.within(-20, 21) as i128 * (row.price.get().0 >> 24) as i128;
                row.long_mark = (row.long_mark.get() - charged).into();
                row.short_mark = (row.short_mark.get() - charged / 2).into();
                "funding"
            }
            76..80 => {
                row.borrow_index += dice.within(0, 1 << 30) as u64;
                row.supply_index += dice.within(0, 1 << 29) as u64;
                let price = row.price.get();
                set_price(row, price);
                "interest"
            }
            80..84 => {
                let more = row.maintenance_margin as i64 * dice.within(990_000, 1_020_000) / 1_000_000;
                row.maintenance_margin = more as u32;
                "volatility"
            }
            84 => {
                set_parameters(dice, row);
                "other parameters"
            }
            85 => {
                self.board.rows[0].borrow_index += dice.within(0, 1 << 32) as u64;
                "interest on settlement tokens"
            }
            87 => {
                let more = dice.within(-1, 2);
                self.board.asset_count = (self.board.asset_count as i64 + more).clamp(2, 22) as u32;
                "the board has another number of assets"
            }
            86 => {
                set_price(row, Price(0));
                "no price"
            }
            88..97 => {
                let number = dice.next() % 400;
                self.put(dice, number);
                "an account changes"
            }
            _ => {
                let gone = address(dice.next() % 400);
                assert_eq!(self.book.remove(&gone), self.accounts.remove(&gone).is_some());
                "an account goes"
            }
        }
    }
}

#[test]
fn ticks_list_exactly_whom_the_program_finds_below_maintenance() {
    for seed in 0..32 {
        let dice = &mut Dice(seed);
        let mut pair = Pair::new(dice, [2, 5, 16, 22][seed as usize % 4], 300);
        pair.book.set_threads(1 + seed as usize % 3);
        pair.check(0, "the beginning");
        for now in 1..250 {
            let mut what = "";
            for _ in 0..1 + dice.within(0, 12) / 11 {
                what = pair.shake(dice);
                pair.book.set_board(&pair.board);
                if dice.once_in(8) {
                    pair.book.settle();
                }
            }
            pair.check(now, &format!("seed {seed}, tick {now}: {what}"));
            if !dice.once_in(8) {
                pair.book.settle();
            }
        }
        let (list, again) = (pair.book.sunk().to_vec(), pair.book.rescore(249).to_vec());
        assert_eq!(again, list);
    }
}

/// Small moves only, where the index decides and not a pass over all accounts.
#[test]
fn a_small_move_looks_at_few_accounts_and_misses_nobody() {
    let dice = &mut Dice(7);
    let mut pair = Pair::new(dice, 16, 2_000);
    pair.check(0, "the beginning");
    pair.book.settle();
    let (mut looked_at, mut sunk) = (0, 0);
    for now in 1..400 {
        let asset = dice.within(1, 16) as usize;
        move_price(&mut pair.board.rows[asset], dice.within(-1_000, 1_001));
        pair.book.set_board(&pair.board);
        looked_at += pair.book.unsettled();
        pair.check(now, &format!("tick {now}"));
        sunk += pair.book.sunk().len();
        pair.book.settle();
    }
    assert!(sunk > 50_000, "{sunk}");
    // A book without an index looks at 798,000.
    assert!(looked_at < 100_000, "{looked_at}");
}

#[test]
fn threads_change_nothing() {
    let lists = [1, 2, 5].map(|threads| {
        let dice = &mut Dice(3);
        let mut pair = Pair::new(dice, 12, 3_000);
        pair.book.set_threads(threads);
        pair.book.tick(5).to_vec()
    });
    assert!(lists[0].len() > 200, "{}", lists[0].len());
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0], lists[2]);
}

#[test]
fn what_is_put_in_comes_out() {
    let dice = &mut Dice(11);
    let mut pair = Pair::new(dice, 22, 400);
    for _ in 0..2_000 {
        let number = dice.next() % 400;
        if dice.once_in(3) {
            pair.book.remove(&address(number));
            pair.accounts.remove(&address(number));
        } else {
            pair.put(dice, number);
        }
    }
    assert_eq!(pair.book.len(), pair.accounts.len());
    for (address, state) in &pair.accounts {
        let found = pair.book.account(address).unwrap();
        assert_eq!(bytemuck::bytes_of(&found), bytemuck::bytes_of(state));
    }
    let all: BTreeMap<Address, i64> = pair.book.accounts().map(|(at, state)| (*at, state.cash)).collect();
    assert_eq!(all, pair.accounts.iter().map(|(at, state)| (*at, state.cash)).collect());
    assert!(pair.book.account(&address(1_000)).is_none());
    assert!(!pair.book.remove(&address(1_000)));
}

#[test]
fn putting_in_twice_is_putting_in_once() {
    let dice = &mut Dice(12);
    let mut pair = Pair::new(dice, 9, 200);
    let list = pair.book.tick(1).to_vec();
    let bytes = pair.book.memory_bytes();
    for (address, state) in &pair.accounts {
        pair.book.upsert(*address, state);
        pair.book.upsert(*address, state);
    }
    assert_eq!(pair.book.len(), 200);
    assert_eq!(pair.book.tick(1), list);
    pair.book.settle();
    assert_eq!(pair.book.tick(1), list);
    assert!(pair.book.memory_bytes() < bytes * 20);
}

#[test]
fn the_uncalled_are_those_whom_the_program_would_call() {
    for seed in 0..20 {
        let dice = &mut Dice(seed);
        let pair = Pair::new(dice, 10, 300);
        let line = Ratio(pair.board.margin_call);
        let is_due = |state: &MarginState| {
            let health = displayed(state, &pair.board);
            state.called_at == 0 && health.is_some_and(|health| is_called(&health, line).unwrap())
        };
        let due = pair.accounts.iter().filter(|(_, state)| is_due(state));
        let expected: Vec<Address> = due.map(|(address, _)| *address).collect();
        let found: Vec<Address> = pair.book.uncalled().iter().map(|standing| standing.address).collect();
        assert!(expected.len() > 20);
        assert_eq!(found, expected);
    }
}

#[test]
fn the_noted_are_those_of_whom_the_chain_knows_a_time() {
    let pair = Pair::new(&mut Dice(2), 10, 300);
    let has_time = |state: &MarginState| state.called_at != 0 || state.sunk_at != 0;
    let noted =
        pair.accounts.iter().filter(|(_, state)| has_time(state) && displayed(state, &pair.board).is_some());
    let expected: Vec<(Address, i64, i64)> =
        noted.map(|(address, state)| (*address, state.called_at, state.sunk_at)).collect();
    let found = pair.book.noted();
    let found: Vec<_> = found.iter().map(|it| (it.address, it.times.called_at, it.times.sunk_at)).collect();
    assert_eq!(found, expected);
}

/// However small the room above the line, and whichever way the price goes.
#[test]
fn an_account_at_its_line_is_looked_at_after_each_change() {
    let mut pair = Pair::new(&mut Dice(1), 2, 0);
    let row = &mut pair.board.rows[1];
    (row.maintenance_margin, row.maintenance_profit_weight, row.bounty_reserve) = (500_000, 1_000_000, 0);
    row.tiers = [TierRow::NONE; 3];
    let mut state = MarginState::empty(address(1), address(2), 0);
    let size = row.price.get().quantity_floor(Quote(1_000_000_000)).unwrap();
    state.set_position(1, Position { size, entry: Quote::ZERO }).unwrap();
    state.cash = 1 - maintenance(&state, &pair.board).unwrap();
    pair.book.upsert(address(3), &state);
    pair.accounts.insert(address(3), state);
    pair.book.set_board(&pair.board);
    pair.check(1, "a micro-USD above its line");
    pair.book.settle();
    // The price rises by a rung, which is worth 250,000 micro-USD; margin by 0.4%, which costs 2 million.
    move_price(&mut pair.board.rows[1], 500);
    pair.board.rows[1].maintenance_margin = 502_000;
    pair.book.set_board(&pair.board);
    pair.check(2, "below it");
    assert_eq!(pair.book.sunk().len(), 1);
}

/// A caller that never settles gets the same lists, and no longer queue each time.
#[test]
fn settling_may_be_left_to_the_next_tick() {
    let dice = &mut Dice(9);
    let mut pair = Pair::new(dice, 16, 1_000);
    for now in 0..60 {
        pair.check(now, &format!("tick {now}"));
        move_price(&mut pair.board.rows[3], dice.within(-900, 901));
        pair.book.set_board(&pair.board);
    }
    assert!(pair.book.unsettled() < 400, "{}", pair.book.unsettled());
}

fn displayed(state: &MarginState, board: &RiskBoard) -> Option<Health> {
    displayed_health(state, board).ok()
}
