//! `withdraw`: tokens from a margin account into a wallet.
use crate::act::{Deed, Watched};
use crate::config::address;
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::names::token;
use crate::session::Margin;
use crate::standing::unvalued;
use crate::told::refused;
use plimsoll_client::addresses::vault;
use plimsoll_client::instructions::withdraw;
use plimsoll_client::preview::Preview;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::Purpose;

#[derive(Debug, clap::Args)]
pub struct Withdraw {
    /// How much, in whole tokens; `all` of the balance, or `max`, what of it margin allows
    #[arg(allow_negative_numbers = true)]
    pub amount: HowMuch,
    /// Of which token
    pub token: String,
    /// To whose wallet [default: one's own]
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
    /// Borrows what the account does not hold
    #[arg(long)]
    pub borrow: bool,
}

/// # Errors
/// When the token is unknown, or the account holds less and nothing is to be borrowed.
pub fn deed(desk: &Desk, args: &Withdraw) -> Result<Deed> {
    let (asset, own) = (token(desk.board(), &args.token)?, desk.own()?);
    let (bank, accounts) = desk.bank(asset)?;
    let amount = wanted(desk, &args.amount, &own, asset, |preview, amount| {
        preview.withdraw(&own.state, asset, amount).map(|_| ())
    })?;
    let borrowed = require_balance(desk, &own, asset, amount, args.borrow)?;
    let to = args.to.as_deref().map_or(Ok(desk.wallet.address()), address)?;
    let fresh = desk.fresh(&[Purpose::Withdraw { account: &own.state, asset, amount }])?;
    let (destination, create) = desk.token_account(&to, &accounts.mint)?;
    let withdraw = withdraw::instruction(
        &withdraw::Accounts {
            owner: desk.wallet.address(),
            account: own.address,
            risk_board: desk.board_address(),
            window: desk.window(),
            bank,
            mint: accounts.mint,
            destination,
            vault: vault(&bank),
        },
        &withdraw::Args { amount },
        &[],
    );
    let number = own.state.sub_account;
    let loan = if borrowed == 0 {
        String::new()
    } else {
        format!(", {} of it borrowed", desk.shown(borrowed, asset))
    };
    Ok(Deed {
        title: format!("Withdraw {} from account {number} to {to}{loan}", desk.shown(amount, asset)),
        instructions: fresh.then(create.into_iter().chain([withdraw])),
        board: fresh.board(),
        watched: vec![Watched::of(format!("Account {number}"), &own)],
    })
}

/// Native units to take out of an account: as typed, its balance, or the most of it that the program would
/// let out, which `would` tries.
///
/// # Errors
/// When it is no number of this asset, or zero, or the program would let nothing out.
pub fn wanted(
    desk: &Desk,
    text: &HowMuch,
    own: &Margin,
    asset: u8,
    would: impl Fn(&Preview, u64) -> core::result::Result<(), PlimsollError>,
) -> Result<u64> {
    let held = balance(desk, own, asset)?;
    desk.units(text, asset, || match text {
        HowMuch::Max if held > 0 => {
            let fresh = desk.fresh(&[Purpose::Withdraw { account: &own.state, asset, amount: held }])?;
            let preview = desk.landed(&fresh)?;
            most(held, |amount| would(&preview, amount))
        }
        _ => Ok(held),
    })
}

/// The most of `held` that is allowed.
fn most(held: u64, would: impl Fn(u64) -> core::result::Result<(), PlimsollError>) -> Result<u64> {
    let (mut fits, mut too_much) = (0, held.saturating_add(1));
    while too_much - fits > 1 {
        let middle = fits.midpoint(too_much);
        *(if would(middle).is_ok() { &mut fits } else { &mut too_much }) = middle;
    }
    match would(1) {
        Err(error) if fits == 0 => Err(refused(error)),
        _ => Ok(fits),
    }
}

/// What of `amount` would be borrowed.
///
/// # Errors
/// When something would, and nothing is to be.
pub fn require_balance(desk: &Desk, own: &Margin, asset: u8, amount: u64, may_borrow: bool) -> Result<u64> {
    let held = balance(desk, own, asset)?;
    let borrowed = amount.saturating_sub(held);
    if borrowed == 0 || may_borrow {
        return Ok(borrowed);
    }
    Err(Fault::refused(format!(
        "account {} holds {}: ask for at most that (`max`), or borrow the rest with --borrow",
        own.state.sub_account,
        desk.shown(held, asset)
    )))
}

/// Native units that the account can pay without owing any, interest up to now included; of settlement
/// tokens with its cash.
pub fn balance(desk: &Desk, own: &Margin, asset: u8) -> Result<u64> {
    let (_, bank) = desk.bank(asset)?;
    let shares = own.state.shares(asset);
    let ledger = bank.ledger_at(desk.snapshot.unix_time).map_err(unvalued)?;
    let units = ledger.amount_floor(shares).map_err(|overflow| unvalued(overflow.into()))?.0;
    let cash = if asset == SETTLEMENT_ASSET { own.state.cash } else { 0 };
    Ok(u64::try_from(units.saturating_add(cash)).unwrap_or(0))
}
