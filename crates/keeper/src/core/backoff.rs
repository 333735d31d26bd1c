//! What went wrong, and until when it is not tried again.
use super::inflight::{Fate, Fingerprint, Resolved};
use super::observation::Refusal;
use super::task::Key;
use plimsoll_client::error::{PlimsollError, from_code};
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;
use std::collections::BTreeMap;

/// Keys that are remembered.
const KEYS_MAX: usize = 16_384;

#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    failures: u32,
    until_ms: u64,
    /// It will fail again as long as subject and prices are these.
    refused_at: Option<Fingerprint>,
    /// It was carried out when the subject was this.
    landed_at: Option<Fingerprint>,
}

/// Waits after failures: doubling from a first one up to a maximum.
#[derive(Clone, Debug)]
pub struct Backoff {
    first_ms: u64,
    max_ms: u64,
    troubles: BTreeMap<Key, Trouble>,
}

impl Backoff {
    pub fn new(first_ms: u64, max_ms: u64) -> Self {
        Self { first_ms, max_ms, troubles: BTreeMap::new() }
    }

    /// Takes note of a task's fate at a time.
    pub fn note(&mut self, resolved: &Resolved, now_ms: u64) {
        let error = match &resolved.fate {
            Fate::Landed { .. } => {
                self.entry(resolved.key).landed_at = Some(resolved.subject);
                return;
            }
            // Nobody is to blame: it is sent again with another blockhash.
            Fate::Lost => return,
            Fate::Failed { error, .. } | Fate::Refused(Refusal::Error(error)) => Some(error),
            Fate::Refused(Refusal::Other) => None,
        };
        let refused_at = error.is_some_and(is_permanent).then_some(resolved.full);
        self.fail(resolved.key, now_ms);
        self.entry(resolved.key).refused_at = refused_at;
    }

    /// Whether a task may be tried now. One that was carried out and has changed nothing counts as a failure.
    pub fn allows(&mut self, key: &Key, subject: Fingerprint, full: Fingerprint, now_ms: u64) -> bool {
        let max_ms = self.max_ms;
        let Some(trouble) = self.troubles.get_mut(key) else { return true };
        if let Some(landed_at) = trouble.landed_at.take() {
            if landed_at == subject {
                self.fail(*key, now_ms);
                return false;
            }
            self.troubles.remove(key);
            return true;
        }
        if trouble.refused_at == Some(full) || now_ms < trouble.until_ms {
            return false;
        }
        trouble.refused_at = None;
        if now_ms >= trouble.until_ms.saturating_add(max_ms) {
            trouble.failures = 0;
        }
        true
    }

    fn fail(&mut self, key: Key, now_ms: u64) {
        let (first, max) = (self.first_ms, self.max_ms);
        let trouble = self.entry(key);
        let wait = first.saturating_mul(1 << trouble.failures.min(32)).min(max);
        trouble.failures = trouble.failures.saturating_add(1);
        trouble.until_ms = now_ms.saturating_add(wait);
    }

    fn entry(&mut self, key: Key) -> &mut Trouble {
        if self.troubles.len() >= KEYS_MAX && !self.troubles.contains_key(&key) {
            let oldest =
                self.troubles.iter().min_by_key(|(_, trouble)| trouble.until_ms).map(|(key, _)| *key);
            oldest.and_then(|oldest| self.troubles.remove(&oldest));
        }
        self.troubles.entry(key).or_default()
    }
}

/// Whether the same transaction fails again for as long as account and prices are what they are. What waits
/// for time to pass, or for other accounts, does not.
fn is_permanent(error: &TransactionError) -> bool {
    use PlimsollError::*;
    let TransactionError::InstructionError(_, InstructionError::Custom(code)) = error else { return false };
    !matches!(
        from_code(*code),
        Some(
            PriceExpired
                | PriceAgeing
                | PriceUncertain
                | PriceDiverged
                | PriceOffParity
                | MarketCapital
                | RebalanceFirst
                | LossNotCovered
                | InsufficientVault
                | AuctionTooEarly
                | HistoryTooShort
                | InitialMargin
                | NotFirstInLine
                | NothingToSettle
                | OppositeHoldings
        )
    )
}
