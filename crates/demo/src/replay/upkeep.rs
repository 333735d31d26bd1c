//! What anyone may do for a market, and the keeper does: settle it with the shared insurance fund, and deleverage it when it
//! owes its traders more than it has.

use plimsoll::events::{Deleveraged, InsuranceSwept};
use plimsoll::state::Market;
use plimsoll_client::Event;
use plimsoll_risk::Quote;
use plimsoll_risk::loss::deficit;

use super::cast::KEEPER;
use super::chronicle::{Note, amounts};
use super::desk::Desk;
use super::trader::Trader;
use crate::money;
use crate::report::{Mechanism, MicroUsd, Tone};

/// While the replay runs a market is deleveraged when this much of its capital is missing, in thousandths: each time costs a
/// transaction, and a small gap may close by itself.
const GAP: i64 = 50;

/// Settles every market with the shared fund, and deleverages those that lack too much.
///
/// # Errors
/// When an account can't be valued.
pub fn tend(desk: &mut Desk, traders: &mut [Trader]) -> Result<(), String> {
    for asset in markets(desk) {
        sweep(desk, asset);
        deleverage(desk, traders, asset, GAP)?;
    }
    Ok(())
}

/// Makes every market able to pay all that it owes: what is missing is given up, and losses are settled.
///
/// # Errors
/// When an account can't be valued.
pub fn make_solvent(desk: &mut Desk, traders: &mut [Trader]) -> Result<(), String> {
    for asset in markets(desk) {
        deleverage(desk, traders, asset, 0)?;
        for trader in traders.iter() {
            let holds = |state: plimsoll::state::MarginState| state.position(asset).size.0 != 0;
            if desk.margin(&trader.account).is_some_and(holds) {
                // Refused unless the market's capital does not cover its traders' profits, and this is a loss.
                let settle = desk.world.settle_loss_instruction(trader.account, asset);
                let _ = desk.crank(settle);
            }
        }
    }
    Ok(())
}

fn markets(desk: &Desk) -> Vec<u8> {
    desk.world.assets.iter().filter(|asset| asset.is_market).map(|asset| asset.index).collect()
}

fn market_name(desk: &Desk, asset: u8) -> String {
    format!("{}-PERP", desk.world.assets[asset as usize].symbol)
}

fn shown(amount: i64) -> String {
    money::usdc(MicroUsd(amount.into()))
}

// --- the shared fund ----------------------------------------------------------------------------------------------------------

fn sweep(desk: &mut Desk, asset: u8) {
    let market = desk.world.market(asset);
    let draws = market.loss_uncovered > 0 && desk.world.fund_account().balance > 0;
    let gives = market.loss_uncovered == 0 && market.insurance > market.terms.insurance_tranche;
    if !draws && !gives {
        return;
    }
    let sweep = desk.world.sweep_insurance_instruction(asset);
    let Ok(outcome) = desk.crank(sweep) else { return };
    for event in outcome.events {
        if let Event::InsuranceSwept(swept) = event
            && swept.moved != 0
        {
            note_sweep(desk, asset, &market, &swept);
        }
    }
}

fn note_sweep(desk: &mut Desk, asset: u8, before: &Market, swept: &InsuranceSwept) {
    let name = market_name(desk, asset);
    let (mechanism, tone, text) = if swept.moved > 0 {
        let text = format!(
            "{KEEPER} sweeps {} of {name}'s insurance into the shared fund, which has {} now",
            shown(swept.moved),
            shown(swept.fund_after)
        );
        (Mechanism::InsuranceSweep, Tone::Plain, text)
    } else {
        let text = format!(
            "the shared fund gives {name} back {} of the {} that its capital had lost; it has {} left",
            shown(-swept.moved),
            shown(before.loss_uncovered),
            shown(swept.fund_after)
        );
        (Mechanism::FundDraw, Tone::Notice, text)
    };
    desk.happened(Note {
        mechanism,
        address: swept.market,
        name,
        amounts: amounts([
            ("to_fund", swept.moved),
            ("insurance_after", swept.insurance_after),
            ("capital_after", swept.capital_after),
            ("fund_after", swept.fund_after),
        ]),
        tone,
        text,
        is_told: mechanism == Mechanism::FundDraw,
    });
}

