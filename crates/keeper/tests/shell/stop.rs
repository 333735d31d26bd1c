//! A keeper that is told to stop waits for what it has sent, and leaves a journal of what it still does not know.
use crate::fake::{FakeChain, address, settings};
use plimsoll_client::addresses::{PROGRAM, margin_account};
use plimsoll_client::chain::{Commitment, Status};
use plimsoll_keeper::config::Config;
use plimsoll_keeper::core::{Key, Sent};
use plimsoll_keeper::journal::Journal;
use plimsoll_keeper::owner::{End, Mode};
use plimsoll_keeper::report::Report;
use plimsoll_keeper::run::{Parts, Problem, run};
use plimsoll_keeper::sender::Node;
use plimsoll_keeper::time::Clock;
use solana_account::Account;
use solana_keypair::Keypair;
use solana_signature::Signature;
use solana_signer::Signer;
use std::path::PathBuf;
use std::sync::Arc;

const KEEP: Mode = Mode { is_dry: false, is_once: false };

/// A keeper that has not started, with one transaction in its journal.
struct Rig {
    directory: PathBuf,
    config: Config,
    chain: Arc<FakeChain>,
    keypair: Arc<Keypair>,
    clock: Arc<Clock>,
    sent: Sent,
}

impl Rig {
    fn new(name: &str, stop_seconds: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("plimsoll-stop-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let journal = directory.join("journal");
        let house = address(1);
        let config = settings(&house, &journal, &["--keeper-stop-seconds", stop_seconds]);
        let keypair = Arc::new(Keypair::new_from_array([9; 32]));
        let chain = Arc::new(FakeChain::new(&house, &[]));
        let account = Account { lamports: 1, owner: PROGRAM, ..Account::default() };
        chain.put(margin_account(&house, &keypair.pubkey(), 0), account);
        let sent =
            Sent { key: Key::Refresh(1), signature: Signature::from([2; 64]), last_valid_block_height: 150 };
        Journal::open(&config.journal).unwrap().0.write(&[sent]).unwrap();
        Self { directory, config, chain, keypair, clock: Arc::new(Clock::default()), sent }
    }

    fn run(&self) -> Result<End, Problem> {
        let parts = Parts {
            chain: Arc::clone(&self.chain),
            delivery: Arc::new(Node(Arc::clone(&self.chain))),
            keypair: Arc::clone(&self.keypair),
            time: self.clock.clone(),
            report: Arc::new(Report::default()),
        };
        run(&self.config, &parts, KEEP)
    }

    fn journal(&self) -> Vec<Sent> {
        Journal::open(&self.config.journal).unwrap().1
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn a_stop_waits_for_what_is_in_flight_and_clears_the_journal() {
    let rig = Rig::new("waits", "60");
    rig.clock.stop();
    let landed = Status { slot: 101, commitment: Commitment::Confirmed, error: None };
    rig.chain.statuses.lock().unwrap().insert(rig.sent.signature, landed);
    assert_eq!(rig.run(), Ok(End::Done));
    assert_eq!(rig.journal(), []);
}

#[test]
fn what_is_not_settled_in_time_stays_in_the_journal() {
    let rig = Rig::new("unsettled", "0");
    rig.clock.stop();
    assert_eq!(rig.run(), Ok(End::Unsettled));
    assert_eq!(rig.journal(), [rig.sent]);
}

#[test]
fn without_a_margin_account_it_does_not_start() {
    let rig = Rig::new("missing", "0");
    let account = margin_account(&address(1), &rig.keypair.pubkey(), 0);
    rig.chain.accounts.lock().unwrap().remove(&account);
    let problem = format!("margin account {account}: not there yet: open it with --open-account");
    assert_eq!(rig.run(), Err(Problem::Missing(problem)));
    assert_eq!(rig.journal(), [rig.sent]);
}
