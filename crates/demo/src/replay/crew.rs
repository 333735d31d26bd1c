//! Those who take part without a position of their own: a lender, a donor to the insurance fund, somebody with money who takes
//! over debts, and a bidder at auctions.

use std::collections::BTreeSet;

use plimsoll::error::PlimsollError;
use plimsoll::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_client::Event;
use plimsoll_testkit::Wallet;
use solana_address::Address;

use super::cast::{self, Part};
use super::chronicle::{Note, amounts};
use super::desk::{Desk, Refused};
use super::trader::{Trader, told_amount};
use crate::calendar::DAY_SECONDS;
use crate::money;
use crate::report::{Mechanism, MicroUsd, Tone};

/// The hour of the day at which debts are looked at, UTC.
const LOOK_SECONDS: i64 = 18 * 3_600;

/// The part of an account's equity that a bidder pays at most, in thousandths.
const BID_SHARE: i64 = 750;

pub struct Member {
    pub part: Part,
    pub wallet: Wallet,
    pub account: Address,
}

impl Member {
    /// Opens an account with the member's money in it; a donor's goes to the insurance fund.
    fn join(part: Part, desk: &mut Desk) -> Result<Self, String> {
        let wallet = desk.world.wallet(part.name);
        let account = desk.world.account_address(&wallet, 0);
        let amount = part.amount.unsigned_abs();
        for asset in desk.world.assets.iter().map(|asset| asset.index).collect::<Vec<_>>() {
            desk.world.give(&wallet, asset, 0);
        }
        desk.world.give(&wallet, SETTLEMENT_ASSET, amount);
        let open = desk.world.open_account_instruction(&wallet, 0);
        let deposit = desk.world.deposit_instruction(&wallet, 0, SETTLEMENT_ASSET, amount);
        let sent = desk.send(&wallet, open).and_then(|_| desk.send(&wallet, deposit));
        sent.map_err(|refused| format!("{} can't deposit: {refused}", part.name))?;
        let told = told_amount(desk, SETTLEMENT_ASSET, amount);
        desk.tell(Tone::Plain, format!("{} {}; deposits {told}", part.name, part.who));
        Ok(Self { part, wallet, account })
    }
}

pub struct Crew {
    pub lender: Member,
    pub rescuer: Member,
    pub bidder: Member,
    pub donor: (Part, Wallet),
    /// Days on which debts have been looked at.
    looked: i64,
    /// Refusals told already.
    told: BTreeSet<String>,
}

impl Crew {
    /// Everybody comes with their money.
    ///
    /// # Errors
    /// When the program refuses it.
    pub fn join(dice: &mut cast::Dice, desk: &mut Desk) -> Result<Self, String> {
        let [lender, rescuer, bidder, donor] = cast::crew(dice);
        let donor = (donor, give(donor, desk)?);
        let [lender, rescuer, bidder] = [lender, rescuer, bidder].map(|part| Member::join(part, desk));
        let looked = (desk.now - LOOK_SECONDS).div_euclid(DAY_SECONDS);
        Ok(Self { lender: lender?, rescuer: rescuer?, bidder: bidder?, donor, looked, told: BTreeSet::new() })
    }

    /// Those with a margin account.
    pub fn members(&self) -> [&Member; 3] {
        [&self.lender, &self.rescuer, &self.bidder]
    }

    /// Bids for what is up for auction, and once a day repays what sunk borrowers owe.
    ///
    /// # Errors
    /// When an account can't be valued.
    pub fn act(&mut self, desk: &mut Desk, traders: &mut [Trader]) -> Result<(), String> {
        let day = (desk.now - LOOK_SECONDS).div_euclid(DAY_SECONDS);
        let looks = day != self.looked;
        self.looked = day;
        for trader in traders {
            let Some(state) = desk.margin(&trader.account) else { continue };
            if state.perp_count > 0 || desk.health(&state)?.maintenance.0 >= 0 {
                continue;
            }
            if state.auction_at != 0 {
                self.bid(desk, trader, &state)?;
            }
            if looks {
                self.take_over(desk, trader)?;
            }
        }
        Ok(())
    }

