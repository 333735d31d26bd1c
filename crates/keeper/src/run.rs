//! Puts the threads together.
use crate::asker::{Asker, AskerState, Wish};
use crate::check::{fee_policy, keeper_account};
use crate::config::Config;
use crate::core::{Core, Keeper};
use crate::inbox::Inbox;
use crate::journal::Journal;
use crate::monitor::Monitor;
use crate::notify::{Changes, Notifier};
use crate::owner::{End, Mode, Owner, OwnerState};
use crate::report::Report;
use crate::sender::{Delivery, Jobs, Newest, Workshop};
use crate::server::Listener;
use crate::source::chosen;
use crate::source::driver::Driver;
use crate::source::retry::Retry;
use crate::time::Time;
use plimsoll_client::addresses::{PROGRAM, risk_board};
use plimsoll_client::chain::{Chain, ChainError};
use plimsoll_client::prepare::loaded_bytes;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;
use tracing::{info, warn};

/// Room for messages about each task: it is built, sent, and sent again.
const JOBS_PER_FLIGHT: usize = 4;

/// What a keeper is made of, besides its configuration.
pub struct Parts<C> {
    pub chain: Arc<C>,
    pub delivery: Arc<dyn Delivery>,
    pub keypair: Arc<Keypair>,
    pub time: Arc<dyn Time>,
    pub report: Arc<Report>,
}

/// Why a keeper could not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The input has to change first.
    Input(String),
    /// Something that has to be on the chain is not.
    Missing(String),
    /// This machine, or the node.
    Broken(String),
}

/// Keeps until it is told to stop, or a single round is over.
///
/// # Errors
/// When it can't start; nothing was sent then.
pub fn run<C>(config: &Config, parts: &Parts<C>, mode: Mode) -> Result<End, Problem>
where
    C: Chain + Send + Sync + 'static,
{
    let (journal, sent) = Journal::open(&config.journal).map_err(Problem::Input)?;
    let listener = config.metrics.as_deref().map(Listener::bind).transpose().map_err(Problem::Input)?;
    let wallet = parts.keypair.pubkey();
    let account = keeper_account(config, &wallet);
    let (inbox, messages) = Inbox::new();
    let wiring = Wiring {
        config,
        parts,
        wallet,
        account,
        inbox,
        monitor: Arc::new(Monitor::new(config.stale)),
        blockhash: Arc::default(),
        unread: Arc::default(),
        snapshot_wanted: Arc::default(),
    };
    if let Some(listener) = listener {
        let (monitor, time) = (Arc::clone(&wiring.monitor), Arc::clone(&parts.time));
        spawn("server", move || listener.run(&monitor, &time))?;
    }
    let Some(program_bytes) = start(config, parts, &account)? else { return Ok(End::Done) };
    let mut owner = Owner {
        core: Core::new(config.policy, Keeper { wallet, account }, config.clearinghouse),
        inbox: messages,
        jobs: wiring.senders(program_bytes)?,
        wishes: wiring.asker()?,
        snapshot_wanted: Arc::clone(&wiring.snapshot_wanted),
        blockhash: Arc::clone(&wiring.blockhash),
        unread: Arc::clone(&wiring.unread),
        journal,
        changes: wiring.notifier()?,
        monitor: Arc::clone(&wiring.monitor),
        time: Arc::clone(&parts.time),
        mode,
        stop_wait: config.stop_wait,
        state: OwnerState::default(),
    };
    owner.import(&sent);
    wiring.source()?;
    info!(%wallet, %account, clearinghouse = %config.clearinghouse, in_journal = sent.len(), "keeping");
    Ok(owner.run())
}

/// What the threads share.
struct Wiring<'a, C> {
    config: &'a Config,
    parts: &'a Parts<C>,
    wallet: Address,
    account: Address,
    inbox: Inbox,
    monitor: Arc<Monitor>,
    blockhash: Arc<Newest>,
    unread: Arc<AtomicUsize>,
    snapshot_wanted: Arc<AtomicBool>,
}

