//! Positions of accounts below maintenance: the first in line, as the program demands.
use super::super::task::Key;
use super::super::view::Result;
use super::Candidate;
use super::accounts::Account;
use plimsoll_client::instructions::liquidate;
use plimsoll_client::program::valuation::assess;
use plimsoll_client::risk::liquidation::plan;
use plimsoll_client::risk::policy::Action;
use plimsoll_client::risk::rule::{self, Effect};

/// Compute units of the liquidation of a full account with every rule on, and half as much again.
const UNITS: u32 = 21_000;

/// The liquidation that the program would do now, with its bounty.
pub fn candidate(of: &Account) -> Result<Option<Candidate>> {
    let (view, state) = (of.view, of.state());
    let asset = of.standing.largest;
    let Some((address, market)) = view.market(asset) else { return Ok(None) };
    let row = view.board.row(asset)?;
    if !view.may_liquidate(row) {
        return Ok(None);
    }
    let found = assess(state, view.board, view.now, Action::Liquidate, asset)?;
    if found.largest != asset {
        return Ok(None);
    }
    let terms = market.liquidation_terms(row, view.board.liquidation_target)?;
    let Some(plan) = plan(&found.health, &state.position(asset), &terms)? else { return Ok(None) };
    // Profit that the market can't pay waits until it can.
    let is_paid = plan.realised.0 <= market.capital;
    if !is_paid || rule::check(&found.health, &plan.health_after, Effect::Reducing).is_err() {
        return Ok(None);
    }
    let sunk_seconds = if state.sunk_at == 0 { 0 } else { view.now.abs_diff(state.sunk_at) };
    let (bounty, _) = market.bounty_terms(row).split(plan.penalty, &found.health, sunk_seconds)?;
    let accounts = liquidate::Accounts {
        account: of.address,
        keeper_account: view.keeper.account,
        risk_board: view.deployment.board_address,
        market: *address,
    };
    let instruction = liquidate::instruction(&accounts, &liquidate::Args {}, &[]);
    Ok(Some(Candidate { bounty, ..of.candidate(Key::Liquidate(of.address), instruction, UNITS) }))
}
