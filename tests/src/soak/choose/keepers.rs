//! Who liquidates whom.

use super::{Chooser, state};
use crate::soak::stage::{KEEPERS, SUB_ACCOUNTS, Stage, TRADERS};
use crate::soak::step::Step;
use plimsoll::state::RiskBoard;
use plimsoll::valuation::displayed_health;

impl Chooser {
    /// Mostly an account that has sunk, if there is one; sometimes anybody's.
    pub(super) fn liquidate(&mut self, stage: &Stage) -> Option<Step> {
        let board = stage.world.board();
        let sunk = sunk(stage, &board);
        let (who, sub, asset) = match self.random.one_of(&sunk) {
            Some(position) if !self.random.once_in(8) => position,
            None if !self.random.once_in(4) => return None,
            _ => {
                let account = self.account(stage)?;
                (account.who, account.sub, self.market(&board)?)
            }
        };
        let keeper = self.keeper();
        (who != keeper || sub > 0).then_some(Step::Liquidate { who, sub, asset, keeper })
    }
}

/// Positions of accounts below their line.
fn sunk(stage: &Stage, board: &RiskBoard) -> Vec<(u8, u16, u8)> {
    let mut sunk = Vec::new();
    for who in TRADERS.chain(KEEPERS) {
        for sub in SUB_ACCOUNTS {
            let Some(account) = state(stage, who, sub) else { continue };
            if displayed_health(&account, board).is_ok_and(|health| health.maintenance.0 < 0) {
                sunk.extend(account.perps().iter().map(|position| (who, sub, position.asset)));
            }
        }
    }
    sunk
}
