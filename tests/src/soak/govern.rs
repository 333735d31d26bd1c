//! The instructions of steps that only governance, or whoever founds a clearinghouse, can do.

use super::stage::{FIRST_PRICES, NEW_ASSETS, Stage};
use super::step::Step;
use crate::scene::USDC;
use plimsoll::state::MarginTerms;
use plimsoll_client::{addresses, instructions as ix};
use plimsoll_testkit::presets::{self, Listing};
use solana_instruction::Instruction;

/// Part of the pool's capital for a new market, millionths: the first three have 90%.
const NEW_CAPITAL_WEIGHT: u32 = 25_000;

impl Stage {
    pub(super) fn act_of_governance(&mut self, step: &Step) -> Option<(Instruction, Option<u8>)> {
        let governance = self.governance();
        match *step {
            Step::Propose { who } => {
                let accounts = ix::propose_governance::Accounts {
                    governance: self.world.governance.address(),
                    clearinghouse: self.world.clearinghouse,
                };
                let args =
                    ix::propose_governance::Args { proposed: self.people.get(who as usize)?.address() };
                Some((ix::propose_governance::instruction(&accounts, &args, &[]), Some(governance)))
            }
            Step::Accept { who } => {
                let accounts = ix::accept_governance::Accounts {
                    proposed: self.people.get(who as usize)?.address(),
                    clearinghouse: self.world.clearinghouse,
                };
                let args = ix::accept_governance::Args {};
                Some((ix::accept_governance::instruction(&accounts, &args, &[]), Some(who)))
            }
            Step::ListAsset {} => {
                let listing = self.next_listing()?;
                let index = self.world.add_asset(listing.symbol, listing.decimals, listing.kind, false);
                let asset = &self.world.assets[index as usize];
                let params = presets::asset(&listing, asset.oracle, asset.feed_id);
                Some((self.world.list_asset_instruction(params), Some(governance)))
            }
            Step::ListCollateral { asset } => {
                let asset = self.listed(asset)?;
                let params = presets::volatile_collateral();
                Some((self.world.list_collateral_instruction(asset, params), Some(governance)))
            }
            Step::ListMarket { asset } => {
                let decimals = self.world.assets[self.listed(asset)? as usize].decimals;
                let params = presets::market(10i64.pow(decimals as u32), NEW_CAPITAL_WEIGHT);
                Some((self.world.list_market_instruction(asset, params), Some(governance)))
            }
            Step::SetMargin { asset, initial, maintenance, seconds } => {
                let its = self.markets().into_iter().find(|market| market.asset == asset)?;
                let margin =
                    MarginTerms { initial_margin: initial, maintenance_margin: maintenance, ..its.margin };
                Some((self.world.set_margin_instruction(asset, margin, seconds), Some(governance)))
            }
            Step::SetWeights { asset, initial, maintenance, seconds } => {
                let asset = self.listed(asset)?;
                let weights = (initial, maintenance);
                Some((self.world.set_weights_instruction(asset, weights, seconds), Some(governance)))
            }
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
            },
            &ix::create_clearinghouse::Args { governance: creator, params: presets::clearinghouse() },
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
            &ix::create_pool::Args { redeem_fee: presets::REDEEM_FEE },
            &[],
        );
        Some((create, create_pool))
    }

    fn next_listing(&self) -> Option<Listing> {
        let listed_since = self.world.assets.len() - 1 - FIRST_PRICES.len();
        let (symbol, decimals, kind) = *NEW_ASSETS.get(listed_since)?;
        Some(Listing { symbol, decimals, kind, collateral: None, market: None })
    }
}
