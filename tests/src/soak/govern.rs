//! The instructions of steps that those in charge do, or whoever founds a clearinghouse.

use super::charter::Proposal;
use super::stage::{NEW_ASSETS, Stage};
use super::step::Step;
use crate::scene::USDC;
use plimsoll::parameters::{Concern, Parameter};
use plimsoll::params::{Change, CollateralParams, FieldChange, OracleSource, RoleHolders};
use plimsoll::state::{BankTerms, MarginTerms, Role, Weights};
use plimsoll::terms::Terms;
use plimsoll_client::{addresses, governance, instructions as ix};
use plimsoll_testkit::Wallet;
use plimsoll_testkit::presets::{self, Listing};
use solana_address::Address;
use solana_instruction::Instruction;

/// Part of the pool's capital for a new market, millionths: the first three have 90%.
const NEW_CAPITAL_WEIGHT: u32 = 25_000;
/// Tokens of new collateral that may leave at once.
const NEW_OUTFLOW: u64 = 100;

/// An instruction and who signs it.
type Act = (Instruction, Option<u8>);

impl Stage {
    pub(super) fn act_of_governance(&mut self, step: &Step) -> Option<Act> {
        if let Some(proposal) = self.proposal(step) {
            let propose = self.world.propose_until(&proposal.change, proposal.expires_at());
            return self.signed(Role::Governance, propose);
        }
        match *step {
            Step::Execute { id } => self.execute(id),
            Step::Cancel { who, id } => {
                let (by, address) = (self.people.get(who as usize)?, self.pending_address(id)?);
                Some((self.world.cancel_instruction(address, by), Some(who)))
            }
            Step::Accept { who, role } => {
                let (nominee, role) = (self.people.get(who as usize)?, Role::try_from(role).ok()?);
                Some((self.world.accept_role_instruction(nominee, role), Some(who)))
            }
            Step::Tighten { asset, parameter, value, seconds } => {
                let field = self.field(asset, parameter, value)?;
                self.signed(Role::Steward, self.world.tighten_instruction(asset, seconds, &[field]))
            }
            Step::Pause { scope, groups, seconds } => {
                self.signed(Role::Guardian, self.world.pause_instruction(scope, groups, seconds))
            }
            Step::Unpause { scope } => self.signed(Role::Guardian, self.world.unpause_instruction(scope)),
            Step::WarmUp { asset } => {
                self.has_bank(asset).then(|| (self.world.warm_up_instruction(asset), None))
            }
            Step::CollectFees { asset, amount } => {
                let collector = self.world.holder(Role::FeeCollector);
                self.world.give(&collector, USDC, 0);
                let collect =
                    self.has_market(asset).then(|| self.world.collect_fees_instruction(asset, amount))?;
                self.signed(Role::FeeCollector, collect)
            }
            Step::Found { who } => Some((self.found(who)?.0, Some(who))),
            Step::FoundPool { who } => Some((self.found(who)?.1, Some(who))),
            _ => None,
        }
    }

    /// The instruction with the signature of whoever holds the role now.
    fn signed(&self, role: Role, mut instruction: Instruction) -> Option<Act> {
        let who = self.holder(role)?;
        instruction.accounts[0].pubkey = self.people[who as usize].address();
        Some((instruction, Some(who)))
    }

    // --- changes --------------------------------------------------------------

    /// What a step proposes as things stand; `None` if it is another step or impossible.
    pub(super) fn proposal(&mut self, step: &Step) -> Option<Proposal> {
        let change = self.change(step)?;
        let (at, wait) = (self.world.svm.now(), self.world.wait_seconds(&change));
        Some(Proposal { change, at, wait })
    }

