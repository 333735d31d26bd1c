//! What has been handed out or sent, and whose fate is not known yet: nothing is sent twice while an
//! earlier one may still land.
//!
//! A task touches one subject, and a subject has one task at a time, in three stages:
//!
//! 1. **claimed**: handed out by a plan, not signed yet. It falls back after a time; who signs later is
//!    told not to send.
//! 2. **sent**: it has a signature, and may land until its blockhash is dead. It leaves this stage when a
//!    node knows it, when it was refused before anybody had it, or when the blocks have passed the
//!    blockhash's last one and nodes still do not know it.
//! 3. **settling**: its fate is known, but not what it left: the subject must be seen as it was in that slot or
//!    a later one.
use super::observation::{Refusal, SendOutcome};
use super::task::{Claim, Key, Sent, Subject};
use plimsoll_client::chain::{Commitment, Status};
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use std::collections::BTreeMap;

/// Blocks that a blockhash lives for at most, twice over: no journal and no node can make a subject wait
/// for longer.
const LIFE_BLOCKS_MAX: u64 = 300;
/// Answers that a transaction is not known, after its blockhash has died, until it is given up.
const DENIALS: u8 = 2;

/// The state of an account, or of an account and the prices it depends on, as a number.
pub type Fingerprint = u64;

/// A task on its way.
#[derive(Clone, Debug)]
struct Flight {
    key: Key,
    claim: Claim,
    /// Of the subject, when it was planned.
    subject: Fingerprint,
    /// Of the subject and its prices, when it was planned.
    full: Fingerprint,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    Claimed {
        until_ms: u64,
    },
    Sent {
        signature: Signature,
        last_valid_block_height: u64,
        is_out: bool,
        dead_at: Option<u64>,
        denials: u8,
    },
    Settling {
        slot: u64,
    },
}

/// The fate of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was carried out in this slot.
    Landed { slot: u64 },
    /// It was tried in this slot, and failed; the fee is paid.
    Failed { slot: u64, error: TransactionError },
    /// It was never sent.
    Refused(Refusal),
    /// Its blockhash is dead, and no node knows it.
    Lost,
}

/// A task whose fate has become known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub key: Key,
    pub subject: Fingerprint,
    pub full: Fingerprint,
    pub fate: Fate,
}

/// All tasks on their way, at most one per subject.
#[derive(Clone, Debug, Default)]
pub struct InFlight {
    flights: BTreeMap<Subject, Flight>,
    claims: u64,
}

impl InFlight {
    pub fn len(&self) -> usize {
        self.flights.len()
    }

    pub fn is_busy(&self, subject: &Subject) -> bool {
        self.flights.contains_key(subject)
    }

    /// Hands a task out. Its subject must not be busy.
    pub fn claim(&mut self, key: Key, subject: Fingerprint, full: Fingerprint, until_ms: u64) -> Claim {
        self.claims += 1;
        let claim = Claim(self.claims);
        let flight = Flight { key, claim, subject, full, stage: Stage::Claimed { until_ms } };
        self.flights.insert(key.subject(), flight);
        claim
    }

    /// Notes the signature of a task that was handed out. `None` if it must not be sent: it took too long,
    /// or was never handed out.
    pub fn sign(&mut self, claim: Claim, signature: Signature, last_valid: u64, height: u64) -> Option<Sent> {
        let flight = self.flights.values_mut().find(|flight| flight.claim == claim)?;
        let Stage::Claimed { .. } = flight.stage else { return None };
        let last_valid = bounded(last_valid, height);
        flight.stage = Stage::Sent {
            signature,
            last_valid_block_height: last_valid,
            is_out: false,
            dead_at: None,
            denials: 0,
        };
        Some(Sent { key: flight.key, signature, last_valid_block_height: last_valid })
    }

    /// Takes over a transaction that an earlier process has sent.
    pub fn adopt(&mut self, sent: &Sent, height: u64) {
        let (key, signature) = (sent.key, sent.signature);
        let last_valid_block_height = bounded(sent.last_valid_block_height, height);
        let stage =
            Stage::Sent { signature, last_valid_block_height, is_out: true, dead_at: None, denials: 0 };
        self.claims += 1;
        let flight = Flight { key, claim: Claim(self.claims), subject: 0, full: 0, stage };
        self.flights.entry(key.subject()).or_insert(flight);
    }

    /// What a journal has to remember.
    pub fn sent(&self) -> Vec<Sent> {
        self.flights.values().filter_map(Flight::sent).collect()
    }

    /// Frees what was claimed and not signed in time.
    pub fn expire_claims(&mut self, now_ms: u64) {
        self.flights.retain(|_, flight| match flight.stage {
            Stage::Claimed { until_ms } => now_ms < until_ms,
            _ => true,
        });
    }

