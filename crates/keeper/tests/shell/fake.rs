//! A chain, a clock and a feed that do what a test says.
use plimsoll_client::addresses::{PROGRAM, risk_board};
use plimsoll_client::chain::{At, Blockhash, Chain, ChainError, Filter, Landed, Result, Simulation, Status};
use plimsoll_client::decode::Layout;
use plimsoll_client::fetch::CLOCK;
use plimsoll_client::program::state::RiskBoard;
use plimsoll_keeper::cli::parse;
use plimsoll_keeper::config::Config;
use plimsoll_keeper::source::feed::{Feed, News, Stream};
use plimsoll_keeper::source::gap::Gap;
use plimsoll_keeper::time::Time;
use solana_account::Account;
use solana_address::Address;
use solana_hash::Hash;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub fn address(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

/// Settings of a keeper that polls, with what is to be added to them.
pub fn settings(house: &Address, journal: &Path, more: &[&str]) -> Config {
    let (house, journal) = (house.to_string(), journal.display().to_string());
    let flags = [
        "plimsoll-keeper",
        "--cluster-url",
        "localhost",
        "--cluster-websocket",
        "off",
        "--cluster-clearinghouse",
        &house,
        "--keeper-keypair",
        "unused",
        "--keeper-journal",
        &journal,
        "--metrics-listen",
        "off",
        "--sender-status-ms",
        "50",
    ];
    parse(flags.iter().chain(more).map(OsString::from), []).unwrap().config
}

/// A board that names these oracles, as an account.
pub fn board(clearinghouse: &Address, oracles: &[Address]) -> Account {
    let mut board: RiskBoard = bytemuck::Zeroable::zeroed();
    board.clearinghouse = *clearinghouse;
    board.asset_count = u32::try_from(oracles.len()).unwrap();
    for (row, oracle) in board.rows.iter_mut().zip(oracles) {
        row.oracle = *oracle;
    }
    let data = [RiskBoard::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(&board)].concat();
    Account { lamports: 1, data, owner: PROGRAM, executable: false, rent_epoch: 0 }
}

/// What the test has put there, and what was asked.
#[derive(Default)]
pub struct FakeChain {
    pub slot: AtomicU64,
    pub accounts: Mutex<BTreeMap<Address, Account>>,
    pub statuses: Mutex<BTreeMap<Signature, Status>>,
    /// Newest first.
    pub history: Mutex<Vec<Landed>>,
    pub is_down: AtomicBool,
    /// What happened, in order.
    pub events: Arc<Mutex<Vec<&'static str>>>,
}

impl FakeChain {
    /// A chain with a clock and a board.
    pub fn new(clearinghouse: &Address, oracles: &[Address]) -> Self {
        let chain = Self { slot: AtomicU64::new(100), ..Self::default() };
        let clock = Account { lamports: 1, data: vec![0; 40], ..Account::default() };
        chain.put(CLOCK, clock);
        chain.put(risk_board(clearinghouse), board(clearinghouse, oracles));
        chain
    }

    pub fn put(&self, address: Address, account: Account) {
        self.accounts.lock().unwrap().insert(address, account);
    }

    fn at<T>(&self, value: T) -> Result<At<T>> {
        match self.is_down.load(Ordering::SeqCst) {
            true => Err(ChainError::Unavailable("down".to_string())),
            false => Ok(At { slot: self.slot.load(Ordering::SeqCst), value }),
        }
    }
}

impl Chain for FakeChain {
    fn genesis_hash(&self) -> Result<Hash> {
        Ok(Hash::default())
    }

    fn accounts(&self, addresses: &[Address]) -> Result<At<Vec<Option<Account>>>> {
        let all = self.accounts.lock().unwrap();
        self.at(addresses.iter().map(|address| all.get(address).cloned()).collect())
    }

    fn program_accounts(&self, _: &Address, filter: &Filter) -> Result<At<Vec<(Address, Account)>>> {
        if filter.discriminator == plimsoll_client::program::state::MarginState::DISCRIMINATOR {
            self.events.lock().unwrap().push("snapshot");
        }
        let all = self.accounts.lock().unwrap();
        let fits = |account: &Account| account.data.starts_with(&filter.discriminator);
        let found = all.iter().filter(|(_, account)| fits(account));
        self.at(found.map(|(address, account)| (*address, account.clone())).collect())
    }

    fn latest_blockhash(&self) -> Result<Blockhash> {
        self.at(()).map(|_| Blockhash { hash: Hash::default(), last_valid_block_height: 250 })
    }

    fn block_height(&self) -> Result<At<u64>> {
        self.at(self.slot.load(Ordering::SeqCst))
    }

    fn simulate(&self, _: &VersionedTransaction, _: &[Address]) -> Result<Simulation> {
        Err(ChainError::Unavailable("not simulated here".to_string()))
    }

    fn send(&self, transaction: &VersionedTransaction) -> Result<Signature> {
        self.at(transaction.signatures[0]).map(|sent| sent.value)
    }

    fn statuses(&self, signatures: &[Signature]) -> Result<At<Vec<Option<Status>>>> {
        let all = self.statuses.lock().unwrap();
        self.at(signatures.iter().map(|signature| all.get(signature).cloned()).collect())
    }

    fn transaction(&self, signature: &Signature) -> Result<Option<Landed>> {
        let all = self.history.lock().unwrap();
        self.at(all.iter().find(|landed| landed.signature == *signature).cloned()).map(|found| found.value)
    }

    fn history(&self, _: &Address, _: Option<Signature>, limit: usize) -> Result<Vec<Landed>> {
        let all = self.history.lock().unwrap();
        self.at(all.iter().take(limit).cloned().collect()).map(|found| found.value)
    }

    fn priority_fees(&self, _: &[Address]) -> Result<Vec<u64>> {
        self.at(Vec::new()).map(|found| found.value)
    }

    fn airdrop(&self, _: &Address, _: u64) -> Result<Signature> {
        Err(ChainError::Refused("no faucet".to_string()))
    }
}

/// A clock that moves when it is waited for, and stops after so many waits.
#[derive(Default)]
pub struct FakeTime {
    pub ms: AtomicU64,
    pub stopped: AtomicBool,
    pub waits: Mutex<Vec<u64>>,
    pub waits_max: Option<usize>,
}

impl Time for FakeTime {
    fn now_us(&self) -> u64 {
        self.ms.load(Ordering::SeqCst) * 1_000
    }

    fn wait(&self, duration: Duration) -> bool {
        let ms = u64::try_from(duration.as_millis()).unwrap();
        self.ms.fetch_add(ms, Ordering::SeqCst);
        let mut waits = self.waits.lock().unwrap();
        if ms > 0 {
            waits.push(ms);
        }
        if self.waits_max.is_some_and(|max| waits.len() >= max) {
            self.stopped.store(true, Ordering::SeqCst);
        }
        self.stopped.load(Ordering::SeqCst)
    }
}

/// What a connection does next.
pub enum Step {
    News(News),
    Nothing,
    /// Nothing for so many milliseconds.
    Silence(u64),
    Close,
}

/// A feed that opens each time with the next of its scripts; without one it can't be opened.
pub struct FakeFeed {
    pub scripts: Vec<Receiver<Step>>,
    pub listened: Arc<Mutex<Vec<Vec<Address>>>>,
    pub events: Arc<Mutex<Vec<&'static str>>>,
    pub time: Arc<FakeTime>,
}

struct FakeStream {
    steps: Receiver<Step>,
    time: Arc<FakeTime>,
}

impl Feed for FakeFeed {
    fn open(&mut self, oracles: &[Address]) -> std::result::Result<Box<dyn Stream>, Gap> {
        self.events.lock().unwrap().push("open");
        self.listened.lock().unwrap().push(oracles.to_vec());
        if self.scripts.is_empty() {
            return Err(Gap::Closed("nobody listens".to_string()));
        }
        Ok(Box::new(FakeStream { steps: self.scripts.remove(0), time: Arc::clone(&self.time) }))
    }
}

impl Stream for FakeStream {
    fn next(&mut self, _: Duration) -> std::result::Result<Option<News>, Gap> {
        match self.steps.recv() {
            Ok(Step::News(news)) => Ok(Some(news)),
            Ok(Step::Nothing) => Ok(None),
            Ok(Step::Silence(ms)) => {
                self.time.ms.fetch_add(ms, Ordering::SeqCst);
                Ok(None)
            }
            Ok(Step::Close) | Err(_) => Err(Gap::Closed("the node ended it".to_string())),
        }
    }
}
