//! What oracles publish, when, and who refreshes.

use super::{Chooser, first_prices};
use crate::soak::stage::Stage;
use crate::soak::step::{Assets, Step};

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
            self.queue.push_back(Step::Refresh { assets: Assets(vec![asset]) });
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
        let first = first_prices()[asset as usize];
        let price = &mut self.prices[asset as usize];
        let moved = *price + *price / 1_000 * self.random.around_zero(span);
        *price = moved.clamp(first / 20, first * 20);
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
        let price = if self.random.once_in(300) { -*price } else { *price };
        Step::Quote { asset, price, confidence, lag }
    }

    /// Time passes, seconds or minutes; then all oracles publish and all rows are refreshed.
    pub(super) fn prices_move_on(&mut self, stage: &Stage) -> Option<Step> {
        let (seconds_max, span) = if self.random.once_in(2) { (600, 70) } else { (20, 15) };
        let assets: Vec<u8> = (1..stage.world.assets.len() as u8).collect();
        for asset in &assets {
            if !self.is_halted(stage, *asset) {
                let quote = self.quote(*asset, span);
                self.queue.push_back(quote);
            }
        }
        self.queue.push_back(Step::Refresh { assets: Assets(assets) });
        Some(Step::Wait { seconds: 1 + self.random.below(seconds_max) })
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
        let mut assets: Vec<u8> = (1..stage.world.assets.len() as u8).collect();
        assets.retain(|_| !self.random.once_in(8));
        (!assets.is_empty()).then_some(Step::Refresh { assets: Assets(assets) })
    }

    pub(super) fn wait(&mut self, _: &Stage) -> Option<Step> {
        let seconds_max = if self.random.once_in(12) { 200 } else { 15 };
        Some(Step::Wait { seconds: 1 + self.random.below(seconds_max) })
    }
}
