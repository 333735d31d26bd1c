//! A clearinghouse in full use as the program of layout 0 left it, and its migration.

use crate::scene::USD;
use plimsoll::migration::{BankV0, ClearinghouseV0, MarketV0, RiskBoardV0};
use plimsoll::oracle::OracleKind;
use plimsoll::params::{ClearinghouseTerms, RoleHolders};
use plimsoll::state::{Bank, Clearinghouse, Market, RiskBoard};
use plimsoll_client::addresses;
use plimsoll_client::decode::{DISCRIMINATOR_BYTES, Layout};
use plimsoll_client::instructions as ix;
use plimsoll_testkit::presets::{self, Deployment};
use plimsoll_testkit::{Failure, Outcome, Svm, Wallet, World, tokens};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;

/// When the accounts were read, unix seconds.
pub const TIME: i64 = 1_583_971_812;

/// What the provider put into the pool, micro-USD, and the shares of the pool.
pub const CAPITAL: u64 = 1_000_000 * USD as u64;

/// Who pays the rent of what is longer.
pub const SPONSOR: &str = "sponsor";

/// Everybody who signs something.
const PEOPLE: [&str; 14] = [
    "governance",
    "governance steward",
    "governance guardian",
    "governance fee collector",
    SPONSOR,
    "alice",
    "bob",
    "keeper",
    "provider",
    "mallory",
    "erin",
    "rescuer",
    "heir",
    "newcomer",
];

const FIXTURE: &str = include_str!("../fixtures/layout_v0.txt");

/// A layout of version 0, under the discriminator that its successor still has.
pub trait OldLayout: bytemuck::Pod {
    type New: Layout;
}

impl OldLayout for ClearinghouseV0 {
    type New = Clearinghouse;
}

impl OldLayout for RiskBoardV0 {
    type New = RiskBoard;
}

impl OldLayout for BankV0 {
    type New = Bank;
}

impl OldLayout for MarketV0 {
    type New = Market;
}

/// A copy of the layout in an account of version 0.
///
/// # Panics
/// If the account is something else.
pub fn decode<T: OldLayout>(account: &Account) -> T {
    let (discriminator, body) = account.data.split_first_chunk::<DISCRIMINATOR_BYTES>().expect("a type");
    assert_eq!(*discriminator, T::New::DISCRIMINATOR, "{}", T::New::NAME);
    bytemuck::pod_read_unaligned(body)
}

/// Every account as it was.
pub fn accounts() -> Vec<(Address, Account)> {
    FIXTURE.lines().filter(|line| !line.starts_with('#')).map(account).collect()
}

fn account(line: &str) -> (Address, Account) {
    let mut parts = line.split(' ');
    let mut next = || parts.next().expect("an address, lamports and data");
    let (address, lamports, text) = (next(), next(), next());
    let account = Account {
        lamports: lamports.parse().expect("lamports"),
        data: bytes(text),
        owner: plimsoll::ID,
        executable: false,
        rent_epoch: u64::MAX,
    };
    (address.parse().expect("an address"), account)
}

/// The bytes of hexadecimal digits in which `(n)` stands for n zeros.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in text.split('(') {
        let (zeros, digits) = part.split_once(')').unwrap_or(("0", part));
        bytes.resize(bytes.len() + zeros.parse::<usize>().expect("a number of zeros"), 0);
        let pairs = digits.as_bytes().chunks_exact(2);
        bytes.extend(pairs.map(|pair| {
            let pair = str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("hexadecimal digits")
        }));
    }
    bytes
}

