//! Where attacks are staged: a clearinghouse in full use and, in the same SVM, a rival
//! one of the same tokens, oracles and people, in the same state.

use crate::scene::{BTC, E8, ETH, ONE_BTC, SOL, USD, USDC};
use plimsoll::oracle::OracleKind;
use plimsoll::oracle::Refusal;
use plimsoll_client::Event;
use plimsoll_client::addresses;
use plimsoll_client::error::explain;
use plimsoll_client::instructions as ix;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::presets::{self, Listing};
use plimsoll_testkit::{Failure, Outcome, Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

/// An asset that is on the board and nothing else.
pub const DOGE: u8 = 4;

/// Everybody who can sign.
const PEOPLE: [&str; 11] = [
    "governance",
    "rival",
    "founder governance",
    "founder rival",
    "alice",
    "bob",
    "keeper",
    "provider",
    "heir",
    "newcomer",
    "mallory",
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
    /// - bob's account 0, long 10 BTC, is below maintenance;
    /// - keeper and mallory have an empty account 0, provider has shares, heir has been
    ///   proposed as governance;
    /// - beside it, founder has created a clearinghouse without a pool;
    /// - every price is fresh, and a newer one of BTC has been published.
    pub fn new() -> Self {
        let doge = Listing {
            symbol: "DOGE",
            decimals: 8,
            kind: OracleKind::PythPull,
            collateral: None,
            market: None,
        };
        let mut listings = presets::standard();
        listings.push(doge);
        let mut home = World::bare().with(&listings);
        let mut rival = home.rival("rival", &listings);
        rival.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8), (DOGE, E8 / 100)]);
        populate(&mut rival);
        std::mem::swap(&mut home.svm, &mut rival.svm);
        home.refresh(&[SOL, BTC, ETH, DOGE]).expect("the same prices");
        populate(&mut home);
        let mut stage = Self { home, rival };
        stage.home.set_prices(&[(SOL, 100 * E8), (BTC, 7_300 * E8), (ETH, 200 * E8), (DOGE, E8 / 100)]);
        stage.in_rival(|rival| rival.refresh(&[SOL, BTC, ETH, DOGE]).expect("the same prices"));
        stage.home.svm.advance(1);
        stage.home.publish(BTC, 7_290 * E8);
        stage
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

/// Sends a call, signed by everybody it wants signatures of.
///
/// # Errors
/// When the transaction fails.
pub fn send(stage: &mut Stage, call: &Instruction) -> Result<Outcome, Failure> {
    let signs = |address: &Address| call.accounts.iter().any(|m| m.is_signer && m.pubkey == *address);
    let people = people();
    let signers: Vec<_> = people.iter().filter(|p| signs(&p.address())).map(|p| &p.key).collect();
    stage.home.svm.send(std::slice::from_ref(call), &signers)
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

fn populate(world: &mut World) {
    let [alice, bob, keeper, provider, mallory] =
        ["alice", "bob", "keeper", "provider", "mallory"].map(|name| world.wallet(name));
    world.wallet("newcomer");
    world.wallet("heir");
    let founder = founder(world);
    world.wallet(&founder.name);
    world.must(create_clearinghouse_call(world, &founder), &founder);
    world.capitalise(&provider, 1_000_000 * USD as u64);
    for (owner, sub_account, usdc) in [
        (&alice, 0, 20_000),
        (&alice, 1, 1_000),
        (&alice, 7, 0),
        (&bob, 0, 10_000),
        (&keeper, 0, 0),
        (&mallory, 0, 0),
    ] {
        world.open_account(owner, sub_account);
        if usdc > 0 {
            world.fund(owner, sub_account, USDC, usdc * USD as u64);
        }
    }
    world.fund(&alice, 0, SOL, 10_000_000_000);
    for owner in [&alice, &bob] {
        world.trade(owner, 0, BTC, 10 * ONE_BTC).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    for person in [&alice, &provider, &mallory] {
        world.give(person, USDC, 1_000 * USD as u64);
    }
    world.share_account(&mallory);
    let propose = ix::propose_governance::instruction(
        &ix::propose_governance::Accounts {
            governance: world.governance.address(),
            clearinghouse: world.clearinghouse,
        },
        &ix::propose_governance::Args { proposed: Wallet::new("heir").address() },
        &[],
    );
    world.govern(propose);
}

/// One valid call of every instruction in `world`, which [`Stage::new`] has prepared; each
/// of them goes through when it is the first.
pub fn valid_calls(world: &mut World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let [alice, provider] = ["alice", "provider"].map(Wallet::new);
    let (bob, keeper) = (Wallet::new("bob"), Wallet::new("keeper"));
    let (bobs, keepers) = (world.account_address(&bob, 0), world.account_address(&keeper, 0));
    let provide = world.provide_instruction(&provider, 100 * USD as u64, 1);
    let redeem = world.redeem_instruction(&provider, 100 * USD as u64, 1);
    let mut calls = governance_calls(world);
    calls.extend([
        (&ix::refresh_prices::SPEC, world.refresh_instruction(&[BTC])),
        (&ix::open_account::SPEC, world.open_account_instruction(&alice, 8)),
        (&ix::close_account::SPEC, world.close_account_instruction(&alice, 7)),
        (&ix::set_delegate::SPEC, world.set_delegate_instruction(&alice, 0, keeper.address())),
        (&ix::deposit::SPEC, world.deposit_instruction(&alice, 0, USDC, 500 * USD as u64)),
        (&ix::withdraw::SPEC, world.withdraw_instruction(&alice, 0, USDC, 500 * USD as u64)),
        (&ix::transfer::SPEC, world.transfer_instruction(&alice, 0, 1, USDC, 500 * USD as u64)),
        (&ix::trade::SPEC, world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX))),
        (&ix::liquidate::SPEC, world.liquidate_instruction(bobs, keepers, BTC)),
        (&ix::provide_liquidity::SPEC, provide),
        (&ix::redeem_liquidity::SPEC, redeem),
        (&ix::rebalance::SPEC, world.rebalance_instruction(BTC)),
        (&ix::view_account::SPEC, world.view_instruction(bobs)),
    ]);
    calls
}

