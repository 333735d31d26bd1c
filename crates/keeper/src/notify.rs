//! Notifications about watched accounts: what happened to them is read from the program's own events, told
//! once, and never keeps the keeper waiting.
use crate::config::NotifyConfig;
use crate::monitor::Monitor;
use crate::time::Time;
use plimsoll_client::chain::Chain;
use solana_address::Address;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use tracing::{info, warn};

mod channel;
mod once;
mod watch;

pub use channel::{Channel, Target};
pub use once::Once;
pub use watch::{Kind, Notice, Watch};

/// Accounts whose change may wait to be looked into.
const WAITING_MAX: usize = 1_024;
/// How long to wait for a change before looking whether the keeper shall stop.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long after a change its transaction is looked for: a node may know the account before the transaction.
const SETTLE: Duration = Duration::from_millis(500);
/// How often every watched account is looked into without a change: one may have been missed.
const LOOK_EVERY_MS: u64 = 60_000;

/// Where changes of watched accounts are reported.
#[derive(Clone, Debug)]
pub struct Changes {
    watched: Arc<BTreeSet<Address>>,
    sender: SyncSender<Address>,
}

impl Changes {
    /// An account has changed. Does not wait: a change too many is found by the next look.
    pub fn note(&self, account: &Address) {
        if self.watched.contains(account) {
            let _ = self.sender.try_send(*account);
        }
    }
}

/// The thread that notifies.
pub struct Notifier<C> {
    chain: Arc<C>,
    watches: Vec<Watch>,
    once: Once,
    channels: Vec<Channel>,
    changes: Receiver<Address>,
    monitor: Arc<Monitor>,
    time: Arc<dyn Time>,
    looked_ms: u64,
}

impl<C: Chain> Notifier<C> {
    /// For the accounts and channels of the configuration.
    pub fn new(
        chain: Arc<C>,
        config: &NotifyConfig,
        monitor: Arc<Monitor>,
        time: Arc<dyn Time>,
    ) -> (Self, Changes) {
        let (sender, changes) = sync_channel(WAITING_MAX);
        let watched = Arc::new(config.accounts.iter().copied().collect());
        let targets = [
            config.webhook.clone().map(Target::Webhook),
            config.discord.clone().map(Target::Discord),
            config.telegram.clone().map(|(token, chat)| Target::telegram(&token, &chat)),
        ];
        let notifier = Self {
            chain,
            watches: config.accounts.iter().copied().map(Watch::new).collect(),
            once: Once::new(config.repeat),
            channels: targets.into_iter().flatten().map(Channel::new).collect(),
            changes,
            monitor,
            time,
            looked_ms: 0,
        };
        (notifier, Changes { watched, sender })
    }

    /// Runs until the keeper stops.
    pub fn run(&mut self) {
        self.look(None);
        while !self.time.is_stopped() {
            match self.changes.recv_timeout(PATIENCE) {
                Ok(account) => {
                    self.time.wait(SETTLE);
                    let mut changed = BTreeSet::from([account]);
                    changed.extend(self.changes.try_iter());
                    self.look(Some(&changed));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if self.time.now_ms().saturating_sub(self.looked_ms) >= LOOK_EVERY_MS {
                        self.look(None);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Looks into accounts, all of them for `None`, and tells what is new.
    fn look(&mut self, accounts: Option<&BTreeSet<Address>>) {
        if accounts.is_none() {
            self.looked_ms = self.time.now_ms();
        }
        let mut notices = Vec::new();
        for watch in &mut self.watches {
            if accounts.is_some_and(|accounts| !accounts.contains(&watch.account())) {
                continue;
            }
            match watch.look(self.chain.as_ref()) {
                Ok(found) => notices.extend(found),
                Err(error) => {
                    warn!(account = %watch.account(), %error, "its history can't be read: read again")
                }
            }
        }
        notices.iter().for_each(|notice| self.tell(notice));
    }

    /// Tells everybody, unless they know.
    fn tell(&mut self, notice: &Notice) {
        if !self.once.is_new(notice.account, notice.kind, self.time.now_ms()) {
            self.monitor.notified("all", "repeated");
            return;
        }
        info!(account = %notice.account, kind = notice.kind.name(), signature = %notice.signature, "notice");
        for channel in &self.channels {
            match channel.send(notice, self.time.as_ref()) {
                Ok(()) => self.monitor.notified(channel.name(), "sent"),
                Err(error) => {
                    warn!(channel = channel.name(), %error, "not notified: is the address in its file right?");
                    self.monitor.notified(channel.name(), "failed");
                }
            }
        }
    }
}
