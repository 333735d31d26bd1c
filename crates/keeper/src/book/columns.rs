//! Where accounts are kept: sorted into shapes by how many slots they need, and in each shape by column.
//!
//! An account has a number of its own, which stays; its row in a shape changes as others come and go. A pass
//! over all accounts reads the columns of each shape from the first byte to the last and nothing else.
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::hash::RandomState;

use hashbrown::HashTable;
use plimsoll_client::program::state::MarginState;
use solana_address::Address;

use super::shape::{self, Shape, Slots};

/// Bits of a [`Place`] that are the row.
const ROW_BITS: u32 = 27;

/// A shape and a row in it.
#[derive(Clone, Copy, Default)]
struct Place(u32);

/// When an account was called, sank and went up for auction; unix seconds, zero for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    pub called_at: i64,
    pub sunk_at: i64,
    pub auction_at: i64,
}

/// All accounts.
pub struct Columns {
    clearinghouse: Address,
    shapes: Vec<Shape>,
    places: Vec<Place>,
    addresses: Vec<Address>,
    owners: Vec<Address>,
    sub_accounts: Vec<u16>,
    isolated_assets: Vec<u8>,
    /// Token and position slots in use.
    counts: Vec<[u8; 2]>,
    /// Of the accounts that have one.
    delegates: HashMap<u32, Address>,
    /// Of the accounts that have any.
    times: HashMap<u32, Times>,
    /// Numbers of accounts that are gone.
    free: Vec<u32>,
    by_address: HashTable<u32>,
    hasher: RandomState,
}

impl Place {
    fn new(shape: usize, row: usize) -> Self {
        Self((shape as u32) << ROW_BITS | row as u32)
    }

    fn shape(self) -> usize {
        (self.0 >> ROW_BITS) as usize
    }

    fn row(self) -> usize {
        (self.0 & ((1 << ROW_BITS) - 1)) as usize
    }
}

