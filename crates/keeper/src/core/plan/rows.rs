//! What the board's rows need: newer prices, and new assets their beginning.
use super::super::accounts::fingerprint;
use super::super::task::Key;
use super::super::view::{ROWS_MAX, View};
use super::{Candidate, ROW_UNITS};
use plimsoll_client::instructions::warm_up;
use plimsoll_client::program::bounds::{HISTORY_GAP_SECONDS_MAX, HISTORY_SECONDS, INTEREST_AGE_SECONDS_MAX};
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::state::{AssetRow, WarmUp};
use plimsoll_client::risk::Quote;
use plimsoll_client::snapshot::AssetAccounts;

/// Compute units of a warm-up.
const WARM_UP_UNITS: u32 = 5_000;

/// Names what the rows need.
pub fn find(view: &View, found: &mut Vec<Candidate>) {
    found.extend(refresh(view));
    for (asset, row, accounts) in view.deployment.rows() {
        found.extend(begin(view, asset, row, accounts));
    }
}

/// Rows that have aged and that somebody needs, the oldest first.
fn refresh(view: &View) -> Option<Candidate> {
    let due = view.deployment.rows().filter(|(asset, row, accounts)| {
        let age = view.now.saturating_sub(row.refreshed_at);
        let is_used = view.accounts.users(*asset) > 0;
        if row.oracle_kind == OracleKind::Settlement as u8 {
            return is_used && age >= INTEREST_AGE_SECONDS_MAX / 2;
        }
        let is_old =
            is_used && view.now.saturating_sub(row.publish_time) >= view.policy.refresh_age_seconds as i64;
        let keeps_history = waits(accounts) && age >= HISTORY_GAP_SECONDS_MAX / 2;
        (is_old || keeps_history) && view.may_be_newer(row, accounts.oracle.as_ref())
    });
    let mut due: Vec<(i64, u8)> = due.map(|(asset, row, _)| (row.refreshed_at, asset)).collect();
    due.sort_unstable();
    due.truncate(ROWS_MAX);
    let mut assets: Vec<u8> = due.iter().map(|(_, asset)| *asset).collect();
    assets.sort_unstable();
    let first = *assets.first()?;
    let subject = fingerprint(&due);
    Some(Candidate {
        key: Key::Refresh(first),
        instructions: vec![view.refresh(&assets)?],
        bounty: Quote::ZERO,
        depth: 0,
        compute_units: ROW_UNITS * assets.len() as u32,
        subject,
        full: subject,
    })
}

/// Whether a bank or a market of the asset waits for its price to have a history.
fn waits(accounts: &AssetAccounts) -> bool {
    let of =
        [accounts.bank.as_ref().map(|(_, b)| b.warm_up), accounts.market.as_ref().map(|(_, m)| m.warm_up)];
    of.contains(&Some(WarmUp::Waiting as u8))
}

/// A new bank, market or both whose price has come in for long enough.
fn begin(view: &View, asset: u8, row: &AssetRow, accounts: &AssetAccounts) -> Option<Candidate> {
    let is_due = |waits: u8, listed_at: i64| {
        waits == WarmUp::Waiting as u8
            && row.priced_since != 0
            && view.now >= row.priced_since.max(listed_at).saturating_add(HISTORY_SECONDS)
            && view.now <= row.refreshed_at.saturating_add(HISTORY_GAP_SECONDS_MAX)
    };
    let bank = accounts.bank.as_ref().filter(|(_, bank)| is_due(bank.warm_up, bank.ramp_start));
    let market = accounts.market.as_ref().filter(|(_, market)| is_due(market.warm_up, market.ramp_start));
    let (bank, market) = (bank.map(|(address, _)| *address), market.map(|(address, _)| *address));
    if bank.or(market).is_none() {
        return None;
    }
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
