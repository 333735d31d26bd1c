//! Where a run takes place, and how each step is done.

use super::broken::{Broken, Kind, caught};
use super::charter::{Charter, Proposal};
use super::outflow::Outflows;
use super::step::Step;
use super::watch::Before;
use super::{expected, promises};
use crate::scene::{BTC, E8, ETH, SOL, USD, USDC};
use plimsoll::error::PlimsollError;
use plimsoll::oracle::OracleKind;
use plimsoll::params::{Change, ClearinghouseTerms, CollateralParams};
use plimsoll::state::{BankTerms, MarginState, Role};
use plimsoll_client::addresses;
use plimsoll_client::decode::decode;
use plimsoll_testkit::presets::{self, Deployment};
use plimsoll_testkit::{Outcome, Svm, Wallet, World, pyth, tokens};
use solana_address::Address;
use std::collections::BTreeMap;
use std::ops::Range;

/// People who trade.
pub const TRADERS: Range<u8> = 0..8;
/// People who provide liquidity.
pub const PROVIDERS: Range<u8> = 8..10;
/// People who liquidate; they have one account each.
pub const KEEPERS: Range<u8> = 10..12;
/// Sub-accounts that people use.
pub const SUB_ACCOUNTS: Range<u16> = 0..3;

/// Prices that every run begins with: asset, 1e-8 USD.
pub const FIRST_PRICES: [(u8, i64); 3] = [(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)];

/// What governance may list in the course of a run.
pub const NEW_ASSETS: [(&str, u8, OracleKind); 2] =
    [("DOGE", 8, OracleKind::PythPull), ("LTC", 6, OracleKind::PythLegacy)];

/// Looked at after every step; panics with an invariant's ID if it does not hold.
pub type Check<'a> = &'a dyn Fn(&World);

/// What came of a step.
#[derive(Debug)]
pub enum Done {
    /// It was no transaction.
    Happened,
    /// The transaction went through.
    Succeeded(Box<Outcome>),
    /// The transaction failed, for one of the reasons expected.
    Refused(PlimsollError),
    /// It names somebody or something that is not there.
    Impossible,
}

/// Money that the pool begins with, micro-USD: little beside what the traders can win, so that
/// markets come to owe more than they have.
const POOL: i64 = 80_000 * USD;
/// What a trader and a keeper begin with; a keeper lends it until he takes over a debt.
const TRADER: i64 = 5_000 * USD;
const KEEPER: i64 = 50_000 * USD;

/// All roles, in the order of the people who hold them at first.
pub const ROLES: [Role; 4] = [Role::Governance, Role::Steward, Role::Guardian, Role::FeeCollector];

/// What may leave a bank, and all banks, at once: about what one trader has.
const BANK_OUTFLOW: i64 = 1_500 * USD;
const TOTAL_OUTFLOW: i64 = 2_000 * USD;

/// The three assets with every rule on, and limits of outflow that are sometimes met.
pub fn world(svm: Svm) -> World {
    let limited = |collateral: CollateralParams, outflow_max: u64| CollateralParams {
        terms: BankTerms { outflow_max, ..collateral.terms },
        ..collateral
    };
    let full = presets::full_deployment();
    let deployment = Deployment {
        terms: ClearinghouseTerms { outflow_max: TOTAL_OUTFLOW, ..full.terms },
        settlement: limited(full.settlement, BANK_OUTFLOW as u64),
        ..full
    };
    let mut listings = presets::full();
    for (listing, (_, price)) in listings.iter_mut().zip(FIRST_PRICES) {
        // Native units at the first price, in 1e-8 USD.
        let units = BANK_OUTFLOW as i128 * 100 * 10i128.pow(listing.decimals.into()) / price as i128;
        listing.collateral = listing.collateral.map(|collateral| limited(collateral, units as u64));
    }
    World::deployed_by("governance", svm, deployment).with(&listings).launched()
}

