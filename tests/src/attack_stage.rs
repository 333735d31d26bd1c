//! Where attacks are staged: a clearinghouse in full use and, in the same SVM, a rival
//! one of the same tokens, oracles and people, in the same state.

mod calls;
mod elder;
mod founding;
mod governing;
mod populate;

pub use calls::valid_calls;
pub use elder::migration_calls;
pub use governing::further_calls;

use crate::scene::{BTC, E8, ETH, SOL, USDC};
use calls::complete;
use elder::leave_behind;
use governing::{execute_changes, pause, propose_changes};
use plimsoll::bounds::HISTORY_SECONDS;
use plimsoll::oracle::Refusal;
use plimsoll_client::Event;
use plimsoll_client::addresses;
use plimsoll_client::error::explain;
use plimsoll_testkit::{Failure, Outcome, Svm, Wallet, World};
use populate::{deployment, listings, populate, put_up, sink};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

/// An asset that is on the board, with changes waiting that make it collateral and a market.
pub const DOGE: u8 = 4;
/// Collateral that has just been listed and could begin to count.
pub const SHIB: u8 = 5;

/// Time under water before an auction.
const AUCTION_DELAY_SECONDS: u32 = 10;

/// Time between two prices of DOGE and of SHIB: a little less than a day.
const PRICE_EVERY_SECONDS: i64 = 80_000;

/// Everybody who can sign.
const PEOPLE: [&str; 25] = [
    "governance",
    "rival",
    "founder governance",
    "founder rival",
    "opener governance",
    "opener rival",
    "elder governance",
    "elder rival",
    "governance steward",
    "governance guardian",
    "governance fee collector",
    "rival steward",
    "rival guardian",
    "rival fee collector",
    "sponsor",
    "alice",
    "bob",
    "keeper",
    "provider",
    "heir",
    "newcomer",
    "mallory",
    "dave",
    "erin",
    "rescuer",
];

/// The two clearinghouses.
pub struct Stage {
    /// The one under attack; it holds the SVM.
    pub home: World,
    /// The attacker's own.
    pub rival: World,
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}

impl Stage {
    /// In each clearinghouse:
    /// - alice holds 20,000 USDC, 10 SOL and long 10 BTC in account 0, 1,000 USDC in
    ///   account 1, nothing in account 7;
    /// - bob's account 0, long 10 BTC, has been below maintenance for long enough to be
    ///   auctioned; dave's, long 1 BTC, is up for auction;
    /// - erin's account 0 holds 100 SOL, owes 6,500 USDC and is below maintenance; grace's owes
    ///   USDC and holds nothing;
    /// - carol, long in ETH, has a profit beyond the market's capital, and frank, short, the loss;
    /// - rescuer's account 0 holds 20,000 USDC, keeper and mallory have an empty account 0,
    ///   provider has shares;
    /// - DOGE and SHIB have had prices for a week;
    /// - heir has been nominated for governance; a new asset, DOGE as collateral and as a market,
    ///   less capital for BTC, lower weights of SOL and fresher prices of ETH could be executed, each
    ///   paid for by sponsor; SHIB has been listed as collateral;
    /// - deposits of DOGE are paused, BTC has set fees aside for the fee collector;
    /// - beside it, founder has created a clearinghouse without a pool, and opener one that has not
    ///   been launched;
    /// - every price but SHIB's is fresh, and a newer one of BTC has been published.
    pub fn new() -> Self {
        let listings = listings();
        let mut home = World::deployed_by("governance", Svm::new(), deployment()).with(&listings).launched();
        let rival = home.rival("rival", &listings);
        let mut stage = Self { home, rival };
        stage.wait_for_changes();
        stage.home.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8), (DOGE, E8 / 100)]);
        stage.home.refresh(&[USDC]).expect("the settlement row");
        stage.in_rival(|rival| rival.refresh(&[USDC, SOL, BTC, ETH, DOGE]).expect("the same prices"));
        stage.in_rival(populate);
        populate(&mut stage.home);
        // Slow enough for every slow price to follow.
        stage.home.svm.advance(599);
        stage.home.set_prices(&[(SOL, 70 * E8), (BTC, 7_300 * E8), (ETH, 230 * E8), (DOGE, E8 / 100)]);
        stage.home.refresh(&[USDC]).expect("the settlement row");
        stage.in_rival(|rival| rival.refresh(&[USDC, SOL, BTC, ETH, DOGE]).expect("the same prices"));
        sink(&mut stage.home);
        stage.in_rival(sink);
        stage.home.svm.advance(AUCTION_DELAY_SECONDS as i64);
        put_up(&mut stage.home);
        stage.in_rival(put_up);
        pause(&mut stage.home);
        stage.in_rival(pause);
        stage.home.svm.advance(1);
        stage.home.publish(BTC, 7_290 * E8);
        stage
    }

    /// Proposes changes in both clearinghouses, gives DOGE and SHIB a history of prices while they
    /// wait, and executes two of them, SHIB's listing a week before the end.
    fn wait_for_changes(&mut self) {
        // The rival's listing has taken the SVM.
        std::mem::swap(&mut self.home.svm, &mut self.rival.svm);
        propose_changes(&mut self.home);
        self.in_rival(propose_changes);
        self.let_prices_come(self.home.clearinghouse_account().oracle_delay_seconds.into());
        execute_changes(&mut self.home);
        self.in_rival(execute_changes);
        self.let_prices_come(HISTORY_SECONDS);
    }

    /// Lets at least so many seconds pass, without a gap in the history of DOGE and SHIB.
    fn let_prices_come(&mut self, seconds: i64) {
        for _ in 0..=seconds / PRICE_EVERY_SECONDS {
            self.home.set_prices(&[(DOGE, E8 / 100), (SHIB, E8 / 100_000)]);
            self.in_rival(|rival| rival.refresh(&[DOGE, SHIB]).expect("the same prices"));
            self.home.svm.advance(PRICE_EVERY_SECONDS);
        }
    }

    /// The same with a market in layout 0, and a whole clearinghouse governed by elder, each of
    /// which can be migrated. No [`World`] of it may check invariants: they read every account.
    pub fn with_old_layouts(mut self) -> Self {
        leave_behind(&mut self.home);
        self.in_rival(leave_behind);
        self
    }

    /// Does something in the rival clearinghouse.
    pub fn in_rival<R>(&mut self, act: impl FnOnce(&mut World) -> R) -> R {
        std::mem::swap(&mut self.home.svm, &mut self.rival.svm);
        let result = act(&mut self.rival);
        std::mem::swap(&mut self.home.svm, &mut self.rival.svm);
        result
    }
}

