//! Providers of liquidity and strangers.

use super::Chooser;
use crate::scene::USD;
use crate::soak::stage::{PROVIDERS, Stage};
use crate::soak::step::Step;
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
