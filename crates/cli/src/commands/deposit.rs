//! `deposit`: tokens from the wallet into a margin account, which is opened if need be.
use super::open;
use crate::act::{Deed, Watched};
use crate::desk::{Desk, HowMuch};
use crate::fault::Result;
use crate::names::token;
use plimsoll_client::addresses::{associated_token_account, margin_account, vault};
use plimsoll_client::instructions::deposit;

#[derive(Debug, clap::Args)]
pub struct Deposit {
    /// How much, in whole tokens, or `all`
    #[arg(allow_negative_numbers = true)]
    pub amount: HowMuch,
    /// Of which token
    pub token: String,
}

/// # Errors
/// When the token is unknown, the amount is none, or the wallet has not got it.
pub fn deed(desk: &Desk, args: &Deposit) -> Result<Deed> {
    let asset = token(desk.board(), &args.token)?;
    let (bank, accounts) = desk.bank(asset)?;
    let (mint, owner, number) = (accounts.mint, desk.wallet.address(), desk.session.settings.sub_account);
    let amount = desk.units(&args.amount, asset, || desk.in_wallet(&mint))?;
    desk.require_in_wallet(amount, asset, &mint)?;
    let account = margin_account(&desk.snapshot.address, &owner, number);
    let own = desk.session.read_margin(&account)?;
    let mut instructions = Vec::new();
    if own.is_none() {
        instructions.push(open::instruction(desk, number, 0));
    }
    instructions.push(deposit::instruction(
        &deposit::Accounts {
            owner,
            account,
            risk_board: desk.board_address(),
            bank,
            mint,
            owner_tokens: associated_token_account(&owner, &mint),
            vault: vault(&bank),
        },
        &deposit::Args { amount },
        &[],
    ));
    let first =
        if own.is_none() { format!("Open margin account {number} and deposit") } else { "Deposit".into() };
    let name = format!("Account {number}");
    Ok(Deed {
        title: format!("{first} {} into account {number}", desk.shown(amount, asset)),
        instructions,
        board: desk.snapshot.board.clone(),
        watched: vec![
            own.map_or_else(|| Watched::new(name.clone(), account), |own| Watched::of(name.clone(), &own)),
        ],
    })
}
