//! Opens an account if there is none yet, and deposits 100 USDC.
pub mod shared;

use plimsoll_client::{addresses, instructions as ix};
use shared::{As, Place, Result, USDC};

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let snapshot = place.snapshot()?;
    let (clearinghouse, owner) = (place.clearinghouse, place.owner());
    let account = addresses::margin_account(&clearinghouse, &owner, 0);
    let mut instructions = Vec::new();
    if place.chain().accounts(&[account])?.value[0].is_none() {
        let accounts = ix::open_account::Accounts { owner, clearinghouse, account };
        let args = ix::open_account::Args { sub_account: 0, isolated_asset: 0 };
        instructions.push(ix::open_account::instruction(&accounts, &args, &[]));
    }
    let (bank, state) = snapshot.assets[usize::from(USDC)].bank.as_ref().ok_or("there is no such bank")?;
    instructions.push(ix::deposit::instruction(
        &ix::deposit::Accounts {
            risk_board: addresses::risk_board(&clearinghouse),
            owner,
            account,
            bank: *bank,
            mint: state.mint,
            owner_tokens: addresses::associated_token_account(&owner, &state.mint),
            vault: state.vault,
        },
        &ix::deposit::Args { amount: 100_000_000 },
        &[],
    ));
    // No price is too old for a deposit.
    place.send(&snapshot, &[], instructions)
}
