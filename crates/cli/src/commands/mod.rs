//! The commands, one file each.
pub mod accept_role;
pub mod account;
pub mod accounts;
pub mod auction;
pub mod banks;
pub mod call_margin;
pub mod changes;
pub mod close;
pub mod collect_fees;
pub mod delegate;
pub mod deposit;
pub mod errors;
pub mod execute;
pub mod fund_insurance;
pub mod history;
pub mod liquidate;
pub mod markets;
pub mod open;
pub mod oracles;
pub mod parameters;
pub mod pause;
pub mod pool;
pub mod propose;
pub mod provide;
pub mod redeem;
pub mod refresh;
pub mod roles;
pub mod tighten;
pub mod trade;
pub mod transfer;
pub mod upkeep;
pub mod withdraw;

use crate::act::Deed;
use crate::desk::Desk;
use crate::fault::Result;
use crate::render::Page;
use crate::session::Session;
use clap::Subcommand;

/// Commands that only read.
#[derive(Debug, Subcommand)]
pub enum Show {
    /// How a margin account stands: equity, margin, balances, positions, liquidation prices
    Account(account::Account),
    /// All margin accounts of a wallet
    Accounts(accounts::Accounts),
    /// Markets: price, open interest, room, funding, margin, fees
    Markets,
    /// Prices: how old, certain and calm they are, and which actions that blocks
    Oracles,
    /// Tokens: deposits, debts, rates, caps, and how much may leave
    Banks,
    /// The liquidity pool, and what a share of it is worth
    Pool,
    /// What governance has set
    Parameters(parameters::Parameters),
    /// What governance has proposed, and when it may be executed
    Changes,
    /// Who may do what, and what is paused
    Roles,
    /// What happened to an account, rebuilt from events; as CSV too
    History(history::History),
}

/// Commands that act: each shows what it would change, and asks.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Opens a margin account
    Open(open::Open),
    /// Closes an empty margin account
    Close,
    /// Puts tokens into a margin account; opens it if need be
    Deposit(deposit::Deposit),
    /// Takes tokens out of a margin account
    Withdraw(withdraw::Withdraw),
    /// Buys or sells in a market
    Trade(trade::Trade),
    /// Moves tokens between one's own margin accounts
    Transfer(transfer::Transfer),
    /// Names a key that may trade and do nothing else
    Delegate(delegate::Delegate),
    /// Puts settlement tokens into the liquidity pool
    Provide(provide::Provide),
    /// Turns shares of the liquidity pool back into tokens
    Redeem(redeem::Redeem),
    /// Liquidates an account below maintenance, for a bounty
    Liquidate(liquidate::Liquidate),
    /// Takes stock of an account: raises or clears a margin call
    CallMargin(call_margin::CallMargin),
    /// Auctions an account that has been under water for long
    #[command(subcommand)]
    Auction(auction::Auction),
    /// Brings prices up to date
    Refresh(refresh::Refresh),
    /// Proposes a change (governance)
    Propose(propose::Propose),
    /// Executes a change whose wait is over
    Execute(execute::Number),
    /// Cancels a change that waits (governance, guardian)
    Cancel(execute::Number),
    /// Tightens parameters at once (steward)
    Tighten(propose::Parameters),
    /// Pauses groups of actions for a while (guardian)
    Pause(pause::Pause),
    /// Lifts a pause (guardian)
    Unpause(pause::Unpause),
    /// Takes over a role one has been nominated for
    AcceptRole(accept_role::AcceptRole),
    /// Lets new collateral or a new market begin to count
    WarmUp(upkeep::OfAsset),
    /// Takes the protocol's part of a market's fees (fee collector)
    CollectFees(collect_fees::CollectFees),
    /// Gives tokens to the insurance fund, for good
    FundInsurance(fund_insurance::FundInsurance),
    /// Settles a market's losses or surplus with the insurance fund
    Sweep(upkeep::OfMarket),
    /// Makes a market solvent that owes more than its capital
    Deleverage(upkeep::OfMarket),
    /// Moves capital between the pool and a market
    Rebalance(upkeep::OfMarket),
    /// Turns the loss of an open position into cash where its market needs it
    Settle(upkeep::Settle),
    /// Moves cash that an account owes into the bank
    BankCash(upkeep::OfAccount),
    /// Strikes out a debt that an account has nothing to pay with
    Resolve(upkeep::Resolve),
}

/// # Errors
/// Whatever keeps the command from answering.
pub fn show(session: &Session, command: &Show) -> Result<Page> {
    match command {
        Show::Account(args) => account::page(session, args),
        Show::Accounts(args) => accounts::page(session, args),
        Show::Markets => markets::page(session),
        Show::Oracles => oracles::page(session),
        Show::Banks => banks::page(session),
        Show::Pool => pool::page(session),
        Show::Parameters(args) => parameters::page(session, args),
        Show::Changes => changes::page(session),
        Show::Roles => roles::page(session),
        Show::History(args) => history::page(session, args),
    }
}

/// What a command wants to do.
///
/// # Errors
/// When that is already known to be impossible.
pub fn deed(desk: &Desk, command: &Act) -> Result<Deed> {
    match command {
        Act::Open(args) => open::deed(desk, args),
        Act::Close => close::deed(desk),
        Act::Deposit(args) => deposit::deed(desk, args),
        Act::Withdraw(args) => withdraw::deed(desk, args),
        Act::Trade(args) => trade::deed(desk, args),
        Act::Transfer(args) => transfer::deed(desk, args),
        Act::Delegate(args) => delegate::deed(desk, args),
        Act::Provide(args) => provide::deed(desk, args),
        Act::Redeem(args) => redeem::deed(desk, args),
        Act::Liquidate(args) => liquidate::deed(desk, args),
        Act::CallMargin(args) => call_margin::deed(desk, args),
        Act::Auction(args) => auction::deed(desk, args),
        Act::Refresh(args) => refresh::deed(desk, args),
        Act::Propose(args) => propose::deed(desk, args),
        Act::Execute(args) => execute::execute(desk, args),
        Act::Cancel(args) => execute::cancel(desk, args),
        Act::Tighten(args) => tighten::deed(desk, args),
        Act::Pause(args) => pause::pause(desk, args),
        Act::Unpause(args) => pause::unpause(desk, args),
        Act::AcceptRole(args) => accept_role::deed(desk, args),
        Act::WarmUp(args) => upkeep::warm_up(desk, args),
        Act::CollectFees(args) => collect_fees::deed(desk, args),
        Act::FundInsurance(args) => fund_insurance::deed(desk, args),
        Act::Sweep(args) => upkeep::sweep(desk, args),
        Act::Deleverage(args) => upkeep::deleverage(desk, args),
        Act::Rebalance(args) => upkeep::rebalance(desk, args),
        Act::Settle(args) => upkeep::settle(desk, args),
        Act::BankCash(args) => upkeep::bank_cash(desk, args),
        Act::Resolve(args) => upkeep::resolve(desk, args),
    }
}
