//! A deployment in this process, wallets with key files, and a terminal that writes everything down.
#![allow(dead_code, reason = "every test file uses a part of this")]

pub mod chains;

use plimsoll_cli::config::Machine;
use plimsoll_cli::fault::Result;
use plimsoll_cli::terminal::Terminal;
use plimsoll_cli::{Connect, Process};
use plimsoll_client::chain::Chain;
use plimsoll_client::program::state::Role;
use plimsoll_client::send::Time;
use plimsoll_testkit::chain::SvmChain;
use plimsoll_testkit::{Wallet, World};
use serde_json::Value;
use solana_address::Address;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Prices of the worlds here, in units of 1e-8 USD.
pub const SOL: i64 = 150_00000000;
pub const BTC: i64 = 60_000_00000000;
pub const ETH: i64 = 3_000_00000000;

/// A terminal with answers prepared.
#[derive(Default)]
pub struct Scripted {
    pub out: String,
    pub err: String,
    /// Both, in the order in which they were written.
    pub all: String,
    /// `None`: there is nobody to ask.
    pub answer: Option<bool>,
}

impl Terminal for Scripted {
    fn say(&mut self, text: &str) {
        self.out += &format!("{text}\n");
        self.all += &format!("{text}\n");
    }

    fn note(&mut self, text: &str) {
        self.err += &format!("{text}\n");
        self.all += &format!("{text}\n");
    }

    fn ask(&mut self, question: &str) -> Option<bool> {
        let answer = self.answer?;
        self.all += &format!("{question} [y/N] {}\n", if answer { "y" } else { "n" });
        Some(answer)
    }
}

/// A clock that stands still unless it is waited for.
#[derive(Default)]
pub struct Waited(Cell<Duration>);

impl Time for Waited {
    fn now(&self) -> Duration {
        self.0.get()
    }

    fn sleep(&self, duration: Duration) {
        self.0.set(self.0.get() + duration);
    }
}

/// What a command answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u8,
    pub out: String,
    pub err: String,
    pub all: String,
}

impl Answer {
    /// The answer as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// A deployment with every rule on, priced and with liquidity, and wallets.
pub struct Stage {
    pub chain: SvmChain<World>,
    pub clearinghouse: Address,
    /// Where the key files are.
    pub keys: PathBuf,
    pub alice: Wallet,
    pub keeper: Wallet,
    pub provider: Wallet,
}

impl Stage {
    /// A stage whose key files are in a folder of that name.
    pub fn new(name: &str) -> Self {
        let mut world = World::full();
        let [sol, btc, eth] = ["SOL", "BTC", "ETH"].map(|symbol| world.asset(symbol));
        world.set_prices(&[(sol, SOL), (btc, BTC), (eth, ETH)]);
        let [alice, keeper, provider] = ["alice", "keeper", "provider"].map(|name| world.wallet(name));
        world.capitalise(&provider, 10_000_000_000_000);
        world.give(&alice, 0, 10_000_000_000);
        world.give(&alice, sol, 50_000_000_000);
        world.give(&keeper, 0, 10_000_000_000);
        world.give(&provider, 0, 1_000_000_000_000);
        let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&keys).unwrap();
        let roles = [Role::Steward, Role::Guardian, Role::FeeCollector].map(|role| world.holder(role));
        let governance = Wallet::new(&world.governance.name);
        let named =
            ["alice", "keeper", "provider", "governance", "steward", "guardian", "fee-collector", "poor"];
        let [steward, guardian, collector] = &roles;
        let poor = Wallet::new("poor");
        let all = [&alice, &keeper, &provider, &governance, steward, guardian, collector, &poor];
        for (name, wallet) in named.iter().zip(all) {
            let bytes = serde_json::to_string(&wallet.key.to_bytes().to_vec()).unwrap();
            std::fs::write(keys.join(format!("{name}.json")), bytes).unwrap();
            if *name != "poor" {
                world.svm.set_lamports(wallet.address(), 100_000_000_000);
            }
        }
        let clearinghouse = world.clearinghouse;
        Self { chain: SvmChain::new(world), clearinghouse, keys, alice, keeper, provider }
    }

