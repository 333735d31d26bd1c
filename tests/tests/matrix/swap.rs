//! The ways in which one account of a call is made wrong, everything else left as it was.

use plimsoll::oracle::pyth_pull;
use plimsoll::state::{Bank, Market, PendingChange};
use plimsoll_client::accounts;
use plimsoll_client::addresses::{self, ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM};
use plimsoll_client::decode::Layout;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::World;
use plimsoll_testkit::{Svm, Wallet, tokens};
use plimsoll_tests::attack_stage::people;
use plimsoll_tests::scene::{SOL, USDC};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use std::fmt;

/// A program of the attacker's.
pub const ATTACKER: Address = Address::new_from_array([0xa7; 32]);

/// What is wrong with the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// The same bytes at the same address, owned by [`ATTACKER`].
    WrongOwner,
    /// The right owner, but bytes of another type of account. In a program's place: an
    /// account that is no program.
    WrongType,
    /// The signer flag dropped.
    NotSigner,
    /// The writable flag dropped.
    NotWritable,
    /// What the same call of the rival clearinghouse has here. What both have in common
    /// is replaced instead: a signer by mallory, who signs, her token account or another mint,
    /// an oracle by that of another asset, a program by another one.
    Foreign,
    /// The writable account at this position of the same call.
    Duplicate(usize),
    /// The same with one that the framework may let stand twice: a key that pays or is paid, or
    /// an optional account.
    Shared(usize),
    /// Closed: no lamports, no bytes, owned by the system program.
    Empty,
    /// Another one of its type in the same clearinghouse: another asset's bank or market, another
    /// change that could be executed.
    Sibling,
    /// An optional account left out, though the call needs it.
    LeftOut,
}

impl Swap {
    /// In the order of the table's columns; duplicates share the sixth and the seventh.
    pub const ONCE: [Self; 8] = [
        Self::WrongOwner,
        Self::WrongType,
        Self::NotSigner,
        Self::NotWritable,
        Self::Foreign,
        Self::Empty,
        Self::Sibling,
        Self::LeftOut,
    ];
}

impl fmt::Display for Swap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(other) => write!(f, "duplicate of account {other}"),
            Self::Shared(other) => write!(f, "second place for account {other}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// What an account is to the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Program,
    Signer,
    /// Created by the call.
    New,
    /// An account of the program.
    State,
    Mint,
    Tokens,
    Oracle,
    /// A key that gets lamports, without its signature.
    Wallet,
    /// An optional account that this call does not need and leaves out.
    Absent,
}

/// A valid call and its counterpart in the rival clearinghouse.
pub struct Call {
    pub name: &'static str,
    pub spec: &'static InstructionSpec,
    pub valid: Instruction,
    pub foreign: Instruction,
}

impl Call {
    /// The name of an account; remaining accounts are numbered.
    pub fn account_name(&self, at: usize) -> String {
        match self.spec.accounts.get(at) {
            Some(account) => account.name.to_string(),
            None => format!("remaining_{}", at - self.spec.accounts.len()),
        }
    }

    pub fn role(&self, svm: &Svm, at: usize) -> Role {
        let meta = &self.valid.accounts[at];
        if self.spec.accounts.get(at).is_some_and(|account| account.address.is_some()) {
            return Role::Program;
        }
        if meta.is_signer {
            return Role::Signer;
        }
        if meta.pubkey == plimsoll::ID {
            return Role::Absent;
        }
        match svm.vm.get_account(&meta.pubkey) {
            None => Role::New,
            Some(account) if account.owner == plimsoll::ID => Role::State,
            Some(account) if account.owner == Address::default() => Role::Wallet,
            Some(account) if account.owner == TOKEN_PROGRAM && account.data.len() == 82 => Role::Mint,
            Some(account) if account.owner == TOKEN_PROGRAM => Role::Tokens,
            Some(_) => Role::Oracle,
        }
    }

