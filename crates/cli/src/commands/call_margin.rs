//! `call-margin`: takes stock of an account.
use crate::act::{Deed, Watched};
use crate::desk::Desk;
use crate::fault::Result;
use plimsoll_client::instructions::call_margin;
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;

#[derive(Debug, clap::Args)]
pub struct CallMargin {
    /// The account
    pub account: String,
}

/// # Errors
/// When there is no such account.
pub fn deed(desk: &Desk, args: &CallMargin) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, &args.account)?;
    let fresh = desk.fresh(&[Purpose::Account {
        account: &account.state,
        asset: SETTLEMENT_ASSET,
        action: Action::Liquidate,
    }])?;
    let accounts = call_margin::Accounts { account: account.address, risk_board: desk.board_address() };
    Ok(Deed {
        title: format!("Take stock of {}", account.address),
        instructions: fresh.then([call_margin::instruction(&accounts, &call_margin::Args {}, &[])]),
        board: fresh.board(),
        watched: vec![Watched::of(format!("Account {}", account.address), &account)],
    })
}
