//! What anybody may do to keep a clearinghouse in order: `sweep`, `deleverage`, `rebalance`, `settle`,
//! `bank-cash`, `resolve`, `warm-up`.
use crate::act::{Deed, Watched};
use crate::desk::Desk;
use crate::fault::{Fault, Result};
use crate::names::{asset, market, token};
use plimsoll_client::instructions::{
    bank_cash, deleverage, rebalance, resolve_bankruptcy, settle_loss, sweep_insurance, warm_up,
};
use plimsoll_client::program::state::{SETTLEMENT_ASSET, WarmUp};
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::policy::Action;
use solana_instruction::Instruction;

#[derive(Debug, clap::Args)]
pub struct OfMarket {
    /// Which market
    pub market: String,
}

#[derive(Debug, clap::Args)]
pub struct OfAsset {
    /// Which asset
    pub asset: String,
}

#[derive(Debug, clap::Args)]
pub struct OfAccount {
    /// The account
    pub account: String,
}

#[derive(Debug, clap::Args)]
pub struct Settle {
    /// The account
    pub account: String,
    /// Which market
    pub market: String,
}

#[derive(Debug, clap::Args)]
pub struct Resolve {
    /// The account
    pub account: String,
    /// Which debt [default: that in settlement tokens]
    pub token: Option<String>,
}

fn plain(desk: &Desk, title: String, instruction: Instruction) -> Deed {
    Deed { title, instructions: vec![instruction], board: desk.snapshot.board.clone(), watched: Vec::new() }
}

/// # Errors
/// When there is no such market.
pub fn sweep(desk: &Desk, args: &OfMarket) -> Result<Deed> {
    let asset = market(desk.board(), &args.market)?;
    let accounts = sweep_insurance::Accounts { market: desk.market(asset)?.0, fund: desk.fund() };
    let sweep = sweep_insurance::instruction(&accounts, &sweep_insurance::Args {}, &[]);
    Ok(plain(desk, format!("Settle the market of {} with the insurance fund", desk.symbol(asset)), sweep))
}

/// # Errors
/// When there is no such market.
pub fn deleverage(desk: &Desk, args: &OfMarket) -> Result<Deed> {
    let asset = market(desk.board(), &args.market)?;
    let fresh = desk.fresh(&[Purpose::Row { asset, action: Action::Liquidate }])?;
    let accounts = deleverage::Accounts {
        risk_board: desk.board_address(),
        market: desk.market(asset)?.0,
        pool: desk.pool_address(),
        fund: desk.fund(),
    };
    let deleverage = deleverage::instruction(&accounts, &deleverage::Args {}, &[]);
    Ok(Deed {
        instructions: fresh.then([deleverage.clone()]),
        ..plain(desk, format!("Make the market of {} solvent", desk.symbol(asset)), deleverage)
    })
}

/// # Errors
/// When there is no such market.
pub fn rebalance(desk: &Desk, args: &OfMarket) -> Result<Deed> {
    let asset = market(desk.board(), &args.market)?;
    let fresh = desk.fresh(&[Purpose::Row { asset, action: Action::Increase }])?;
    let accounts = rebalance::Accounts {
        pool: desk.pool_address(),
        risk_board: desk.board_address(),
        market: desk.market(asset)?.0,
    };
    let rebalance = rebalance::instruction(&accounts, &rebalance::Args {}, &[]);
    let title = format!("Move capital between the pool and the market of {}", desk.symbol(asset));
    Ok(Deed { instructions: fresh.then([rebalance.clone()]), ..plain(desk, title, rebalance) })
}

/// # Errors
/// When there is no such account or market.
pub fn settle(desk: &Desk, args: &Settle) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, &args.account)?;
    let asset = market(desk.board(), &args.market)?;
    let purpose = Purpose::Account { account: &account.state, asset, action: Action::Reduce };
    let fresh = desk.fresh(&[purpose])?;
    let accounts = settle_loss::Accounts {
        account: account.address,
        risk_board: desk.board_address(),
        market: desk.market(asset)?.0,
    };
    Ok(Deed {
        title: format!("Settle the loss of {} in {}", account.address, desk.symbol(asset)),
        instructions: fresh.then([settle_loss::instruction(&accounts, &settle_loss::Args {}, &[])]),
        board: fresh.board(),
        watched: vec![Watched::of(format!("Account {}", account.address), &account)],
    })
}

/// # Errors
/// When there is no such account.
pub fn bank_cash(desk: &Desk, args: &OfAccount) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, &args.account)?;
    let accounts = bank_cash::Accounts {
        account: account.address,
        risk_board: desk.board_address(),
        bank: desk.bank(SETTLEMENT_ASSET)?.0,
    };
    let instruction = bank_cash::instruction(&accounts, &bank_cash::Args {}, &[]);
    let watched = vec![Watched::of(format!("Account {}", account.address), &account)];
    let title = format!("Move the cash that {} owes into the bank", account.address);
    Ok(Deed { watched, ..plain(desk, title, instruction) })
}

/// # Errors
/// When there is no such account or token.
pub fn resolve(desk: &Desk, args: &Resolve) -> Result<Deed> {
    let account = desk.session.margin(&desk.snapshot, &args.account)?;
    let asset = args.token.as_deref().map_or(Ok(SETTLEMENT_ASSET), |name| token(desk.board(), name))?;
    let accounts = resolve_bankruptcy::Accounts {
        account: account.address,
        risk_board: desk.board_address(),
        bank: desk.bank(asset)?.0,
        fund: desk.fund(),
    };
    let instruction = resolve_bankruptcy::instruction(&accounts, &resolve_bankruptcy::Args {}, &[]);
    let watched = vec![Watched::of(format!("Account {}", account.address), &account)];
    let title = format!("Strike out what {} owes in {}", account.address, desk.symbol(asset));
    Ok(Deed { watched, ..plain(desk, title, instruction) })
}

/// # Errors
/// When nothing of the asset waits to warm up.
pub fn warm_up(desk: &Desk, args: &OfAsset) -> Result<Deed> {
    let asset = asset(desk.board(), &args.asset)?;
    let of_asset = desk.snapshot.assets.get(usize::from(asset));
    let waits = |warm_up: u8| warm_up == WarmUp::Waiting as u8;
    let bank = of_asset.and_then(|a| a.bank).filter(|(_, bank)| waits(bank.warm_up));
    let market = of_asset.and_then(|a| a.market).filter(|(_, market)| waits(market.warm_up));
    if bank.is_none() && market.is_none() {
        return Err(Fault::refused(format!("nothing of {} waits to warm up", desk.symbol(asset))));
    }
    let accounts = warm_up::Accounts {
        risk_board: desk.board_address(),
        bank: bank.map(|(address, _)| address),
        market: market.map(|(address, _)| address),
    };
    let instruction = warm_up::instruction(&accounts, &warm_up::Args {}, &[]);
    Ok(plain(desk, format!("Let {} begin to count", desk.symbol(asset)), instruction))
}
