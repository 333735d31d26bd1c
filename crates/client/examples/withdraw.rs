//! Withdraws 25 USDC.
pub mod shared;

use plimsoll_client::refresh::Purpose;
use plimsoll_client::{addresses, fetch, instructions as ix};
use shared::{As, Place, Result, USDC};

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let (clearinghouse, owner, amount) = (place.clearinghouse, place.owner(), 25_000_000);
    let account = addresses::margin_account(&clearinghouse, &owner, 0);
    let state = fetch::margin_account(place.chain(), &account)?.value;
    let (bank, bank_state) =
        snapshot.assets[usize::from(USDC)].bank.as_ref().ok_or("there is no such bank")?;
    let withdraw = ix::withdraw::instruction(
        &ix::withdraw::Accounts {
            window: addresses::outflow_window(&clearinghouse),
            owner,
            account,
            risk_board: addresses::risk_board(&clearinghouse),
            bank: *bank,
            mint: bank_state.mint,
            destination: addresses::associated_token_account(&owner, &bank_state.mint),
            vault: bank_state.vault,
        },
        &ix::withdraw::Args { amount },
        &[],
    );
    place.send(&snapshot, &[Purpose::Withdraw { account: &state, asset: USDC, amount }], vec![withdraw])
}
