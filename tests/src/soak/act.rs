//! The instruction of each step.

use super::stage::Stage;
use super::step::Step;
use crate::scene::USDC;
use plimsoll_testkit::World;
use solana_instruction::Instruction;

/// Instructions and who signs them.
pub(super) type Transaction = (Vec<Instruction>, Option<u8>);

impl Stage {
    /// The transaction of a step; what it needs outside the program (tokens in a wallet) is
    /// put there. `None` if it is impossible.
    pub(super) fn transaction(&mut self, step: &Step) -> Option<Transaction> {
        match *step {
            Step::Refresh { ref assets } => {
                let is_listed = assets.0.iter().all(|asset| self.listed(*asset).is_some());
                is_listed.then(|| (vec![self.world.refresh_instruction(&assets.0)], None))
            }
            Step::Rebalance { asset } => {
                let market = self.world.assets.get(asset as usize).filter(|asset| asset.is_market)?;
                Some((vec![self.world.rebalance_instruction(market.index)], None))
            }
            Step::CallMargin { .. }
            | Step::Liquidate { .. }
            | Step::LiquidateDebt { .. }
            | Step::Receivership { .. }
            | Step::StartAuction { .. }
            | Step::WinAuction { .. }
            | Step::SettleLoss { .. }
            | Step::BankCash { .. }
            | Step::Deleverage { .. }
            | Step::Resolve { .. }
            | Step::Sweep { .. }
            | Step::FundInsurance { .. } => self.act_of_keeper(step),
            Step::ProposeAsset {}
            | Step::ProposeCollateral { .. }
            | Step::ProposeMarket { .. }
            | Step::ProposeOracle { .. }
            | Step::ProposeMargin { .. }
            | Step::ProposeWeights { .. }
            | Step::ProposeTerms { .. }
            | Step::ProposeRole { .. }
            | Step::Execute { .. }
            | Step::Cancel { .. }
            | Step::Accept { .. }
            | Step::Tighten { .. }
            | Step::Pause { .. }
            | Step::Unpause { .. }
            | Step::WarmUp { .. }
            | Step::CollectFees { .. }
            | Step::Found { .. }
            | Step::FoundPool { .. } => {
                let (instruction, signer) = self.act_of_governance(step)?;
                Some((vec![instruction], signer))
            }
            _ => self.act_of_person(step),
        }
    }

    fn act_of_person(&mut self, step: &Step) -> Option<Transaction> {
        let Self { world, people, .. } = self;
        let person = |who: u8| people.get(who as usize);
        let listed = |world: &World, asset: u8| (usize::from(asset) < world.assets.len()).then_some(asset);
        let (instruction, signer) = match *step {
            Step::Open { who, sub, market } => {
                (world.open_isolated_instruction(person(who)?, sub, listed(world, market)?), who)
            }
            Step::Close { who, sub } => (world.close_account_instruction(person(who)?, sub), who),
            Step::SetDelegate { who, sub, delegate } => {
                let delegate = person(delegate)?.address();
                (world.set_delegate_instruction(person(who)?, sub, delegate), who)
            }
            Step::Deposit { who, sub, asset, amount } => {
                world.give(person(who)?, listed(world, asset)?, amount);
                (world.deposit_instruction(person(who)?, sub, asset, amount), who)
            }
            Step::Withdraw { who, sub, asset, amount } => {
                world.give(person(who)?, listed(world, asset)?, 0);
                (world.withdraw_instruction(person(who)?, sub, asset, amount), who)
            }
            Step::Transfer { who, from, to, asset, amount } => {
                (world.transfer_instruction(person(who)?, from, to, asset, amount), who)
            }
            Step::Trade { by, who, sub, asset, size, limit } => {
                listed(world, asset)?;
                (world.trade_instruction(person(by)?, person(who)?, sub, asset, (size, limit)), by)
            }
            Step::View { who, sub } => {
                let account = world.account_address(person(who)?, sub);
                return Some((vec![world.view_instruction(account)], None));
            }
            Step::Provide { who, amount } => {
                world.give(person(who)?, USDC, amount);
                (world.provide_instruction(person(who)?, amount, 0), who)
            }
            Step::Redeem { who, shares } => {
                world.give(person(who)?, USDC, 0);
                (world.redeem_instruction(person(who)?, shares, 0), who)
            }
            _ => return None,
        };
        Some((vec![instruction], Some(signer)))
    }
}
