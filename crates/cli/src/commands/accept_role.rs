//! `accept-role`: the nominee takes a role over.
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::Result;
use crate::names::{self, ROLES};
use plimsoll_client::instructions::accept_role;

#[derive(Debug, clap::Args)]
pub struct AcceptRole {
    /// governance, steward, guardian or fee-collector
    pub role: String,
}

/// # Errors
/// When there is no such role.
pub fn deed(desk: &Desk, args: &AcceptRole) -> Result<Deed> {
    let role = names::of(&ROLES, &args.role, "role")?;
    let accounts =
        accept_role::Accounts { nominee: desk.wallet.address(), clearinghouse: desk.snapshot.address };
    Ok(Deed {
        title: format!("Take the role {} over", args.role),
        instructions: vec![accept_role::instruction(&accounts, &accept_role::Args { role: role as u8 }, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
