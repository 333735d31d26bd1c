//! `execute` and `cancel`: what becomes of a change that waits.
use super::changes::{described, find};
use super::propose::accounts;
use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::Result;
use plimsoll_client::governance::Target;
use plimsoll_client::instructions::cancel_change;

#[derive(Debug, clap::Args)]
pub struct Number {
    /// Number of the change, as `plimsoll changes` shows it
    pub number: u32,
}

/// # Errors
/// When there is no such change.
pub fn execute(desk: &Desk, args: &Number) -> Result<Deed> {
    let waiting = find(desk.session, &desk.snapshot, args.number)?;
    let accounts = accounts(desk, waiting.address, Target::of(&waiting.change).asset);
    let execute = accounts.execute(desk.wallet.address(), waiting.pending.payer, &waiting.change);
    let what = described(&waiting.change, &desk.snapshot).join("\n  ");
    Ok(Deed {
        title: format!("Execute change {}\n  {what}", args.number),
        instructions: vec![execute],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}

/// # Errors
/// When there is no such change.
pub fn cancel(desk: &Desk, args: &Number) -> Result<Deed> {
    let waiting = find(desk.session, &desk.snapshot, args.number)?;
    let accounts = cancel_change::Accounts {
        authority: desk.wallet.address(),
        clearinghouse: desk.snapshot.address,
        change: waiting.address,
        payer: waiting.pending.payer,
    };
    let what = described(&waiting.change, &desk.snapshot).join("\n  ");
    Ok(Deed {
        title: format!("Cancel change {}\n  {what}", args.number),
        instructions: vec![cancel_change::instruction(&accounts, &cancel_change::Args {}, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