impl Columns {
    /// No accounts of a clearinghouse.
    pub fn new(clearinghouse: Address) -> Self {
        Self {
            clearinghouse,
            shapes: Shape::all(),
            places: Vec::new(),
            addresses: Vec::new(),
            owners: Vec::new(),
            sub_accounts: Vec::new(),
            isolated_assets: Vec::new(),
            counts: Vec::new(),
            delegates: HashMap::new(),
            times: HashMap::new(),
            free: Vec::new(),
            by_address: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    /// Accounts there are.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// The shapes, those without accounts included.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The number of the account at an address.
    pub fn find(&self, address: &Address) -> Option<u32> {
        let hash = self.hasher.hash_one(address);
        self.by_address.find(hash, |id| self.addresses[*id as usize] == *address).copied()
    }

    /// The address of an account.
    pub fn address(&self, id: u32) -> &Address {
        &self.addresses[id as usize]
    }

    /// When an account was called, sank and went up for auction.
    pub fn times(&self, id: u32) -> Times {
        self.times.get(&id).copied().unwrap_or_default()
    }

    /// Accounts that were called, sank or went up for auction, in no order.
    pub fn timed(&self) -> impl Iterator<Item = (u32, &Times)> {
        self.times.iter().map(|(id, times)| (*id, times))
    }

    /// What an account's margin depends on.
    #[inline(always)]
    pub fn slots(&self, id: u32) -> Slots<'_> {
        let place = self.places[id as usize];
        self.shapes[place.shape()].slots(place.row())
    }

    /// The account as it is on chain, but for what is reserved there.
    pub fn state(&self, id: u32) -> MarginState {
        let (at, slots, times) = (id as usize, self.slots(id), self.times(id));
        let mut state = MarginState::empty(self.clearinghouse, self.owners[at], self.sub_accounts[at]);
        state.delegate = self.delegates.get(&id).copied().unwrap_or_default();
        state.isolated_asset = self.isolated_assets[at];
        [state.token_count, state.perp_count] = self.counts[at];
        state.cash = slots.cash;
        state.called_at = times.called_at;
        state.sunk_at = times.sunk_at;
        state.auction_at = times.auction_at;
        let counts = (state.token_count as usize, state.perp_count as usize);
        for (i, slot) in state.tokens.iter_mut().take(counts.0).enumerate() {
            (slot.shares, slot.asset) = (slots.shares[i], slots.token_assets[i]);
        }
        for (i, slot) in state.perps.iter_mut().take(counts.1).enumerate() {
            (slot.size, slot.entry, slot.asset) = (slots.sizes[i], slots.entries[i], slots.perp_assets[i]);
        }
        state
    }

    /// Puts an account in, or replaces what was known of it. Returns its number.
    pub fn upsert(&mut self, address: Address, state: &MarginState) -> u32 {
        let shape = shape::of(state);
        let id = self.find(&address).unwrap_or_else(|| self.admit(address, shape));
        let at = id as usize;
        if self.places[at].shape() != shape {
            self.leave(id);
            self.places[at] = Place::new(shape, self.shapes[shape].push(id));
        }
        self.shapes[shape].write(self.places[at].row(), state);
        self.owners[at] = state.owner;
        self.sub_accounts[at] = state.sub_account;
        self.isolated_assets[at] = state.isolated_asset;
        self.counts[at] = [state.tokens().len() as u8, state.perps().len() as u8];
        let delegate = (state.delegate != Address::default()).then_some(state.delegate);
        set(&mut self.delegates, id, delegate);
        let times =
            Times { called_at: state.called_at, sunk_at: state.sunk_at, auction_at: state.auction_at };
        set(&mut self.times, id, (times != Times::default()).then_some(times));
        id
    }

    /// Takes an account out. Returns the number it had.
    pub fn remove(&mut self, address: &Address) -> Option<u32> {
        let hash = self.hasher.hash_one(address);
        let found = self.by_address.find_entry(hash, |id| self.addresses[*id as usize] == *address);
        let (id, _) = found.ok()?.remove();
        self.leave(id);
        self.delegates.remove(&id);
        self.times.remove(&id);
        self.free.push(id);
        Some(id)
    }

    /// Makes room for that many accounts in what does not depend on their shape.
    pub fn reserve(&mut self, accounts: usize) {
        self.places.reserve_exact(accounts);
        self.addresses.reserve_exact(accounts);
        self.owners.reserve_exact(accounts);
        self.sub_accounts.reserve_exact(accounts);
        self.isolated_assets.reserve_exact(accounts);
        self.counts.reserve_exact(accounts);
        let (addresses, hasher) = (&self.addresses, &self.hasher);
        self.by_address.reserve(accounts, |id| hasher.hash_one(addresses[*id as usize]));
    }

    /// Bytes that a pass over all accounts reads.
    pub fn scanned_bytes(&self) -> usize {
        self.shapes.iter().map(|shape| shape.len() * (shape.row_bytes() - size_of::<u32>())).sum()
    }

    /// Bytes that hold accounts.
    pub fn memory_bytes(&self) -> usize {
        let per_number = size_of::<Place>() + 2 * size_of::<Address>() + size_of::<u16>() + 3;
        let rows: usize = self.shapes.iter().map(|shape| shape.len() * shape.row_bytes()).sum();
        // One control byte per bucket; a table of a library of maps is at most seven eighths full.
        let buckets = self.by_address.capacity() * 8 / 7;
        let sparse = self.delegates.capacity() * (size_of::<(u32, Address)>() + 1)
            + self.times.capacity() * (size_of::<(u32, Times)>() + 1);
        rows + self.places.len() * per_number + buckets * (size_of::<u32>() + 1) + sparse
    }

    /// Gives an address a number and a row.
    fn admit(&mut self, address: Address, shape: usize) -> u32 {
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(Place::default());
            self.addresses.push(address);
            self.owners.push(Address::default());
            self.sub_accounts.push(0);
            self.isolated_assets.push(0);
            self.counts.push([0; 2]);
            self.places.len() as u32 - 1
        });
        self.addresses[id as usize] = address;
        self.places[id as usize] = Place::new(shape, self.shapes[shape].push(id));
        let (addresses, hasher) = (&self.addresses, &self.hasher);
        let hash_of = |id: &u32| hasher.hash_one(addresses[*id as usize]);
        self.by_address.insert_unique(hasher.hash_one(address), id, hash_of);
        id
    }

    /// Gives up an account's row.
    fn leave(&mut self, id: u32) {
        let place = self.places[id as usize];
        if let Some(moved) = self.shapes[place.shape()].swap_remove(place.row()) {
            self.places[moved as usize] = place;
        }
    }
}

fn set<T>(map: &mut HashMap<u32, T>, id: u32, value: Option<T>) {
    match value {
        Some(value) => map.insert(id, value),
        None => map.remove(&id),
    };
}
