//! The way out: from any state, what anybody may do settles every account.

use super::broken::{Broken, Kind};
use super::stage::{Done, KEEPERS, Stage};
use super::step::{Assets, Step};
use crate::scene::{E8, USD, USDC};
use plimsoll::error::PlimsollError::{self, *};
use plimsoll::state::{MarginState, Market};
use plimsoll::valuation::{assess, displayed_health};
use plimsoll_risk::policy::Action;
use plimsoll_risk::{Health, Quantity};

/// Transactions that settling one account may take, refreshes not counted.
pub const TRANSACTIONS_MAX: u32 = 64;

/// Who settles; he tops up his own account before.
const KEEPER: u8 = KEEPERS.start;
const KEEPER_TOP_UP: u64 = 2_000_000 * USD as u64;
/// What a well-wisher adds to the insurance fund where a loss has nobody to bear it.
const DONATION: u64 = 100_000 * USD as u64;

/// Longer than any hold, and than the delay of an auction.
const CALM_SECONDS: u64 = 601;
/// How often that is waited: the slow price of what has risen twentyfold needs a dozen times.
const CALM_ROUNDS_MAX: u32 = 40;

impl Stage {
    /// Prices stand still; then each account below maintenance is settled by steps that need
    /// nobody's permission. INV-18: within [`TRANSACTIONS_MAX`] it is above maintenance or has
    /// nothing left, and no step is refused but for a reason that the next step removes.
    pub(super) fn settle_all(&mut self) -> Result<(), Broken> {
        self.calm()?;
        if self.sunk().is_empty() {
            return Ok(());
        }
        self.top_up(KEEPER)?;
        let mut left = TRANSACTIONS_MAX * self.sunk().len() as u32;
        while let Some((who, sub)) = self.sunk().first().copied() {
            if self.auction(who, sub)? {
                self.settled += 1;
                continue;
            }
            while self.is_sunk(who, sub) {
                self.settle_step(who, sub)?;
                left = left.checked_sub(1).ok_or_else(|| self.no_way_out(who, sub, "too many steps"))?;
            }
            self.settled += 1;
        }
        Ok(())
    }

    /// All oracles publish what they published last, and every row is brought up to date: now,
    /// after the longest hold, and until the slow prices have arrived.
    fn calm(&mut self) -> Result<(), Broken> {
        let assets: Vec<u8> = (0..self.world.assets.len() as u8).collect();
        for round in 0..CALM_ROUNDS_MAX {
            self.perform(&Step::Wait { seconds: if round == 0 { 1 } else { CALM_SECONDS } })?;
            for asset in assets.iter().skip(1) {
                let price = self.quotes.get(*asset as usize).copied().unwrap_or(E8);
                self.perform(&Step::Quote { asset: *asset, price, confidence: 500, lag: 0 })?;
            }
            self.must(&Step::Refresh { assets: Assets(assets.clone()) })?;
            let is_calm = self.world.board().rows.iter().all(|row| row.divergence <= row.divergence_max);
            if round > 0 && is_calm {
                return Ok(());
            }
        }
        Err(stuck("the slow prices do not arrive".into()))
    }

    /// Accounts below maintenance.
    fn sunk(&self) -> Vec<(u8, u16)> {
        let board = self.world.board();
        let is_sunk =
            |state: &MarginState| displayed_health(state, &board).is_ok_and(|h| h.maintenance.0 < 0);
        let accounts = self.accounts().into_iter();
        accounts.filter(|(_, _, state)| is_sunk(state)).map(|(who, sub, _)| (who, sub)).collect()
    }

    fn health(&self, who: u8, sub: u16) -> Option<Health> {
        displayed_health(&self.account(who, sub)?, &self.world.board()).ok()
    }

    fn is_sunk(&self, who: u8, sub: u16) -> bool {
        self.health(who, sub).is_some_and(|health| health.maintenance.0 < 0)
    }

    /// A keeper brings money. Where the guardian has paused new deposits, the pause is waited
    /// out: it lasts a day at most, and stops nothing that follows.
    fn top_up(&mut self, who: u8) -> Result<(), Broken> {
        let deposit = Step::Deposit { who, sub: 0, asset: USDC, amount: KEEPER_TOP_UP };
        if self.may(&deposit, &[Paused])?.is_some() {
            let (board, now) = (self.world.board(), self.world.svm.now());
            let until = board.paused_until.max(board.rows[USDC as usize].paused_until);
            self.perform(&Step::Wait { seconds: (until - now).unsigned_abs() })?;
            self.calm()?;
            self.must(&deposit)?;
        }
        Ok(())
    }

    fn must(&mut self, step: &Step) -> Result<(), Broken> {
        self.may(step, &[]).map(|_| ())
    }

    /// Does a step that may be refused for these reasons only.
    fn may(&mut self, step: &Step, reasons: &[PlimsollError]) -> Result<Option<PlimsollError>, Broken> {
        let done = self.perform(step)?;
        let result = match &done {
            Done::Refused(error) if reasons.contains(error) => Ok(Some(*error)),
            Done::Succeeded(_) => Ok(None),
            done => Err(stuck(format!("{step}: {done:?}"))),
        };
        self.settling.push((step.clone(), done));
        result
    }

    fn no_way_out(&self, who: u8, sub: u16, why: &str) -> Broken {
        let state = self.account(who, sub);
        let health = self.health(who, sub);
        let slots = state.map(|s| (s.cash, s.tokens().to_vec(), s.perps().to_vec()));
        stuck(format!("account {sub} of person {who}: {why}: {health:?} {slots:?}"))
    }

