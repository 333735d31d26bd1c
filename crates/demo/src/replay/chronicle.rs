//! The record of every rule at work, which explains each when it is first seen.

use solana_address::Address;

use super::desk::Desk;
use crate::report::{Happening, Mechanism, Tone};

/// What happened, to whom, and how the story tells it.
pub struct Note {
    pub mechanism: Mechanism,
    /// The account, market or fund.
    pub address: Address,
    pub name: String,
    /// As the program's event says; micro-USD, or native units of the coin that the name ends in.
    pub amounts: Vec<(String, i128)>,
    pub tone: Tone,
    pub text: String,
    /// Whether the story tells it: what happens again and again is told the first time only.
    pub is_told: bool,
}

impl Desk<'_> {
    /// Records what happened, tells it, and explains what has not happened before.
    pub fn happened(&mut self, note: Note) {
        let is_first = self.happenings.iter().all(|happening| happening.mechanism != note.mechanism);
        if note.is_told || is_first {
            self.tell(note.tone, note.text.clone());
        }
        if is_first {
            let mechanism = note.mechanism;
            self.tell(Tone::Explained, format!("({mechanism}: {})", mechanism.explanation()));
        }
        self.happenings.push(Happening {
            time: self.now,
            mechanism: note.mechanism,
            address: note.address.to_string(),
            name: note.name,
            amounts: note.amounts,
            text: note.text,
        });
    }

    /// How many times a rule has been at work on what is at `address`.
    pub fn times(&self, mechanism: Mechanism, address: &Address) -> usize {
        let address = address.to_string();
        let same = |happening: &&Happening| happening.mechanism == mechanism && happening.address == address;
        self.happenings.iter().filter(same).count()
    }
}

/// Amounts of micro-USD by name.
pub fn amounts<const N: usize>(named: [(&str, i64); N]) -> Vec<(String, i128)> {
    named.map(|(name, amount)| (name.to_string(), i128::from(amount))).to_vec()
}
