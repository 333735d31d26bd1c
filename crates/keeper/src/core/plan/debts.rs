//! Token debts of accounts below maintenance, taken over into the keeper's own margin account.
use super::super::policy::Mode;
use super::super::task::{Duty, Key};
use super::super::view::Result;
use super::Candidate;
use super::accounts::Account;
use plimsoll_client::instructions::liquidate_debt;
use plimsoll_client::program::state::Bank;
use plimsoll_client::risk::debt::{DebtTerms, plan};
use plimsoll_client::risk::{Quantity, Quote, Ratio};
use solana_address::Address;

/// Compute units of a takeover between full accounts with every rule on, and half as much again.
const UNITS: u32 = 40_000;

/// The takeover that earns most.
pub fn candidate(of: &Account) -> Result<Option<Candidate>> {
    let view = of.view;
    if view.policy.duties.mode(Duty::TakeDebt) == Mode::Off {
        return Ok(None);
    }
    let mut best: Option<(Quote, u64, Address, Address)> = None;
    for debt in of.state().tokens() {
        let Some((debt_bank, owed_to)) = view.bank(debt.asset) else { continue };
        for asset in of.state().tokens() {
            let Some((asset_bank, held_in)) = view.bank(asset.asset) else { continue };
            let Some((gain, repaid_max)) = gain(of, owed_to, held_in)? else { continue };
            if best.is_none_or(|(most, ..)| gain > most) {
                best = Some((gain, repaid_max, *debt_bank, *asset_bank));
            }
        }
    }
    let Some((gain, repaid_max, debt_bank, asset_bank)) = best else { return Ok(None) };
    let accounts = liquidate_debt::Accounts {
        keeper: view.keeper.wallet,
        keeper_account: view.keeper.account,
        account: of.address,
        risk_board: view.deployment.board_address,
        debt_bank,
        asset_bank,
    };
    let instruction = liquidate_debt::instruction(&accounts, &liquidate_debt::Args { repaid_max }, &[]);
    Ok(Some(Candidate { bounty: gain, ..of.candidate(Key::TakeDebt(of.address), instruction, UNITS) }))
}

/// What taking this debt for this collateral earns at oracle prices, micro-USD rounded down, and the most to
/// repay, native units.
fn gain(of: &Account, debt_bank: &Bank, asset_bank: &Bank) -> Result<Option<(Quote, u64)>> {
    let view = of.view;
    let (debt, asset) = (view.board.row(debt_bank.asset)?, view.board.row(asset_bank.asset)?);
    let (owed, held) = (of.native_units(debt_bank.asset)?.negated()?, of.native_units(asset_bank.asset)?);
    let is_usable = owed.0 > 0 && held.0 > 0 && view.may_liquidate(debt) && view.may_liquidate(asset);
    if debt_bank.asset == asset_bank.asset || !is_usable {
        return Ok(None);
    }
    let minimum = Quantity::from_magnitude(debt_bank.terms.debt_min)?;
    let terms = DebtTerms {
        debt_weight: Ratio(debt.maintenance_debt_weight),
        asset_weight: Ratio(asset.maintenance_asset_weight),
        bonus: Ratio(asset_bank.terms.liquidation_bonus),
        target_margin_ratio: Ratio(view.board.liquidation_target),
        debt_price: debt.price.get(),
        asset_price: asset.price.get(),
        full_close: debt.price.get().value_ceil(minimum)?,
    };
    let repaid_max = terms.debt_price.quantity_floor(Quote(view.policy.take_debt_max.max(0)))?;
    let Some(plan) = plan(&of.standing.health, owed, held, repaid_max, &terms)? else { return Ok(None) };
    let gain =
        terms.asset_price.value_floor(plan.seized)?.minus(terms.debt_price.value_ceil(plan.repaid)?)?;
    Ok(Some((gain, repaid_max.magnitude())))
}
