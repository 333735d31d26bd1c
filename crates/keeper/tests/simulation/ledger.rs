//! What the keeper has signed, kept apart from it: who sent twice is found here.
use plimsoll_keeper::core::{Core, Key, Sent, Subject};
use solana_address::Address;
use solana_signature::Signature;
use std::collections::BTreeMap;

pub struct Entry {
    pub sent: Sent,
    /// Nobody has it, and the keeper was told so.
    pub is_refused: bool,
    /// A node may have it.
    pub is_out: bool,
    /// The keeper crashed, and has forgotten it.
    pub is_forgotten: bool,
    /// The slot it landed in.
    pub landed: Option<u64>,
    /// Whether the keeper was told that it landed.
    pub is_told: bool,
    /// Whether it was signed when nothing failed any more.
    pub is_calm: bool,
    /// What it was to cost, lamports.
    pub lamports: u64,
}

#[derive(Default)]
pub struct Ledger {
    pub entries: Vec<Entry>,
    /// The newest that the present process was told of each margin account: slot and data, `None` if gone.
    told: BTreeMap<Address, (u64, Option<Vec<u8>>)>,
}

impl Ledger {
    /// Nothing is signed for what an earlier transaction may still touch.
    pub fn sign(&mut self, sent: Sent, height: u64, is_calm: bool, lamports: u64) {
        let subject = sent.key.subject();
        let may_land = |entry: &&Entry| {
            entry.sent.key.subject() == subject
                && !entry.is_refused
                && !entry.is_forgotten
                && entry.landed.is_none()
                && height <= entry.sent.last_valid_block_height
        };
        if let Some(entry) = self.entries.iter().find(may_land) {
            panic!("{} signed while {} may still land", sent.key, entry.sent.key);
        }
        self.entries.push(Entry {
            sent,
            is_refused: false,
            is_out: false,
            is_forgotten: false,
            landed: None,
            is_told: false,
            is_calm,
            lamports,
        });
    }

    pub fn of(&mut self, signature: &Signature) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.sent.signature == *signature)
    }

    /// Nothing is planned from before what the keeper knows to have landed.
    pub fn check_plan(&self, core: &Core, key: &Key) {
        let Subject::Account(account) = key.subject() else { return };
        let told = self.entries.iter().filter(|e| e.is_told && e.sent.key.subject() == key.subject());
        let landed = told.filter_map(|entry| entry.landed).max();
        let known = core.account(&account).map(|(slot, _)| slot);
        assert!(known >= landed, "{key} planned from slot {known:?}, though one landed in {landed:?}");
    }

    pub fn tell(&mut self, address: Address, slot: u64, data: Option<&[u8]>) {
        let known = self.told.entry(address).or_insert((0, None));
        if slot >= known.0 {
            *known = (slot, data.map(<[u8]>::to_vec));
        }
    }

    /// A process begins: it has been told nothing.
    pub fn forget_told(&mut self) {
        self.told.clear();
        self.entries.iter_mut().for_each(|entry| entry.is_told = false);
    }

    /// The keeper knows the newest that it was told of every account, and nothing else.
    pub fn check_knowledge(&self, core: &Core) {
        for (address, (slot, data)) in &self.told {
            let known = core.account(address);
            assert_eq!(
                known.map(|(slot, _)| slot),
                data.as_ref().map(|_| *slot),
                "what is known of {address}"
            );
            if let (Some((_, state)), Some(data)) = (known, data) {
                assert_eq!(bytemuck::bytes_of(&state), &data[8..], "what is known of {address}");
            }
        }
    }
}
