//! The whole keeper over the compiled program: what has sunk is liquidated, and what is sent is in the journal before.
use crate::fake::settings;
use plimsoll_client::chain::{Chain, Result};
use plimsoll_keeper::config::Config;
use plimsoll_keeper::journal::Journal;
use plimsoll_keeper::owner::{End, Mode};
use plimsoll_keeper::report::Report;
use plimsoll_keeper::run::{Parts, run};
use plimsoll_keeper::sender::Delivery;
use plimsoll_keeper::time::Clock;
use plimsoll_testkit::chain::SvmChain;
use plimsoll_testkit::{Wallet, World};
use solana_transaction::versioned::VersionedTransaction;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

const USDC: u8 = 0;
const SOL: u8 = 1;
const USD: u64 = 1_000_000;
const ONE_SOL: i64 = 1_000_000_000;
const E8: i64 = 100_000_000;

/// Sends, and notes whether the journal had the transaction by then.
struct Watched {
    chain: Arc<SvmChain<World>>,
    journal: PathBuf,
    was_in_journal: Mutex<Vec<bool>>,
}

impl Delivery for Watched {
    fn deliver(&self, transaction: &VersionedTransaction) -> Result<()> {
        let journal = std::fs::read_to_string(&self.journal).unwrap();
        let signature = transaction.signatures[0].to_string();
        self.was_in_journal.lock().unwrap().push(journal.contains(&signature));
        self.chain.send(transaction).map(|_| ())
    }
}

/// A trader below maintenance, and a keeper that has not started.
struct Rig {
    chain: Arc<SvmChain<World>>,
    delivery: Arc<Watched>,
    report: Arc<Report>,
    config: Config,
    keeper: Wallet,
    trader: Wallet,
    directory: PathBuf,
}

impl Rig {
    fn new(name: &str) -> Self {
        let mut world = World::full();
        world.set_price(SOL, 100 * E8);
        let provider = world.wallet("provider");
        world.capitalise(&provider, 1_000_000 * USD);
        let (keeper, trader) = (world.wallet("keeper"), world.wallet("trader"));
        world.open_account(&keeper, 0);
        world.open_account(&trader, 0);
        world.fund(&trader, 0, USDC, 2_000 * USD);
        world.refresh(&[USDC, SOL]).unwrap();
        world.trade(&trader, 0, SOL, 60 * ONE_SOL).unwrap();
        let house = world.clearinghouse;
        let chain = Arc::new(SvmChain::new(world));
        // Slowly enough for the slow price to follow, as a jump would hold liquidations.
        for price in (68..100).rev() {
            chain.pass(600);
            chain.with(|world| world.publish(SOL, price * E8));
            chain.with(|world| world.refresh(&[USDC, SOL]).unwrap());
        }
        let directory = std::env::temp_dir().join(format!("plimsoll-whole-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let journal = directory.join("journal");
        let config = settings(&house, &journal, &[]);
        let delivery =
            Arc::new(Watched { chain: Arc::clone(&chain), journal, was_in_journal: Mutex::default() });
        Self { chain, delivery, report: Arc::default(), config, keeper, trader, directory }
    }

    fn run(&self, is_dry: bool) -> End {
        let parts = Parts {
            chain: Arc::clone(&self.chain),
            delivery: self.delivery.clone(),
            keypair: Arc::new(self.keeper.key.insecure_clone()),
            time: Arc::new(Clock::default()),
            report: Arc::clone(&self.report),
        };
        run(&self.config, &parts, Mode { is_dry, is_once: true }).unwrap()
    }

    fn position(&self) -> i64 {
        self.chain.with(|world| world.margin(&self.trader, 0).perps().iter().map(|slot| slot.size).sum())
    }

    fn bounty(&self) -> i64 {
        self.chain.with(|world| world.margin(&self.keeper, 0).cash)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn a_round_liquidates_and_everything_was_in_the_journal_before_it_was_sent() {
    let rig = Rig::new("round");
    assert_eq!((rig.position(), rig.bounty()), (60 * ONE_SOL, 0));
    assert_eq!(rig.run(false), End::Done);
    assert!(rig.position() < 60 * ONE_SOL, "{}", rig.position());
    assert!(rig.bounty() > 0);
    let was_in_journal = rig.delivery.was_in_journal.lock().unwrap();
    assert!(!was_in_journal.is_empty() && was_in_journal.iter().all(|was| *was), "{was_in_journal:?}");
    assert_eq!(Journal::open(&rig.config.journal).unwrap().1, []);
}

#[test]
fn a_dry_run_says_what_it_would_earn_and_sends_nothing() {
    let rig = Rig::new("dry");
    assert_eq!(rig.run(true), End::Done);
    assert_eq!((rig.position(), rig.bounty()), (60 * ONE_SOL, 0));
    assert_eq!(rig.delivery.was_in_journal.lock().unwrap().len(), 0);
    let table = rig.report.table();
    let account = rig.chain.with(|world| world.account_address(&rig.trader, 0));
    let start = format!("liquidate:{account}  earns ");
    let is_it = |line: &str| line.starts_with(&start) && line.contains("  works, ");
    assert!(table.lines().any(is_it), "{table}");
    assert!(table.ends_with(" USD in fees; nothing was sent\n"), "{table}");
}
