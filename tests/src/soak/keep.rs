//! The instructions of what keepers, rescuers and donors do.

use super::act::Transaction;
use super::stage::Stage;
use super::step::Step;
use crate::scene::USDC;
use plimsoll_testkit::World;
use solana_address::Address;
use solana_instruction::Instruction;

/// What the wallet of a receiver holds of the token that he repays, in native units: more than
/// anybody owes.
const RECEIVER_TOKENS: u64 = 1_000_000_000_000_000;

impl Stage {
    pub(super) fn act_of_keeper(&mut self, step: &Step) -> Option<Transaction> {
        if let Step::Receivership { .. } = step {
            return self.receivership(step);
        }
        let account = |who: u8, sub: u16| self.account_address(who, sub);
        let world = &self.world;
        let listed = |asset: u8| self.listed(asset);
        let (instruction, signer) = match *step {
            Step::CallMargin { who, sub } => (world.call_margin_instruction(account(who, sub)?), None),
            Step::Liquidate { who, sub, asset, keeper } => {
                let (account, keeper) = (account(who, sub)?, account(keeper, 0)?);
                (world.liquidate_instruction(account, keeper, listed(asset)?), None)
            }
            Step::LiquidateDebt { who, sub, debt, asset, most, keeper } => {
                let (pair, at) = ((listed(debt)?, listed(asset)?), account(who, sub)?);
                let person = self.people.get(keeper as usize)?;
                (world.liquidate_debt_instruction(person, at, pair, most), Some(keeper))
            }
            Step::StartAuction { who, sub } => (world.start_auction_instruction(account(who, sub)?), None),
            Step::WinAuction { who, sub, winner, into, most } => {
                let (person, at) = (self.people.get(winner as usize)?, account(who, sub)?);
                (world.win_auction_instruction(person, into, at, most), Some(winner))
            }
            Step::SettleLoss { who, sub, asset } => {
                (world.settle_loss_instruction(account(who, sub)?, listed(asset)?), None)
            }
            Step::BankCash { who, sub } => (world.bank_cash_instruction(account(who, sub)?), None),
            Step::Deleverage { asset } => (world.deleverage_instruction(listed(asset)?), None),
            Step::Resolve { who, sub, debt } => {
                (world.resolve_bankruptcy_instruction(account(who, sub)?, listed(debt)?), None)
            }
            Step::Sweep { asset } => (world.sweep_insurance_instruction(listed(asset)?), None),
            Step::FundInsurance { who, amount } => {
                let Self { world, people, .. } = self;
                world.give(people.get(who as usize)?, USDC, amount);
                (world.fund_insurance_instruction(people.get(who as usize)?, amount), Some(who))
            }
            _ => return None,
        };
        Some((vec![instruction], signer))
    }

    /// A receivership as its `order` puts it together, rightly or wrongly.
    fn receivership(&mut self, step: &Step) -> Option<Transaction> {
        let Step::Receivership { who, sub, debt, asset, most, keeper, order } = *step else { return None };
        let (debt, asset, at) = (self.listed(debt)?, self.listed(asset)?, self.account_address(who, sub)?);
        let Self { world, people, .. } = self;
        let receiver = people.get(keeper as usize)?;
        for token in [debt, asset] {
            let missing = RECEIVER_TOKENS.saturating_sub(world.wallet_balance(receiver, token));
            world.give(receiver, token, if token == debt { missing } else { 0 });
        }
        let start = world.start_receivership_instruction(receiver, at, (debt, asset), most);
        let end = world.end_receivership_instruction(receiver, debt);
        Some((put_together(world, order, at, (start, end), [debt, asset])?, Some(keeper)))
    }
}

/// The instructions of [`ORDERS`](super::expected::ORDERS).
fn put_together(
    world: &World,
    order: u8,
    at: Address,
    (start, end): (Instruction, Instruction),
    [debt, asset]: [u8; 2],
) -> Option<Vec<Instruction>> {
    let (view, refresh) = (world.view_instruction(at), world.refresh_instruction(&[debt, asset]));
    Some(match order {
        0 => vec![start, end],
        1 => vec![refresh.clone(), start, refresh, end],
        2 => vec![start],
        3 => vec![end],
        4 => vec![view, start, end],
        5 => vec![start, view, end],
        6 => vec![start, end, refresh],
        7 => vec![start.clone(), start, end],
        8 => vec![start, refresh],
        _ => return None,
    })
}