    fn is_optional(&self, at: usize) -> bool {
        self.spec.accounts.get(at).is_some_and(|account| account.optional)
    }

    fn may_stand_twice(&self, svm: &Svm, at: usize) -> bool {
        self.is_optional(at) || matches!(self.role(svm, at), Role::Signer | Role::Wallet)
    }

    /// The swaps that make sense for an account.
    pub fn swaps(&self, home: &World, at: usize) -> Vec<Swap> {
        let role = self.role(&home.svm, at);
        let meta = &self.valid.accounts[at];
        let applies = |swap: &Swap| match swap {
            Swap::WrongOwner => !matches!(role, Role::Program | Role::Absent),
            Swap::WrongType => !matches!(role, Role::Signer | Role::Wallet | Role::Absent),
            Swap::NotSigner => meta.is_signer,
            Swap::NotWritable => meta.is_writable,
            Swap::Empty => !matches!(role, Role::New | Role::Program | Role::Absent),
            Swap::Sibling => self.sibling(home, at).is_some(),
            Swap::LeftOut => self.is_optional(at) && role != Role::Absent,
            Swap::Foreign | Swap::Duplicate(_) | Swap::Shared(_) => true,
        };
        let writable =
            (0..self.valid.accounts.len()).filter(|i| self.valid.accounts[*i].is_writable && *i != at);
        let duplicate = |other| match self.may_stand_twice(&home.svm, other) {
            true => Swap::Shared(other),
            false => Swap::Duplicate(other),
        };
        Swap::ONCE.into_iter().filter(applies).chain(writable.map(duplicate)).collect()
    }

    /// Makes account `at` wrong, in the SVM or in the call, and returns the call to send.
    pub fn with(&self, home: &mut World, at: usize, swap: Swap) -> Instruction {
        let mut call = self.valid.clone();
        let role = self.role(&home.svm, at);
        let address = call.accounts[at].pubkey;
        let meta = &mut call.accounts[at];
        // What is left out has no flags of its own.
        let may_write = self.spec.accounts.get(at).is_some_and(|account| account.writable);
        match swap {
            Swap::WrongOwner => alter(&mut home.svm, address, |account| account.owner = ATTACKER),
            Swap::WrongType if role == Role::Program => meta.pubkey = Wallet::new("mallory").address(),
            Swap::WrongType => {
                alter(&mut home.svm, address, |account| *account = of_another_type(role, account))
            }
            Swap::NotSigner => meta.is_signer = false,
            Swap::NotWritable => meta.is_writable = false,
            Swap::Foreign => {
                meta.is_writable |= may_write;
                meta.pubkey = self.foreigner(home, role, at);
            }
            Swap::Empty => home.svm.set_account(address, Account::default()),
            Swap::Sibling => {
                meta.is_writable |= may_write;
                meta.pubkey = self.sibling(home, at).expect("another one");
            }
            Swap::LeftOut => (meta.pubkey, meta.is_writable) = (plimsoll::ID, false),
            Swap::Duplicate(other) | Swap::Shared(other) => {
                // Nobody can sign for what is not a wallet.
                let signs = people().iter().any(|p| p.address() == self.valid.accounts[other].pubkey);
                meta.is_signer &= signs;
                meta.pubkey = self.valid.accounts[other].pubkey;
            }
        }
        call
    }

    /// What the rival has of the type that is left out.
    fn foreign_optional(&self, home: &World, at: usize) -> Address {
        let clearinghouse = addresses::clearinghouse(&Wallet::new("rival").address());
        match self.account_name(at).as_str() {
            "bank" => addresses::bank(&clearinghouse, &home.assets[USDC as usize].mint),
            "market" => addresses::market(&clearinghouse, SOL),
            "pool" => addresses::liquidity_pool(&clearinghouse),
            other => panic!("nothing of the type {other}"),
        }
    }

