//! Opens a second account and moves 40 USDC there.
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
    let (clearinghouse, owner, amount) = (place.clearinghouse, place.owner(), 40_000_000);
    let [from, to] = [0, 1].map(|number| addresses::margin_account(&clearinghouse, &owner, number));
    let state = fetch::margin_account(place.chain(), &from)?.value;
    let mut instructions = Vec::new();
    if place.chain().accounts(&[to])?.value[0].is_none() {
        let accounts = ix::open_account::Accounts { owner, clearinghouse, account: to };
        let args = ix::open_account::Args { sub_account: 1, isolated_asset: 0 };
        instructions.push(ix::open_account::instruction(&accounts, &args, &[]));
    }
    let (bank, _) = snapshot.assets[usize::from(USDC)].bank.as_ref().ok_or("there is no such bank")?;
    instructions.push(ix::transfer::instruction(
        &ix::transfer::Accounts {
            owner,
            from,
            to,
            risk_board: addresses::risk_board(&clearinghouse),
            bank: *bank,
        },
        &ix::transfer::Args { amount },
        &[],
    ));
    place.send(&snapshot, &[Purpose::Withdraw { account: &state, asset: USDC, amount }], instructions)
}
