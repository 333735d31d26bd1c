//! What most tests begin with, and how they say what an instruction did.

use plimsoll::error::PlimsollError;
use plimsoll_client::Event;
use plimsoll_testkit::{Outcome, Snapshot, Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;

/// Assets of the standard world, in the order in which they are listed.
pub const USDC: u8 = 0;
pub const SOL: u8 = 1;
pub const BTC: u8 = 2;
pub const ETH: u8 = 3;

/// One dollar in micro-USD.
pub const USD: i64 = 1_000_000;
/// One dollar in the unit that prices are published in.
pub const E8: i64 = 100_000_000;
/// One token in native units.
pub const ONE_SOL: i64 = 1_000_000_000;
pub const ONE_BTC: i64 = 100_000_000;
pub const ONE_ETH: i64 = 100_000_000;

/// What the provider of the standard scene put into the pool: three tenths are allocated
/// to each market.
pub const CAPITAL: i64 = 1_000_000 * USD;

/// The standard world with SOL at 100, BTC at 8,000 and ETH at 200 USD, and a pool with
/// [`CAPITAL`].
pub fn standard() -> World {
    let mut world = World::standard();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, CAPITAL as u64);
    world
}

/// A wallet whose first account holds `usd` dollars of the settlement token.
pub fn trader(world: &mut World, name: &str, usd: i64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    if usd > 0 {
        world.fund(&wallet, 0, USDC, (usd * USD) as u64);
    }
    wallet
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
        let signs = instruction.accounts.iter().any(|a| a.is_signer);
        let signers = if signs { vec![&signer.key] } else { vec![] };
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
