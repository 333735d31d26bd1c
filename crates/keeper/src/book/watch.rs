//! Which accounts a change of a row can have sunk.
//!
//! Every account that has not sunk is either *at ease* or *loose*. One at ease has a box: a distance that each of
//! its prices may move, from where it stood when the box was made, so that even with all prices at the worst
//! corner of the box, at the worst terms of an [`Envelope`] for each of its rows, its maintenance health is not
//! negative ([`Table::lowest`]). So it has not sunk as long as no price has left the box and every row is within
//! its envelope, wherever in the box the prices are and however they got there. The sides of boxes are triggers on a
//! [`Ladder`] for each asset, slack and direction. A row that changes takes the triggers that its price has passed
//! or reached, and all triggers of an envelope that it has left: these accounts are loose. Loose accounts, and
//! nobody else, have to be looked at. Those of them that have not sunk are *seen*, until they get a new box from
//! where prices stand then ([`Watch::settle`]), or loose again if a row changes before.
//!
//! An account so close to its line that no box has room for it has its triggers at the price itself, in both
//! directions: it is loose after each change of a row that it depends on.
use plimsoll_client::program::state::ASSETS_MAX;

use super::columns::Columns;
use super::envelope::{Envelope, SLACKS};
use super::kernel::{Estimate, RowTerms, Table};
use super::ladder::{Ladder, TOP, rung};
use super::scan;
use super::shape::Slots;

/// The farthest that a box reaches, as a share of the price.
const FARTHEST: f64 = 0.5;
/// Part of its health that an account may give for the slack of its envelopes.
const SLACK_SHARE: f64 = 0.5;
/// Part of a distance that is given away, so that its triggers lie within it however they are rounded.
const SHY: f64 = 1e-9;
/// Times that a distance is sought farther out.
const ROUNDS: usize = 2;
/// Boxes found at once, so that nothing waits for long; lists keep room for as many.
const AT_ONCE: usize = 16_384;
/// An entry on a ladder is an account's number and the last bits of how often it has had a box.
const TURN_BITS: u32 = 5;

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// There is no such account.
    Gone,
    Loose,
    Seen,
    AtEase,
    Sunk,
}

#[derive(Clone, Copy)]
struct Status {
    place: Place,
    /// Whether the account's number is in the queue.
    is_queued: bool,
    /// Of the box it has. One that comes round again makes an old entry count: somebody is looked at for nothing.
    turn: u8,
}

/// The box of an account.
#[derive(Clone, Copy)]
pub enum Room {
    /// No price can sink it.
    Boundless,
    /// Each price may move so far; the slack of the envelopes.
    Within { distance: f64, slack: usize },
    /// None.
    None,
}

/// Boxes and triggers.
pub struct Watch {
    status: Vec<Status>,
    /// The loose, and some who no longer are.
    queue: Vec<u32>,
    /// The seen, and some who no longer are.
    seen: Vec<u32>,
    /// By asset, slack and direction; see [`Self::ladder`].
    ladders: Vec<Ladder>,
    envelopes: Vec<[Option<Envelope>; SLACKS]>,
    /// The worst terms at today's prices, by slack.
    tables: [Table; SLACKS],
    taken: Vec<u32>,
}

/// Triggers below the price, on the lowest rung first.
const DOWN: usize = 0;
/// Triggers above the price; rungs are counted from the top.
const UP: usize = 1;

impl Watch {
    /// Over nobody.
    pub fn new() -> Self {
        Self {
            status: Vec::new(),
            queue: Vec::new(),
            seen: Vec::new(),
            ladders: (0..ASSETS_MAX * SLACKS * 2).map(|_| Ladder::new()).collect(),
            envelopes: vec![[None; SLACKS]; ASSETS_MAX],
            tables: std::array::from_fn(|_| Table::empty()),
            taken: Vec::new(),
        }
    }

    /// The accounts to be looked at, each once. Some of them may be gone or known to have sunk: see
    /// [`Self::is_loose`].
    pub fn queue(&self) -> &[u32] {
        &self.queue
    }

    /// Whether an account has to be looked at.
    pub fn is_loose(&self, id: u32) -> bool {
        self.status[id as usize].place == Place::Loose
    }

    fn is_seen(&self, id: u32) -> bool {
        self.status[id as usize].place == Place::Seen
    }

