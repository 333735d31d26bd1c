//! Where a run takes place, and how each step is done.

use super::broken::{Broken, Kind, caught};
use super::step::Step;
use super::{expected, promises};
use crate::scene::{BTC, E8, ETH, SOL, USD, USDC};
use plimsoll::error::PlimsollError;
use plimsoll::oracle::OracleKind;
use plimsoll_testkit::{Outcome, Wallet, World, pyth, tokens};
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

/// A world with people in it. A person is a number; the last one is the governance that
/// the clearinghouse was created by.
pub struct Stage {
    pub world: World,
    pub(super) people: Vec<Wallet>,
}

impl Stage {
    /// In a standard world whose transactions are all still to come.
    pub fn new(mut world: World) -> Self {
        world.set_prices(&FIRST_PRICES);
        let mut people: Vec<Wallet> =
            (0..KEEPERS.end).map(|index| world.wallet(&format!("person {index}"))).collect();
        world.capitalise(&people[PROVIDERS.start as usize], 200_000 * USD as u64);
        for trader in TRADERS {
            world.open_account(&people[trader as usize], 0);
            world.fund(&people[trader as usize], 0, USDC, 5_000 * USD as u64);
        }
        for keeper in KEEPERS {
            world.open_account(&people[keeper as usize], 0);
        }
        people.push(Wallet::new(&world.governance.name));
        Self { world, people }
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

    fn perform(&mut self, step: &Step) -> Result<Done, Broken> {
        if self.happens(step).is_some() {
            return Ok(Done::Happened);
        }
        let Some((instruction, signer)) = self.transaction(step) else { return Ok(Done::Impossible) };
        let keys = signer.map(|who| self.people[who as usize].key.insecure_clone());
        let result = self.world.send(&[instruction], &keys.iter().collect::<Vec<_>>());
        self.take_note(step, result.is_ok());
        match result {
            Ok(outcome) => {
                promises::check(self, step, &outcome);
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

    /// What the transaction changed of what the world knows outside the accounts.
    fn take_note(&mut self, step: &Step, succeeded: bool) {
        match *step {
            Step::Accept { who } if succeeded => {
                self.world.governance = Wallet::new(&self.people[who as usize].name);
            }
            Step::ListMarket { asset } if succeeded => {
                self.world.assets[asset as usize].is_market = true;
            }
            Step::ListAsset {} if !succeeded => _ = self.world.assets.pop(),
            _ => {}
        }
    }

    pub(super) fn listed(&self, asset: u8) -> Option<u8> {
        (usize::from(asset) < self.world.assets.len()).then_some(asset)
    }

    /// The number of the person who governs.
    pub fn governance(&self) -> u8 {
        let name = &self.world.governance.name;
        let index = self.people.iter().position(|person| person.name == *name);
        index.expect("governance is one of the people") as u8
    }
}