/// The clearinghouse of the wallet `governance` with all its accounts of version 0, and the
/// tokens they count. The people are those of the [attack stage](crate::attack_stage).
pub fn world() -> World {
    let mut deployment = Deployment::default();
    deployment.terms.auction_delay_seconds = 10;
    deployment.terms.outflow_max = 500_000 * USD;
    let mut world = World::deployed_by("governance", Svm::new(), deployment);
    for listing in presets::standard() {
        world.add_asset(listing.symbol, listing.decimals, listing.kind, true);
    }
    world.add_asset("DOGE", 8, OracleKind::PythPull, false);
    world.svm.set_time(TIME);
    world.svm.set_account(world.window_address(), Account::default());
    for (address, account) in accounts() {
        if account.data.starts_with(&Bank::DISCRIMINATOR) {
            let bank: BankV0 = decode(&account);
            world.svm.set_account(bank.vault, tokens::account(&bank.mint, &address, bank.tokens));
        }
        world.svm.set_account(address, account);
    }
    issue_shares(&mut world);
    for name in
        ["alice", "bob", "keeper", "provider", "mallory", "erin", "rescuer", "heir", "newcomer", SPONSOR]
    {
        world.wallet(name);
    }
    world
}

/// Gives the provider all shares of the pool.
fn issue_shares(world: &mut World) {
    const SUPPLY: usize = 36;
    let (mint, provider) = (world.share_mint(), Wallet::new("provider").address());
    let mut shares = world.svm.account(&mint);
    shares.data[SUPPLY..SUPPLY + 8].copy_from_slice(&CAPITAL.to_le_bytes());
    world.svm.set_account(mint, shares);
    let held = addresses::associated_token_account(&provider, &mint);
    world.svm.set_account(held, tokens::account(&mint, &provider, CAPITAL));
}

pub fn clearinghouse_instruction(world: &World) -> Instruction {
    clearinghouse_with(world, world.role_holders(), world.deployment.terms)
}

/// The migration of the clearinghouse and its board with roles and terms of one's own.
pub fn clearinghouse_with(world: &World, roles: RoleHolders, terms: ClearinghouseTerms) -> Instruction {
    ix::migrate_clearinghouse::instruction(
        &ix::migrate_clearinghouse::Accounts {
            governance: world.governance.address(),
            payer: Wallet::new(SPONSOR).address(),
            clearinghouse: world.clearinghouse,
            risk_board: world.board_address(),
            window: world.window_address(),
        },
        &ix::migrate_clearinghouse::Args { roles, terms },
        &[],
    )
}

pub fn account_instruction(world: &World, account: Address) -> Instruction {
    ix::migrate_account::instruction(
        &ix::migrate_account::Accounts {
            payer: Wallet::new(SPONSOR).address(),
            risk_board: world.board_address(),
            account,
        },
        &ix::migrate_account::Args {},
        &[],
    )
}

/// The banks and markets of the fixture.
pub fn to_migrate() -> Vec<Address> {
    let is_one =
        |data: &[u8]| data.starts_with(&Bank::DISCRIMINATOR) || data.starts_with(&Market::DISCRIMINATOR);
    accounts().into_iter().filter(|(_, a)| is_one(&a.data)).map(|(address, _)| address).collect()
}

/// Sends an instruction, signed by everybody it wants signatures of.
///
/// # Errors
/// When it is refused.
pub fn send(world: &mut World, instruction: Instruction) -> Result<Outcome, Failure> {
    let signers: Vec<_> = PEOPLE.map(Wallet::new).into_iter().filter(|w| w.signs(&instruction)).collect();
    let keys: Vec<_> = signers.iter().map(|wallet| &wallet.key).collect();
    world.svm.send(&[instruction], &keys)
}

/// Migrates the clearinghouse and its board.
///
/// # Panics
/// If that is refused.
pub fn migrate_clearinghouse(world: &mut World) -> Outcome {
    let migrate = clearinghouse_instruction(world);
    send(world, migrate).unwrap_or_else(|f| panic!("{f:#?}"))
}

/// Migrates a bank or a market.
///
/// # Panics
/// If that is refused.
pub fn migrate_account(world: &mut World, account: Address) -> Outcome {
    let migrate = account_instruction(world, account);
    send(world, migrate).unwrap_or_else(|f| panic!("{account}: {f:#?}"))
}

/// The same clearinghouse, migrated whole.
pub fn migrated() -> World {
    let mut world = world();
    migrate_clearinghouse(&mut world);
    for account in to_migrate() {
        migrate_account(&mut world, account);
    }
    world
}
