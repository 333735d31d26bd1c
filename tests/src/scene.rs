//! What most tests begin with, and how they say what an instruction did.

use crate::reference::{self, Health, Position};
use plimsoll::error::PlimsollError;
use plimsoll::state::MarginState;
use plimsoll_client::Event;
use plimsoll_testkit::{Outcome, Snapshot, Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;

pub use plimsoll_testkit::scene::*;

/// Health of a wallet's first account, from plain arithmetic.
pub fn health(world: &World, who: &Wallet) -> Health {
    reference::health(&world.margin(who, 0), &world.board())
}

/// Settlement tokens of an account, cash included, where nobody borrows any: a share is a
/// micro-USD then.
pub fn settlement(account: &MarginState) -> i64 {
    account.cash + account.tokens[0].shares
}

/// The position of an account in an asset, flat if there is none.
pub fn held(account: &MarginState, asset: u8) -> Position {
    let slot = account.perps().iter().find(|p| p.asset == asset);
    slot.map_or(Position::default(), |p| Position { size: p.size as i128, entry: p.entry as i128 })
}

/// Settlement tokens with which a first trade leaves an initial health of exactly zero.
///
/// # Panics
/// If the trade needs none.
pub fn margin_needed(world: &World, asset: u8, size: i64) -> u64 {
    let (market, row) = (world.market(asset), world.row(asset));
    let opened = Position { size: size as i128, entry: reference::cost(&market, &row, size) };
    let needed = reference::fee(&market, &row, size).0 - reference::position_health(opened, &row).initial;
    u64::try_from(needed).expect("a position needs margin")
}

/// A wallet whose first account has a position with exactly the initial margin it needs.
///
/// # Panics
/// If the trade is refused.
pub fn leveraged(world: &mut World, name: &str, asset: u8, size: i64) -> Wallet {
    let wallet = trader(world, name, 0);
    let margin = margin_needed(world, asset, size);
    world.fund(&wallet, 0, USDC, margin);
    world.trade(&wallet, 0, asset, size).unwrap_or_else(|f| panic!("{f:#?}"));
    wallet
}

/// Deposits exactly what brings a wallet's maintenance health to `target`.
///
/// # Panics
/// If it is there or above.
pub fn top_up_to(world: &mut World, who: &Wallet, target: i128) {
    let missing = target - health(world, who).maintenance;
    world.fund(who, 0, USDC, u64::try_from(missing).expect("below the target"));
    assert_eq!(health(world, who).maintenance, target);
}

/// Brings prices to where they are given, slow prices included: ten minutes are enough
/// for a change of up to 30%.
pub fn set_calm_prices(world: &mut World, prices: &[(u8, i64)]) {
    world.svm.advance(599);
    world.set_prices(prices);
    for (asset, _) in prices {
        assert_eq!(world.row(*asset).divergence, 0, "the slow price has arrived");
    }
}

/// What tests say about an instruction.
pub trait Scene {
    /// Sends an instruction that must be refused with exactly this error and change nothing.
    ///
    /// # Panics
    /// If it is not.
    fn refused(&mut self, instruction: Instruction, signer: &Wallet, error: PlimsollError);

    /// Sends an instruction that must succeed and change exactly the accounts in `changed`.
    ///
    /// # Panics
    /// If it does not.
    fn changes(&mut self, instruction: Instruction, signer: &Wallet, changed: &[Address]) -> Outcome;
}

impl Scene for World {
    fn refused(&mut self, instruction: Instruction, signer: &Wallet, error: PlimsollError) {
        let before = Snapshot::take(&self.svm);
        // Some instructions need no signature but the fee payer's.
        let signers = if signer.signs(&instruction) { vec![&signer.key] } else { vec![] };
        let failure = self.send(&[instruction], &signers).expect_err("an instruction that is refused");
        assert_eq!(failure.plimsoll(), Some(error), "{failure:#?}");
        before.diff(&self.svm).without_fee().assert_nothing();
    }

    fn changes(&mut self, instruction: Instruction, signer: &Wallet, changed: &[Address]) -> Outcome {
        let before = Snapshot::take(&self.svm);
        let outcome = self.must(instruction, signer);
        before.diff(&self.svm).without_fee().assert_only(changed);
        outcome
    }
}

/// The one event of an outcome.
///
/// # Panics
/// If there is not exactly one.
pub fn only_event(outcome: &Outcome) -> Event {
    let [event] = outcome.events.as_slice() else { panic!("one event, not {:#?}", outcome.events) };
    *event
}