/// A world with people in it. A person is a number; the last ones are those who hold the roles
/// of the clearinghouse at first.
pub struct Stage {
    pub world: World,
    pub(super) people: Vec<Wallet>,
    /// By asset, what its oracle published last, 1e-8 USD.
    pub(super) quotes: Vec<i64>,
    /// Every change that was ever proposed, by its id.
    pub(super) proposals: BTreeMap<u32, Proposal>,
    /// The parameters that the run began with.
    pub(super) first: Charter,
    pub(super) outflows: Outflows,
    /// How many accounts [`Step::SettleAll`] has settled.
    pub settled: u64,
    /// What it did since somebody last took this out.
    pub settling: Vec<(Step, Done)>,
}

impl Stage {
    /// In a world of the three assets whose transactions are all still to come.
    pub fn new(mut world: World) -> Self {
        world.set_prices(&FIRST_PRICES);
        world.refresh(&[USDC]).expect("the settlement row takes the bank's interest");
        let mut people: Vec<Wallet> =
            (0..KEEPERS.end).map(|index| world.wallet(&format!("person {index}"))).collect();
        world.capitalise(&people[PROVIDERS.start as usize], POOL as u64);
        for trader in TRADERS {
            world.open_account(&people[trader as usize], 0);
            world.fund(&people[trader as usize], 0, USDC, TRADER as u64);
        }
        for keeper in KEEPERS {
            world.open_account(&people[keeper as usize], 0);
            world.fund(&people[keeper as usize], 0, USDC, KEEPER as u64);
        }
        people.extend(ROLES.map(|role| world.holder(role)));
        // What came in and leaves within one second is no outflow; the run sees none of this.
        world.svm.advance(1);
        let quotes = std::iter::once(E8).chain(FIRST_PRICES.map(|(_, price)| price)).collect();
        let (first, outflows) = (Charter::of(&world), Outflows::default());
        let (proposals, settling) = (BTreeMap::new(), Vec::new());
        Self { world, people, quotes, proposals, first, outflows, settled: 0, settling }
    }

    /// How many people there are.
    pub fn people(&self) -> u8 {
        self.people.len() as u8
    }

    /// # Panics
    /// If there is no such person.
    pub fn wallet(&self, who: u8) -> &Wallet {
        &self.people[who as usize]
    }

    /// The address of a margin account of a person, if there is that person.
    pub(super) fn account_address(&self, who: u8, sub: u16) -> Option<Address> {
        Some(self.world.account_address(self.people.get(who as usize)?, sub))
    }

    /// A margin account, if it is open.
    pub fn account(&self, who: u8, sub: u16) -> Option<MarginState> {
        let address = self.account_address(who, sub)?;
        decode(&self.world.svm.vm.get_account(&address)?.data).ok()
    }

    /// All margin accounts of people that are open.
    pub fn accounts(&self) -> Vec<(u8, u16, MarginState)> {
        let all = (0..self.people()).flat_map(|who| SUB_ACCOUNTS.map(move |sub| (who, sub)));
        all.filter_map(|(who, sub)| Some((who, sub, self.account(who, sub)?))).collect()
    }

    /// Does a step and checks everything: that a refusal is expected, the invariants, what
    /// the program promises of a transaction, and `check`.
    ///
    /// # Errors
    /// With what is broken; the stage is of no use after that.
    pub fn apply(&mut self, step: &Step, check: Check) -> Result<Done, Broken> {
        caught(|| {
            let done = self.perform(step)?;
            check(&self.world);
            Ok(done)
        })
    }

