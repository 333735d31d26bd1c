//! What becomes of an account that has sunk.

use plimsoll_risk::auction::AuctionTerms;
use plimsoll_risk::liquidation::is_called;
use plimsoll_risk::policy::Action;
use plimsoll_risk::rule::{self, Effect};
use plimsoll_risk::{Health, Position, Quantity, Quote, Ratio};

use super::{cash_of, move_tokens, note_sunk, recover, MarginGuard, Result};
use crate::bounds;
use crate::error::{require, PlimsollError};
use crate::state::{seconds_since, Bank, MarginState, Purpose, RiskBoard, SETTLEMENT_ASSET};
use crate::valuation::assess;

/// What became of an account's standing when someone looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub health: Health,
    pub called_at: i64,
    pub sunk_at: i64,
    pub auction_at: i64,
}

/// What a takeover cost, and what it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    pub equity: Quote,
    pub price: Quote,
    pub maintenance_before: Quote,
}

impl MarginGuard<'_> {
    /// Records what the account's health calls for, and clears what it no longer does: a
    /// margin call below the call line, the time at which it was first found below
    /// maintenance. Every price must be good enough to liquidate by.
    pub fn take_stock(&mut self, board: &RiskBoard, now: i64) -> Result<Standing> {
        let state = &mut *self.state;
        let found = assess(state, board, now, Action::Liquidate, SETTLEMENT_ASSET)?;
        require(found.is_certain, PlimsollError::PriceDiverged)?;
        let health = found.health;
        if is_called(&health, Ratio(board.margin_call))? && state.called_at == 0 {
            state.called_at = now;
        }
        note_sunk(state, &health, now);
        recover(state, board, &health)?;
        Ok(Standing {
            health,
            called_at: state.called_at,
            sunk_at: state.sunk_at,
            auction_at: state.auction_at,
        })
    }

    /// Puts the account up for auction, once it has been below maintenance for long enough.
    pub fn put_up(&mut self, board: &RiskBoard, now: i64) -> Result<Standing> {
        let standing = self.take_stock(board, now)?;
        require(standing.sunk_at != 0, PlimsollError::NotBelowMaintenance)?;
        let due = standing.sunk_at.saturating_add(board.auction_delay_seconds as i64);
        require(now >= due, PlimsollError::AuctionTooEarly)?;
        let state = &mut *self.state;
        if state.auction_at == 0 {
            state.auction_at = now;
        }
        Ok(Standing { auction_at: state.auction_at, ..standing })
    }

    /// Sells the whole book of the account to `winner`, who must stay above initial margin.
    /// The account keeps the price, in cash.
    pub fn sell_to(
        &mut self,
        winner: &mut MarginGuard,
        board: &RiskBoard,
        bank: &mut Bank,
        now: i64,
    ) -> Result<Sale> {
        let found = assess(self.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        require(self.auction_at != 0, PlimsollError::NoAuction)?;
        require(found.maintenance.0 < 0, PlimsollError::NotBelowMaintenance)?;
        require(found.equity.0 >= 0, PlimsollError::NothingToAuction)?;
        let elapsed = seconds_since(self.auction_at, now);
        let terms = AuctionTerms { seconds: board.auction_seconds };
        let price = terms.price_ceil(found.equity, elapsed)?;

        let before = assess(winner.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        merge(winner.state, self.state, bank)?;
        winner.state.add_cash(price.negated()?)?;
        self.state.clear(price);
        let after = assess(winner.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        rule::check(&before, &after, Effect::Increasing)?;
        Ok(Sale { equity: found.equity, price, maintenance_before: found.maintenance })
    }

    /// Strikes out what the account owes in the bank's token, if it has nothing to pay it
    /// with; returns the native units that the bank loses.
    pub fn forgive(&mut self, board: &RiskBoard, bank: &mut Bank) -> Result<Quantity> {
        require(self.has_nothing(board)?, PlimsollError::NotBankrupt)?;
        let owed = self.native_units(bank)?.negated()?;
        require(owed.0 > 0, PlimsollError::NotBankrupt)?;
        move_tokens(self.state, bank, owed, Purpose::Rescue)?;
        Ok(owed)
    }

    /// Whether there is no position, more is owed than owned, and what is owned (settlement
    /// tokens and cash taken together) is less than anybody would lift a finger for.
    fn has_nothing(&self, board: &RiskBoard) -> Result<bool> {
        let (mut owned, mut equity) = (Quote::ZERO, Quote::ZERO);
        for slot in self.tokens().iter() {
            let shares = Quantity(slot.shares);
            let mark = board.row(slot.asset)?.token_mark(shares)?;
            let cash = cash_of(self.state, slot.asset);
            let worth = mark.value_floor(shares).and_then(|value| value.plus(cash));
            let worth = worth?;
            owned = owned.plus(worth.or_zero())?;
            equity = equity.plus(worth)?;
        }
        Ok(self.perp_count == 0 && equity.0 < 0 && owned.0 < bounds::DUST)
    }
}

/// Adds all that `from` holds and owes to `to`. Only what lies in the same direction can be
/// added without touching a market or another bank; settlement tokens net through theirs.
fn merge(to: &mut MarginState, from: &MarginState, bank: &mut Bank) -> Result<()> {
    to.add_cash(Quote(from.cash))?;
    for slot in from.tokens() {
        let (theirs, ours) = (Quantity(slot.shares), to.shares(slot.asset));
        let shares = if slot.asset == SETTLEMENT_ASSET {
            let amount = bank.ledger().amount_floor(theirs)?;
            bank.move_balance(theirs, amount.negated()?, Purpose::Rescue)?;
            bank.move_balance(ours, amount, Purpose::Rescue)?
        } else {
            require(theirs.0.signum() * ours.0.signum() >= 0, PlimsollError::OppositeHoldings)?;
            ours.plus(theirs)?
        };
        to.set_shares(slot.asset, shares)?;
    }
    for slot in from.perps() {
        let (theirs, ours) = (slot.position(), to.position(slot.asset));
        require(to.may_trade(slot.asset), PlimsollError::IsolatedAccount)?;
        require(theirs.size.0.signum() * ours.size.0.signum() >= 0, PlimsollError::OppositeHoldings)?;
        let size = ours.size.plus(theirs.size)?;
        let entry = ours.entry.plus(theirs.entry)?;
        to.set_position(slot.asset, Position { size, entry })?;
    }
    Ok(())
}