    /// The next thing that anybody may do about an account below maintenance.
    fn settle_step(&mut self, who: u8, sub: u16) -> Result<(), Broken> {
        let Some(state) = self.account(who, sub) else { return Err(self.no_way_out(who, sub, "closed")) };
        if state.sunk_at == 0 {
            return self.must(&Step::CallMargin { who, sub });
        }
        if state.perp_count > 0 {
            let now = self.world.svm.now();
            let found = assess(&state, &self.world.board(), now, Action::Liquidate, USDC);
            let asset = found.map_err(|e| self.no_way_out(who, sub, &format!("{e:?}")))?.largest;
            return self.liquidate(&Step::Liquidate { who, sub, asset, keeper: KEEPER }, asset);
        }
        if state.cash < 0 {
            return self.must(&Step::BankCash { who, sub });
        }
        let (owed, held) = self.owed_and_held(&state);
        for (debt, asset) in owed.iter().flat_map(|debt| held.iter().map(move |asset| (*debt, *asset))) {
            let step = Step::LiquidateDebt { who, sub, debt, asset, most: u64::MAX, keeper: KEEPER };
            self.may(&step, &[NoImprovement])?;
            if self.account(who, sub).is_some_and(|now| now.tokens() != state.tokens()) {
                return Ok(());
            }
        }
        // What is left of the debts is worth less than a unit of the collateral.
        if self.health(who, sub).is_some_and(|health| health.equity.0 >= 0) {
            // While it was up for sale interest may have cost it the last of its equity.
            let is_over =
                self.sell(who, sub)? || self.health(who, sub).is_some_and(|health| health.equity.0 < 0);
            return if is_over { Ok(()) } else { Err(self.no_way_out(who, sub, "nobody takes it")) };
        }
        for debt in owed {
            let resolve = Step::Resolve { who, sub, debt };
            let refused = self.may(&resolve, &[LossNotCovered, NotBankrupt])?;
            if refused == Some(NotBankrupt) {
                return Err(self.no_way_out(who, sub, "neither to be liquidated nor bankrupt"));
            }
            if refused.is_some() {
                self.must(&Step::FundInsurance { who: KEEPER, amount: DONATION })?;
                self.must(&resolve)?;
            }
        }
        Ok(())
    }

    /// The tokens that an account owes, and those that it has; cash counts as settlement tokens.
    fn owed_and_held(&self, state: &MarginState) -> (Vec<u8>, Vec<u8>) {
        let board = self.world.board();
        let (mut owed, mut held) = (Vec::new(), Vec::new());
        for slot in state.tokens() {
            let native = board.rows[slot.asset as usize].native_units(Quantity(slot.shares));
            let cash = if slot.asset == USDC { state.cash } else { 0 };
            match native.map_or(0, |units| units.0) + cash {
                1.. => held.push(slot.asset),
                0 => {}
                _ => owed.push(slot.asset),
            }
        }
        (owed, held)
    }

    /// Liquidates; where the market can't pay the profit that is realised, it is first brought
    /// what it may have: the pool's free capital, its insurance, haircuts, and the losses of others.
    fn liquidate(&mut self, step: &Step, asset: u8) -> Result<(), Broken> {
        if self.may(step, &[MarketCapital])?.is_none() {
            return Ok(());
        }
        self.must(&Step::Rebalance { asset })?;
        self.may(&Step::Deleverage { asset }, &[RebalanceFirst])?;
        for (who, sub, state) in self.accounts() {
            if state.position(asset).size.0 == 0 {
                continue;
            }
            let settle = Step::SettleLoss { who, sub, asset };
            if self.may(&settle, &[NothingToSettle, LiquidateInstead])? == Some(LiquidateInstead) {
                let other = Step::Liquidate { who, sub, asset, keeper: KEEPER };
                self.may(&other, &[MarketCapital, NotFirstInLine])?;
            }
        }
        Ok(())
    }

    /// Tries an auction, every other time: whether somebody has won it.
    fn auction(&mut self, who: u8, sub: u16) -> Result<bool, Broken> {
        if (self.settled + sub as u64).is_multiple_of(2) { Ok(false) } else { self.sell(who, sub) }
    }

    /// Sells an account to one of the keepers, if one can take it.
    fn sell(&mut self, who: u8, sub: u16) -> Result<bool, Broken> {
        self.must(&Step::CallMargin { who, sub })?;
        self.calm()?;
        if !self.is_sunk(who, sub) {
            return Ok(false);
        }
        self.must(&Step::StartAuction { who, sub })?;
        for winner in KEEPERS.filter(|keeper| (*keeper, 0) != (who, sub)) {
            self.top_up(winner)?;
            let win = Step::WinAuction { who, sub, winner, into: 0, most: u64::MAX };
            let reasons = [NothingToAuction, OppositeHoldings, InitialMargin, BelowMaintenance];
            if self.may(&win, &reasons)?.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The markets of the deployment.
    pub(super) fn markets(&self) -> Vec<Market> {
        let all = self.world.svm.all::<Market>().into_iter().map(|(_, market)| market);
        all.filter(|market| market.clearinghouse == self.world.clearinghouse).collect()
    }
}

fn stuck(detail: String) -> Broken {
    Broken { kind: Kind::Invariant("INV-18".into()), detail }
}