fn governance_calls(world: &World) -> Vec<(&'static InstructionSpec, Instruction)> {
    let governance = world.governance.address();
    let clearinghouse = world.clearinghouse;
    let heir = Wallet::new("heir").address();
    let newcomer = Wallet::new("newcomer");
    let propose = ix::propose_governance::instruction(
        &ix::propose_governance::Accounts { governance, clearinghouse },
        &ix::propose_governance::Args { proposed: newcomer.address() },
        &[],
    );
    let accept = ix::accept_governance::instruction(
        &ix::accept_governance::Accounts { proposed: heir, clearinghouse },
        &ix::accept_governance::Args {},
        &[],
    );
    let asset = presets::asset(&presets::standard()[0], Address::default(), [0; 32]);
    vec![
        (&ix::create_clearinghouse::SPEC, create_clearinghouse_call(world, &newcomer)),
        (&ix::create_pool::SPEC, create_pool_call(world)),
        (&ix::propose_governance::SPEC, propose),
        (&ix::accept_governance::SPEC, accept),
        (&ix::list_asset::SPEC, world.list_asset_instruction(asset)),
        (&ix::list_collateral::SPEC, world.list_collateral_instruction(DOGE, presets::volatile_collateral())),
        (&ix::list_market::SPEC, world.list_market_instruction(DOGE, presets::market(100_000_000, 10_000))),
    ]
}

/// Who has a clearinghouse without a pool, beside the world's own.
fn founder(world: &World) -> Wallet {
    Wallet::new(&format!("founder {}", world.governance.name))
}

fn create_clearinghouse_call(world: &World, creator: &Wallet) -> Instruction {
    let clearinghouse = addresses::clearinghouse(&creator.address());
    ix::create_clearinghouse::instruction(
        &ix::create_clearinghouse::Accounts {
            creator: creator.address(),
            settlement_mint: world.assets[0].mint,
            clearinghouse,
            risk_board: addresses::risk_board(&clearinghouse),
        },
        &ix::create_clearinghouse::Args {
            governance: creator.address(),
            params: presets::clearinghouse(),
        },
        &[],
    )
}

fn create_pool_call(world: &World) -> Instruction {
    let governance = founder(world).address();
    let clearinghouse = addresses::clearinghouse(&governance);
    let pool = addresses::liquidity_pool(&clearinghouse);
    ix::create_pool::instruction(
        &ix::create_pool::Accounts {
            governance,
            clearinghouse,
            pool,
            share_mint: addresses::share_mint(&pool),
            fund: addresses::insurance_fund(&clearinghouse),
        },
        &ix::create_pool::Args { redeem_fee: presets::REDEEM_FEE },
        &[],
    )
}
