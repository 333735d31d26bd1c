//! `withdraw`: tokens from a margin account into a wallet.
use crate::act::{Deed, Watched};
use crate::config::address;
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::names::token;
use crate::session::Margin;
use crate::standing::unvalued;
use plimsoll_client::addresses::vault;
use plimsoll_client::instructions::withdraw;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::assess;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::{Quantity, Quote};

/// Initial health that `max` leaves.
const HEADROOM: Quote = Quote(10_000);

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
    let amount = wanted(desk, &args.amount, &own, asset)?;
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
        board: fresh.board,
        watched: vec![Watched::of(format!("Account {number}"), &own)],
    })
}

/// Native units to take out of an account: as typed, its balance, or what of it margin allows.
///
/// # Errors
/// When it is no number of this asset, or zero.
pub fn wanted(desk: &Desk, text: &HowMuch, own: &Margin, asset: u8) -> Result<u64> {
    let held = balance(desk, own, asset)?;
    desk.units(text, asset, || match text {
        HowMuch::Max => {
            let fresh = desk.fresh(&[Purpose::Withdraw { account: &own.state, asset, amount: held }])?;
            most(desk, own, asset, held, &fresh.board)
        }
        _ => Ok(held),
    })
}

/// The most of `held` that leaves the account with initial health, and a cent more: interest runs on until
/// the transaction lands.
fn most(desk: &Desk, own: &Margin, asset: u8, held: u64, board: &RiskBoard) -> Result<u64> {
    let (mut fits, mut too_much) = (0, held.saturating_add(1));
    while too_much - fits > 1 {
        let middle = fits.midpoint(too_much);
        let is_allowed = initial_after(desk, own, asset, middle, board).map_err(unvalued)?;
        *(if is_allowed { &mut fits } else { &mut too_much }) = middle;
    }
    Ok(fits)
}

/// Whether the account keeps initial margin without `amount` of an asset.
fn initial_after(
    desk: &Desk,
    own: &Margin,
    asset: u8,
    amount: u64,
    board: &RiskBoard,
) -> core::result::Result<bool, PlimsollError> {
    let (now, mut state) = (desk.snapshot.unix_time, own.state);
    let Ok((_, bank)) = desk.bank(asset) else { return Ok(false) };
    let mut delta = Quantity::from_magnitude(amount)?.negated()?;
    if asset == SETTLEMENT_ASSET {
        delta = delta.plus(Quantity(state.cash))?;
        state.cash = 0;
    }
    let (_, shares) = bank.ledger_at(now)?.moved(state.shares(asset), delta)?;
    state.set_shares(asset, shares)?;
    if state.is_unencumbered() {
        return Ok(true);
    }
    Ok(assess(&state, board, now, Action::Withdraw, asset)?.health.initial >= HEADROOM)
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
