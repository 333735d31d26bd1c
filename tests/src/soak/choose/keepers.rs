//! Who liquidates, rescues, takes over and winds up whom.

use super::{Chooser, Open};
use crate::soak::expected::ORDERS;
use crate::soak::stage::Stage;
use crate::soak::step::Step;
use plimsoll::state::MarginState;
use plimsoll::valuation::displayed_health;
use plimsoll_risk::Position;

impl Chooser {
    /// Mostly an account that has sunk, if there is one; sometimes anybody's.
    fn prey(&mut self, stage: &Stage) -> Option<Open> {
        let board = stage.world.board();
        let sunk = all(stage, |a| displayed_health(a, &board).is_ok_and(|health| health.maintenance.0 < 0));
        self.mostly(stage, &sunk)
    }

    /// Mostly one of these, if there is one; sometimes anybody's.
    fn mostly(&mut self, stage: &Stage, these: &[Open]) -> Option<Open> {
        match self.random.one_of(these) {
            Some(account) if !self.random.once_in(8) => Some(account),
            None if !self.random.once_in(8) => None,
            _ => self.account(stage),
        }
    }

    /// Mostly a position of a sunk account, mostly the largest.
    pub(super) fn liquidate(&mut self, stage: &Stage) -> Option<Step> {
        let (account, board) = (self.prey(stage)?, stage.world.board());
        let positions: Vec<u8> = account.state.perps().iter().map(|position| position.asset).collect();
        let any = self.market(&board)?;
        let asset = if self.random.once_in(16) { any } else { self.random.one_of(&positions).unwrap_or(any) };
        let keeper = self.keeper();
        let Open { who, sub, .. } = account;
        (who != keeper || sub > 0).then_some(Step::Liquidate { who, sub, asset, keeper })
    }

    pub(super) fn call_margin(&mut self, stage: &Stage) -> Option<Step> {
        let Open { who, sub, .. } = self.prey(stage)?;
        Some(Step::CallMargin { who, sub })
    }

    /// What is owed and what is held for it, and how much to repay; now and then a pair that is
    /// not there.
    fn debt(&mut self, stage: &Stage) -> Option<(Open, u8, u8, u64)> {
        let board = stage.world.board();
        let of_sign = |a: &MarginState, sign: i64| -> Vec<u8> {
            let tokens = a.tokens().iter().filter(|token| token.shares.signum() == sign);
            tokens.map(|token| token.asset).collect()
        };
        let is_sunk =
            |a: &MarginState| displayed_health(a, &board).is_ok_and(|health| health.maintenance.0 < 0);
        let these = all(stage, |a| is_sunk(a) && !of_sign(a, -1).is_empty() && !of_sign(a, 1).is_empty());
        let account = self.mostly(stage, &these)?;
        let (debts, held) = (of_sign(&account.state, -1), of_sign(&account.state, 1));
        let is_missing = debts.is_empty() || held.is_empty();
        let pair = if is_missing { None } else { self.random.one_of(&debts).zip(self.random.one_of(&held)) };
        let (debt, asset) = match pair {
            Some(pair) => pair,
            None if self.random.once_in(6) => (self.collateral(&board)?, self.collateral(&board)?),
            None => return None,
        };
        let most = if self.random.once_in(3) { self.random.size(1 << 40) } else { u64::MAX };
        (debt != asset).then_some((account, debt, asset, most))
    }

    pub(super) fn liquidate_debt(&mut self, stage: &Stage) -> Option<Step> {
        let (Open { who, sub, .. }, debt, asset, most) = self.debt(stage)?;
        let keeper = self.keeper();
        let step = Step::LiquidateDebt { who, sub, debt, asset, most, keeper };
        (who != keeper || sub > 0).then_some(step)
    }

    pub(super) fn receivership(&mut self, stage: &Stage) -> Option<Step> {
        let (Open { who, sub, .. }, debt, asset, most) = self.debt(stage)?;
        let wrong = self.random.below(ORDERS.len() as u64) as u8;
        let order = if self.random.once_in(4) { wrong } else { wrong % 2 };
        Some(Step::Receivership { who, sub, debt, asset, most, keeper: self.keeper(), order })
    }

