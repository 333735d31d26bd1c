//! The end: positions are closed, debts paid, tokens withdrawn, shares redeemed.

use plimsoll::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_testkit::Wallet;
use solana_address::Address;

use super::cast::KEEPER;
use super::crew::Crew;
use super::desk::Desk;
use super::keeper::Keeper;
use super::provider::Provider;
use super::trader::{Trader, told_amount};
use super::upkeep;
use crate::money;
use crate::report::Tone;

/// Micro-USD by which a withdrawal of all that is free could end below initial margin.
const ROUNDING: i64 = 10;

/// Everybody takes what is theirs, as far as the program allows.
///
/// # Errors
/// When an account can't be valued.
pub fn settle(
    desk: &mut Desk,
    traders: &mut [Trader],
    keeper: &Keeper,
    crew: &Crew,
    providers: &[Provider],
) -> Result<(), String> {
    desk.tell(
        Tone::Notice,
        "the recording ends: positions are closed and everybody takes what is theirs".to_string(),
    );
    upkeep::make_solvent(desk, traders)?;
    for trader in traders {
        let Some(state) = desk.margin(&trader.account) else { continue };
        // What is below the line is the keeper's to close, who may be held by a diverged price.
        if !trader.role.stays && desk.health(&state)?.maintenance.0 >= 0 {
            trader.reduce(desk, &state, 1, "closes")?;
        }
        let Some(state) = desk.margin(&trader.account) else { continue };
        trader.repay(desk, &state)?;
        withdraw(desk, trader.role.name, &trader.wallet, &trader.account)?;
        trader.record(desk)?;
        if let Some(owed) = trader.owes(desk)? {
            desk.tell(
                Tone::Alarm,
                format!("{} still owes {} beyond all collateral", trader.role.name, money::usdc(owed)),
            );
        }
    }
    withdraw(desk, KEEPER, &keeper.wallet, &keeper.account)?;
    for member in crew.members() {
        withdraw(desk, member.part.name, &member.wallet, &member.account)?;
    }
    providers.iter().try_for_each(|provider| provider.redeem(desk))
}

/// Withdraws every balance, and closes the account when nothing is left in it.
fn withdraw(desk: &mut Desk, name: &str, wallet: &Wallet, account: &Address) -> Result<(), String> {
    let Some(mut state) = desk.margin(account) else { return Ok(()) };
    // Losses that a deposit covers are paid from it: the account can be closed then.
    if state.cash < 0 && desk.holds(&state, SETTLEMENT_ASSET)? >= 0 {
        let bank_cash = desk.world.bank_cash_instruction(*account);
        if desk.crank(bank_cash).is_ok() {
            state = desk.margin(account).unwrap_or(state);
        }
    }
    let mut paid = Vec::new();
    for (asset, amount) in withdrawable(desk, &state)? {
        let withdraw = desk.world.withdraw_instruction(wallet, 0, asset, amount);
        match desk.send(wallet, withdraw) {
            Ok(_) => paid.push(told_amount(desk, asset, amount)),
            Err(refused) => {
                let amount = told_amount(desk, asset, amount);
                desk.tell(
                    Tone::Notice,
                    format!("{name} wants to withdraw {amount}, and is refused: {refused}"),
                );
            }
        }
    }
    let is_empty = desk.margin(account).is_some_and(|state| state.is_empty());
    let close = desk.world.close_account_instruction(wallet, 0);
    let closed = is_empty && desk.send(wallet, close).is_ok();
    let end = if closed { "; the account is closed, its rent returned" } else { "" };
    match (paid.is_empty(), closed) {
        (false, _) => desk.tell(Tone::Plain, format!("{name} withdraws {}{end}", paid.join(" and "))),
        (true, true) => desk.tell(Tone::Plain, format!("{name} has nothing left{end}")),
        (true, false) => (),
    }
    Ok(())
}

/// All balances of an account that owes nothing; otherwise the settlement tokens that initial margin leaves free.
fn withdrawable(desk: &Desk, state: &MarginState) -> Result<Vec<(u8, u64)>, String> {
    let held = state.tokens().iter().map(|token| Ok((token.asset, desk.holds(state, token.asset)?)));
    let held = held.collect::<Result<Vec<(u8, i64)>, String>>()?;
    let all: Vec<(u8, u64)> =
        held.into_iter().filter(|(_, units)| *units > 0).map(|(a, u)| (a, u.unsigned_abs())).collect();
    if state.is_unencumbered() {
        return Ok(all);
    }
    // Less what rounding to whole shares may take.
    let free = desk.health(state)?.initial.or_zero().0 - ROUNDING;
    let amount = free.min(desk.holds(state, SETTLEMENT_ASSET)?.max(0)).max(0).unsigned_abs();
    Ok(if amount > 0 { vec![(SETTLEMENT_ASSET, amount)] } else { Vec::new() })
}