    /// Whether an account is known to have sunk.
    pub fn is_sunk(&self, id: u32) -> bool {
        self.status[id as usize].place == Place::Sunk
    }

    /// An account is new, has changed, or has recovered.
    pub fn loosen(&mut self, id: u32) {
        let gone = Status { place: Place::Gone, is_queued: false, turn: 0 };
        let numbers = self.status.len().max(id as usize + 1);
        self.status.resize(numbers, gone);
        let status = &mut self.status[id as usize];
        status.turn = (status.turn + 1) % (1 << TURN_BITS);
        status.place = Place::Loose;
        if !status.is_queued {
            status.is_queued = true;
            self.queue.push(id);
        }
    }

    /// A loose account was found to have sunk.
    pub fn sink(&mut self, id: u32) {
        self.status[id as usize].place = Place::Sunk;
    }

    /// An account is no longer known to have sunk, if it was.
    pub fn loosen_sunk(&mut self, id: u32) {
        if self.is_sunk(id) {
            self.loosen(id);
        }
    }

    /// An account is gone.
    pub fn forget(&mut self, id: u32) {
        self.status[id as usize].place = Place::Gone;
    }

    /// All in the queue have been looked at.
    pub fn see(&mut self) {
        for id in self.queue.drain(..) {
            let status = &mut self.status[id as usize];
            status.is_queued = false;
            if status.place == Place::Loose {
                status.place = Place::Seen;
                self.seen.push(id);
            }
        }
    }

    /// Accounts that have no box.
    pub fn without_box(&self) -> usize {
        self.queue.len() + self.seen.len()
    }

    /// Takes a row's terms as they are now.
    pub fn set_terms(&mut self, asset: usize, terms: &RowTerms) {
        for id in std::mem::take(&mut self.seen) {
            if self.is_seen(id) {
                self.loosen(id);
            }
        }
        for slack in 0..SLACKS {
            let known = self.envelopes[asset][slack].filter(|envelope| envelope.suits(terms));
            let envelope = known.unwrap_or_else(|| Envelope::around(terms, slack));
            self.envelopes[asset][slack] = Some(envelope);
            self.tables[slack].rows[asset] = envelope.at(terms.oracle);
            let reached = rung(terms.oracle);
            let from = if known.is_some() { [reached, TOP - reached] } else { [0, 0] };
            self.take(asset, slack, from);
        }
    }

    /// Takes the scale of the board that the rows are from.
    pub fn set_scale(&mut self, scale: f64) {
        for table in &mut self.tables {
            table.set_scale(scale);
        }
    }

    /// Gives boxes to the seen, a bounded number of them; whether none is left.
    pub fn settle(&mut self, columns: &Columns, threads: usize) -> bool {
        let mut seen = std::mem::take(&mut self.seen);
        seen.retain(|id| self.is_seen(*id));
        let left = seen.len().saturating_sub(AT_ONCE);
        let rooms = scan::each(&seen[left..], threads, |id| self.room(&columns.slots(id)));
        for (id, room) in seen[left..].iter().zip(rooms) {
            // One that is in the list twice has its box already.
            if self.is_seen(*id) {
                self.place(*id, room, &columns.slots(*id));
            }
        }
        seen.truncate(left);
        self.seen = seen;
        for list in [&mut self.queue, &mut self.seen, &mut self.taken] {
            list.shrink_to(AT_ONCE);
        }
        if let Some(ladder) = self.ladders.iter_mut().find(|ladder| ladder.is_crowded()) {
            ladder.sort_out(|entry| counts(&self.status, entry));
        }
        left == 0
    }

    /// Bytes in use.
    pub fn memory_bytes(&self) -> usize {
        let ladders: usize = self.ladders.iter().map(Ladder::memory_bytes).sum();
        let lists = self.queue.capacity() + self.seen.capacity() + self.taken.capacity();
        ladders + lists * size_of::<u32>() + self.status.len() * size_of::<Status>()
    }

    /// Loosens whoever has a trigger from these rungs on.
    fn take(&mut self, asset: usize, slack: usize, from: [u32; 2]) {
        let mut taken = std::mem::take(&mut self.taken);
        for direction in [DOWN, UP] {
            self.ladder(asset, slack, direction).take(from[direction], &mut taken);
        }
        for entry in taken.drain(..) {
            if counts(&self.status, entry) {
                self.loosen(entry >> TURN_BITS);
            }
        }
        self.taken = taken;
    }

