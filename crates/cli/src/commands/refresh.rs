//! `refresh`: brings prices up to date.
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::names::{asset, rows};
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::{instruction, newer};

/// Rows that fit a transaction of either version.
const ROWS_MAX: [usize; 2] = [8, 20];

#[derive(Debug, clap::Args)]
pub struct Refresh {
    /// Which assets [default: all whose oracle has a newer price]
    pub assets: Vec<String>,
}

/// # Errors
/// When an asset is unknown, or no oracle has a newer price.
pub fn deed(desk: &Desk, args: &Refresh) -> Result<Deed> {
    let named: Result<Vec<u8>> = args.assets.iter().map(|name| asset(desk.board(), name)).collect();
    let named = named?;
    let wanted = match named.is_empty() {
        true => rows(desk.board()).map(|(asset, _)| asset).collect(),
        false => named.clone(),
    };
    let mut due = newer(&desk.snapshot, &wanted, desk.snapshot.unix_time);
    // The settlement token has no oracle, but interest that its row does not know of yet.
    if named.contains(&SETTLEMENT_ASSET) {
        due.push(SETTLEMENT_ASSET);
    }
    if due.is_empty() {
        return Err(Fault::refused(
            "no oracle has a newer price than the board: wait for one, or see `plimsoll oracles`",
        ));
    }
    let all = due.len();
    due.truncate(ROWS_MAX[usize::from(desk.session.settings.sending.transaction_version == 1)]);
    let names: Vec<String> = due.iter().map(|asset| desk.symbol(*asset)).collect();
    let rest = if due.len() < all {
        format!("; {} more are left for another time", all - due.len())
    } else {
        String::new()
    };
    Ok(Deed {
        title: format!("Refresh the prices of {}{rest}", names.join(", ")),
        instructions: instruction(&desk.snapshot, &due).into_iter().collect(),
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