    /// Mostly one that has been known to be sunk for some time.
    pub(super) fn start_auction(&mut self, stage: &Stage) -> Option<Step> {
        let now = stage.world.svm.now();
        let due = all(stage, |a| a.sunk_at != 0 && a.auction_at == 0 && now - a.sunk_at > 500);
        let Open { who, sub, .. } = self.mostly(stage, &due)?;
        Some(Step::StartAuction { who, sub })
    }

    pub(super) fn win_auction(&mut self, stage: &Stage) -> Option<Step> {
        let offered = all(stage, |a| a.auction_at != 0);
        let Open { who, sub, .. } = self.mostly(stage, &offered)?;
        let (winner, into) = if self.random.once_in(2) {
            (self.keeper(), 0)
        } else {
            let account = self.account(stage)?;
            (account.who, account.sub)
        };
        let most = if self.random.once_in(8) { self.random.size(1 << 30) } else { u64::MAX };
        ((who, sub) != (winner, into)).then_some(Step::WinAuction { who, sub, winner, into, most })
    }

    /// Mostly where a market can't pay those in profit, of somebody healthy who loses there.
    pub(super) fn settle_loss(&mut self, stage: &Stage) -> Option<Step> {
        let board = stage.world.board();
        let (short, any) = (self.short_of_money(stage), self.market(&board)?);
        let asset = self.random.one_of(&short).unwrap_or(any);
        let loses = |position: Position| {
            let value = board.rows[asset as usize].perp_marks().of(position.size).value_floor(position.size);
            value.is_ok_and(|value| value.0 < position.entry.0)
        };
        let is_healthy = |a: &MarginState| displayed_health(a, &board).is_ok_and(|h| h.maintenance.0 >= 0);
        let losing = all(stage, |a| !short.is_empty() && loses(a.position(asset)) && is_healthy(a));
        let Open { who, sub, state } = self.mostly(stage, &losing)?;
        (state.position(asset).size.0 != 0).then_some(Step::SettleLoss { who, sub, asset })
    }

    pub(super) fn bank_cash(&mut self, stage: &Stage) -> Option<Step> {
        let owing = all(stage, |a| a.cash < 0);
        let Open { who, sub, .. } = self.mostly(stage, &owing)?;
        Some(Step::BankCash { who, sub })
    }

    pub(super) fn deleverage(&mut self, stage: &Stage) -> Option<Step> {
        let short = self.short_of_money(stage);
        let asset = match self.random.one_of(&short) {
            Some(asset) => asset,
            None if self.random.once_in(4) => self.market(&stage.world.board())?,
            None => return None,
        };
        if self.random.once_in(2) {
            self.queue.push_back(Step::Deleverage { asset });
            return Some(Step::Rebalance { asset });
        }
        Some(Step::Deleverage { asset })
    }

    /// Markets whose capital does not cover the profits of both sides.
    fn short_of_money(&self, stage: &Stage) -> Vec<u8> {
        let board = stage.world.board();
        let short = stage.markets().into_iter().filter(|market| {
            let marks = board.rows[market.asset as usize].perp_marks();
            let sides = market.open_interest().sides_pnl_floor(&marks);
            sides.is_ok_and(|(long, short)| long.0.max(0) + short.0.max(0) > market.capital)
        });
        short.map(|market| market.asset).collect()
    }

    /// Mostly somebody who owes and has nothing.
    pub(super) fn resolve(&mut self, stage: &Stage) -> Option<Step> {
        let owes = |a: &MarginState| a.cash < 0 || a.tokens().iter().any(|token| token.shares < 0);
        let ruined =
            all(stage, |a| a.perp_count == 0 && owes(a) && a.tokens().iter().all(|token| token.shares <= 0));
        let Open { who, sub, state } = self.mostly(stage, &ruined)?;
        let debts: Vec<u8> = state.tokens().iter().filter(|t| t.shares < 0).map(|t| t.asset).collect();
        let debt = self.random.one_of(&debts).unwrap_or(0);
        Some(Step::Resolve { who, sub, debt })
    }

    pub(super) fn settle_all(&mut self, _: &Stage) -> Option<Step> {
        Some(Step::SettleAll {})
    }
}

/// The accounts of which something holds.
pub(super) fn all(stage: &Stage, holds: impl Fn(&MarginState) -> bool) -> Vec<Open> {
    let accounts = stage.accounts().into_iter().filter(|(_, _, state)| holds(state));
    accounts.map(|(who, sub, state)| Open { who, sub, state }).collect()
}
