//! Buys 0.01 BTC, at no more than 1% above the price on the board.
pub mod shared;

use plimsoll_client::refresh::Purpose;
use plimsoll_client::{addresses, fetch, instructions as ix};
use shared::{As, Place, Result};

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let btc = shared::asset(&snapshot, "BTC")?;
    let account = addresses::margin_account(&place.clearinghouse, &place.owner(), 0);
    let state = fetch::margin_account(place.chain(), &account)?.value;
    let (market, _) = snapshot.assets[usize::from(btc)].market.as_ref().ok_or("there is no such market")?;
    let price = snapshot.board.rows[usize::from(btc)].price.get();
    let size = 1_000_000;
    let trade = ix::trade::instruction(
        &ix::trade::Accounts {
            authority: place.owner(),
            account,
            risk_board: addresses::risk_board(&place.clearinghouse),
            market: *market,
        },
        &ix::trade::Args { size, limit: price.0 / 100 * 101 },
        &[],
    );
    place.send(&snapshot, &[Purpose::Trade { account: &state, asset: btc, size }], vec![trade])
}
