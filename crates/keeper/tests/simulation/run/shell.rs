//! What the process around the core does: asks, signs, writes down, sends, and sometimes crashes.
use super::{Run, born};
use crate::network::{Network, read};
use plimsoll_client::chain::{Chain, Commitment, Status};
use plimsoll_client::error::{PlimsollError, code};
use plimsoll_client::transaction::{Draft, LOADED_BYTES_MAX, Limits, Version};
use plimsoll_client::{Event, logs};
use plimsoll_keeper::core::{Duty, Observation, Refusal, SendOutcome, Sent, Task};
use solana_instruction::error::InstructionError;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

/// Transactions that may fail after the faults have stopped.
const CALM_FAILURES_MAX: u32 = 3;

/// A transaction that a node has taken.
pub struct Pending {
    due: u32,
    transaction: VersionedTransaction,
}

/// A task that takes its time to be signed.
pub struct Held {
    due: u32,
    task: Task,
}

impl Run {
    /// What the core would like to know, as far as nodes answer.
    pub fn ask(&mut self) {
        if let Some(moment) = self.node() {
            self.tell(Observation::Clock { slot: moment.slot, unix_time: moment.unix_time });
        }
        let needs = self.core.needs(self.now_ms());
        if needs.snapshot
            && let Some(moment) = self.node()
        {
            for told in Network::snapshot(&moment, self.is_faulty.then_some(&mut self.random)) {
                self.tell(told);
            }
        }
        let answer = match self.is_faulty {
            true => self.network.liar(self.tick, &mut self.random),
            false => self.node().map(|moment| (moment, false)),
        };
        if let Some((moment, is_lie)) = answer {
            self.lies += if is_lie { needs.accounts.len() } else { 0 };
            for address in &needs.accounts {
                self.tell(read(&moment, address));
            }
        }
        if needs.statuses.is_empty() {
            return;
        }
        if let Some(moment) = self.node() {
            self.tell(Observation::Height { slot: moment.slot, height: moment.slot });
        }
        let Some(moment) = self.node() else { return };
        let known = self.scene.chain.statuses(&needs.statuses).expect("statuses").value;
        for (signature, status) in needs.statuses.into_iter().zip(known) {
            let lies = self.is_faulty && self.random.chance(150);
            let mut status: Option<Status> = status.filter(|status| status.slot <= moment.slot && !lies);
            if self.is_faulty && self.random.chance(150) {
                // Too early to tell.
                status = status.map(|status| Status { commitment: Commitment::Processed, ..status });
            }
            if let Some(entry) = self.ledger.of(&signature) {
                entry.is_told |= status.as_ref().is_some_and(|s| s.commitment >= Commitment::Confirmed);
            }
            self.tell(Observation::Status { signature, slot: moment.slot, status });
        }
    }

    pub fn plan(&mut self) {
        let now_ms = self.now_ms();
        let planned = self.core.plan(now_ms);
        let (mut ready, held): (Vec<Held>, Vec<Held>) =
            std::mem::take(&mut self.held).into_iter().partition(|held| held.due <= self.tick);
        self.held = held;
        for task in planned {
            self.ledger.check_plan(&self.core, &task.key);
            let is_slow = self.is_faulty && self.random.chance(60);
            let due = self.tick + if is_slow { self.random.within(1, 8) as u32 } else { 0 };
            if is_slow { &mut self.held } else { &mut ready }.push(Held { due, task });
        }
        for Held { task, .. } in ready {
            if !self.sign(&task) {
                return;
            }
        }
    }

    /// Signs, writes it down and sends. False if the process has crashed before it was sent.
    fn sign(&mut self, task: &Task) -> bool {
        let key = self.scene.keeper.key.insecure_clone();
        let limits = Limits {
            compute_units: task.compute_units,
            loaded_bytes: LOADED_BYTES_MAX,
            price: task.unit_price,
        };
        let draft = Draft {
            payer: key.pubkey(),
            instructions: task.instructions.clone(),
            version: Version::V0,
            limits,
        };
        let blockhash = self.scene.chain.latest_blockhash().expect("a blockhash");
        let transaction = draft.sign(blockhash.hash, &[&key]).expect("a transaction that fits");
        let signature = transaction.signatures[0];
        let Some(sent) = self.core.sign(task.claim, signature, blockhash.last_valid_block_height) else {
            return true;
        };
        let height = self.scene.chain.block_height().expect("a height").value;
        let lamports = 5_000 + limits.priority_fee();
        self.ledger.sign(sent, height, !self.is_faulty, lamports);
        self.journal.push(sent.to_string());
        self.tally.sent += 1;
        if self.is_faulty && self.random.chance(10) {
            self.crash();
            return false;
        }
        self.send(transaction);
        true
    }

    fn send(&mut self, transaction: VersionedTransaction) {
        let signature = transaction.signatures[0];
        let (mut outcome, mut due) = (SendOutcome::Taken, Some(self.tick + 1));
        if self.is_faulty {
            let is_out = self.network.is_out(self.tick);
            (outcome, due) = match self.random.within(0, 99) {
                _ if is_out => (SendOutcome::Unavailable, None),
                0..=7 => (SendOutcome::Taken, None),
                8..=15 => (SendOutcome::Unavailable, Some(self.tick + self.random.within(1, 4) as u32)),
                16..=20 => (SendOutcome::Unavailable, None),
                21..=25 => (SendOutcome::Refused(Refusal::Other), None),
                26..=35 => (SendOutcome::Taken, Some(self.tick + self.random.within(4, 30) as u32)),
                _ => (SendOutcome::Taken, Some(self.tick + self.random.within(0, 3) as u32)),
            };
            if outcome == SendOutcome::Taken && self.random.chance(200) {
                let tried = self.scene.chain.simulate(&transaction, &[]).expect("a simulation");
                if let Some(error) = tried.error {
                    (outcome, due) = (SendOutcome::Refused(Refusal::Error(error)), None);
                }
            }
        }
        let entry = self.ledger.of(&signature).expect("an entry");
        entry.is_refused = matches!(outcome, SendOutcome::Refused(_));
        entry.is_out = !entry.is_refused;
        self.pending.extend(due.map(|due| Pending { due, transaction }));
        self.tell(Observation::Sent { signature, outcome });
    }