    /// Publishes a price, without refreshing the row, after some seconds.
    pub fn publish(&self, seconds: u32, symbol: &str, price: i64) {
        self.chain.pass(seconds);
        self.chain.with(|world| world.publish(world.asset(symbol), price));
    }

    /// Runs a command as a wallet, without a terminal.
    pub fn run(&self, who: &str, command: &str) -> Answer {
        self.run_asked(who, command, None)
    }

    /// Runs a command as a wallet that answers when it is asked.
    pub fn run_asked(&self, who: &str, command: &str, answer: Option<bool>) -> Answer {
        let key = self.keys.join(format!("{who}.json"));
        let mut words = vec!["plimsoll".to_owned(), "-k".into(), key.display().to_string()];
        words.extend(["--clearinghouse".into(), self.clearinghouse.to_string()]);
        words.extend(["--url".into(), "localhost".into(), "--priority-fee".into(), "0".into()]);
        words.extend(command.split_whitespace().map(str::to_owned));
        run(&words, answer, &|_, act| act(&self.chain))
    }

    /// Runs a command that must succeed, with `--yes`.
    pub fn must(&self, who: &str, command: &str) -> Answer {
        let answer = self.run(who, &format!("{command} --yes"));
        assert_eq!(answer.code, 0, "{command}: {}", answer.all);
        answer
    }

    /// Every account of the chain but the clock, as bytes.
    pub fn accounts(&self) -> Vec<(Address, Vec<u8>, u64)> {
        let clock: Address = "SysvarC1ock11111111111111111111111111111111".parse().unwrap();
        self.chain.with(|world| {
            let accounts = world.svm.vm.accounts_db().inner.iter();
            let mut all: Vec<_> = accounts
                .filter(|(address, account)| **address != clock && !account_is_sysvar(account))
                .map(|(address, account)| {
                    use solana_account::ReadableAccount;
                    (*address, account.data().to_vec(), account.lamports())
                })
                .collect();
            all.sort();
            all
        })
    }
}

fn account_is_sysvar(account: &impl solana_account::ReadableAccount) -> bool {
    account.owner().to_string() == "Sysvar1111111111111111111111111111111111111"
}

/// Runs a command line.
pub fn run(words: &[String], answer: Option<bool>, connect: Connect) -> Answer {
    let mut terminal = Scripted { answer, ..Scripted::default() };
    let (machine, time) = (Machine::default(), Waited::default());
    let code = Process { machine: &machine, terminal: &mut terminal, connect, time: &time }.run(words);
    let Scripted { out, err, all, .. } = terminal;
    Answer { code, out, err, all }
}

/// A connection that must not be made.
pub fn nowhere(
    _: &plimsoll_cli::config::Settings,
    _: &mut dyn FnMut(&dyn Chain) -> Result<()>,
) -> Result<()> {
    panic!("this command needs no chain")
}

/// Runs an action that must succeed, and checks that it has left every account it shows as it has said
/// before, and has done what it said it would.
pub fn act(stage: &Stage, who: &str, command: &str) -> Value {
    let answer = stage.must(who, &format!("{command} --output json"));
    let done = answer.json();
    assert_eq!(done["expected"], done["events"], "{command}");
    assert_eq!(answer.err, "", "{command}");
    for account in done["accounts"].as_array().unwrap() {
        let address = account["address"].as_str().unwrap();
        let now = stage.run(who, &format!("account {address} --output json")).json();
        for (figure, value) in account["after"].as_object().unwrap() {
            assert_eq!(&now[figure], value, "{command}: {figure} of {address}");
        }
    }
    done
}

/// Where a margin account of a wallet is.
pub fn address(stage: &Stage, who: &str, number: u16) -> String {
    let wallet = match who {
        "alice" => &stage.alice,
        "keeper" => &stage.keeper,
        _ => &stage.provider,
    };
    stage.chain.with(|world| world.account_address(wallet, number).to_string())
}

/// Alice with 2,500 USDC and long 40 SOL; the keeper with 5,000 USDC.
pub fn traded(name: &str) -> Stage {
    let stage = Stage::new(name);
    act(&stage, "alice", "deposit 2500 USDC");
    act(&stage, "keeper", "deposit 5000 USDC");
    act(&stage, "alice", "trade SOL buy 40");
    stage
}
