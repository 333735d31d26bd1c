//! What a plan is made from: the deployment as it is known, and as it would be at the newest prices.
use super::accounts::{Accounts, Entry, fingerprint};
use super::deployment::Deployment;
use super::inflight::Fingerprint;
use super::policy::{Keeper, Policy};
use plimsoll_client::preview::Preview;
use plimsoll_client::program::state::{Bank, MarginState, Market, RiskBoard};
use plimsoll_client::refresh::{self, LANDING_SECONDS};
use plimsoll_client::risk::{Health, Quote, units::mul_div_floor};
use plimsoll_client::snapshot::Snapshot;
use solana_address::Address;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Rows that one transaction refreshes at most, besides doing something else.
pub const ROWS_MAX: usize = 8;

/// Everything that planning reads.
pub struct View<'a> {
    pub policy: &'a Policy,
    pub keeper: &'a Keeper,
    pub deployment: &'a Deployment,
    pub accounts: &'a Accounts,
    pub snapshot: &'a Snapshot,
    /// The board after a refresh of every row whose oracle has a newer price that the row would take.
    pub newest: &'a RiskBoard,
    /// Those rows, in the order in which they have to be refreshed.
    pub newer: &'a [u8],
    /// Rows that must be refreshed before something that needs more of them than a transaction can bring.
    pub urgent: RefCell<BTreeSet<u8>>,
}

impl View<'_> {
    /// The cluster's clock, unix seconds.
    pub fn now(&self) -> i64 {
        self.snapshot.unix_time
    }

    pub fn market(&self, asset: u8) -> Option<&(Address, Market)> {
        self.deployment.asset(asset)?.market.as_ref()
    }

    pub fn bank(&self, asset: u8) -> Option<&(Address, Bank)> {
        self.deployment.asset(asset)?.bank.as_ref()
    }

    /// Tries something that depends on the prices of `assets`, at a board and a time, and says what came of it
    /// and which rows have to be refreshed in front of it. It must go through at the newest prices: an account
    /// that only an old price sinks is left alone. If it goes through without a refresh, and will until it
    /// lands, none is brought along.
    pub fn at_newest<T>(
        &self,
        assets: &[u8],
        attempt: impl Fn(&RiskBoard, i64) -> Option<T>,
    ) -> Option<(T, Vec<u8>)> {
        let now = self.now();
        let fair = attempt(self.newest, now)?;
        let rows = self.newer_of(assets);
        if rows.is_empty() {
            return Some((fair, rows));
        }
        if let Some(found) = attempt(&self.snapshot.board, now)
            && attempt(&self.snapshot.board, now.saturating_add(LANDING_SECONDS)).is_some()
        {
            return Some((found, Vec::new()));
        }
        if rows.len() > ROWS_MAX {
            self.urgent.borrow_mut().extend(rows);
            return None;
        }
        Some((fair, rows))
    }

    /// The rows among `assets`, and of what they stand for, that would take a newer price.
    pub fn newer_of(&self, assets: &[u8]) -> Vec<u8> {
        let anchor = |asset: &u8| {
            let row = self.snapshot.board.row(*asset).ok()?;
            (row.parity_ratio != 0).then_some(row.parity_asset)
        };
        let anchors: Vec<u8> = assets.iter().filter_map(anchor).collect();
        self.newer.iter().copied().filter(|row| assets.contains(row) || anchors.contains(row)).collect()
    }

    /// An account and the prices that it depends on.
    pub fn account_fingerprint(&self, entry: &Entry) -> Fingerprint {
        let rows = assets_of(&entry.state).filter_map(|asset| self.newest.row(asset).ok());
        let prices: Vec<(i64, i64)> = rows.map(|row| (row.publish_time, row.held_until)).collect();
        fingerprint(&(entry.fingerprint, prices))
    }
}

/// The rows whose oracle has a newer price that they would take, and the board after a refresh of them.
pub fn newest(snapshot: &Snapshot) -> (Vec<u8>, Box<RiskBoard>) {
    let all: Vec<u8> = (0..snapshot.board.asset_count.min(u8::MAX as u32) as u8).collect();
    let rows = refresh::newer(snapshot, &all, snapshot.unix_time);
    match Preview::new(snapshot, snapshot.unix_time).refreshing(&rows) {
        Ok(preview) => (rows, preview.snapshot().board.clone()),
        Err(_) => (Vec::new(), snapshot.board.clone()),
    }
}

/// The assets that an account holds or owes, or has a position in.
pub fn assets_of(state: &MarginState) -> impl Iterator<Item = u8> {
    let tokens = state.tokens().iter().filter(|slot| slot.shares != 0).map(|slot| slot.asset);
    tokens.chain(state.perps().iter().map(|slot| slot.asset))
}

/// Missing maintenance over requirement, millionths; the most there is where nothing is required.
pub fn depth_floor(health: &Health) -> u32 {
    let missing = health.maintenance.negated().map_or(i64::MAX, |missing| missing.or_zero().0);
    let requirement = health.maintenance_requirement().unwrap_or_default();
    if missing == 0 {
        return 0;
    }
    if requirement <= Quote::ZERO {
        return u32::MAX;
    }
    let depth = mul_div_floor(missing, 1_000_000, requirement.0);
    depth.ok().and_then(|depth| u32::try_from(depth).ok()).unwrap_or(u32::MAX)
}
