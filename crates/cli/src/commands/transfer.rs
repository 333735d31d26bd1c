//! `transfer`: tokens between one's own margin accounts.
use super::withdraw::{require_balance, wanted};
use crate::act::{Deed, Watched};
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::names::token;
use plimsoll_client::instructions::transfer;
use plimsoll_client::refresh::Purpose;

#[derive(Debug, clap::Args)]
pub struct Transfer {
    /// How much, in whole tokens, `all` of the balance, or `max`, what of it margin allows
    #[arg(allow_negative_numbers = true)]
    pub amount: HowMuch,
    /// Of which token
    pub token: String,
    /// Number of the account it goes to; it comes from --sub-account
    #[arg(long, value_name = "NUMBER")]
    pub to: u16,
    /// Borrows what the account does not hold
    #[arg(long)]
    pub borrow: bool,
}

/// # Errors
/// When the accounts are one, one is not open, or the first holds less and nothing is to be borrowed.
pub fn deed(desk: &Desk, args: &Transfer) -> Result<Deed> {
    let (asset, from) = (token(desk.board(), &args.token)?, desk.own()?);
    if from.state.sub_account == args.to {
        return Err(Fault::usage(format!("account {} can't pay itself: choose another --to", args.to)));
    }
    let to = desk.session.sub(&desk.snapshot, &desk.wallet.address(), args.to)?;
    let (bank, _) = desk.bank(asset)?;
    let amount = wanted(desk, &args.amount, &from, asset, |preview, amount| {
        preview.transfer(&from.state, &to.state, asset, amount).map(|_| ())
    })?;
    let borrowed = require_balance(desk, &from, asset, amount, args.borrow)?;
    let fresh = desk.fresh(&[Purpose::Withdraw { account: &from.state, asset, amount }])?;
    let transfer = transfer::instruction(
        &transfer::Accounts {
            owner: desk.wallet.address(),
            from: from.address,
            to: to.address,
            risk_board: desk.board_address(),
            bank,
        },
        &transfer::Args { amount },
        &[],
    );
    let (source, target) = (from.state.sub_account, args.to);
    let loan = if borrowed == 0 {
        String::new()
    } else {
        format!(", {} of it borrowed", desk.shown(borrowed, asset))
    };
    Ok(Deed {
        title: format!(
            "Transfer {} from account {source} to account {target}{loan}",
            desk.shown(amount, asset)
        ),
        instructions: fresh.then([transfer]),
        board: fresh.board(),
        watched: vec![
            Watched::of(format!("Account {source}"), &from),
            Watched::of(format!("Account {target}"), &to),
        ],
    })
}