    /// Another account of the same type; of one that is left out, the first there is.
    fn sibling(&self, home: &World, at: usize) -> Option<Address> {
        match (self.role(&home.svm, at), self.account_name(at).as_str()) {
            (Role::Absent, "bank") => banks(home).first().copied(),
            (Role::Absent, "market") => markets(home).first().copied(),
            (Role::Absent, _) => None,
            _ => sibling(home, &self.valid.accounts[at].pubkey),
        }
    }

    fn foreigner(&self, home: &World, role: Role, at: usize) -> Address {
        let (own, foreign) = (self.valid.accounts[at].pubkey, self.foreign.accounts[at].pubkey);
        let mallory = Wallet::new("mallory").address();
        if foreign != own && role != Role::Signer {
            return foreign;
        }
        match role {
            Role::Wallet => mallory,
            Role::Absent => self.foreign_optional(home, at),
            Role::Program => ASSOCIATED_TOKEN_PROGRAM,
            Role::Signer => mallory,
            Role::Mint if own == home.assets[SOL as usize].mint => home.assets[USDC as usize].mint,
            Role::Mint => home.assets[SOL as usize].mint,
            Role::Tokens => home.token_address(&mallory, 0),
            Role::Oracle => home.assets[SOL as usize].oracle,
            Role::New | Role::State => Address::new_from_array([0x0f; 32]),
        }
    }
}

/// Where another account of the same type is, if it is a bank, a market or a pending change.
fn sibling(home: &World, address: &Address) -> Option<Address> {
    let kinds = [banks(home), markets(home), changes(home)];
    kinds.into_iter().find_map(|kind| {
        let at = kind.iter().position(|a| a == address)?;
        Some(kind[(at + 1) % kind.len()])
    })
}

fn banks(home: &World) -> Vec<Address> {
    let all = (0..home.assets.len() as u8).map(|asset| home.bank_address(asset));
    all.filter(|address| is_there::<Bank>(home, address)).collect()
}

fn markets(home: &World) -> Vec<Address> {
    let all = (0..home.assets.len() as u8).map(|asset| home.market_address(asset));
    all.filter(|address| is_there::<Market>(home, address)).collect()
}

fn changes(home: &World) -> Vec<Address> {
    let ids = 0..home.clearinghouse_account().change_count;
    let all = ids.map(|id| addresses::pending_change(&home.clearinghouse, id));
    all.filter(|address| is_there::<PendingChange>(home, address)).collect()
}

/// Whether an account of the present layout is there.
fn is_there<T: Layout>(home: &World, address: &Address) -> bool {
    home.svm.vm.get_account(address).is_some_and(|account| account.data.len() == T::LENGTH)
}

fn alter(svm: &mut Svm, address: Address, change: impl FnOnce(&mut Account)) {
    let absent = || Account { lamports: 10_000_000, data: vec![0; 8], ..Account::default() };
    let mut account = svm.vm.get_account(&address).unwrap_or_else(absent);
    change(&mut account);
    svm.set_account(address, account);
}

/// The same owner and, of the program's accounts, the same length, so that nothing but
/// the type is wrong.
fn of_another_type(role: Role, account: &Account) -> Account {
    let mut other = account.clone();
    match role {
        Role::Mint => other = tokens::account(&ATTACKER, &ATTACKER, 0),
        Role::Tokens => other = tokens::mint(6, &ATTACKER),
        Role::Oracle => other.data[..8].copy_from_slice(&pyth_pull::DISCRIMINATOR.map(|byte| !byte)),
        Role::New | Role::State => {
            other.owner = plimsoll::ID;
            let own = &account.data[..8];
            let (_, discriminator) =
                accounts::ALL.iter().find(|(_, d)| d.as_slice() != own).expect("more than one type");
            other.data[..8].copy_from_slice(discriminator);
        }
        Role::Program | Role::Signer | Role::Wallet | Role::Absent => {
            unreachable!("{role:?} has no bytes of a type")
        }
    }
    other
}
