//! Proposes another redemption fee of the pool. The wallet must hold the role of governance.
pub mod shared;

use plimsoll_client::program::parameters::{Concern, Parameter};
use plimsoll_client::program::params::Change;
use plimsoll_client::{addresses, changes, governance};
use shared::{As, Place, Result};

/// How long it can be executed after its wait.
const VALID_SECONDS: i64 = 86_400;

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Governance)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let fee = snapshot.pool.ok_or("there is no pool")?.redeem_fee;
    let id = governance::parameter_id(Concern::Pool, "redeem_fee").map_err(|e| e.message())?;
    let Parameter { max, .. } = plimsoll_client::program::parameters::ALL[usize::from(id)];
    let (before, after) = (i64::from(fee), (i64::from(fee) * 2).min(max));
    let fields = vec![governance::field(id, before, after)];
    let change = Change::Parameters { asset: 0, ramp_seconds: 0, fields };

    let wait = governance::wait_seconds(&snapshot.clearinghouse, &snapshot.board, &change);
    let accounts = changes::Accounts {
        clearinghouse: place.clearinghouse,
        change: addresses::pending_change(&place.clearinghouse, snapshot.clearinghouse.change_count),
        market: None,
        bank: None,
    };
    let expires_at = snapshot.unix_time + wait + VALID_SECONDS;
    let propose = accounts.propose(place.owner(), place.owner(), &change, expires_at);
    place.send(&snapshot, &[], vec![propose])
}
