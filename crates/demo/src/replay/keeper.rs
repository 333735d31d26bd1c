//! The keeper: looks at every account after every price, and liquidates what is below its line.

mod watch;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::error::PlimsollError;
use plimsoll::events::Liquidated;
use plimsoll::state::{AssetRow, MarginState, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::Event;
use plimsoll_risk::health::perp_health;
use plimsoll_testkit::Wallet;
use solana_address::Address;

use super::cast::KEEPER;
use super::chronicle::{Note, amounts};
use super::desk::{self, Desk, Refused};
use super::trader::{Trader, ratio, told_amount};
use crate::money;
use crate::report::{Liquidation, Mechanism, MicroUsd, Tone, UnixTime};

/// More liquidations than this of one account at one price would be no progress.
const ROUNDS_MAX: usize = 64;

pub struct Keeper {
    pub wallet: Wallet,
    pub account: Address,
    pub liquidations: Vec<Liquidation>,
    /// Losses beyond equity, and debts struck out, micro-USD.
    pub bad_debt: i128,
    /// Since when liquidations in a market are held by the divergence band.
    held: BTreeMap<u8, UnixTime>,
    /// Refusals told already.
    told: BTreeSet<String>,
}

impl Keeper {
    /// Opens the account that receives the bounties.
    ///
    /// # Errors
    /// When the program refuses.
    pub fn new(desk: &mut Desk) -> Result<Self, String> {
        let wallet = desk.world.wallet(KEEPER);
        // An empty token account, for what is withdrawn at the end.
        desk.world.give(&wallet, SETTLEMENT_ASSET, 0);
        let open = desk.world.open_account_instruction(&wallet, 0);
        desk.send(&wallet, open).map_err(|refused| refused.to_string())?;
        let account = desk.world.account_address(&wallet, 0);
        Ok(Self {
            wallet,
            account,
            liquidations: Vec::new(),
            bad_debt: 0,
            held: BTreeMap::new(),
            told: BTreeSet::new(),
        })
    }

    /// Liquidates until nothing is left that can be, and takes stock of the rest.
    ///
    /// # Errors
    /// When an account can't be valued.
    pub fn patrol(&mut self, desk: &mut Desk, traders: &mut [Trader]) -> Result<(), String> {
        self.release(desk);
        for trader in traders {
            for _ in 0..ROUNDS_MAX {
                if !self.liquidate(desk, trader)? {
                    break;
                }
            }
            self.watch(desk, trader)?;
        }
        Ok(())
    }

    /// One liquidation of one account, in its dearest market that allows it; `false` if there was none.
    fn liquidate(&mut self, desk: &mut Desk, trader: &mut Trader) -> Result<bool, String> {
        let Some(state) = desk.margin(&trader.account) else { return Ok(false) };
        if state.perp_count == 0 {
            return Ok(false);
        }
        let board = desk.board();
        let health = desk::health(&state, &board)?;
        if health.maintenance.0 >= 0 {
            return Ok(false);
        }
        trader.record(desk)?;
        for asset in dearest_first(&state, &board) {
            let instruction = desk.world.liquidate_instruction(trader.account, self.account, asset);
            match desk.crank(instruction) {
                Ok(outcome) => {
                    let done = outcome.events.iter().find_map(|event| match event {
                        Event::Liquidated(liquidated) => Some(*liquidated),
                        _ => None,
                    });
                    // Nothing happens while another price of the account is in doubt.
                    let Some(liquidated) = done else { continue };
                    trader.record(desk)?;
                    self.note(desk, trader, (asset, ratio(&state, &health)), &liquidated);
                    return Ok(true);
                }
                Err(refused) => self.refused(desk, (asset, trader.role.name), &refused),
            }
        }
        Ok(false)
    }

    fn note(
        &mut self,
        desk: &mut Desk,
        trader: &Trader,
        (asset, ratio): (u8, Option<i64>),
        event: &Liquidated,
    ) {
        let Some(symbol) = desk.symbol(asset) else { return };
        let price = super::price_of_one(event.cost, event.size, desk.decimals(asset));
        self.liquidations.push(Liquidation {
            time: desk.now,
            account: trader.account.to_string(),
            market: super::market_name(symbol),
            symbol,
            size: -event.size,
            decimals: desk.decimals(asset),
            price,
            penalty: MicroUsd(event.penalty.into()),
            bounty: MicroUsd(event.bounty.into()),
            health_before: MicroUsd(event.maintenance_before.into()),
            health_after: MicroUsd(event.maintenance_after.into()),
        });
        let shown = |ratio: Option<i64>| ratio.map_or("-".to_string(), money::ratio);
        let after = trader.series.last().and_then(|sample| sample.margin_ratio_ppm);
        let (before, after) = (shown(ratio), shown(after));
        let closed = told_amount(desk, asset, event.size.unsigned_abs());
        let side = if event.size < 0 { "long" } else { "short" };
        let what = if event.size_after == 0 {
            format!("the whole {side} of {closed}")
        } else {
            let held = i128::from(event.size_after) - i128::from(event.size);
            format!("{closed} ({}%) of the {side}", i128::from(event.size).abs() * 100 / held.abs().max(1))
        };
        let ratios = if event.size_after == 0 { before } else { format!("{before} to {after}") };
        let text = format!(
            "{KEEPER} liquidates {}: {what} at {}, penalty {}, bounty {}; margin ratio {ratios}",
            trader.role.name,
            money::cents(price),
            money::cents(MicroUsd(event.penalty.into())),
            money::usdc(MicroUsd(event.bounty.into())),
        );
        if event.size_after == 0 {
            desk.tell(Tone::Alarm, text);
        } else {
            desk.happened(Note {
                mechanism: Mechanism::PartialLiquidation,
                address: trader.account,
                name: trader.role.name.to_string(),
                amounts: amounts([
                    ("penalty", event.penalty),
                    ("bounty", event.bounty),
                    ("health_before", event.maintenance_before),
                    ("health_after", event.maintenance_after),
                ]),
                tone: Tone::Alarm,
                text,
                is_told: true,
            });
        }
        self.note_loss(desk, trader, event);
    }

    fn note_loss(&mut self, desk: &mut Desk, trader: &Trader, event: &Liquidated) {
        let [insurance, capital] = [event.loss_to_insurance, event.loss_to_capital].map(i128::from);
        let loss = insurance + capital;
        self.bad_debt += loss;
        if loss > 0 {
            let [loss, insurance, capital] =
                [loss, insurance, capital].map(|part| money::usdc(MicroUsd(part)));
            let text = format!(
                "the loss is {loss} more than {} had: insurance pays {insurance}, the market's capital {capital}",
                trader.role.name,
            );
            desk.happened(Note {
                mechanism: Mechanism::InsuranceDraw,
                address: event.market,
                name: trader.role.name.to_string(),
                amounts: amounts([
                    ("from_insurance", event.loss_to_insurance),
                    ("from_capital", event.loss_to_capital),
                ]),
                tone: Tone::Alarm,
                text,
                is_told: true,
            });
        }
    }

    fn refused(&mut self, desk: &mut Desk, (asset, name): (u8, &str), refused: &Refused) {
        // The dearest position has been refused already, and was told of.
        if refused.is(PlimsollError::NotFirstInLine) {
            return;
        }
        let symbol = desk.world.assets[asset as usize].symbol.clone();
        if refused.is(PlimsollError::PriceDiverged) {
            if self.held.insert(asset, desk.now).is_none() {
                let row = desk.row(asset);
                let text = format!(
                    "liquidations in {symbol}-PERP hold: {symbol} is {}% from its slow price (the band is {}%); {name} would be due",
                    money::grouped(row.divergence.into(), 4, 1),
                    money::grouped(row.divergence_max.into(), 4, 1),
                );
                desk.tell(Tone::Notice, text);
            }
            return;
        }
        let text = format!("{KEEPER} can't liquidate {name} in {symbol}-PERP: {refused}");
        if self.told.insert(text.clone()) {
            desk.tell(Tone::Notice, text);
        }
    }

    /// Tells of markets whose slow price has come near enough again, or that have been held for
    /// as long as they may be.
    fn release(&mut self, desk: &mut Desk) {
        let is_calm = |row: &AssetRow| row.divergence <= row.divergence_max;
        let goes_on = |asset: &u8| {
            let row = desk.row(*asset);
            is_calm(&row) || desk.now >= row.held_until
        };
        let released: Vec<u8> = self.held.keys().copied().filter(goes_on).collect();
        for asset in released {
            let what = match is_calm(&desk.row(asset)) {
                true => "is within the band again",
                false => "may not be held any longer",
            };
            let since = self.held.remove(&asset).unwrap_or(desk.now);
            let symbol = desk.world.assets[asset as usize].symbol.clone();
            let minutes = (desk.now - since) / 60;
            let text =
                format!("{symbol} {what} after {} h {} min: liquidations go on", minutes / 60, minutes % 60);
            desk.tell(Tone::Notice, text);
        }
    }
}

/// Assets of the account's positions, the largest maintenance requirement first.
fn dearest_first(state: &MarginState, board: &RiskBoard) -> Vec<u8> {
    let requirement = |asset: u8| {
        let row = &board.rows[asset as usize];
        let health = perp_health(&state.position(asset), &row.perp_marks(), &row.perp_risk());
        health.and_then(|health| health.maintenance_requirement()).map_or(0, |requirement| requirement.0)
    };
    let mut assets: Vec<u8> = state.perps().iter().map(|slot| slot.asset).collect();
    assets.sort_by_key(|asset| std::cmp::Reverse(requirement(*asset)));
    assets
}
