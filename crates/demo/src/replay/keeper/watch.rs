//! What the keeper does besides closing positions: margin calls, auctions of accounts that stay under water, and bankruptcies.

use plimsoll::error::PlimsollError;
use plimsoll::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_client::Event;
use plimsoll_risk::liquidation::is_called;
use plimsoll_risk::{Health, Ratio};

use super::Keeper;
use crate::money;
use crate::replay::cast::KEEPER;
use crate::replay::chronicle::{Note, amounts};
use crate::replay::desk::{Desk, Refused};
use crate::replay::trader::{Trader, ratio};
use crate::report::{Mechanism, MicroUsd, Tone};

impl Keeper {
    /// Does what the standing of one account calls for, once its positions are liquidated as far as they can be.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub(super) fn watch(&mut self, desk: &mut Desk, trader: &mut Trader) -> Result<(), String> {
        let Some(state) = desk.margin(&trader.account) else { return Ok(()) };
        if state.perp_count == 0 && state.cash < 0 {
            // What positions have lost is taken out of the deposit, so that it no longer counts as lent.
            let bank_cash = desk.world.bank_cash_instruction(trader.account);
            let _ = desk.crank(bank_cash);
        }
        let Some(state) = desk.margin(&trader.account) else { return Ok(()) };
        let health = desk.health(&state)?;
        let line = Ratio(desk.board().margin_call);
        let is_low = is_called(&health, line).is_ok_and(|low| low);
        let is_sunk = health.maintenance.0 < 0;
        if is_low && state.called_at == 0 || is_sunk && state.sunk_at == 0 {
            self.call(desk, trader, &state, &health);
        }
        if is_sunk && state.perp_count == 0 {
            if health.equity.0 >= 0 {
                self.put_up(desk, trader, &state);
            } else if desk.is_stripped(&state) {
                self.resolve(desk, trader)?;
            }
        }
        Ok(())
    }

    fn call(&mut self, desk: &mut Desk, trader: &Trader, before: &MarginState, health: &Health) {
        let call = desk.world.call_margin_instruction(trader.account);
        let outcome = match desk.crank(call) {
            Ok(outcome) => outcome,
            Err(refused) => return self.refused_watch(desk, "raise a margin call on", trader, &refused),
        };
        let stock = outcome.events.iter().find_map(|event| match event {
            Event::StockTaken(stock) => Some(*stock),
            _ => None,
        });
        let Some(stock) = stock.filter(|stock| before.called_at == 0 && stock.called_at != 0) else { return };
        let is_told = desk.times(Mechanism::MarginCall, &trader.account) == 0;
        let below = if stock.maintenance < 0 { "already below the line" } else { "close to the line" };
        let text = format!(
            "{KEEPER} calls {}'s margin: {below}, margin ratio {}, equity {}",
            trader.role.name,
            ratio(before, health).map_or("-".to_string(), money::ratio),
            money::usdc(MicroUsd(stock.equity.into())),
        );
        desk.happened(Note {
            mechanism: Mechanism::MarginCall,
            address: trader.account,
            name: trader.role.name.to_string(),
            amounts: amounts([("equity", stock.equity), ("maintenance_health", stock.maintenance)]),
            tone: Tone::Notice,
            text,
            is_told,
        });
    }

    fn put_up(&mut self, desk: &mut Desk, trader: &Trader, before: &MarginState) {
        let delay = i64::from(desk.board().auction_delay_seconds);
        let Some(state) = desk.margin(&trader.account) else { return };
        if before.auction_at != 0 || state.sunk_at == 0 || desk.now < state.sunk_at + delay {
            return;
        }
        let start = desk.world.start_auction_instruction(trader.account);
        let outcome = match desk.crank(start) {
            Ok(outcome) => outcome,
            Err(refused) => return self.refused_watch(desk, "put up", trader, &refused),
        };
        for event in &outcome.events {
            let Event::AuctionStarted(started) = event else { continue };
            let text = format!(
                "{KEEPER} puts {}'s account up for auction after {} minutes under water: equity {}, and nobody has repaid",
                trader.role.name,
                (desk.now - started.sunk_at) / 60,
                money::usdc(MicroUsd(started.equity.into())),
            );
            desk.happened(Note {
                mechanism: Mechanism::Auction,
                address: trader.account,
                name: trader.role.name.to_string(),
                amounts: amounts([("equity", started.equity), ("maintenance_health", started.maintenance)]),
                tone: Tone::Notice,
                text,
                is_told: true,
            });
        }
    }

    fn resolve(&mut self, desk: &mut Desk, trader: &mut Trader) -> Result<(), String> {
        let reserve = desk.reserve(SETTLEMENT_ASSET)?;
        let resolve = desk.world.resolve_bankruptcy_instruction(trader.account, SETTLEMENT_ASSET);
        let outcome = match desk.crank(resolve) {
            Ok(outcome) => outcome,
            Err(refused) => {
                self.refused_watch(desk, "resolve the bankruptcy of", trader, &refused);
                return Ok(());
            }
        };
        let from_reserve = (reserve - desk.reserve(SETTLEMENT_ASSET)?).max(0);
        for event in &outcome.events {
            let Event::BankruptcyResolved(resolved) = event else { continue };
            let [owed, from_fund] = [resolved.owed, resolved.from_fund].map(i128::from);
            let lost = owed - from_fund - from_reserve;
            self.bad_debt += owed;
            trader.principal = 0;
            let shown = |amount: i128| money::usdc(MicroUsd(amount));
            let text = format!(
                "{} is bankrupt: {} are owed and nothing is left; the shared fund pays {}, the bank's reserve {}, its lenders {}",
                trader.role.name,
                shown(owed),
                shown(from_fund),
                shown(from_reserve),
                shown(lost),
            );
            let named = [
                ("owed", owed),
                ("from_fund", from_fund),
                ("from_reserve", from_reserve),
                ("from_lenders", lost),
            ];
            desk.happened(Note {
                mechanism: Mechanism::Bankruptcy,
                address: trader.account,
                name: trader.role.name.to_string(),
                amounts: named.map(|(name, amount)| (name.to_string(), amount)).to_vec(),
                tone: Tone::Alarm,
                text,
                is_told: true,
            });
        }
        trader.record(desk)
    }

    /// A price in doubt is waited for; anything else is told once.
    fn refused_watch(&mut self, desk: &mut Desk, what: &str, trader: &Trader, refused: &Refused) {
        if refused.is(PlimsollError::PriceDiverged) {
            return;
        }
        let text = format!("{KEEPER} can't {what} {}: {refused}", trader.role.name);
        if self.told.insert(text.clone()) {
            desk.tell(Tone::Notice, text);
        }
    }
}