    /// Bids for the whole account once it is cheap enough; one book at a time.
    fn bid(&mut self, desk: &mut Desk, trader: &mut Trader, state: &MarginState) -> Result<(), String> {
        let own = desk.margin(&self.bidder.account);
        let equity = desk.health(state)?.equity.0;
        if equity <= 0 || own.is_none_or(|own| own.token_count != 1) {
            return Ok(());
        }
        let most = (i128::from(equity) * i128::from(BID_SHARE) / 1_000) as u64;
        let win = desk.world.win_auction_instruction(&self.bidder.wallet, 0, trader.account, most);
        let outcome = match desk.send(&self.bidder.wallet, win) {
            Ok(outcome) => outcome,
            Err(refused) => {
                if !refused.is(PlimsollError::LimitPrice) {
                    self.tell_refusal(desk, self.bidder.part.name, "win the account of", trader, &refused);
                }
                return Ok(());
            }
        };
        for event in &outcome.events {
            let Event::AuctionWon(won) = event else { continue };
            trader.principal = 0;
            let shown = |amount: i64| money::usdc(MicroUsd(amount.into()));
            let text = format!(
                "{} wins {}'s account at auction: pays {} for an equity of {}, a discount of {}%",
                self.bidder.part.name,
                trader.role.name,
                shown(won.price),
                shown(won.equity),
                (won.equity - won.price) * 100 / won.equity.max(1),
            );
            desk.happened(Note {
                mechanism: Mechanism::AuctionWon,
                address: trader.account,
                name: trader.role.name.to_string(),
                amounts: amounts([("equity", won.equity), ("price", won.price)]),
                tone: Tone::Alarm,
                text,
                is_told: true,
            });
        }
        trader.record(desk)
    }

    /// Repays a sunk account's debt in settlement tokens for its most valuable collateral, as far as the money goes.
    fn take_over(&mut self, desk: &mut Desk, trader: &mut Trader) -> Result<(), String> {
        let (Some(state), Some(own)) = (desk.margin(&trader.account), desk.margin(&self.rescuer.account))
        else {
            return Ok(());
        };
        let (owed, money) = (-desk.holds(&state, SETTLEMENT_ASSET)?, desk.holds(&own, SETTLEMENT_ASSET)?);
        let Some(asset) = desk.best_collateral(&state)?.filter(|_| owed > 0 && money > 0) else {
            return Ok(());
        };
        let pair = (SETTLEMENT_ASSET, asset);
        let liquidate = desk.world.liquidate_debt_instruction(
            &self.rescuer.wallet,
            trader.account,
            pair,
            money.unsigned_abs(),
        );
        trader.record(desk)?;
        let interest = trader.told_interest(desk, owed.unsigned_abs());
        let outcome = match desk.send(&self.rescuer.wallet, liquidate) {
            Ok(outcome) => outcome,
            Err(refused) => {
                self.tell_refusal(desk, self.rescuer.part.name, "repay the debt of", trader, &refused);
                return Ok(());
            }
        };
        for event in &outcome.events {
            let Event::DebtLiquidated(done) = event else { continue };
            trader.principal = trader.principal.saturating_sub(done.repaid);
            let text = format!(
                "{} repays {} of the {} that {} owes{interest}, and takes {} for it",
                self.rescuer.part.name,
                told_amount(desk, SETTLEMENT_ASSET, done.repaid),
                told_amount(desk, SETTLEMENT_ASSET, owed.unsigned_abs()),
                trader.role.name,
                told_amount(desk, asset, done.seized),
            );
            let seized = format!("seized_{}", desk.world.assets[asset as usize].symbol);
            desk.happened(Note {
                mechanism: Mechanism::DebtTakeover,
                address: trader.account,
                name: trader.role.name.to_string(),
                amounts: vec![
                    ("owed".to_string(), owed.into()),
                    ("repaid".to_string(), done.repaid.into()),
                    (seized, done.seized.into()),
                ],
                tone: Tone::Alarm,
                text,
                is_told: true,
            });
        }
        trader.record(desk)
    }

    fn tell_refusal(&mut self, desk: &mut Desk, name: &str, what: &str, trader: &Trader, refused: &Refused) {
        let text = format!("{name} wants to {what} {}, and is refused: {refused}", trader.role.name);
        if self.told.insert(text.clone()) {
            desk.tell(Tone::Notice, text);
        }
    }
}

/// The donor's gift to the shared insurance fund.
fn give(part: Part, desk: &mut Desk) -> Result<Wallet, String> {
    let wallet = desk.world.wallet(part.name);
    desk.world.give(&wallet, SETTLEMENT_ASSET, part.amount.unsigned_abs());
    let fund = desk.world.fund_insurance_instruction(&wallet, part.amount.unsigned_abs());
    let outcome =
        desk.send(&wallet, fund).map_err(|refused| format!("{} can't give: {refused}", part.name))?;
    for event in &outcome.events {
        let Event::InsuranceFunded(funded) = event else { continue };
        let text = format!(
            "{} {}: gives {} to the shared insurance fund",
            part.name,
            part.who,
            told_amount(desk, SETTLEMENT_ASSET, funded.amount)
        );
        desk.happened(Note {
            mechanism: Mechanism::InsuranceGift,
            address: funded.fund,
            name: "shared fund".to_string(),
            amounts: vec![("given".to_string(), funded.amount.into())],
            tone: Tone::Plain,
            text,
            is_told: true,
        });
    }
    Ok(wallet)
}
