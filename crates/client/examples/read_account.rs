//! Reads a margin account and says what it is worth, and at which prices it would be liquidated.
pub mod shared;

use plimsoll_client::error::PlimsollError;
use plimsoll_client::program::valuation::{asset_liquidation_price, displayed_health, free_collateral};
use plimsoll_client::{addresses, fetch, words};
use shared::{As, Place, Result};

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let told = |error: PlimsollError| error.message();
    let snapshot = place.snapshot()?;
    let mut lines = Vec::new();
    let accounts = fetch::margin_accounts(place.chain(), &place.clearinghouse, None)?.value;
    for (address, account) in accounts {
        let health = displayed_health(&account, &snapshot.board).map_err(told)?;
        let (equity, maintenance) = (words::usd(health.equity.0), words::usd(health.maintenance.0));
        let free = words::usd(free_collateral(&health).0);
        lines.push(format!("{address}: equity {equity}, maintenance health {maintenance}, free {free}"));
        for position in account.perps() {
            let row = snapshot.board.row(position.asset).map_err(told)?;
            let size = words::amount(position.size, row.decimals);
            let price = asset_liquidation_price(&account, &snapshot.board, &health, position.asset);
            let price = match price.map_err(told)? {
                Some(price) => format!("{} USD", plimsoll_client::price::format(price, row.decimals)),
                None => "no price".to_string(),
            };
            let symbol = String::from_utf8_lossy(&row.symbol);
            lines.push(format!("  {size} {}, liquidated at {price}", symbol.trim_end_matches('\0')));
        }
    }
    let mine = addresses::margin_account(&place.clearinghouse, &place.owner(), 0);
    lines.push(format!("the first account of this wallet is {mine}"));
    Ok(lines)
}
