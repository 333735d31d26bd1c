//! All margin accounts of a clearinghouse in memory, and which of them have sunk.
//!
//! What an account is worth is always said by the program's own [`assess`]; see [`Book::tick`]. What decides whom to
//! ask it about is a screen in floating point whose error is bounded (`kernel`), and an index of triggers by price
//! (`watch`): a price that moves looks only at accounts that it can have sunk.
//!
//! One round of a keeper: [`upsert`](Book::upsert) what has changed, [`set_board`](Book::set_board),
//! [`tick`](Book::tick), act on the list, [`settle`](Book::settle).
mod columns;
mod envelope;
mod kernel;
mod ladder;
mod rank;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod watch;

use bytemuck::Zeroable;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{AssetRow, Bank, MarginState, Market, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::{Assessment, assess};
use plimsoll_client::risk::liquidation::is_called;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::{Health, Ratio};
use solana_address::Address;

use columns::Columns;
pub use columns::Times;
use kernel::{RowTerms, Table, scale};
pub use rank::Sunk;
use rank::{Prospect, Terms, depth_floor};
use watch::Watch;

/// How an account stands, and what has been noted of that on chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub address: Address,
    /// Equity and maintenance health; initial health repeats maintenance health.
    pub health: Health,
    /// Whether it is below the margin call line.
    pub is_called: bool,
    pub times: Times,
}

/// All margin accounts of a clearinghouse.
pub struct Book {
    columns: Columns,
    /// As last set, with every price counting in full.
    board: Box<RiskBoard>,
    /// The board's rows at the maintenance line.
    table: Table,
    terms: Terms,
    watch: Watch,
    /// Assets whose rows have changed since the last tick, as bits.
    changed: u32,
    /// Whether what liquidations pay has to be planned anew.
    is_repriced: bool,
    entries: Vec<Entry>,
    sunk: Vec<Sunk>,
    threads: usize,
    /// Whether what the last tick put off has not been done.
    is_owed: bool,
}

/// An account of the list.
struct Entry {
    id: u32,
    /// Assets that it holds or owes, as bits.
    assets: u32,
    prospect: Prospect,
    sunk: Sunk,
}

/// Most threads that a pass over all accounts takes, unless told otherwise.
const THREADS_MAX: usize = 8;

impl Book {
    /// A book without accounts, on as many threads as there are processors, at most eight.
    pub fn new(clearinghouse: Address) -> Self {
        Self {
            columns: Columns::new(clearinghouse),
            board: Box::new(RiskBoard::zeroed()),
            table: Table::empty(),
            terms: Terms::none(),
            watch: Watch::new(),
            changed: 0,
            is_repriced: false,
            entries: Vec::new(),
            sunk: Vec::new(),
            threads: std::thread::available_parallelism().map_or(1, usize::from).min(THREADS_MAX),
            is_owed: false,
        }
    }

