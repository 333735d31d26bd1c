//! Looks for accounts below maintenance and liquidates the first, at the newest price, for the bounty.
pub mod shared;

use plimsoll_client::error::PlimsollError;
use plimsoll_client::program::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::assess;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{addresses, fetch, instructions as ix};
use shared::{As, Place, Result};

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let keeper_account = addresses::margin_account(&place.clearinghouse, &place.owner(), 0);
    for (account, state) in fetch::margin_accounts(place.chain(), &place.clearinghouse, None)?.value {
        let Some(asset) = first_in_line(&state, &snapshot).map_err(|e| e.message())? else { continue };
        let market = snapshot.assets[usize::from(asset)].market.as_ref().ok_or("there is no such market")?.0;
        let risk_board = addresses::risk_board(&place.clearinghouse);
        let accounts = ix::liquidate::Accounts { account, keeper_account, risk_board, market };
        let liquidate = ix::liquidate::instruction(&accounts, &ix::liquidate::Args {}, &[]);
        let purpose = Purpose::Account { account: &state, asset, action: Action::Liquidate };
        return place.send(&snapshot, &[purpose], vec![liquidate]);
    }
    Ok(vec!["every account is above maintenance".to_string()])
}

/// The position to liquidate first, if the account is below maintenance.
fn first_in_line(state: &MarginState, snapshot: &Snapshot) -> std::result::Result<Option<u8>, PlimsollError> {
    let (board, now) = (&snapshot.board, snapshot.unix_time);
    let found = assess(state, board, now, Action::Liquidate, SETTLEMENT_ASSET)?;
    Ok((found.health.maintenance.0 < 0 && found.largest != SETTLEMENT_ASSET).then_some(found.largest))
}
