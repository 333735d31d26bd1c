//! The columns of accounts that need about as many slots.
use std::ops::Range;

use plimsoll_client::program::state::{MarginState, PerpSlot, TokenSlot};

use super::kernel::Table;

/// Token slots that a shape may have room for.
const TOKEN_ROOM: [usize; 5] = [1, 2, 4, 8, 16];
/// Position slots that a shape may have room for.
const PERP_ROOM: [usize; 6] = [0, 1, 2, 4, 8, 16];
/// The asset of a slot that is not in use: on no board.
pub const NO_ASSET: u8 = u8::MAX;
/// The accounts of one shape. Slots that an account does not use hold zeros of [`NO_ASSET`].
#[derive(Default)]
pub struct Shape {
    /// Token slots per row.
    tokens: usize,
    /// Position slots per row.
    perps: usize,
    /// Whose row it is.
    ids: Vec<u32>,
    cash: Vec<i64>,
    shares: Vec<i64>,
    token_assets: Vec<u8>,
    sizes: Vec<i64>,
    entries: Vec<i64>,
    perp_assets: Vec<u8>,
}

/// What of a row the margin depends on; slots not in use included.
#[derive(Clone, Copy)]
pub struct Slots<'a> {
    pub cash: i64,
    pub shares: &'a [i64],
    pub token_assets: &'a [u8],
    pub sizes: &'a [i64],
    pub entries: &'a [i64],
    pub perp_assets: &'a [u8],
}

/// The smallest shape that holds an account, by its number in [`Shape::all`].
pub fn of(state: &MarginState) -> usize {
    room(&TOKEN_ROOM, state.tokens().len()) * PERP_ROOM.len() + room(&PERP_ROOM, state.perps().len())
}

/// The smallest room for `count` slots, by its number.
fn room(rooms: &[usize], count: usize) -> usize {
    rooms.iter().position(|room| *room >= count).unwrap_or(rooms.len() - 1)
}

impl Shape {
    /// Every shape there is, without accounts.
    pub fn all() -> Vec<Self> {
        let rooms = TOKEN_ROOM.iter().flat_map(|tokens| PERP_ROOM.iter().map(|perps| (*tokens, *perps)));
        rooms.map(|(tokens, perps)| Self { tokens, perps, ..Self::default() }).collect()
    }