    /// Takes that many threads from now on, at least one. What is found does not depend on it.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads.max(1);
    }

    /// Makes room for that many more accounts.
    pub fn reserve(&mut self, accounts: usize) {
        self.columns.reserve(accounts);
    }

    /// Puts an account in, or replaces what was known of it. Taken into account by the next tick. Doing it twice
    /// is doing it once; what is older than what is known has to be kept back by the caller.
    pub fn upsert(&mut self, address: Address, state: &MarginState) {
        let id = self.columns.upsert(address, state);
        self.watch.loosen(id);
    }

    /// Takes an account out, off the list with the next tick; whether there was one.
    pub fn remove(&mut self, address: &Address) -> bool {
        let id = self.columns.remove(address);
        if let Some(id) = id {
            self.watch.forget(id);
        }
        id.is_some()
    }

    /// Takes the board's rows as they are now, or as the caller expects them after a refresh. Taken into account
    /// by the next tick.
    pub fn set_board(&mut self, board: &RiskBoard) {
        let is_other = board.asset_count != self.board.asset_count;
        self.is_repriced |= board.liquidation_target != self.board.liquidation_target;
        let rows = std::mem::replace(&mut self.board, Box::new(*board)).rows;
        let scale = scale(board, Ratio::ONE);
        for (asset, (row, known)) in self.board.rows.iter_mut().zip(&rows).enumerate() {
            (row.liquidate_from, row.use_until) = (i64::MIN, i64::MAX);
            let is_changed = bytemuck::bytes_of::<AssetRow>(row) != bytemuck::bytes_of(known);
            if is_other || is_changed && asset < board.asset_count as usize {
                self.changed |= 1 << asset;
                let terms = RowTerms::new(row, asset as u8, Ratio::ONE);
                self.table.rows[asset] = terms;
                self.watch.set_terms(asset, &terms);
            }
        }
        self.table.set_scale(scale);
        self.watch.set_scale(scale);
    }

    /// Takes a market's terms and skew, which say what its liquidations pay.
    pub fn set_market(&mut self, market: &Market) {
        self.is_repriced |= self.terms.set_market(market);
    }

    /// Takes a bank's terms, which say what taking over debts for its token pays.
    pub fn set_bank(&mut self, bank: &Bank) {
        self.is_repriced |= self.terms.set_bank(bank);
    }

    /// Brings the list of the sunk up to date with all that was set since the last tick, at unix time `now`.
    ///
    /// Listed is every account that the program's [`assess`] finds below maintenance at the board's prices, each
    /// counting in full however old or disturbed it is: doubt only ever adds to an account's health, so nothing
    /// that can be liquidated is missing. The best comes first: see [`Sunk::order`].
    pub fn tick(&mut self, now: i64) -> &[Sunk] {
        if self.watch.queue().len() > self.columns.len() / QUEUE_PART {
            return self.rescore(now);
        }
        self.review();
        let loose = |id: &u32| self.watch.is_loose(*id) && self.table.may_be_below(&self.columns.slots(*id));
        let queue = self.watch.queue();
        let doubtful = scan::each(queue, self.threads, |id| loose(&id).then_some(id));
        let doubtful: Vec<u32> = doubtful.into_iter().flatten().collect();
        self.list(&doubtful);
        self.deliver(now)
    }

    /// As [`tick`](Self::tick), from scratch: looks at every account.
    pub fn rescore(&mut self, now: i64) -> &[Sunk] {
        let doubtful = scan::below(&self.columns, &self.table, self.threads);
        self.entries.iter().for_each(|entry| self.watch.loosen_sunk(entry.id));
        self.entries.clear();
        self.list(&doubtful);
        self.deliver(now)
    }

    /// Does what [`tick`](Self::tick) has put off until its list was delivered: finds new triggers for those that it
    /// has looked at, for at most 16,384 in one call. Returns whether all is done. What is left out is no less
    /// right, but looked at again after the next change; a tick whose predecessor was not settled at all does it
    /// before it returns.
    pub fn settle(&mut self) -> bool {
        self.is_owed = false;
        self.watch.settle(&self.columns, self.threads)
    }

    /// The list as of the last tick.
    pub fn sunk(&self) -> &[Sunk] {
        &self.sunk
    }

    /// Accounts below the margin call line that have not been called, sunk ones included, by address. Looks at
    /// every account.
    pub fn uncalled(&self) -> Vec<Standing> {
        let table = Table::of(&self.board, Ratio(self.board.margin_call));
        let mut doubtful = scan::below(&self.columns, &table, self.threads);
        doubtful.retain(|id| self.columns.times(*id).called_at == 0);
        let standings = scan::each(&doubtful, self.threads, |id| self.standing(id));
        sorted(standings.into_iter().flatten().filter(|standing| standing.is_called).collect())
    }

    /// Accounts of which a margin call, the time of sinking or an auction is noted on chain, by address.
    pub fn noted(&self) -> Vec<Standing> {
        sorted(self.columns.timed().filter_map(|(id, _)| self.standing(id)).collect())
    }

    /// An account as last put in, but for what its layout reserves.
    pub fn account(&self, address: &Address) -> Option<MarginState> {
        Some(self.columns.state(self.columns.find(address)?))
    }

    /// All accounts, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, MarginState)> {
        let ids = self.columns.shapes().iter().flat_map(|shape| shape.ids());
        ids.map(|id| (self.columns.address(*id), self.columns.state(*id)))
    }

    /// Accounts there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Accounts that have no trigger: those put in since the last tick, and those that it has looked at and that
    /// are not [settled](Self::settle).
    pub fn unsettled(&self) -> usize {
        self.watch.without_box()
    }

    /// Bytes that a pass over all accounts reads.
    pub fn scanned_bytes(&self) -> usize {
        self.columns.scanned_bytes()
    }

    /// Bytes that hold accounts and what is known of them.
    pub fn memory_bytes(&self) -> usize {
        let lists = self.entries.capacity() * size_of::<Entry>() + self.sunk.capacity() * size_of::<Sunk>();
        self.columns.memory_bytes() + self.watch.memory_bytes() + lists
    }

    /// What the program would find. An account that it can't assess, because a value does not fit or an asset is
    /// not on the board, can't be acted on either.
    fn assess(&self, state: &MarginState) -> Result<Assessment, PlimsollError> {
        assess(state, &self.board, 0, Action::Liquidate, SETTLEMENT_ASSET)
    }

    fn standing(&self, id: u32) -> Option<Standing> {
        let health = self.assess(&self.columns.state(id)).ok()?.health;
        let is_called = is_called(&health, Ratio(self.board.margin_call)).ok()?;
        Some(Standing {
            address: *self.columns.address(id),
            health,
            is_called,
            times: self.columns.times(id),
        })
    }

    /// The entry of an account, if it has sunk; its bounty is left to [`deliver`](Self::deliver).
    fn appraise(&self, id: u32) -> Option<Entry> {
        let state = self.columns.state(id);
        let Assessment { health, largest, .. } = self.assess(&state).ok()?;
        if health.maintenance.0 >= 0 {
            return None;
        }
        let prospect = self.terms.prospect(&state, &self.board, &health, largest).unwrap_or(Prospect::NONE);
        let tokens = state.tokens().iter().map(|slot| slot.asset);
        let assets = tokens.chain(state.perps().iter().map(|slot| slot.asset));
        let sunk = Sunk {
            address: *self.columns.address(id),
            health,
            largest,
            sunk_at: state.sunk_at,
            bounty: Default::default(),
            depth: depth_floor(&health),
        };
        Some(Entry {
            id,
            assets: assets.fold(0, |bits, asset| bits | 1u32.checked_shl(asset as u32).unwrap_or(0)),
            prospect,
            sunk,
        })
    }

    /// Takes those off the list that are gone, have changed or have recovered.
    fn review(&mut self) {
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|entry| self.watch.is_sunk(entry.id));
        let is_stale = |entry: &Entry| self.is_repriced || entry.assets & self.changed != 0;
        let (stale, mut kept): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(is_stale);
        let stale: Vec<u32> = stale.iter().map(|entry| entry.id).collect();
        for (id, entry) in stale.iter().zip(scan::each(&stale, self.threads, |id| self.appraise(id))) {
            match entry {
                Some(entry) => kept.push(entry),
                None => self.watch.loosen(*id),
            }
        }
        self.entries = kept;
    }

    /// Puts those of them on the list that have sunk.
    fn list(&mut self, doubtful: &[u32]) {
        let found = scan::each(doubtful, self.threads, |id| self.appraise(id));
        for entry in found.into_iter().flatten() {
            self.watch.sink(entry.id);
            self.entries.push(entry);
        }
    }

    /// Writes the list out, in order.
    fn deliver(&mut self, now: i64) -> &[Sunk] {
        (self.changed, self.is_repriced) = (0, false);
        self.sunk.clear();
        self.sunk.extend(self.entries.iter().map(|Entry { prospect, sunk, .. }| Sunk {
            bounty: prospect.bounty(&sunk.health, sunk.sunk_at, now),
            ..*sunk
        }));
        self.sunk.sort_unstable_by(Sunk::order);
        self.watch.see();
        if std::mem::replace(&mut self.is_owed, self.watch.without_box() > 0) {
            self.settle();
        }
        &self.sunk
    }
}

/// With more than this part of all accounts to be looked at, a pass over all of them is faster.
const QUEUE_PART: usize = 8;

fn sorted(mut standings: Vec<Standing>) -> Vec<Standing> {
    standings.sort_unstable_by_key(|standing| standing.address);
    standings
}
