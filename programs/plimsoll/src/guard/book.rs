//! The account as a handler has it while the guard watches.

use plimsoll_risk::health::{perp_health, token_health};
use plimsoll_risk::liquidation::{self, Liquidation, LiquidationTerms};
use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::rule::{self, Effect};
use plimsoll_risk::{Health, PerpRisk, Position, Quantity, Quote};

use super::{cash_of, move_tokens, native_units, note_sunk, recover, Result};
use crate::error::{require, PlimsollError};
use crate::state::{seconds_since, AssetRow, Bank, MarginState, Purpose, RiskBoard};
use crate::valuation::Assessment;

/// A margin account lent to a handler, with its health kept up to date.
pub struct Book<'a> {
    pub(super) state: &'a mut MarginState,
    pub(super) board: &'a RiskBoard,
    pub(super) now: i64,
    pub(super) action: Action,
    pub(super) before: Assessment,
    pub(super) health: Health,
}

impl<'a> Book<'a> {
    /// What [`guarded`](super::MarginGuard::guarded) does after the change.
    #[inline(never)]
    pub(super) fn take_back(self, effect: Effect) -> Result<()> {
        rule::check(&self.before.health, &self.health, effect)?;
        if self.before.is_certain {
            recover(self.state, self.board, &self.health)?;
        }
        Ok(())
    }

    /// Health before the change.
    pub fn before(&self) -> &Health {
        &self.before.health
    }

    /// Health as changed so far.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The position in an asset; flat if there is none.
    pub fn position(&self, asset: u8) -> Position {
        self.state.position(asset)
    }

    /// Native units of a bank's token, cash included; negative if owed.
    pub fn native_units(&self, bank: &Bank) -> Result<Quantity> {
        native_units(self.state, bank, self.state.token_slot(bank.asset))
    }

    pub fn cash(&self) -> Quote {
        Quote(self.state.cash)
    }

    /// The position whose liquidation comes first: of those whose price allows it, the one
    /// with the largest maintenance requirement, the lower slot on a tie.
    pub fn first_in_line(&self) -> u8 {
        self.before.largest
    }

    /// Seconds since the account was first found below maintenance; this is the first time
    /// if it never was.
    pub fn sunk_seconds(&mut self) -> u64 {
        note_sunk(self.state, &self.before.health, self.now);
        seconds_since(self.state.sunk_at, self.now)
    }

    /// Adds to (or takes from) cash, which may become a debt.
    #[inline(never)]
    pub fn settle(&mut self, amount: Quote) -> Result<()> {
        self.state.add_cash(amount)?;
        self.health = self.health.plus(Health::cash(amount))?;
        Ok(())
    }

    /// The row of the asset that is acted on: its price must be good enough for that.
    #[inline(never)]
    pub fn row(&self, asset: u8) -> Result<&'a AssetRow> {
        let row = self.board.row(asset)?;
        policy::check(&row.price_state(self.now), &row.price_limits(), self.action)?;
        Ok(row)
    }

    /// Liquidates the position in `asset` as the risk crate plans it, and returns what it was
    /// before; `None` if the account is not below maintenance. The penalty is taken.
    pub fn liquidate(
        &mut self,
        asset: u8,
        terms: &LiquidationTerms,
    ) -> Result<Option<(Position, Liquidation)>> {
        let position = self.state.position(asset);
        let plan = liquidation::plan(&self.before.health, &position, terms)?;
        let Some(plan) = plan else { return Ok(None) };
        self.state.set_position(asset, plan.position)?;
        self.state.add_cash(plan.realised.minus(plan.penalty)?)?;
        self.health = plan.health_after;
        Ok(Some((position, plan)))
    }

    /// Replaces the position in `asset` by one that is judged by `risk`.
    pub fn replace_position(&mut self, asset: u8, after: Position, risk: &PerpRisk) -> Result<()> {
        let row = self.row(asset)?;
        let before = self.state.position(asset);
        self.state.set_position(asset, after)?;
        let marks = row.perp_marks();
        self.exchange(perp_health(&before, &marks, &row.perp_risk()), perp_health(&after, &marks, risk))
    }

    /// Adds native units to (or takes them from) the balance in a bank; with settlement
    /// tokens, cash moves into the bank too.
    /// Returns the shares afterwards.
    pub fn move_tokens(&mut self, bank: &mut Bank, delta: Quantity, purpose: Purpose) -> Result<Quantity> {
        let (asset, cash) = (bank.asset, cash_of(self.state, bank.asset));
        let (row, before) = (self.row(asset)?, self.state.shares(asset));
        let after = move_tokens(self.state, bank, delta, purpose)?;
        let is_known = self.action < Action::Increase || row.knows_interest(after, self.now);
        require(is_known, PlimsollError::PriceAgeing)?;
        self.health = self.health.minus(Health::cash(cash))?;
        let risk = row.collateral_risk();
        self.exchange(
            token_health(before, &row.token_marks(before)?, &risk),
            token_health(after, &row.token_marks(after)?, &risk),
        )?;
        Ok(after)
    }

    /// Health is a sum over slots: the old slot goes out, the new one comes in.
    #[inline(never)]
    fn exchange(
        &mut self,
        before: plimsoll_risk::Result<Health>,
        after: plimsoll_risk::Result<Health>,
    ) -> Result<()> {
        let exchanged = before.and_then(|b| self.health.minus(b)).and_then(|rest| rest.plus(after?));
        self.health = exchanged?;
        Ok(())
    }
}