/// Everybody's keys: a name is a key.
pub fn people() -> Vec<Wallet> {
    PEOPLE.map(Wallet::new).into()
}

/// Sends a call, signed by everybody it wants signatures of; a receivership with its other half.
///
/// # Errors
/// When the transaction fails.
pub fn send(stage: &mut Stage, call: &Instruction) -> Result<Outcome, Failure> {
    let transaction = complete(&stage.home, call);
    let mut metas = transaction.iter().flat_map(|instruction| &instruction.accounts);
    let signed: Vec<Address> = metas.by_ref().filter(|m| m.is_signer).map(|m| m.pubkey).collect();
    let people = people();
    let signers: Vec<_> = people.iter().filter(|p| signed.contains(&p.address())).map(|p| &p.key).collect();
    stage.home.svm.send(&transaction, &signers)
}

/// What came of a call: `ok`, `refused:` and the reason if a price was not taken, the
/// name of the program's or its framework's error, `token:` or `system:` and the code if
/// that program failed, or the name of the runtime's error.
pub fn verdict(result: &Result<Outcome, Failure>) -> String {
    let failure = match result {
        Ok(outcome) => return refusal(outcome).map_or("ok".into(), |reason| format!("refused:{reason:?}")),
        Err(failure) => failure,
    };
    let failed = |program: &str| {
        let line = format!("Program {program} failed");
        failure.logs.iter().any(|log| log.starts_with(&line))
    };
    match failure.instruction_error() {
        Some(InstructionError::Custom(code)) if failed(&addresses::TOKEN_PROGRAM.to_string()) => {
            format!("token:{code}")
        }
        Some(InstructionError::Custom(code)) if failed(&Address::default().to_string()) => {
            format!("system:{code}")
        }
        Some(InstructionError::Custom(code)) => explain(*code).map_or(format!("custom:{code}"), |e| e.name),
        Some(error) => format!("{error:?}"),
        None => format!("{:?}", failure.error),
    }
}

/// Why the one price that an outcome speaks of was not taken.
pub fn refusal(outcome: &Outcome) -> Option<Refusal> {
    let [Event::RefreshRefused(refused)] = outcome.events.as_slice() else { return None };
    Refusal::ALL.iter().copied().find(|reason| *reason as u32 == refused.reason)
}
