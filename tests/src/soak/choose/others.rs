//! Providers of liquidity, governance, and strangers.

use super::Chooser;
use crate::scene::USD;
use crate::soak::stage::{PROVIDERS, Stage};
use crate::soak::step::{Assets, Step};
use plimsoll_testkit::tokens;

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
