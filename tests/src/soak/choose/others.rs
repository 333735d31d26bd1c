//! Providers of liquidity, governance, and strangers.

use super::Chooser;
use crate::scene::{USD, USDC};
use crate::soak::stage::{PROVIDERS, Stage};
use crate::soak::step::{Assets, Step};
use plimsoll_testkit::tokens;

/// The shortest ramp within bounds.
const RAMP_SECONDS_MIN: u32 = 86_400;

impl Chooser {
    pub(super) fn provider(&mut self) -> u8 {
        PROVIDERS.start + self.random.below(PROVIDERS.len() as u64) as u8
    }

    pub(super) fn provide(&mut self, _: &Stage) -> Option<Step> {
        Some(Step::Provide { who: self.provider(), amount: self.random.size(5_000 * USD as u64) })
    }

    pub(super) fn redeem(&mut self, stage: &Stage) -> Option<Step> {
        let who = self.provider();
        let (owner, mint) = (stage.wallet(who).address(), stage.world.share_mint());
        let address = plimsoll_client::addresses::associated_token_account(&owner, &mint);
        let held = tokens::amount(&stage.world.svm.vm.get_account(&address)?);
        let shares = if self.random.once_in(10) { held } else { self.random.size(held / 4) };
        (held > 0).then_some(Step::Redeem { who, shares })
    }

    pub(super) fn rebalance(&mut self, stage: &Stage) -> Option<Step> {
        Some(Step::Rebalance { asset: self.market(&stage.world.board())? })
    }

    pub(super) fn sweep(&mut self, stage: &Stage) -> Option<Step> {
        Some(Step::Sweep { asset: self.market(&stage.world.board())? })
    }

    pub(super) fn fund_insurance(&mut self, _: &Stage) -> Option<Step> {
        Some(Step::FundInsurance { who: self.provider(), amount: self.random.size(2_000 * USD as u64) })
    }

    pub(super) fn donate(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.collateral(&stage.world.board())?;
        Some(Step::Donate { asset, amount: self.random.size(1_000_000) })
    }

    /// Governance passes to somebody, who accepts at once, later or never; or somebody tries
    /// to accept what was not offered.
    pub(super) fn hand_over(&mut self, stage: &Stage) -> Option<Step> {
        let who = self.anybody(stage);
        match self.random.below(4) {
            0 => return Some(Step::Accept { who }),
            1 => {}
            _ => self.queue.push_back(Step::Accept { who }),
        }
        Some(Step::Propose { who })
    }

    /// Governance lists another asset in all its roles.
    pub(super) fn list(&mut self, stage: &Stage) -> Option<Step> {
        let asset = stage.world.assets.len() as u8;
        if usize::from(asset) == self.prices.len() {
            return None;
        }
        let quote = self.quote(asset, 15);
        let refresh = Step::Refresh { assets: Assets(vec![asset]) };
        let roles = [Step::ListCollateral { asset }, Step::ListMarket { asset }];
        self.queue.extend([quote, refresh].into_iter().chain(roles).chain([Step::Rebalance { asset }]));
        Some(Step::ListAsset {})
    }

    /// Governance sends a market's margins on their way, within bounds.
    pub(super) fn set_margin(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.market(&stage.world.board())?;
        let maintenance = 45_000 + 1_000 * self.random.below(40) as u32;
        let initial = 2 * maintenance;
        Some(Step::SetMargin { asset, initial, maintenance, seconds: self.ramp_seconds() })
    }

    /// Governance sends a token's weights on their way, within bounds.
    pub(super) fn set_weights(&mut self, stage: &Stage) -> Option<Step> {
        let asset = self.collateral(&stage.world.board()).filter(|asset| *asset != USDC)?;
        let maintenance = 800_000 + 1_000 * self.random.below(100) as u32;
        let initial = maintenance - 1_000 * self.random.below(200) as u32;
        Some(Step::SetWeights { asset, initial, maintenance, seconds: self.ramp_seconds() })
    }

    /// Mostly the shortest that there may be.
    fn ramp_seconds(&mut self) -> u32 {
        if self.random.once_in(4) { 2 * RAMP_SECONDS_MIN } else { RAMP_SECONDS_MIN }
    }

    pub(super) fn found(&mut self, stage: &Stage) -> Option<Step> {
        let who = self.trader();
        let address = plimsoll_client::addresses::clearinghouse(&stage.wallet(who).address());
        if stage.world.svm.vm.get_account(&address).is_some() {
            return None;
        }
        self.queue.push_back(Step::FoundPool { who });
        Some(Step::Found { who })
    }
}
