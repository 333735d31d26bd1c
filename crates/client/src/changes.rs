//! The instructions of proposing and executing a change: which one a kind of change needs, and
//! with which accounts.

use crate::governance::Target;
use crate::{addresses, instructions as ix};
use plimsoll::params::Change;
use solana_address::Address;
use solana_instruction::Instruction;

/// Where the accounts of a change are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accounts {
    pub clearinghouse: Address,
    /// The change's own account.
    pub change: Address,
    /// Of the change's asset, where there are such.
    pub market: Option<Address>,
    pub bank: Option<Address>,
}

impl Accounts {
    fn board(&self) -> Address {
        addresses::risk_board(&self.clearinghouse)
    }

    fn pool(&self) -> Address {
        addresses::liquidity_pool(&self.clearinghouse)
    }

    /// Governance proposes a change that can be executed until `expires_at`; `payer` (who may be
    /// governance) pays the rent of its account, and gets it back in the end.
    pub fn propose(
        &self,
        governance: Address,
        payer: Address,
        change: &Change,
        expires_at: i64,
    ) -> Instruction {
        let target = Target::of(change);
        ix::propose::instruction(
            &ix::propose::Accounts {
                governance,
                payer,
                clearinghouse: self.clearinghouse,
                risk_board: self.board(),
                change: self.change,
                market: self.market.filter(|_| target.market),
                bank: self.bank.filter(|_| target.bank),
                pool: target.pool.then(|| self.pool()),
            },
            &ix::propose::Args { change: change.clone(), expires_at },
            &[],
        )
    }

    /// `executor` executes and pays for what is created; `payer` gets the rent of the change's account back.
    pub fn execute(&self, executor: Address, payer: Address, change: &Change) -> Instruction {
        let (clearinghouse, risk_board, at) = (self.clearinghouse, self.board(), self.change);
        match change {
            Change::Asset(_) => ix::list_asset::instruction(
                &ix::list_asset::Accounts { risk_board, change: at, payer },
                &ix::list_asset::Args {},
                &[],
            ),
            Change::Collateral { mint, .. } => {
                let (mint, bank) = (*mint, addresses::bank(&clearinghouse, mint));
                let vault = addresses::vault(&bank);
                ix::list_collateral::instruction(
                    &ix::list_collateral::Accounts {
                        executor,
                        clearinghouse,
                        risk_board,
                        change: at,
                        payer,
                        mint,
                        bank,
                        vault,
                    },
                    &ix::list_collateral::Args {},
                    &[],
                )
            }
            Change::Market { asset, .. } => {
                let (pool, market) = (self.pool(), addresses::market(&clearinghouse, *asset));
                ix::list_market::instruction(
                    &ix::list_market::Accounts {
                        executor,
                        clearinghouse,
                        risk_board,
                        change: at,
                        payer,
                        pool,
                        market,
                    },
                    &ix::list_market::Args {},
                    &[],
                )
            }
            _ => {
                let target = Target::of(change);
                ix::execute_change::instruction(
                    &ix::execute_change::Accounts {
                        clearinghouse,
                        risk_board,
                        change: at,
                        payer,
                        market: self.market.filter(|_| target.market),
                        bank: self.bank.filter(|_| target.bank),
                        pool: target.pool.then(|| self.pool()),
                    },
                    &ix::execute_change::Args {},
                    &[],
                )
            }
        }
    }
}
