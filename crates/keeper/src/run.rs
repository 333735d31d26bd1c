//! Puts the threads together.
use crate::asker::{Asker, AskerState};
use crate::check::{fee_policy, keeper_account};
use crate::config::{Config, NotifyConfig};
use crate::core::{Core, Keeper};
use crate::inbox::Inbox;
use crate::journal::Journal;
use crate::monitor::Monitor;
use crate::notify::Notifier;
use crate::owner::{End, Mode, Owner, OwnerState};
use crate::report::Report;
use crate::sender::{Delivery, JobQueue, Jobs, Newest, Workshop};
use crate::server::Listener;
use crate::source::driver::Driver;
use crate::source::feed::Feed;
use crate::source::retry::Retry;
use crate::source::websocket::Websocket;
use crate::time::Time;
use plimsoll_client::addresses::{PROGRAM, risk_board};
use plimsoll_client::chain::{Chain, ChainError};
use plimsoll_client::prepare::loaded_bytes;
use solana_address::Address;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::sync_channel;
use std::thread::{Builder, JoinHandle};
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
    let monitor = Arc::new(Monitor::new(config.stale));
    let wallet = parts.keypair.pubkey();
    let account = keeper_account(config, &wallet);
    if let Some(listener) = listener {
        let (monitor, time) = (Arc::clone(&monitor), Arc::clone(&parts.time));
        spawn("server", move || listener.run(&monitor, &time))?;
    }
    let Some(program_bytes) = start(config, parts, &account)? else { return Ok(End::Done) };
    let (inbox, messages) = Inbox::new();
    let (jobs, queue) = Jobs::new(JOBS_PER_FLIGHT * config.policy.in_flight_max);
    let blockhash = Arc::new(Newest::default());
    let workshop = Arc::new(Workshop {
        chain: Arc::clone(&parts.chain),
        delivery: Arc::clone(&parts.delivery),
        keypair: Arc::clone(&parts.keypair),
        wallet,
        program_bytes,
        blockhash: Arc::clone(&blockhash),
        inbox: inbox.clone(),
        report: Arc::clone(&parts.report),
        monitor: Arc::clone(&monitor),
        time: Arc::clone(&parts.time),
    });
    for _ in 0..config.sender.threads {
        let (workshop, queue): (_, JobQueue) = (Arc::clone(&workshop), Arc::clone(&queue));
        spawn("sender", move || workshop.run(&queue))?;
    }
    let snapshot_wanted = Arc::new(AtomicBool::new(false));
    let (wishes, wished) = sync_channel(1);
    let mut asker = Asker {
        chain: Arc::clone(&parts.chain),
        wishes: wished,
        inbox: inbox.clone(),
        blockhash: Arc::clone(&blockhash),
        fees: fee_policy(config),
        contended: vec![risk_board(&config.clearinghouse)],
        wallet,
        account,
        every: config.sender.status_every,
        monitor: Arc::clone(&monitor),
        time: Arc::clone(&parts.time),
        state: AskerState::default(),
    };
    spawn("asker", move || asker.run())?;
    let mut driver = driver(config, parts, inbox, &snapshot_wanted, &monitor);
    spawn("source", move || driver.run())?;
    let changes = match is_notifying(&config.notify) {
        true => {
            let (chain, monitor, time) =
                (Arc::clone(&parts.chain), Arc::clone(&monitor), Arc::clone(&parts.time));
            let (mut notifier, changes) = Notifier::new(chain, &config.notify, monitor, time);
            spawn("notifier", move || notifier.run())?;
            Some(changes)
        }
        false => None,
    };
    let core = Core::new(config.policy, Keeper { wallet, account }, config.clearinghouse);
    let mut owner = Owner {
        core,
        inbox: messages,
        jobs,
        wishes,
        snapshot_wanted,
        blockhash,
        journal,
        changes,
        monitor,
        time: Arc::clone(&parts.time),
        mode,
        stop_wait: config.stop_wait,
        state: OwnerState::default(),
    };
    owner.import(&sent);
    info!(%wallet, %account, clearinghouse = %config.clearinghouse, in_journal = sent.len(), "keeping");
    Ok(owner.run())
}

fn is_notifying(config: &NotifyConfig) -> bool {
    !config.accounts.is_empty()
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

fn driver<C>(
    config: &Config,
    parts: &Parts<C>,
    inbox: Inbox,
    snapshot_wanted: &Arc<AtomicBool>,
    monitor: &Arc<Monitor>,
) -> Driver<C> {
    let (clearinghouse, commitment) = (config.clearinghouse, config.commitment);
    let websocket = config.websocket.clone().map(|url| Websocket { url, clearinghouse, commitment });
    Driver {
        chain: Arc::clone(&parts.chain),
        feed: websocket.map(|websocket| Box::new(websocket) as Box<dyn Feed>),
        clearinghouse,
        config: config.source,
        inbox,
        snapshot_wanted: Arc::clone(snapshot_wanted),
        monitor: Arc::clone(monitor),
        time: Arc::clone(&parts.time),
        retry: retry(config),
        polls: 0,
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Problem> {
    let thread = Builder::new().name(name.to_string()).spawn(work);
    thread.map_err(|e| {
        Problem::Broken(format!("no thread for {name}: {e}: raise this user's limit of processes"))
    })
}
