use std::collections::BTreeMap;

use plimsoll_client::program::state::{MarginState, RiskBoard};
use plimsoll_client::risk::Price;
use solana_address::Address;

use super::*;

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
            86 => {
                set_price(row, Price(0));
                "no price"
            }
            87..97 => {
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
    for seed in 0..40 {
        let dice = &mut Dice(seed);
        let mut pair = Pair::new(dice, [2, 5, 16, 22][seed as usize % 4], 300);
        pair.book.set_threads(1 + seed as usize % 3);
        pair.check(0, "the beginning");
        for now in 1..250 {
            let mut what = "";
            for _ in 0..1 + dice.within(0, 12) / 11 {
                what = pair.shake(dice);
                pair.book.set_board(&pair.board);
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