    /// Another node is handed a transaction that the first one may have passed on, and refuses it.
    pub fn resend(&mut self) {
        for signature in self.core.needs(self.now_ms()).statuses {
            let is_out = self.ledger.of(&signature).is_some_and(|entry| entry.is_out);
            if is_out && self.is_faulty && self.random.chance(50) {
                self.tell(Observation::Sent { signature, outcome: SendOutcome::Refused(Refusal::Other) });
            }
        }
    }

    /// What nodes have taken lands, unless its blockhash has died.
    pub fn land(&mut self) {
        let (due, later): (Vec<Pending>, Vec<Pending>) =
            std::mem::take(&mut self.pending).into_iter().partition(|pending| pending.due <= self.tick);
        self.pending = later;
        for Pending { transaction, .. } in due {
            let signature = self.scene.chain.send(&transaction).expect("a signed transaction");
            let Some(landed) = self.scene.chain.transaction(&signature).expect("an answer") else { continue };
            let entry = self.ledger.of(&signature).expect("an entry");
            entry.landed = Some(landed.slot);
            assert_eq!(landed.fee, entry.lamports, "{} costs what it was to cost", entry.sent.key);
            let (key, is_calm) = (entry.sent.key, entry.is_calm);
            if let Some(error) = landed.error {
                self.tally.failed += 1;
                // While it is on its way holds end, so that other positions come first; losses of others are
                // settled, and other markets give capital back to the pool.
                use PlimsollError::{
                    LiquidateInstead, NotFirstInLine, NothingToSettle, PriceDiverged, RebalanceFirst,
                };
                let late = [NotFirstInLine, PriceDiverged, LiquidateInstead, NothingToSettle, RebalanceFirst]
                    .map(code);
                let is_late =
                    |e: &InstructionError| late.iter().any(|code| *e == InstructionError::Custom(*code));
                let is_excused = matches!(&error, TransactionError::InstructionError(_, e) if is_late(e));
                assert!(!is_calm || is_excused, "{key} failed though nothing was in its way: {error:?}");
                self.failed_in_calm += is_calm as u32;
                assert!(self.failed_in_calm <= CALM_FAILURES_MAX, "{key} fails again and again: {error:?}");
                continue;
            }
            self.tally.landed += 1;
            self.count(key.duty(), is_calm, &landed.logs);
        }
    }

    /// What a transaction has done. One that was signed when nothing failed any more did something, unless an
    /// earlier one was forgotten in a crash.
    fn count(&mut self, duty: Duty, is_calm: bool, lines: &[String]) {
        let events = logs::events(lines.iter().map(String::as_str)).events;
        let mut did = 0;
        for event in events {
            match event {
                Event::Liquidated(liquidated) => {
                    assert!(liquidated.maintenance_before < 0, "only who is below maintenance is liquidated");
                    assert!(
                        liquidated.maintenance_after > liquidated.maintenance_before,
                        "and is better off"
                    );
                    self.tally.liquidated += 1;
                    self.tally.bounties += liquidated.bounty.unsigned_abs();
                    did += 1;
                }
                Event::DebtLiquidated(_) => {
                    self.tally.debts += 1;
                    did += 1;
                }
                Event::StockTaken(_) => self.tally.called += 1,
                Event::BankruptcyResolved(_) => self.tally.resolved += 1,
                Event::AuctionStarted(_) => self.tally.auctions += 1,
                Event::AuctionWon(_) => self.tally.won += 1,
                Event::Deleveraged(_) => self.tally.deleveraged += 1,
                Event::LossSettled(_) => self.tally.settled += 1,
                Event::InsuranceSwept(_) => self.tally.swept += 1,
                _ => {}
            }
        }
        let is_liquidation = matches!(duty, Duty::Liquidate | Duty::TakeDebt);
        let is_idle = is_liquidation && did == 0;
        self.tally.idle += is_idle as u64;
        self.idle_in_calm += (is_idle && is_calm) as usize;
    }

    /// The process ends, and another one begins with the journal, of which the last line may be lost.
    pub fn crash(&mut self) {
        self.tally.crashes += 1;
        self.tally.lost += self.core.counters().lost;
        self.tally.refused += self.core.counters().refused;
        let alive: Vec<String> = self.core.export().iter().map(ToString::to_string).collect();
        self.journal.retain(|line| alive.contains(line));
        if self.random.chance(300)
            && let Some(line) = self.journal.pop()
        {
            let sent: Sent = line.parse().expect("a line of a journal");
            self.ledger.of(&sent.signature).expect("an entry").is_forgotten = true;
        }
        self.held.clear();
        self.ledger.forget_told();
        self.born_at = self.scene.chain.with(|world| world.svm.now());
        self.core = born(&self.scene, self.policy, &self.journal);
    }
}
