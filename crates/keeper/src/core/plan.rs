//! From what is known to what is sent: every duty names its candidates, the policy decides which are worth
//! their fees, and the most urgent are handed out.
mod accounts;
mod closing;
mod markets;
mod rows;

use self::markets::Shortfalls;
use super::Core;
use super::accounts::fingerprint;
use super::inflight::Fingerprint;
use super::policy::Mode;
use super::task::{Key, Task};
use super::view::{View, newest};
use plimsoll_client::program::state::{MarginState, RiskBoard};
use plimsoll_client::refresh;
use plimsoll_client::risk::{Quantity, Quote};
use solana_address::Address;
use solana_instruction::Instruction;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What a transaction pays for its signature, lamports.
const SIGNATURE_LAMPORTS: u64 = 5_000;
/// Compute units that the instructions of the limits themselves take, with room.
const COMPUTE_MARGIN: u32 = 5_000;
/// Compute units of the refresh of a row, at most.
const ROW_UNITS: u32 = 6_000;
/// Accounts that one plan looks at, of each kind.
const SUSPECTS_MAX: usize = 256;

/// Something that could be sent.
pub struct Candidate {
    pub key: Key,
    pub instructions: Vec<Instruction>,
    /// Micro-USD.
    pub bounty: Quote,
    pub depth: u32,
    pub compute_units: u32,
    /// Of the subject, and of all that decides whether it would go through.
    pub subject: Fingerprint,
    pub full: Fingerprint,
}

impl Candidate {
    /// The same with a refresh of rows in front.
    fn after_refresh(mut self, view: &View, rows: &[u8]) -> Option<Self> {
        if !rows.is_empty() {
            self.instructions.insert(0, refresh::instruction(view.snapshot, rows)?);
            self.compute_units += ROW_UNITS * rows.len() as u32;
        }
        Some(self)
    }
}

impl Core {
    /// See [`Core::plan`].
    pub(super) fn plan_tasks(&mut self) -> Vec<Task> {
        if !self.has_book || self.unix_time() == 0 {
            return Vec::new();
        }
        let Some(snapshot) = self.deployment.snapshot() else { return Vec::new() };
        let (newer, newest) = newest(snapshot);
        let short = markets::shortfalls(snapshot, &newest);
        let suspects = self.suspects(&newest, &short);
        let Some(snapshot) = self.deployment.snapshot() else { return Vec::new() };
        let view = View {
            policy: &self.policy,
            keeper: &self.keeper,
            deployment: &self.deployment,
            accounts: &self.accounts,
            snapshot,
            newest: &newest,
            newer: &newer,
            urgent: RefCell::default(),
        };
        let mut candidates = Vec::new();
        accounts::find(&view, &suspects, short, &mut candidates);
        markets::find(&view, &mut candidates);
        rows::find(&view, &mut candidates);
        let unit_price = self.policy.unit_price(self.going_price);
        let mut tasks: Vec<(Task, Fingerprint, Fingerprint)> = Vec::new();
        for candidate in candidates {
            let cost = cost_ceil(&view, candidate.compute_units + COMPUTE_MARGIN, unit_price);
            if !self.is_worth(&candidate, cost) || self.in_flight.is_busy(&candidate.key.subject()) {
                continue;
            }
            let Candidate { key, instructions, bounty, depth, compute_units, subject, full } = candidate;
            // What was refused for one market is not refused for another.
            let touched = instructions.iter().flat_map(|instruction| &instruction.accounts);
            let full = fingerprint(&(full, touched.map(|account| account.pubkey).collect::<Vec<_>>()));
            let (claim, compute_units) = (super::Claim(0), compute_units + COMPUTE_MARGIN);
            let task = Task { claim, key, instructions, bounty, cost, depth, compute_units, unit_price };
            tasks.push((task, subject, full));
        }
        tasks.sort_by_cached_key(|(task, ..)| urgency(task));
        self.hand_out(tasks)
    }