    /// A height was heard of, from a node in a slot: blockhashes that ended below it are dead from that slot
    /// on, and whatever claims to live for longer than a blockhash can does not.
    pub fn rise(&mut self, height: u64, slot: u64) {
        for flight in self.flights.values_mut() {
            if let Stage::Sent { last_valid_block_height, dead_at, .. } = &mut flight.stage {
                *last_valid_block_height = bounded(*last_valid_block_height, height);
                if height > *last_valid_block_height && dead_at.is_none() {
                    *dead_at = Some(slot);
                }
            }
        }
    }

    /// A task will not be sent.
    pub fn abandon(&mut self, claim: Claim, why: Refusal) -> Option<Resolved> {
        let subject = *self.flights.iter().find(|(_, flight)| flight.claim == claim)?.0;
        let flight = self.flights.get(&subject)?;
        match flight.stage {
            Stage::Claimed { .. } | Stage::Sent { is_out: false, .. } => {
                let flight = self.flights.remove(&subject)?;
                Some(flight.resolved(Fate::Refused(why)))
            }
            _ => None,
        }
    }

    /// A transaction was handed to a node. A refusal frees its subject only if nobody can have it: another
    /// node may have taken it before.
    pub fn handed_over(&mut self, signature: &Signature, outcome: SendOutcome) -> Option<Resolved> {
        let flight = self.by_signature(signature)?;
        let Stage::Sent { is_out, .. } = &mut flight.stage else { return None };
        match outcome {
            SendOutcome::Refused(why) if !*is_out => {
                let claim = flight.claim;
                self.abandon(claim, why)
            }
            SendOutcome::Refused(_) => None,
            SendOutcome::Taken | SendOutcome::Unavailable => {
                *is_out = true;
                None
            }
        }
    }

    /// What a node in a slot says of a transaction. That it does not know it counts only if the node was in
    /// a slot in which the blockhash was dead: a node that is behind knows nothing of what has landed since.
    pub fn status(
        &mut self,
        signature: &Signature,
        slot: u64,
        status: Option<Status>,
        known: &Known,
    ) -> Option<Resolved> {
        let flight = self.by_signature(signature)?;
        let Stage::Sent { dead_at, denials, .. } = &mut flight.stage else { return None };
        let (since, fate) = match status {
            Some(status) if status.commitment < Commitment::Confirmed => return None,
            Some(Status { slot, error: None, .. }) => (slot, Fate::Landed { slot }),
            Some(Status { slot, error: Some(error), .. }) => (slot, Fate::Failed { slot, error }),
            None if dead_at.is_none_or(|dead_at| slot < dead_at) => return None,
            None => {
                *denials += 1;
                if *denials < DENIALS {
                    return None;
                }
                (slot, Fate::Lost)
            }
        };
        flight.stage = Stage::Settling { slot: since.min(known.slot_max) };
        Some(flight.resolved(fate))
    }

    /// A subject was seen as it was in a slot.
    pub fn seen(&mut self, subject: &Subject, slot: u64) {
        if let Some(Stage::Settling { slot: since }) = self.flights.get(subject).map(|flight| &flight.stage)
            && slot >= *since
        {
            self.flights.remove(subject);
        }
    }

    /// Transactions whose status is wanted.
    pub fn unresolved(&self) -> impl Iterator<Item = Signature> {
        self.flights.values().filter_map(Flight::sent).map(|sent| sent.signature)
    }

    /// Subjects that have to be read again.
    pub fn settling(&self) -> impl Iterator<Item = Subject> {
        let is_settling = |flight: &Flight| matches!(flight.stage, Stage::Settling { .. });
        self.flights.iter().filter(move |(_, flight)| is_settling(flight)).map(|(subject, _)| *subject)
    }

    fn by_signature(&mut self, wanted: &Signature) -> Option<&mut Flight> {
        self.flights
            .values_mut()
            .find(|f| matches!(&f.stage, Stage::Sent { signature, .. } if signature == wanted))
    }
}

/// How far the chain is known to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub height: u64,
    pub slot: u64,
    /// A slot beyond this is not believed.
    pub slot_max: u64,
}

impl Flight {
    fn sent(&self) -> Option<Sent> {
        let Stage::Sent { signature, last_valid_block_height, .. } = self.stage else { return None };
        Some(Sent { key: self.key, signature, last_valid_block_height })
    }

    fn resolved(&self, fate: Fate) -> Resolved {
        Resolved { key: self.key, subject: self.subject, full: self.full, fate }
    }
}

/// The last block that a transaction can land in, no further off than blockhashes live; as it is while no
/// height is known.
fn bounded(last_valid: u64, height: u64) -> u64 {
    if height == 0 { last_valid } else { last_valid.min(height.saturating_add(LIFE_BLOCKS_MAX)) }
}
