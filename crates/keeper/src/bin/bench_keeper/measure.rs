//! What is timed.
use std::time::{Duration, Instant};

use plimsoll_keeper::book::{Book, Sunk};

use crate::population::{ASSETS, Population};

/// 2025-01-01, unix seconds.
const NOW: i64 = 1_735_689_600;
/// Moves of a tick, millionths.
const TICK: i64 = 1_000;
const RESCORES: usize = 9;

/// Durations, in order.
pub struct Times(Vec<Duration>);

impl Times {
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many of a thousand do not exceed.
    pub fn quantile(&self, thousandths: usize) -> Duration {
        let at = (self.0.len() * thousandths).div_ceil(1_000).max(1) - 1;
        self.0.get(at).copied().unwrap_or_default()
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn median(&self) -> Duration {
        self.quantile(500)
    }

    pub fn best(&self) -> Duration {
        self.quantile(0)
    }
}

/// The book of a population.
pub struct Bench {
    pub population: Population,
    pub book: Book,
}

/// What many small ticks took.
pub struct Ticks {
    /// From the row to the list in order.
    pub list: Times,
    /// What was put off until then: new triggers, and the accounts that a keeper would have changed by then.
    pub settle: Times,
    /// From the row to the bytes of a transaction, where anybody had sunk.
    pub bytes: Times,
    /// Sunk accounts found in all.
    pub sunk: usize,
}

/// One change that many accounts depend on.
pub struct Upheaval {
    pub what: &'static str,
    pub list: Duration,
    pub settle: Duration,
    pub sunk: usize,
}

impl Bench {
    /// Loads so many accounts; also how long loading and the first triggers took.
    pub fn load(seed: u64, accounts: usize, threads: usize) -> (Self, Duration, Duration) {
        let mut population = Population::new(seed);
        let mut book = Book::new(population.clearinghouse);
        book.set_threads(threads);
        book.reserve(accounts);
        book.set_board(&population.board);
        population.markets.iter().for_each(|market| book.set_market(market));
        population.banks.iter().for_each(|bank| book.set_bank(bank));
        let mut loading = Duration::ZERO;
        for _ in 0..accounts {
            let (address, state) = (population.address(), population.account());
            let started = Instant::now();
            book.upsert(address, &state);
            loading += started.elapsed();
        }
        book.tick(NOW);
        let indexing = timed(|| while !book.settle() {}).1;
        (Self { population, book }, loading, indexing)
    }

    /// All accounts, several times.
    pub fn rescore(&mut self) -> Times {
        Times::new((0..RESCORES).map(|_| timed(|| self.book.rescore(NOW).len()).1).collect())
    }

    /// So many moves of a tenth of a percent, each of one market after the other. Whoever has sunk is replaced by
    /// somebody who has not, as liquidations would. `sign` makes the bytes of a transaction of the first in the list.
    pub fn ticks(&mut self, ticks: usize, mut sign: impl FnMut(&Book, &Sunk)) -> Ticks {
        let (mut list, mut settle, mut bytes, mut sunk) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for tick in 0..ticks {
            let up = self.population.dice.next().is_multiple_of(2);
            self.population.move_price(1 + tick as u8 % ASSETS, if up { TICK } else { -TICK });
            let started = Instant::now();
            self.book.set_board(&self.population.board);
            let found = self.book.tick(NOW + tick as i64).len();
            list.push(started.elapsed());
            if let Some(first) = self.book.sunk().first() {
                sign(&self.book, first);
                bytes.push(started.elapsed());
            }
            sunk += found;
            self.replace();
            settle.push(timed(|| self.book.settle()).1);
        }
        Ticks { list: Times::new(list), settle: Times::new(settle), bytes: Times::new(bytes), sunk }
    }

    /// Changes that leave every envelope or pass many triggers.
    pub fn upheavals(&mut self) -> Vec<Upheaval> {
        let jump = self.upheaval("a price falls by a fifth", |population| population.move_price(3, -200_000));
        let margin = self.upheaval("margins of a market rise by a third", |population| {
            let row = &mut population.board.rows[5];
            row.maintenance_margin += row.maintenance_margin / 3;
        });
        let drift = self.upheaval("funding charges one percent of a price", |population| {
            let row = &mut population.board.rows[7];
            row.long_mark = (row.long_mark.get() - row.price.get().0 as i128 / 100).into();
        });
        vec![jump, margin, drift]
    }

    fn upheaval(&mut self, what: &'static str, change: impl FnOnce(&mut Population)) -> Upheaval {
        change(&mut self.population);
        let board = &self.population.board;
        let (sunk, list) = timed(|| {
            self.book.set_board(board);
            self.book.tick(NOW).len()
        });
        self.replace();
        let settle = timed(|| while !self.book.settle() {}).1;
        Upheaval { what, list, settle, sunk }
    }

    fn replace(&mut self) {
        for sunk in self.book.sunk().to_vec() {
            let state = self.population.account();
            self.book.upsert(sunk.address, &state);
        }
    }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = what();
    (result, started.elapsed())
}
