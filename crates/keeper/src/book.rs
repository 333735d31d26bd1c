//! All margin accounts of a clearinghouse in memory, and which of them have sunk.
//!
//! What an account is worth is always said by the program's own [`assess`]; see [`Book::tick`].
mod columns;
mod rank;

use bytemuck::Zeroable;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{Bank, MarginState, Market, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::{Assessment, assess};
use plimsoll_client::risk::liquidation::is_called;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::{Health, Ratio};
use solana_address::Address;

use columns::Columns;
pub use columns::Times;
pub use rank::Sunk;
use rank::{Prospect, Terms, depth_floor};

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
    terms: Terms,
    sunk: Vec<Sunk>,
}

impl Book {
    /// A book without accounts.
    pub fn new(clearinghouse: Address) -> Self {
        Self {
            columns: Columns::new(clearinghouse),
            board: Box::new(RiskBoard::zeroed()),
            terms: Terms::none(),
            sunk: Vec::new(),
        }
    }

    /// Makes room for that many more accounts.
    pub fn reserve(&mut self, accounts: usize) {
        self.columns.reserve(accounts);
    }

    /// Puts an account in, or replaces what was known of it. Taken into account by the next tick.
    pub fn upsert(&mut self, address: Address, state: &MarginState) {
        self.columns.upsert(address, state);
    }

    /// Takes an account out; whether there was one.
    pub fn remove(&mut self, address: &Address) -> bool {
        self.columns.remove(address).is_some()
    }

    /// Takes the board's rows as they are now, or as the caller expects them after a refresh. Taken into account
    /// by the next tick.
    pub fn set_board(&mut self, board: &RiskBoard) {
        *self.board = *board;
        for row in &mut self.board.rows {
            (row.liquidate_from, row.use_until) = (i64::MIN, i64::MAX);
        }
    }

    /// Takes a market's terms and skew, which say what its liquidations pay.
    pub fn set_market(&mut self, market: &Market) {
        self.terms.set_market(market);
    }

    /// Takes a bank's terms, which say what taking over debts for its token pays.
    pub fn set_bank(&mut self, bank: &Bank) {
        self.terms.set_bank(bank);
    }

    /// Brings the list of the sunk up to date with all that was set since the last tick, at unix time `now`.
    ///
    /// Listed is every account that the program's [`assess`] finds below maintenance at the board's prices, each
    /// counting in full however old or disturbed it is: doubt only ever adds to an account's health, so nothing
    /// that can be liquidated is missing. The best comes first: see [`Sunk::order`].
    pub fn tick(&mut self, now: i64) -> &[Sunk] {
        self.rescore(now)
    }

    /// Does what [`tick`](Self::tick) has put off until its list was delivered. The next tick would do it first.
    pub fn settle(&mut self) {}

    /// As [`tick`](Self::tick), from scratch: looks at every account.
    pub fn rescore(&mut self, now: i64) -> &[Sunk] {
        self.sunk.clear();
        for id in self.ids().collect::<Vec<_>>() {
            self.sunk.extend(self.appraise(id, now));
        }
        self.sunk.sort_unstable_by(Sunk::order);
        &self.sunk
    }

    /// The list as of the last tick.
    pub fn sunk(&self) -> &[Sunk] {
        &self.sunk
    }

    /// Accounts below the margin call line that have not been called, sunk ones included, by address. Looks at
    /// every account.
    pub fn uncalled(&self) -> Vec<Standing> {
        let all = self.ids().filter(|id| self.columns.times(*id).called_at == 0);
        sorted(all.filter_map(|id| self.standing(id)).filter(|standing| standing.is_called).collect())
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
        self.ids().map(|id| (self.columns.address(id), self.columns.state(id)))
    }

    /// Accounts there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that hold accounts and what is known of them.
    pub fn memory_bytes(&self) -> usize {
        self.columns.memory_bytes()
    }

    fn ids(&self) -> impl Iterator<Item = u32> {
        self.columns.shapes().iter().flat_map(|shape| (0..shape.len()).map(|row| shape.id(row)))
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

    fn appraise(&self, id: u32, now: i64) -> Option<Sunk> {
        let state = self.columns.state(id);
        let Assessment { health, largest, .. } = self.assess(&state).ok()?;
        if health.maintenance.0 >= 0 {
            return None;
        }
        let prospect = self.terms.prospect(&state, &self.board, &health, largest).unwrap_or(Prospect::NONE);
        Some(Sunk {
            address: *self.columns.address(id),
            health,
            largest,
            sunk_at: state.sunk_at,
            bounty: prospect.bounty(&health, state.sunk_at, now),
            depth: depth_floor(&health),
        })
    }
}

fn sorted(mut standings: Vec<Standing>) -> Vec<Standing> {
    standings.sort_unstable_by_key(|standing| standing.address);
    standings
}