    pub(super) fn perform(&mut self, step: &Step) -> Result<Done, Broken> {
        if let Step::SettleAll {} = step {
            self.settle_all()?;
            return Ok(Done::Happened);
        }
        if self.happens(step).is_some() {
            return Ok(Done::Happened);
        }
        let Some((instructions, signer)) = self.transaction(step) else { return Ok(Done::Impossible) };
        let (before, proposal) = (Before::take(&self.world), self.proposal(step));
        let keys = signer.map(|who| self.people[who as usize].key.insecure_clone());
        let result = self.world.send(&instructions, &keys.iter().collect::<Vec<_>>());
        self.take_note(step, proposal, result.is_ok());
        match result {
            Ok(outcome) => {
                promises::check(self, step, &outcome);
                before.check(self, step, &outcome);
                self.outflows.check(&before, &self.world, step);
                Ok(Done::Succeeded(Box::new(outcome)))
            }
            Err(failure) => match failure.plimsoll() {
                Some(error) if expected::of(step).contains(&error) => Ok(Done::Refused(error)),
                error => {
                    let why = error.map_or(format!("{:?}", failure.error), |error| format!("{error:?}"));
                    let kind = Kind::Refusal(format!("{} was refused with {why}", step.action()));
                    Err(Broken { kind, detail: failure.logs.join("\n  ") })
                }
            },
        }
    }

    /// Does what is no transaction; `None` if the step is one or is impossible.
    fn happens(&mut self, step: &Step) -> Option<()> {
        match *step {
            Step::Wait { seconds } => self.world.svm.advance(i64::try_from(seconds).ok()?),
            Step::Quote { asset, price, confidence, lag } => {
                self.listed(asset).filter(|asset| *asset != USDC)?;
                self.note_quote(asset, price);
                let confidence = (price.unsigned_abs() as u128 * confidence as u128 / 1_000_000) as u64;
                let publish_time = self.world.svm.now() - lag;
                self.world
                    .publish_quote(asset, pyth::Quote { price, confidence, exponent: -8, publish_time });
            }
            Step::Donate { asset, amount } => {
                let asset = self.listed(asset)?;
                let (bank, vault) = (self.world.bank_address(asset), self.world.vault_address(asset));
                let held = tokens::amount(&self.world.svm.vm.get_account(&vault)?);
                let mint = self.world.assets[asset as usize].mint;
                self.world.svm.set_account(vault, tokens::account(&mint, &bank, held.checked_add(amount)?));
            }
            _ => return None,
        }
        Some(())
    }

    fn note_quote(&mut self, asset: u8, price: i64) {
        let asset = asset as usize;
        if price > 0 {
            self.quotes.resize(self.quotes.len().max(asset + 1), E8);
            self.quotes[asset] = price;
        }
    }

    /// What the transaction changed of what the world knows outside the accounts.
    fn take_note(&mut self, step: &Step, proposal: Option<Proposal>, succeeded: bool) {
        if let Some(proposal) = proposal.filter(|_| succeeded) {
            let id = self.world.clearinghouse_account().change_count - 1;
            self.proposals.insert(id, proposal);
        }
        let Step::Execute { id } = step else { return };
        match self.proposals[id].change {
            Change::Asset(_) if !succeeded => _ = self.world.assets.pop(),
            Change::Market { asset, .. } if succeeded => self.world.assets[asset as usize].is_market = true,
            Change::Oracle { asset, after, .. } if succeeded => {
                self.world.assets[asset as usize].oracle = after.oracle;
            }
            _ => {}
        }
    }

    pub(super) fn listed(&self, asset: u8) -> Option<u8> {
        (usize::from(asset) < self.world.assets.len()).then_some(asset)
    }

    /// The number of the person who holds a role, if somebody does.
    pub fn holder(&self, role: Role) -> Option<u8> {
        let holder = self.world.clearinghouse_account().role(role).holder;
        self.people.iter().position(|person| person.address() == holder).map(|index| index as u8)
    }

    /// The changes that have been neither executed nor cancelled, by id.
    pub fn pending(&self) -> impl Iterator<Item = (u32, &Proposal)> {
        let is_pending = |id: u32| {
            let address = addresses::pending_change(&self.world.clearinghouse, id);
            self.world.svm.vm.get_account(&address).is_some_and(|account| account.lamports > 0)
        };
        self.proposals.iter().map(|(id, proposal)| (*id, proposal)).filter(move |(id, _)| is_pending(*id))
    }
}
