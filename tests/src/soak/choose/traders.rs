//! What owners of accounts and their delegates do.

use super::{Chooser, Open, held, native};
use crate::scene::USD;
use crate::soak::stage::{SUB_ACCOUNTS, Stage};
use crate::soak::step::Step;
use plimsoll::state::{MarginState, RiskBoard, WarmUp};
use plimsoll::valuation::displayed_health;
use plimsoll_testkit::actions::ANY_PRICE;

impl Chooser {
    pub(super) fn trade(&mut self, stage: &Stage) -> Option<Step> {
        let (account, board) = (self.account(stage)?, stage.world.board());
        let asset = self.market(&board)?;
        if stage.world.market(asset).warm_up == WarmUp::Waiting as u8 && !self.random.once_in(8) {
            return None;
        }
        let row = &board.rows[asset as usize];
        let held = account.state.position(asset).size.0;
        let size = if held != 0 && self.random.once_in(3) {
            -held
        } else {
            let affordable = affordable(&account.state, &board, asset);
            let is_small = affordable == 0 || self.random.once_in(16);
            let most = native(20_000 * USD, row);
            let size = if is_small { self.random.size(most) } else { 1 + self.random.below(affordable) };
            size as i64 * if self.random.once_in(2) { 1 } else { -1 }
        };
        let limit = match size > 0 {
            _ if self.random.once_in(16) => row.price.get().0,
            true => ANY_PRICE,
            false => 0,
        };
        let delegate = (0..stage.people()).find(|who| stage.wallet(*who).address() == account.state.delegate);
        let by = match delegate {
            Some(delegate) if self.random.once_in(3) => delegate,
            _ if self.random.once_in(50) => self.anybody(stage),
            _ => account.who,
        };
        Some(Step::Trade { by, who: account.who, sub: account.sub, asset, size, limit })
    }

    /// Nearly all that an account can carry in one market, for a price that rises or falls.
    pub(super) fn plunge(&mut self, stage: &Stage, asset: u8, up: bool) -> Option<Step> {
        let (account, board) = (self.account(stage)?, stage.world.board());
        let row = board.rows[asset as usize];
        if row.is_market == 0 || row.price.get().0 == 0 {
            return None;
        }
        let size = (affordable(&account.state, &board, asset) / 100 * (40 + self.random.below(45))) as i64;
        let (size, limit) = if up { (size, ANY_PRICE) } else { (-size, 0) };
        let Open { who, sub, .. } = account;
        (size != 0).then_some(Step::Trade { by: who, who, sub, asset, size, limit })
    }

    pub(super) fn deposit(&mut self, stage: &Stage) -> Option<Step> {
        let (account, board) = (self.account(stage)?, stage.world.board());
        let asset = self.collateral(&board)?;
        let amount = self.random.size(native(20_000 * USD, &board.rows[asset as usize]));
        Some(Step::Deposit { who: account.who, sub: account.sub, asset, amount })
    }

    /// Something that an account holds and how much of it to take; now and then too much, or
    /// something that it does not hold.
    pub(super) fn part(&mut self, account: &MarginState, board: &RiskBoard) -> Option<(u8, u64)> {
        let held = held(account);
        let (asset, balance) = match self.random.one_of(&held) {
            _ if self.random.once_in(16) => (self.collateral(board)?, 0),
            held => held?,
        };
        let amount = match self.random.below(12) {
            0 | 1 => balance.max(1),
            2 => 1 + balance + self.random.size(balance),
            _ => self.random.size(balance),
        };
        Some((asset, amount))
    }

    pub(super) fn withdraw(&mut self, stage: &Stage) -> Option<Step> {
        let account = self.account(stage)?;
        let (asset, amount) = self.part(&account.state, &stage.world.board())?;
        Some(Step::Withdraw { who: account.who, sub: account.sub, asset, amount })
    }

    /// Something beyond what is held of it: a loan, mostly within what the account can carry.
    pub(super) fn borrow(&mut self, stage: &Stage) -> Option<Step> {
        let (account, board) = (self.account(stage)?, stage.world.board());
        let asset = self.collateral(&board)?;
        let row = &board.rows[asset as usize];
        let free = displayed_health(&account.state, &board).map_or(0, |health| health.initial.0.max(0));
        let debt_weight = row.initial_debt_weight.max(1) as i64;
        let most = native(free / debt_weight * 1_000_000, row).max(1);
        let held =
            held(&account.state).into_iter().find(|(held, _)| *held == asset).map_or(0, |(_, held)| held);
        let amount =
            held + if self.random.once_in(3) { self.random.size(2 * most) } else { most - most / 16 };
        Some(Step::Withdraw { who: account.who, sub: account.sub, asset, amount })
    }

    pub(super) fn transfer(&mut self, stage: &Stage) -> Option<Step> {
        let account = self.account(stage)?;
        let mut others: Vec<u16> = SUB_ACCOUNTS.collect();
        others.retain(|sub| *sub != account.sub && stage.account(account.who, *sub).is_some());
        let to = self.random.one_of(&others)?;
        let (asset, amount) = self.part(&account.state, &stage.world.board())?;
        Some(Step::Transfer { who: account.who, from: account.sub, to, asset, amount })
    }

    pub(super) fn open(&mut self, stage: &Stage) -> Option<Step> {
        let who = self.trader();
        let sub = SUB_ACCOUNTS.into_iter().find(|sub| stage.account(who, *sub).is_none())?;
        let market = self.market(&stage.world.board()).filter(|_| self.random.once_in(4)).unwrap_or(0);
        Some(Step::Open { who, sub, market })
    }

    /// Closes an account, now and then one that is not empty; mostly its owner first closes
    /// its positions and takes its tokens out, one per draw.
    pub(super) fn leave(&mut self, stage: &Stage) -> Option<Step> {
        if self.leaving.is_none_or(|_| self.random.once_in(10)) {
            let account = self.account(stage).filter(|account| account.sub > 0)?;
            self.leaving = Some((account.who, account.sub));
        }
        let (who, sub) = self.leaving?;
        let Some(account) = stage.account(who, sub) else {
            self.leaving = None;
            return None;
        };
        if !self.random.once_in(12) {
            if let Some(position) = account.perps().first() {
                let (asset, size) = (position.asset, -position.size);
                let limit = if size > 0 { ANY_PRICE } else { 0 };
                return Some(Step::Trade { by: who, who, sub, asset, size, limit });
            }
            if let Some((asset, amount)) = held(&account).pop() {
                return Some(Step::Withdraw { who, sub, asset, amount });
            }
        }
        Some(Step::Close { who, sub })
    }

    pub(super) fn set_delegate(&mut self, stage: &Stage) -> Option<Step> {
        let account = self.account(stage)?;
        Some(Step::SetDelegate { who: account.who, sub: account.sub, delegate: self.anybody(stage) })
    }

    pub(super) fn view(&mut self, stage: &Stage) -> Option<Step> {
        let account = self.account(stage)?;
        Some(Step::View { who: account.who, sub: account.sub })
    }
}

/// About the size for which an account's free collateral is margin enough.
fn affordable(account: &MarginState, board: &RiskBoard, asset: u8) -> u64 {
    let (free, row) = (displayed_health(account, board), &board.rows[asset as usize]);
    let free = free.map_or(0, |health| health.initial.0.max(0));
    native(free.saturating_mul(1_000_000) / row.initial_margin.max(1) as i64, row)
}