impl<C: Chain + Send + Sync + 'static> Wiring<'_, C> {
    fn senders(&self, program_bytes: u32) -> Result<Jobs, Problem> {
        let (jobs, queue) = Jobs::new(JOBS_PER_FLIGHT * self.config.policy.in_flight_max);
        let workshop = Arc::new(Workshop {
            chain: Arc::clone(&self.parts.chain),
            delivery: Arc::clone(&self.parts.delivery),
            keypair: Arc::clone(&self.parts.keypair),
            wallet: self.wallet,
            program_bytes,
            blockhash: Arc::clone(&self.blockhash),
            inbox: self.inbox.clone(),
            report: Arc::clone(&self.parts.report),
            monitor: Arc::clone(&self.monitor),
            time: Arc::clone(&self.parts.time),
        });
        for _ in 0..self.config.sender.threads {
            let (workshop, queue) = (Arc::clone(&workshop), Arc::clone(&queue));
            spawn("sender", move || workshop.run(&queue))?;
        }
        Ok(jobs)
    }

    fn asker(&self) -> Result<SyncSender<Wish>, Problem> {
        let (wishes, wished) = sync_channel(1);
        let mut asker = Asker {
            chain: Arc::clone(&self.parts.chain),
            wishes: wished,
            inbox: self.inbox.clone(),
            blockhash: Arc::clone(&self.blockhash),
            fees: fee_policy(self.config),
            contended: vec![risk_board(&self.config.clearinghouse)],
            wallet: self.wallet,
            account: self.account,
            every: self.config.sender.status_every,
            clearinghouse: self.config.clearinghouse,
            moving_every: self.config.source.poll_every,
            unread: Arc::clone(&self.unread),
            monitor: Arc::clone(&self.monitor),
            time: Arc::clone(&self.parts.time),
            state: AskerState::default(),
        };
        spawn("asker", move || asker.run())?;
        Ok(wishes)
    }

    fn source(&self) -> Result<(), Problem> {
        let mut driver = Driver {
            chain: Arc::clone(&self.parts.chain),
            feed: chosen(self.config).map(|chosen| chosen.feed),
            clearinghouse: self.config.clearinghouse,
            config: self.config.source,
            inbox: self.inbox.clone(),
            snapshot_wanted: Arc::clone(&self.snapshot_wanted),
            monitor: Arc::clone(&self.monitor),
            time: Arc::clone(&self.parts.time),
            retry: retry(self.config),
            polls: 0,
        };
        spawn("source", move || driver.run())
    }

    fn notifier(&self) -> Result<Option<Changes>, Problem> {
        if self.config.notify.accounts.is_empty() {
            return Ok(None);
        }
        let (chain, monitor) = (Arc::clone(&self.parts.chain), Arc::clone(&self.monitor));
        let time = Arc::clone(&self.parts.time);
        let (mut notifier, changes) = Notifier::new(chain, &self.config.notify, monitor, time);
        spawn("notifier", move || notifier.run())?;
        Ok(Some(changes))
    }
}

/// Waits for the node, and looks whether the margin account is there. Returns what the program's code
/// weighs; `None` if the keeper is told to stop meanwhile.
fn start<C: Chain>(config: &Config, parts: &Parts<C>, account: &Address) -> Result<Option<u32>, Problem> {
    let mut retry = retry(config);
    loop {
        let answer = parts.chain.accounts(&[*account]).and_then(|found| {
            let is_open = found.value.first().is_some_and(Option::is_some);
            loaded_bytes(parts.chain.as_ref(), &[PROGRAM]).map(|bytes| (is_open, bytes))
        });
        match answer {
            Ok((true, bytes)) => return Ok(Some(bytes)),
            Ok((false, _)) => {
                return Err(Problem::Missing(format!(
                    "margin account {account}: not there yet: open it with --open-account"
                )));
            }
            Err(ChainError::Refused(why)) => return Err(Problem::Input(why)),
            Err(error) => warn!(%error, "the node gave no answer: asked again"),
        }
        if parts.time.wait(retry.wait()) {
            return Ok(None);
        }
    }
}

fn retry(config: &Config) -> Retry {
    let seed = RandomState::new().hash_one(0u8);
    Retry::new(config.source.reconnect_min, config.source.reconnect_max, seed)
}

/// Starts a thread. Nobody waits for it: all end when the keeper stops, or with the process.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Problem> {
    let thread = Builder::new().name(name.to_string()).spawn(work).map(|_| ());
    thread.map_err(|e| {
        Problem::Broken(format!("no thread for {name}: {e}: raise this user's limit of processes"))
    })
}