    /// Accounts of this shape.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The accounts, by row.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// The slots of a row.
    #[inline(always)]
    pub fn slots(&self, row: usize) -> Slots<'_> {
        let (tokens, perps) = (span(row, self.tokens), span(row, self.perps));
        Slots {
            cash: self.cash[row],
            shares: &self.shares[tokens.clone()],
            token_assets: &self.token_assets[tokens],
            sizes: &self.sizes[perps.clone()],
            entries: &self.entries[perps.clone()],
            perp_assets: &self.perp_assets[perps],
        }
    }

    /// Adds those of rows to `found` that may be below a table's line.
    pub fn screen(&self, rows: Range<usize>, table: &Table, found: &mut Vec<u32>) {
        match self.tokens {
            1 => self.screen_tokens::<1>(rows, table, found),
            2 => self.screen_tokens::<2>(rows, table, found),
            4 => self.screen_tokens::<4>(rows, table, found),
            8 => self.screen_tokens::<8>(rows, table, found),
            _ => self.screen_tokens::<16>(rows, table, found),
        }
    }

    fn screen_tokens<const T: usize>(&self, rows: Range<usize>, table: &Table, found: &mut Vec<u32>) {
        match self.perps {
            0 => self.screen_shape::<T, 0>(rows, table, found),
            1 => self.screen_shape::<T, 1>(rows, table, found),
            2 => self.screen_shape::<T, 2>(rows, table, found),
            4 => self.screen_shape::<T, 4>(rows, table, found),
            8 => self.screen_shape::<T, 8>(rows, table, found),
            _ => self.screen_shape::<T, 16>(rows, table, found),
        }
    }

    /// Compiled for the number of slots: nothing is asked about it in each row.
    fn screen_shape<const T: usize, const P: usize>(
        &self,
        rows: Range<usize>,
        table: &Table,
        found: &mut Vec<u32>,
    ) {
        let (tokens, perps) = (rows.start * T..rows.end * T, rows.start * P..rows.end * P);
        let (shares, token_assets) = (&self.shares[tokens.clone()], &self.token_assets[tokens]);
        let (sizes, entries) = (&self.sizes[perps.clone()], &self.entries[perps.clone()]);
        let perp_assets = &self.perp_assets[perps];
        for (i, (id, cash)) in self.ids[rows.clone()].iter().zip(&self.cash[rows]).enumerate() {
            let slots = Slots {
                cash: *cash,
                shares: &shares[i * T..][..T],
                token_assets: &token_assets[i * T..][..T],
                sizes: &sizes[i * P..][..P],
                entries: &entries[i * P..][..P],
                perp_assets: &perp_assets[i * P..][..P],
            };
            if table.may_be_below(&slots) {
                found.push(*id);
            }
        }
    }

    /// Adds a row of empty slots.
    pub fn push(&mut self, id: u32) -> usize {
        let row = self.ids.len();
        self.ids.push(id);
        self.cash.push(0);
        self.shares.resize(self.shares.len() + self.tokens, 0);
        self.token_assets.resize(self.token_assets.len() + self.tokens, NO_ASSET);
        self.sizes.resize(self.sizes.len() + self.perps, 0);
        self.entries.resize(self.entries.len() + self.perps, 0);
        self.perp_assets.resize(self.perp_assets.len() + self.perps, NO_ASSET);
        row
    }

    /// Writes what an account holds into its row.
    pub fn write(&mut self, row: usize, state: &MarginState) {
        let (tokens, perps) = (span(row, self.tokens), span(row, self.perps));
        self.cash[row] = state.cash;
        let unused = TokenSlot { shares: 0, asset: NO_ASSET, padding: [0; 7] };
        for (i, at) in tokens.enumerate() {
            let slot = state.tokens().get(i).unwrap_or(&unused);
            (self.shares[at], self.token_assets[at]) = (slot.shares, slot.asset);
        }
        let unused = PerpSlot { size: 0, entry: 0, asset: NO_ASSET, padding: [0; 7] };
        for (i, at) in perps.enumerate() {
            let slot = state.perps().get(i).unwrap_or(&unused);
            (self.sizes[at], self.entries[at], self.perp_assets[at]) = (slot.size, slot.entry, slot.asset);
        }
    }

    /// Takes a row out; the last one takes its place, and its account's number is returned if there is one.
    pub fn swap_remove(&mut self, row: usize) -> Option<u32> {
        self.ids.swap_remove(row);
        self.cash.swap_remove(row);
        swap_remove(&mut self.shares, row, self.tokens);
        swap_remove(&mut self.token_assets, row, self.tokens);
        swap_remove(&mut self.sizes, row, self.perps);
        swap_remove(&mut self.entries, row, self.perps);
        swap_remove(&mut self.perp_assets, row, self.perps);
        self.ids.get(row).copied()
    }

    /// Bytes per account.
    pub fn row_bytes(&self) -> usize {
        size_of::<u32>()
            + size_of::<i64>()
            + self.tokens * (size_of::<i64>() + 1)
            + self.perps * (2 * size_of::<i64>() + 1)
    }
}

/// Where a row's slots are in a column of `room` slots per row.
#[inline(always)]
fn span(row: usize, room: usize) -> Range<usize> {
    row * room..(row + 1) * room
}

fn swap_remove<T: Copy>(column: &mut Vec<T>, row: usize, room: usize) {
    let last = column.len() - room;
    column.copy_within(last.., row * room);
    column.truncate(last);
}