    fn change(&mut self, step: &Step) -> Option<Change> {
        match *step {
            Step::ProposeAsset {} => {
                let listing = self.next_listing()?;
                let index = self.add(&listing);
                let asset = self.world.assets.pop().filter(|asset| asset.index == index)?;
                Some(Change::Asset(presets::asset(&listing, asset.oracle, asset.feed_id)))
            }
            Step::ProposeCollateral { asset } => {
                let unit = 10u64.pow(self.world.assets[self.listed(asset)? as usize].decimals.into());
                let plain = presets::volatile_collateral();
                let terms = BankTerms { outflow_max: NEW_OUTFLOW * unit, ..presets::lent(1 << 50, unit) };
                Some(self.world.collateral_change(asset, CollateralParams { terms, ..plain }))
            }
            Step::ProposeMarket { asset } => {
                let decimals = self.world.assets[self.listed(asset)? as usize].decimals;
                let params = presets::full_market(10i64.pow(decimals.into()), NEW_CAPITAL_WEIGHT);
                Some(Change::Market { asset, params })
            }
            Step::ProposeOracle { asset } => {
                let its = &self.world.assets[self.listed(asset).filter(|asset| *asset != USDC)? as usize];
                let before = self.world.row(asset).source();
                let number = self.world.clearinghouse_account().change_count;
                let oracle = Wallet::new(&format!("oracle {number} {}", its.symbol)).address();
                Some(Change::Oracle { asset, before, after: OracleSource { oracle, ..before } })
            }
            Step::ProposeMargin { asset, initial, maintenance, seconds } => {
                let terms = self.has_market(asset).then(|| self.world.terms(Concern::Margin, asset))?;
                let Terms::Margin(margin) = terms else { return None };
                let (initial_margin, maintenance_margin) = (initial, maintenance);
                let after = MarginTerms { initial_margin, maintenance_margin, ..margin };
                self.ramped(asset, &Terms::Margin(after), seconds)
            }
            Step::ProposeWeights { asset, initial, maintenance, seconds } => {
                let terms = self.has_bank(asset).then(|| self.world.terms(Concern::Weights, asset))?;
                let Terms::Weights(weights) = terms else { return None };
                let after = Weights { initial_asset: initial, maintenance_asset: maintenance, ..weights };
                self.ramped(asset, &Terms::Weights(after), seconds)
            }
            Step::ProposeTerms { asset, parameter, value } => {
                let fields = vec![self.field(asset, parameter, value)?];
                Some(Change::Parameters { asset, ramp_seconds: 0, fields })
            }
            Step::ProposeRole { role, who } => {
                let before = self.world.clearinghouse_account().role(Role::try_from(role).ok()?).holder;
                let after = self.people.get(who as usize).map_or(Address::default(), Wallet::address);
                Some(Change::Role { role, before, after })
            }
            _ => None,
        }
    }

    /// The change that sends terms on their way; `None` if they are there.
    fn ramped(&self, asset: u8, after: &Terms, seconds: u32) -> Option<Change> {
        let change = self.world.terms_change(asset, after, seconds);
        let is_one = matches!(&change, Change::Parameters { fields, .. } if !fields.is_empty());
        is_one.then_some(change)
    }

    /// Another value of one parameter, if the asset has it and it is another one.
    fn field(&self, asset: u8, parameter: u8, value: i64) -> Option<FieldChange> {
        let its = Parameter::get(parameter).ok()?;
        let exists = match its.concern {
            Concern::Clearinghouse | Concern::Pool => asset == USDC,
            Concern::Price => self.listed(asset).is_some(),
            Concern::Bank | Concern::Weights => self.has_bank(asset),
            Concern::Market | Concern::Margin => self.has_market(asset),
        };
        let before = exists.then(|| its.read(self.world.terms(its.concern, asset).bytes()))?;
        (before != value).then(|| governance::field(parameter, before, value))
    }

    /// What executes a pending change; `None` if what it lists is there already.
    fn execute(&mut self, id: u32) -> Option<Act> {
        let address = self.pending_address(id)?;
        let change = self.proposals.get(&id)?.change.clone();
        let is_listed = match &change {
            Change::Asset(params) => {
                let listing =
                    self.unlisted().find(|listing| presets::symbol(listing.symbol) == params.symbol);
                listing.map(|listing| self.add(&listing)).is_none()
            }
            Change::Collateral { asset, .. } => self.has_bank(*asset),
            Change::Market { asset, .. } => self.has_market(*asset),
            _ => false,
        };
        (!is_listed).then(|| (self.world.execute_instruction(address, &change), None))
    }

    /// Where a change is that has been neither executed nor cancelled.
    fn pending_address(&self, id: u32) -> Option<Address> {
        self.pending().any(|(pending, _)| pending == id).then_some(())?;
        Some(addresses::pending_change(&self.world.clearinghouse, id))
    }

    fn has_bank(&self, asset: u8) -> bool {
        self.listed(asset).is_some() && self.world.row(asset).is_collateral == 1
    }

    fn has_market(&self, asset: u8) -> bool {
        self.listed(asset).is_some() && self.world.row(asset).is_market == 1
    }

    // --- new assets -----------------------------------------------------------

    fn add(&mut self, listing: &Listing) -> u8 {
        self.world.add_asset(listing.symbol, listing.decimals, listing.kind, false)
    }

    pub(super) fn next_listing(&self) -> Option<Listing> {
        self.unlisted().next()
    }

    fn unlisted(&self) -> impl Iterator<Item = Listing> {
        let is_listed = |symbol: &str| self.world.assets.iter().any(|asset| asset.symbol == symbol);
        let new = NEW_ASSETS.iter().filter(move |(symbol, ..)| !is_listed(symbol));
        new.map(|(symbol, decimals, kind)| Listing {
            symbol,
            decimals: *decimals,
            kind: *kind,
            collateral: None,
            market: None,
        })
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
