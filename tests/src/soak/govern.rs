//! The instructions of steps that only governance, or whoever founds a clearinghouse, can do.

use super::stage::Stage;
use super::step::Step;
use crate::scene::USDC;
use plimsoll::params::RoleHolders;
use plimsoll_client::{addresses, instructions as ix};
use plimsoll_testkit::presets;
use solana_instruction::Instruction;

impl Stage {
    pub(super) fn act_of_governance(&mut self, step: &Step) -> Option<(Instruction, Option<u8>)> {
        match *step {
            Step::Found { who } => Some((self.found(who)?.0, Some(who))),
            Step::FoundPool { who } => Some((self.found(who)?.1, Some(who))),
            _ => None,
        }
    }

    /// How a person creates a clearinghouse of his own, and its pool.
    fn found(&self, who: u8) -> Option<(Instruction, Instruction)> {
        let creator = self.people.get(who as usize)?.address();
        let clearinghouse = addresses::clearinghouse(&creator);
        let pool = addresses::liquidity_pool(&clearinghouse);
        let create = ix::create_clearinghouse::instruction(
            &ix::create_clearinghouse::Accounts {
                creator,
                settlement_mint: self.world.assets[USDC as usize].mint,
                clearinghouse,
                risk_board: addresses::risk_board(&clearinghouse),
                window: addresses::outflow_window(&clearinghouse),
            },
            &ix::create_clearinghouse::Args {
                roles: RoleHolders { governance: creator, ..self.world.role_holders() },
                terms: presets::clearinghouse(),
            },
            &[],
        );
        let create_pool = ix::create_pool::instruction(
            &ix::create_pool::Accounts {
                governance: creator,
                clearinghouse,
                pool,
                share_mint: addresses::share_mint(&pool),
                fund: addresses::insurance_fund(&clearinghouse),
            },
            &ix::create_pool::Args { terms: self.world.deployment.pool },
            &[],
        );
        Some((create, create_pool))
    }
}
