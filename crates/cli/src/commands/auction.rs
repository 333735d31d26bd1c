//! `auction`: puts an account up that has been under water for long, or takes it over.
use crate::act::{Deed, Watched};
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::number::{USD_DECIMALS, amount, parse};
use crate::standing::Standing;
use clap::Subcommand;
use plimsoll_client::instructions::{start_auction, win_auction};
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;

#[derive(Debug, Subcommand)]
pub enum Auction {
    /// Puts an account up for auction
    Start {
        /// The account
        account: String,
    },
    /// Takes all of an account over into one's own, at the present price
    Win {
        /// The account
        account: String,
        /// Most to pay, USD [default: the account's equity]
        #[arg(long, value_name = "USD")]
        price_max: Option<String>,
    },
}

/// # Errors
/// When there is no such account, or none of one's own to take it over into.
pub fn deed(desk: &Desk, args: &Auction) -> Result<Deed> {
    match args {
        Auction::Start { account } => start(desk, account),
        Auction::Win { account, price_max } => win(desk, account, price_max.as_deref()),
    }
}

fn start(desk: &Desk, account: &str) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, account)?;
    let fresh = desk.fresh(&[Purpose::Account {
        account: &account.state,
        asset: SETTLEMENT_ASSET,
        action: Action::Liquidate,
    }])?;
    let accounts = start_auction::Accounts { account: account.address, risk_board: desk.board_address() };
    Ok(Deed {
        title: format!("Put {} up for auction", account.address),
        instructions: fresh.then([start_auction::instruction(&accounts, &start_auction::Args {}, &[])]),
        board: fresh.board(),
        watched: vec![Watched::of(format!("Account {}", account.address), &account)],
    })
}

fn win(desk: &Desk, account: &str, price_max: Option<&str>) -> Result<Deed> {
    let (account, winner) = (desk.session.margin(&desk.snapshot, account)?, desk.own()?);
    if account.address == winner.address {
        return Err(Fault::usage("an account can't take itself over: choose another --sub-account"));
    }
    let [sold, buyer] = [&account, &winner].map(|margin| Purpose::Account {
        account: &margin.state,
        asset: SETTLEMENT_ASSET,
        action: Action::Increase,
    });
    let fresh = desk.fresh(&[sold, buyer])?;
    let price_max = match price_max {
        Some(text) => parse(text, USD_DECIMALS, "USD")?,
        None => Standing::of(&account.state, &fresh.board())?.health.equity.or_zero().magnitude(),
    };
    let win = win_auction::instruction(
        &win_auction::Accounts {
            winner: desk.wallet.address(),
            winner_account: winner.address,
            account: account.address,
            risk_board: desk.board_address(),
            bank: desk.bank(SETTLEMENT_ASSET)?.0,
        },
        &win_auction::Args { price_max },
        &[],
    );
    Ok(Deed {
        title: format!("Take {} over for at most {} USD", account.address, amount(price_max, USD_DECIMALS)),
        instructions: fresh.then([win]),
        board: fresh.board(),
        watched: vec![
            Watched::of(format!("Account {}", account.address), &account),
            Watched::of(format!("Own account {}", winner.state.sub_account), &winner),
        ],
    })
}
