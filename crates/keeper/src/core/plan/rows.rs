//! What the board's rows need: newer prices, and new assets their beginning.
use super::super::accounts::fingerprint;
use super::super::task::Key;
use super::super::view::{ROWS_MAX, View};
use super::{Candidate, ROW_UNITS};
use plimsoll_client::instructions::warm_up;
use plimsoll_client::program::bounds::{HISTORY_GAP_SECONDS_MAX, HISTORY_SECONDS, INTEREST_AGE_SECONDS_MAX};
use plimsoll_client::program::state::{AssetRow, SETTLEMENT_ASSET, WarmUp};
use plimsoll_client::refresh;
use plimsoll_client::risk::Quote;
use plimsoll_client::snapshot::AssetAccounts;

/// Compute units of a warm-up.
const WARM_UP_UNITS: u32 = 5_000;

/// Names what the rows need.
pub fn find(view: &View, found: &mut Vec<Candidate>) {
    found.extend(refresh_rows(view));
    for ((asset, row), accounts) in view.deployment.rows().zip(&view.snapshot.assets) {
        found.extend(begin(view, asset, row, accounts));
    }
}

/// Rows that have aged and that somebody needs, or that something urgent waits for; the oldest first.
fn refresh_rows(view: &View) -> Option<Candidate> {
    let now = view.now();
    let urgent = view.urgent.borrow();
    let due = view.deployment.rows().zip(&view.snapshot.assets).filter(|((asset, row), accounts)| {
        let (price_age, age) = (now.saturating_sub(row.publish_time), now.saturating_sub(row.refreshed_at));
        let is_used = view.accounts.users(*asset) > 0;
        if *asset == SETTLEMENT_ASSET {
            return is_used && age >= INTEREST_AGE_SECONDS_MAX / 2;
        }
        let is_old = is_used && price_age >= i64::from(view.policy.refresh_age_seconds);
        let keeps_history = waits(accounts) && age >= HISTORY_GAP_SECONDS_MAX / 2;
        let is_due = is_old || keeps_history || urgent.contains(asset);
        is_due && view.newer.contains(asset)
    });
    let mut due: Vec<(i64, u8)> = due.map(|((asset, row), _)| (row.refreshed_at, asset)).collect();
    due.sort_unstable();
    due.truncate(ROWS_MAX);
    let assets: Vec<u8> = due.iter().map(|(_, asset)| *asset).collect();
    let mut rows = view.newer_of(&assets);
    if assets.contains(&SETTLEMENT_ASSET) {
        rows.push(SETTLEMENT_ASSET);
    }
    let subject = fingerprint(&due);
    Some(Candidate {
        key: Key::Refresh(*rows.first()?),
        instructions: vec![refresh::instruction(view.snapshot, &rows)?],
        bounty: Quote::ZERO,
        depth: 0,
        compute_units: ROW_UNITS * rows.len() as u32,
        subject,
        full: subject,
    })
}

/// Whether a bank or a market of the asset waits for its price to have a history.
fn waits(accounts: &AssetAccounts) -> bool {
    let bank = accounts.bank.as_ref().map(|(_, bank)| bank.warm_up);
    let market = accounts.market.as_ref().map(|(_, market)| market.warm_up);
    [bank, market].contains(&Some(WarmUp::Waiting as u8))
}

/// A new bank, market or both whose price has come in for long enough.
fn begin(view: &View, asset: u8, row: &AssetRow, accounts: &AssetAccounts) -> Option<Candidate> {
    let is_due = |waits: u8, listed_at: i64| {
        waits == WarmUp::Waiting as u8
            && row.priced_since != 0
            && view.now() >= row.priced_since.max(listed_at).saturating_add(HISTORY_SECONDS)
            && view.now() <= row.refreshed_at.saturating_add(HISTORY_GAP_SECONDS_MAX)
    };
    let bank = accounts.bank.as_ref().filter(|(_, bank)| is_due(bank.warm_up, bank.ramp_start));
    let market = accounts.market.as_ref().filter(|(_, market)| is_due(market.warm_up, market.ramp_start));
    let (bank, market) = (bank.map(|(address, _)| *address), market.map(|(address, _)| *address));
    bank.or(market)?;
    let deployment = view.deployment;
    let accounts = warm_up::Accounts { risk_board: deployment.board_address, bank, market };
    let of = [bank, market].map(|address| address.map(|address| deployment.fingerprint_of(&address)));
    Some(Candidate {
        key: Key::WarmUp(asset),
        instructions: vec![warm_up::instruction(&accounts, &warm_up::Args {}, &[])],
        bounty: Quote::ZERO,
        depth: 0,
        compute_units: WARM_UP_UNITS,
        subject: fingerprint(&of),
        full: fingerprint(&of),
    })
}
