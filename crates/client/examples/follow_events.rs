//! Tells what happened to an account, oldest first: from the logs of the transactions that name it.
pub mod shared;

use plimsoll_client::{addresses, fetch, logs, words};
use shared::{As, Place, Result};

/// Transactions to look at.
const LAST: usize = 20;

pub fn main() -> Result<()> {
    let place = Place::open(As::Trader)?;
    shared::print(&run(&place)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let account = addresses::margin_account(&place.clearinghouse, &place.owner(), 0);
    fetch::margin_account(place.chain(), &account)?;
    let mut lines = Vec::new();
    for listed in place.chain().history(&account, None, LAST)?.iter().rev().filter(|tx| tx.error.is_none()) {
        let Some(landed) = place.chain().transaction(&listed.signature)? else { continue };
        let found = logs::events(landed.logs.iter().map(String::as_str));
        let at = listed.block_time.map_or_else(|| format!("slot {}", listed.slot), words::time);
        let told = found.events.iter().map(|event| words::event(event, Some(&snapshot)));
        lines.extend(told.map(|line| format!("{at}: {line}")));
    }
    Ok(lines)
}