    fn ladder(&mut self, asset: usize, slack: usize, direction: usize) -> &mut Ladder {
        &mut self.ladders[(asset * SLACKS + slack) * 2 + direction]
    }

    /// The largest box found for an account.
    pub fn room(&self, slots: &Slots) -> Room {
        let [closest, ..] = &self.tables;
        if slots.cash >= 0
            && slots.sizes.iter().all(|size| *size == 0)
            && slots.shares.iter().all(|s| *s >= 0)
        {
            return Room::Boundless;
        }
        let health = net(closest, closest.lowest(slots, 0.0));
        let affords = |slack: &usize| {
            let table = &self.tables[*slack];
            net(table, table.lowest(slots, 0.0)) >= SLACK_SHARE * health
        };
        let slack = (1..SLACKS).rev().find(affords).unwrap_or(0);
        let table = &self.tables[slack];
        let mut health = net(table, table.lowest(slots, 0.0));
        if health.partial_cmp(&0.0).is_none_or(|order| order.is_le()) {
            return Room::None;
        }
        let far = net(table, table.lowest(slots, FARTHEST));
        if far >= 0.0 {
            return Room::Within { distance: FARTHEST * (1.0 - SHY), slack };
        }
        // Health is concave in the distance: the chord to the far end is below it, and its root safe.
        let mut distance = 0.0;
        for _ in 0..ROUNDS {
            let farther = distance + (FARTHEST - distance) * (health / (health - far));
            let left = net(table, table.lowest(slots, farther));
            if left.partial_cmp(&0.0).is_none_or(|order| order.is_lt()) {
                break;
            }
            (distance, health) = (farther, left);
        }
        Room::Within { distance: distance * (1.0 - SHY), slack }
    }

    /// Puts the triggers of an account on their ladders.
    fn place(&mut self, id: u32, room: Room, slots: &Slots) {
        let status = &mut self.status[id as usize];
        status.place = Place::AtEase;
        let entry = id << TURN_BITS | status.turn as u32;
        let (distance, slack) = match room {
            Room::Boundless => return,
            Room::Within { distance, slack } => (Some(distance), slack),
            Room::None => (None, 0),
        };
        let triggers = self.triggers(slots, slack, distance.is_none());
        for (direction, mut assets) in triggers.into_iter().enumerate() {
            while assets != 0 {
                let asset = assets.trailing_zeros() as usize;
                assets &= assets - 1;
                let row = &self.tables[slack].rows[asset];
                let at = match (distance, direction) {
                    (None, DOWN) => rung(row.oracle),
                    (None, _) => TOP - rung(row.oracle),
                    (Some(_), _) if row.reach == 0.0 => 0,
                    (Some(distance), DOWN) => rung(row.oracle - row.oracle * distance),
                    (Some(distance), _) => TOP - rung(row.oracle + row.oracle * distance),
                };
                self.ladder(asset, slack, direction).push(at, entry);
            }
        }
    }

    /// The assets whose price can sink an account by falling, and by rising; as bits.
    fn triggers(&self, slots: &Slots, slack: usize, both_ways: bool) -> [u32; 2] {
        let rows = &self.tables[slack].rows;
        let mut triggers = [0u32; 2];
        let mut add = |asset: u8, direction: usize, other_too: bool| {
            if (asset as usize) < ASSETS_MAX {
                triggers[direction] |= 1 << asset;
                triggers[1 - direction] |= (other_too as u32) << asset;
            }
        };
        for (shares, asset) in slots.shares.iter().zip(slots.token_assets).filter(|(shares, _)| **shares != 0)
        {
            add(*asset, if *shares < 0 { UP } else { DOWN }, both_ways);
        }
        for (size, asset) in slots.sizes.iter().zip(slots.perp_assets) {
            let is_two_sided = *size >= 0 && rows[*asset as usize].is_two_sided;
            add(*asset, if *size < 0 { UP } else { DOWN }, both_ways || is_two_sided);
        }
        triggers
    }
}

/// Health that is certainly there.
fn net(table: &Table, estimate: Estimate) -> f64 {
    estimate.health - table.error(&estimate)
}

/// Whether an entry is of a box that its account has.
fn counts(status: &[Status], entry: u32) -> bool {
    let status = status[(entry >> TURN_BITS) as usize];
    status.place == Place::AtEase && status.turn as u32 == entry % (1 << TURN_BITS)
}
