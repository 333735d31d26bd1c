//! `tighten`: what the steward may do without a wait.
use super::changes::described;
use super::propose::{Parameters, amended};
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::Result;
use plimsoll_client::instructions::tighten;
use plimsoll_client::program::params::Change;

/// # Errors
/// When a name is unknown or a value does not fit.
pub fn deed(desk: &Desk, args: &Parameters) -> Result<Deed> {
    let (asset, ramp_seconds, fields) = amended(desk, args)?;
    let of_asset = desk.snapshot.assets.get(usize::from(asset));
    let accounts = tighten::Accounts {
        steward: desk.wallet.address(),
        clearinghouse: desk.snapshot.address,
        risk_board: desk.board_address(),
        market: of_asset.and_then(|accounts| accounts.market).map(|(address, _)| address),
        bank: of_asset.and_then(|accounts| accounts.bank).map(|(address, _)| address),
    };
    let change = Change::Parameters { asset, ramp_seconds, fields: fields.clone() };
    Ok(Deed {
        title: format!("Tighten\n  {}", described(&change, &desk.snapshot).join("\n  ")),
        instructions: vec![tighten::instruction(
            &accounts,
            &tighten::Args { asset, ramp_seconds, fields },
            &[],
        )],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
