//! `close`: gives an empty margin account up.
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use plimsoll_client::instructions::close_account;

/// # Errors
/// When there is no such account, or something in it.
pub fn deed(desk: &Desk) -> Result<Deed> {
    let own = desk.own()?;
    if !own.state.is_empty() {
        let number = own.state.sub_account;
        return Err(Fault::refused(format!(
            "account {number} is not empty: close its positions and withdraw its tokens first"
        )));
    }
    let accounts = close_account::Accounts { owner: desk.wallet.address(), account: own.address };
    Ok(Deed {
        title: format!("Close margin account {}; its rent comes back", own.state.sub_account),
        instructions: vec![close_account::instruction(&accounts, &close_account::Args {}, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
