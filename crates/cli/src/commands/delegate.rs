//! `delegate`: a key that may trade and do nothing else.
use crate::act::{Deed, Watched};
use crate::config::address;
use crate::desk::Desk;
use crate::fault::Result;
use plimsoll_client::instructions::set_delegate;
use solana_address::Address;

#[derive(Debug, clap::Args)]
pub struct Delegate {
    /// Whose key may trade, or `none`
    pub delegate: String,
}

/// # Errors
/// When there is no such account, or the address is none.
pub fn deed(desk: &Desk, args: &Delegate) -> Result<Deed> {
    let own = desk.own()?;
    let delegate = match args.delegate.as_str() {
        "none" => Address::default(),
        text => address(text)?,
    };
    let number = own.state.sub_account;
    let title = match args.delegate.as_str() {
        "none" => format!("Nobody but the owner may trade in account {number} any more"),
        text => format!("Let {text} trade in account {number}"),
    };
    let accounts = set_delegate::Accounts { owner: desk.wallet.address(), account: own.address };
    Ok(Deed {
        title,
        instructions: vec![set_delegate::instruction(&accounts, &set_delegate::Args { delegate }, &[])],
        board: desk.snapshot.board.clone(),
        watched: vec![Watched::of(format!("Account {number}"), &own)],
    })
}