    /// The accounts to look at: of the sunk the best, and some of the others in turn; those of which something is
    /// noted on chain; and from time to time all that may be called or may have a loss to settle.
    fn suspects(&mut self, newest: &RiskBoard, short: &Shortfalls) -> BTreeSet<Address> {
        let unix_time = self.unix_time();
        self.turns += 1;
        let turn = self.turns;
        let book = &mut self.accounts.book;
        book.set_board(newest);
        let sunk: Vec<Address> = book.tick(unix_time).iter().map(|sunk| sunk.address).collect();
        let mut suspects: BTreeSet<Address> = sunk.iter().take(SUSPECTS_MAX).copied().collect();
        suspects.extend(in_turn(&sunk, turn));
        let noted: Vec<Address> = book.noted().iter().map(|noted| noted.address).collect();
        suspects.extend(in_turn(&noted, turn));
        let is_due = |at: u64| self.now_ms >= at.saturating_add(self.policy.survey_ms);
        if self.surveyed_ms.is_none_or(is_due) {
            self.surveyed_ms = Some(self.now_ms);
            let called: Vec<Address> = book.uncalled().iter().map(|called| called.address).collect();
            suspects.extend(in_turn(&called, turn));
            let is_in =
                |state: &MarginState| state.perps().iter().any(|slot| short.contains_key(&slot.asset));
            if !short.is_empty() {
                let losing = book.accounts().filter(|(_, state)| is_in(state)).map(|(address, _)| *address);
                suspects.extend(in_turn(&losing.collect::<Vec<_>>(), turn));
            }
        }
        suspects
    }

    fn is_worth(&self, candidate: &Candidate, cost: Quote) -> bool {
        match self.policy.duties.mode(candidate.key.duty()) {
            Mode::Off => false,
            Mode::Service => true,
            Mode::Profit => {
                let profit = candidate.bounty.minus(cost);
                profit.is_ok_and(|profit| profit >= self.policy.profit_min())
            }
        }
    }

    fn hand_out(&mut self, tasks: Vec<(Task, Fingerprint, Fingerprint)>) -> Vec<Task> {
        let until_ms = self.now_ms.saturating_add(self.policy.claim_ms);
        let room = self.policy.in_flight_max.saturating_sub(self.in_flight.len()).min(self.policy.tasks_max);
        let mut handed_out = Vec::new();
        for (mut task, subject, full) in tasks {
            if handed_out.len() >= room {
                break;
            }
            let is_free = !self.in_flight.is_busy(&task.key.subject());
            if is_free && self.backoff.allows(&task.key, subject, full, self.now_ms) {
                task.claim = self.in_flight.claim(task.key, subject, full, until_ms);
                self.counters.planned += 1;
                handed_out.push(task);
            }
        }
        handed_out
    }
}

/// As many as one plan looks at, from where the turn before ended: nobody for whom nothing can be done keeps others
/// from being looked at.
fn in_turn(all: &[Address], turn: usize) -> impl Iterator<Item = Address> {
    let first = turn.wrapping_mul(SUSPECTS_MAX).checked_rem(all.len()).unwrap_or(0);
    all.iter().cycle().skip(first).take(SUSPECTS_MAX.min(all.len())).copied()
}

/// What sorts first is sent first: what earns most after its cost, then what is deepest, then duty by duty.
fn urgency(task: &Task) -> (std::cmp::Reverse<i64>, std::cmp::Reverse<u32>, super::Duty, Key) {
    let profit = if task.bounty > Quote::ZERO { task.bounty.0.saturating_sub(task.cost.0) } else { 0 };
    (std::cmp::Reverse(profit.max(0)), std::cmp::Reverse(task.depth), task.key.duty(), task.key)
}

/// What a transaction costs at most, micro-USD, rounded up.
fn cost_ceil(view: &View, compute_units: u32, unit_price: u64) -> Quote {
    let priority = (compute_units as u128 * unit_price as u128).div_ceil(1_000_000);
    let lamports = priority.saturating_add(SIGNATURE_LAMPORTS as u128).min(i64::MAX as u128) as i64;
    let row = view.policy.sol_asset.and_then(|asset| view.snapshot.board.row(asset).ok());
    let known = row.filter(|row| row.decimals == 9 && row.refreshed_at != 0);
    if let Some(cost) = known.and_then(|row| row.price.get().value_ceil(Quantity(lamports)).ok()) {
        return cost;
    }
    let micro_usd = (lamports as u128 * view.policy.sol_price.max(0) as u128).div_ceil(1_000_000_000);
    Quote(micro_usd.min(i64::MAX as u128) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_his_turn() {
        let all: Vec<Address> = (0..600u16)
            .map(|number| {
                let mut bytes = [0; 32];
                bytes[..2].copy_from_slice(&number.to_be_bytes());
                Address::new_from_array(bytes)
            })
            .collect();
        let of = |turn| in_turn(&all, turn).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (all[..256].to_vec(), all[256..512].to_vec()));
        assert_eq!(of(2), [&all[512..], &all[..168]].concat());
        assert_eq!(in_turn(&all[..3], 7).collect::<Vec<_>>(), [all[1], all[2], all[0]]);
        assert_eq!(in_turn(&[], 7).count(), 0);
    }
}
