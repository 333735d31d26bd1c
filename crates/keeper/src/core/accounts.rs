//! Every margin account, as it was when it was last seen.
use super::super::book::Book;
use super::inflight::Fingerprint;
use super::view::assets_of;
use plimsoll_client::decode::decode;
use plimsoll_client::program::state::{ASSETS_MAX, MarginState, SETTLEMENT_ASSET};
use solana_address::Address;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Accounts that have been closed and are remembered, so that late news do not bring them back.
const GONE_MAX: usize = 65_536;
/// Accounts that are to be read again.
const DOUBTFUL_MAX: usize = 4_096;

/// A margin account.
pub struct Entry {
    pub slot: u64,
    /// Of its data.
    pub fingerprint: Fingerprint,
    pub state: MarginState,
}

/// What became of news about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    Taken,
    /// Older than what is known.
    Stale,
    /// Not a margin account of this clearinghouse.
    Foreign,
}

/// The margin accounts of one clearinghouse.
pub struct Accounts {
    pub book: Book,
    clearinghouse: Address,
    /// The slot of the last news of each, and the fingerprint of its data.
    seen: BTreeMap<Address, (u64, Fingerprint)>,
    gone: BTreeMap<Address, u64>,
    doubtful: BTreeSet<Address>,
    /// By asset, how many accounts that owe something or have a position depend on its price.
    users: [u32; ASSETS_MAX],
}

impl Accounts {
    pub fn new(clearinghouse: Address) -> Self {
        Self {
            book: Book::new(clearinghouse),
            clearinghouse,
            seen: BTreeMap::new(),
            gone: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            users: [0; ASSETS_MAX],
        }
    }

    /// How many accounts that owe something or have a position depend on an asset's price.
    pub fn users(&self, asset: u8) -> u32 {
        self.users.get(asset as usize).copied().unwrap_or(0)
    }

    pub fn get(&self, address: &Address) -> Option<Entry> {
        let (slot, fingerprint) = *self.seen.get(address)?;
        Some(Entry { slot, fingerprint, state: self.book.account(address)? })
    }

    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// The slot of the last news about an account, its closing included.
    pub fn slot_of(&self, address: &Address) -> Option<u64> {
        let seen = self.seen.get(address).map(|(slot, _)| *slot);
        seen.or_else(|| self.gone.get(address).copied())
    }

    /// An account as it was in a slot. News of the same slot replace each other, and are then to be read
    /// again: nobody knows which came first. So is an account of which older news say something else than what is
    /// known: they may have come late, or name an older slot than theirs, as some nodes' subscriptions do.
    pub fn see(&mut self, address: Address, slot: u64, data: &[u8]) -> News {
        if self.slot_of(&address).is_some_and(|known| slot < known) {
            if self.seen.get(&address).is_some_and(|(_, known)| *known != fingerprint(&data)) {
                self.doubt(address);
            }
            return News::Stale;
        }
        let Ok(state) = decode::<MarginState>(data) else { return News::Foreign };
        if state.clearinghouse != self.clearinghouse {
            return News::Foreign;
        }
        let fingerprint = fingerprint(&data);
        let is_tie = match self.seen.get(&address) {
            Some(known) => known.0 == slot && known.1 != fingerprint,
            None => self.gone.get(&address) == Some(&slot),
        };
        self.forget(&address);
        self.gone.remove(&address);
        self.use_assets(&state, 1);
        self.book.upsert(address, &state);
        self.seen.insert(address, (slot, fingerprint));
        if is_tie {
            self.doubt(address)
        } else {
            self.doubtful.remove(&address)
        };
        News::Taken
    }

    /// An account was closed by a slot.
    pub fn lose(&mut self, address: Address, slot: u64) -> News {
        match self.slot_of(&address) {
            Some(known) if slot < known => {
                if self.seen.contains_key(&address) {
                    self.doubt(address);
                }
                return News::Stale;
            }
            Some(known) if slot == known && self.seen.contains_key(&address) => self.doubt(address),
            _ => self.doubtful.remove(&address),
        };
        self.forget(&address);
        self.book.remove(&address);
        self.seen.remove(&address);
        while self.gone.len() >= GONE_MAX {
            let oldest = self.gone.iter().min_by_key(|(_, slot)| **slot).map(|(address, _)| *address);
            oldest.and_then(|oldest| self.gone.remove(&oldest));
        }
        self.gone.insert(address, slot);
        News::Taken
    }

    /// A snapshot of a slot has been told in full: what it did not contain, and nobody has seen since, is to
    /// be read again before it is believed to be closed.
    pub fn doubt_older(&mut self, slot: u64) {
        let older: Vec<Address> =
            self.seen.iter().filter(|(_, (seen, _))| *seen < slot).map(|(address, _)| *address).collect();
        for address in older {
            self.doubt(address);
        }
    }

    /// Accounts to read again.
    pub fn doubtful(&self) -> impl Iterator<Item = &Address> {
        self.doubtful.iter()
    }

    /// What is known of an account no longer counts.
    fn forget(&mut self, address: &Address) {
        if let Some(before) = self.book.account(address) {
            self.use_assets(&before, -1);
        }
    }

    fn use_assets(&mut self, state: &MarginState, by: i32) {
        if state.is_unencumbered() {
            return;
        }
        // Settlement tokens have one price; what ages is the interest of those who owe them.
        let is_priced = |asset: &u8| *asset != SETTLEMENT_ASSET || state.shares(SETTLEMENT_ASSET).0 < 0;
        for asset in assets_of(state).filter(is_priced) {
            if let Some(users) = self.users.get_mut(asset as usize) {
                *users = users.saturating_add_signed(by);
            }
        }
    }

    fn doubt(&mut self, address: Address) -> bool {
        self.doubtful.len() < DOUBTFUL_MAX && self.doubtful.insert(address)
    }
}

/// A number for something; the same in every process.
pub fn fingerprint<T: Hash>(of: &T) -> Fingerprint {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