// --- deleveraging -------------------------------------------------------------------------------------------------------------

/// What a market owes its traders beyond its capital.
fn missing(desk: &Desk, market: &Market) -> Quote {
    let marks = desk.row(market.asset).perp_marks();
    let missing = deficit(&market.open_interest(), &marks, market.terms.skew_scale, Quote(market.capital));
    missing.unwrap_or(Quote::ZERO)
}

/// Deleverages a market that lacks more than `gap` thousandths of its capital, after the pool's free capital has come to it.
fn deleverage(desk: &mut Desk, traders: &mut [Trader], asset: u8, gap: i64) -> Result<(), String> {
    let lacks = |desk: &Desk| {
        let market = desk.world.market(asset);
        let missing = missing(desk, &market).0;
        missing > 0 && i128::from(missing) * 1_000 >= i128::from(market.capital) * i128::from(gap)
    };
    if !lacks(desk) {
        return Ok(());
    }
    let rebalance = desk.world.rebalance_instruction(asset);
    let _ = desk.crank(rebalance);
    if !lacks(desk) {
        return Ok(());
    }
    let before = desk.world.market(asset);
    let had = equities(desk, traders, asset)?;
    let instruction = desk.world.deleverage_instruction(asset);
    // While the price is in doubt nobody knows what is owed: it is tried again at the next one.
    let Ok(outcome) = desk.crank(instruction) else { return Ok(()) };
    for event in outcome.events {
        let Event::Deleveraged(done) = event else { continue };
        let has = equities(desk, traders, asset)?;
        let given_up = had.iter().zip(&has).map(|((name, had), (_, has))| (*name, had - has));
        let given_up: Vec<(&str, i64)> = given_up.filter(|(_, amount)| *amount > 0).collect();
        note_deleveraging(desk, &before, &done, &given_up);
    }
    traders.iter_mut().try_for_each(|trader| trader.record(desk))
}

/// Equity of those who have a position in a market, micro-USD.
fn equities(desk: &Desk, traders: &[Trader], asset: u8) -> Result<Vec<(&'static str, i64)>, String> {
    let states = traders.iter().filter_map(|trader| Some((trader.role.name, desk.margin(&trader.account)?)));
    let holders = states.filter(|(_, state)| state.position(asset).size.0 != 0);
    holders.map(|(name, state)| Ok((name, desk.health(&state)?.equity.0))).collect()
}

/// What a side of `size` native units was charged, rounded down, micro-USD.
fn charged(before: i128, after: i128, size: i64) -> i64 {
    let charge = (after - before).checked_mul(i128::from(size)).map_or(0, |charge| charge >> 64);
    i64::try_from(charge).unwrap_or(i64::MAX)
}

fn note_deleveraging(desk: &mut Desk, before: &Market, done: &Deleveraged, given_up: &[(&str, i64)]) {
    let name = market_name(desk, before.asset);
    let longs = charged(before.haircut_long.get(), done.haircut_long.get(), before.long_size);
    let shorts = charged(before.haircut_short.get(), done.haircut_short.get(), before.short_size);
    let people: Vec<String> = given_up
        .iter()
        .map(|(name, amount)| format!("{name} {}", money::cents(MicroUsd((*amount).into()))))
        .collect();
    let side =
        |amount: i64| if amount > 0 { money::cents(MicroUsd(amount.into())) } else { "nothing".to_string() };
    let text = format!(
        "{name} owes {} more than it has: insurance pays {}, the shared fund {}; longs give up {}, shorts {} ({})",
        shown(done.from_insurance + done.from_fund + done.from_traders),
        side(done.from_insurance),
        side(done.from_fund),
        side(longs),
        side(shorts),
        people.join(", "),
    );
    let mut named = amounts([
        ("from_insurance", done.from_insurance),
        ("from_fund", done.from_fund),
        ("from_traders", done.from_traders),
        ("from_longs", longs),
        ("from_shorts", shorts),
        ("capital_after", done.capital_after),
    ]);
    named.extend(given_up.iter().map(|(name, amount)| (format!("given_up_by_{name}"), i128::from(*amount))));
    desk.happened(Note {
        mechanism: Mechanism::Deleveraging,
        address: done.market,
        name,
        amounts: named,
        tone: Tone::Alarm,
        text,
        is_told: true,
    });
}
