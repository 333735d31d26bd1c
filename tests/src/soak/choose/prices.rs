//! What oracles publish, when, and who refreshes.

use super::{Chooser, Open, all_assets, first_prices, native};
use crate::scene::{USD, USDC};
use crate::soak::stage::Stage;
use crate::soak::step::{Assets, Step};
use plimsoll_testkit::actions::ANY_PRICE;

/// Longest time for which an oracle publishes nothing.
const HALT_SECONDS_MAX: u64 = 600;

impl Chooser {
    /// One oracle publishes: mostly a small move, now and then a jump; mostly certain and on
    /// time, now and then not. Mostly somebody refreshes the row.
    pub(super) fn price_moves(&mut self, stage: &Stage) -> Option<Step> {
        let asset = 1 + self.random.below(stage.world.assets.len() as u64 - 1) as u8;
        if self.is_halted(stage, asset) {
            return None;
        }
        if !self.random.once_in(10) {
            let also = (self.random.below(3) > 0).then_some(USDC);
            self.queue.push_back(Step::Refresh { assets: Assets([asset].into_iter().chain(also).collect()) });
        }
        let seconds = self.random.below(4);
        let quote = self.quote(asset, 15);
        if seconds == 0 {
            return Some(quote);
        }
        self.queue.push_front(quote);
        Some(Step::Wait { seconds })
    }

    /// A price that has moved by up to `span` thousandths, seldom by far more.
    pub(super) fn quote(&mut self, asset: u8, span: u32) -> Step {
        let span = match self.random.below(200) {
            0 => 450,
            1..8 => 130,
            _ => span,
        };
        let by = self.prices[asset as usize] / 1_000 * self.random.around_zero(span);
        let price = self.moved(asset, by);
        let confidence = match self.random.below(60) {
            0 => 11_000,
            1 | 2 => 7_500,
            _ => 500,
        };
        let lag = match self.random.below(60) {
            0 => -(self.random.below(100) as i64),
            1..4 => self.random.below(200) as i64,
            _ => 0,
        };
        let price = if self.random.once_in(300) { -price } else { price };
        Step::Quote { asset, price, confidence, lag }
    }

    /// Time passes, seconds or minutes; then all oracles publish and all rows are refreshed.
    pub(super) fn prices_move_on(&mut self, stage: &Stage) -> Option<Step> {
        let (seconds_max, span) = if self.random.once_in(2) { (600, 70) } else { (20, 15) };
        let assets = all_assets(stage);
        for asset in &assets[1..] {
            if !self.is_halted(stage, *asset) {
                let quote = self.quote(*asset, span);
                self.queue.push_back(quote);
            }
        }
        self.queue.push_back(Step::Refresh { assets: Assets(assets) });
        Some(Step::Wait { seconds: 1 + self.random.below(seconds_max) })
    }

    /// The price of one asset goes one way for up to two hours, and nobody does anything: who
    /// stands on the wrong side is ruined, and the market may owe more than it has.
    pub(super) fn storm(&mut self, stage: &Stage) -> Option<Step> {
        let asset = 1 + self.random.below(stage.world.assets.len() as u64 - 1) as u8;
        if self.is_halted(stage, asset) {
            return None;
        }
        let up = self.random.once_in(2);
        // Before it everything is fresh, and some go as far as they can.
        let assets = all_assets(stage);
        self.queue.push_back(Step::Wait { seconds: 1 });
        for asset in &assets[1..] {
            let quote =
                Step::Quote { asset: *asset, price: self.prices[*asset as usize], confidence: 500, lag: 0 };
            self.queue.push_back(quote);
        }
        self.queue.push_back(Step::Refresh { assets: Assets(assets) });
        for _ in 0..2 + self.random.below(5) {
            let is_right = self.random.once_in(2);
            let step = if self.random.once_in(3) {
                self.borrow(stage)
            } else {
                self.plunge(stage, asset, is_right == up)
            };
            self.queue.extend(step);
        }
        let loser = if self.random.once_in(2) { self.stands_against(stage, asset, up) } else { None };
        for _ in 0..1 + self.random.below(12) {
            let step = self.prices[asset as usize] / 100 * (5 + self.random.below(15)) as i64;
            let price = self.moved(asset, if up { step } else { -step });
            let quote = Step::Quote { asset, price, confidence: 500, lag: 0 };
            let refresh = Step::Refresh { assets: Assets(vec![USDC, asset]) };
            self.queue.extend([quote, refresh, Step::Wait { seconds: 300 + self.random.below(300) }]);
        }
        self.queue.pop_back();
        self.queue.extend(loser.map(|Open { who, sub, .. }| Step::SettleLoss { who, sub, asset }));
        self.queue.pop_front()
    }

    /// Somebody takes a small position against where a price is going, and can afford it, while
    /// others take large ones with it: their profits may have to be paid from his loss.
    fn stands_against(&mut self, stage: &Stage, asset: u8, up: bool) -> Option<Open> {
        let (account, row) = (self.account(stage)?, stage.world.board().rows[asset as usize]);
        if row.is_market == 0 || row.price.get().0 == 0 {
            return None;
        }
        let Open { who, sub, .. } = account;
        let size = native((1_000 + self.random.below(2_000) as i64) * USD, &row) as i64;
        let (size, limit) = if up { (-size, 0) } else { (size, ANY_PRICE) };
        self.queue.push_back(Step::Deposit { who, sub, asset: USDC, amount: 10_000 * USD as u64 });
        self.queue.push_back(Step::Trade { by: who, who, sub, asset, size, limit });
        for _ in 0..3 {
            let step = self.plunge(stage, asset, up);
            self.queue
                .extend(step.filter(|step| !matches!(step, Step::Trade { who: other, .. } if *other == who)));
        }
        Some(account)
    }

    /// A new price of an asset, within bounds.
    pub(super) fn moved(&mut self, asset: u8, by: i64) -> i64 {
        let first = first_prices()[asset as usize];
        let price = &mut self.prices[asset as usize];
        *price = (*price + by).clamp(first / 20, first * 20);
        *price
    }

    pub(super) fn oracle_halts(&mut self, stage: &Stage) -> Option<Step> {
        let asset = 1 + self.random.below(stage.world.assets.len() as u64 - 1) as u8;
        let seconds = 1 + self.random.below(HALT_SECONDS_MAX);
        self.halted = Some((asset, stage.world.svm.now() + seconds as i64));
        None
    }

    pub(super) fn is_halted(&self, stage: &Stage, asset: u8) -> bool {
        self.halted.is_some_and(|(halted, until)| halted == asset && stage.world.svm.now() < until)
    }

    pub(super) fn refresh(&mut self, stage: &Stage) -> Option<Step> {
        let mut assets = all_assets(stage);
        assets.retain(|_| !self.random.once_in(8));
        (!assets.is_empty()).then_some(Step::Refresh { assets: Assets(assets) })
    }

    pub(super) fn wait(&mut self, _: &Stage) -> Option<Step> {
        let seconds_max = if self.random.once_in(12) { 200 } else { 15 };
        Some(Step::Wait { seconds: 1 + self.random.below(seconds_max) })
    }
}
