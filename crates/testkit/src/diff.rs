//! What a transaction changed, and that it changed nothing else.
//!
//! ```ignore
//! let before = Snapshot::take(&world.svm);
//! world.send(&[instruction], &[&alice.key])?;
//! before.diff(&world.svm).without_fee().assert_only(&[account, vault, wallet]);
//! ```

use crate::svm::Svm;
use solana_account::{AccountSharedData, ReadableAccount};
use solana_address::{Address, address};
use solana_signer::Signer;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Range;

/// Accounts of this owner are the runtime's own (clock, block hashes): it writes them
/// whether or not a transaction succeeds, and nobody else can.
const SYSVAR_OWNER: Address = address!("Sysvar1111111111111111111111111111111111111");

/// Every account of an SVM at one moment, the runtime's sysvars left out.
#[derive(Clone)]
pub struct Snapshot {
    accounts: HashMap<Address, AccountSharedData>,
}

/// The accounts that differ between a snapshot and a later moment, in order of address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    pub changes: Vec<Change>,
    payer: Address,
}

/// How one account differs. An account that is not there has no lamports, no bytes and
/// the system program as its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub address: Address,
    /// Before and after.
    pub lamports: (u64, u64),
    /// Before and after.
    pub owner: (Address, Address),
    /// Length of the data in bytes, before and after.
    pub length: (usize, usize),
    /// Bytes that differ, as the shortest ascending ranges; what only one side has differs.
    pub bytes: Vec<Range<usize>>,
    /// Whether the executable flag differs.
    pub executable: bool,
}

impl Snapshot {
    /// Costs no copy of data: accounts are shared until one is written.
    pub fn take(svm: &Svm) -> Self {
        Self { accounts: accounts(svm).map(|(address, account)| (*address, account.clone())).collect() }
    }

    /// What has changed since.
    pub fn diff(&self, svm: &Svm) -> Diff {
        let now: HashMap<&Address, &AccountSharedData> = accounts(svm).collect();
        let addresses: BTreeSet<&Address> = self.accounts.keys().chain(now.keys().copied()).collect();
        let absent = AccountSharedData::default();
        let changes = addresses
            .into_iter()
            .filter_map(|address| {
                let before = self.accounts.get(address).unwrap_or(&absent);
                let after = now.get(address).copied().unwrap_or(&absent);
                Change::between(*address, before, after)
            })
            .collect();
        Diff { changes, payer: svm.payer().pubkey() }
    }

    /// Puts every account back to what it was, the sysvars again left out.
    pub fn restore(&self, svm: &mut Svm) {
        for change in self.diff(svm).changes {
            let before = self.accounts.get(&change.address).cloned().unwrap_or_default();
            svm.set_account(change.address, before.into());
        }
    }
}

fn accounts(svm: &Svm) -> impl Iterator<Item = (&Address, &AccountSharedData)> {
    svm.vm.accounts_db().inner.iter().filter(|(_, account)| *account.owner() != SYSVAR_OWNER)
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The change of one account, if it changed.
    pub fn of(&self, address: &Address) -> Option<&Change> {
        self.changes.iter().find(|change| change.address == *address)
    }

    /// The same without the lamports that the fee payer paid. Any other change of the
    /// fee payer's account stays.
    pub fn without_fee(mut self) -> Self {
        let payer = self.payer;
        self.changes.retain(|change| change.address != payer || !change.is_payment());
        self
    }

    /// The same without these accounts.
    pub fn except(mut self, addresses: &[Address]) -> Self {
        self.changes.retain(|change| !addresses.contains(&change.address));
        self
    }

    /// Exactly these accounts changed, in any order.
    ///
    /// # Panics
    /// With the whole difference if another one changed, or one of them did not.
    pub fn assert_only(&self, addresses: &[Address]) {
        let changed: BTreeSet<Address> = self.changes.iter().map(|change| change.address).collect();
        let expected: BTreeSet<Address> = addresses.iter().copied().collect();
        assert_eq!(changed, expected, "the accounts that changed; in full:\n{self}");
    }

    /// # Panics
    /// With the whole difference if anything changed.
    pub fn assert_nothing(&self) {
        assert!(self.is_empty(), "nothing should have changed, but\n{self}");
    }
}

impl Change {
    fn between(address: Address, before: &AccountSharedData, after: &AccountSharedData) -> Option<Self> {
        let change = Self {
            address,
            lamports: (before.lamports(), after.lamports()),
            owner: (*before.owner(), *after.owner()),
            length: (before.data().len(), after.data().len()),
            bytes: differing(before.data(), after.data()),
            executable: before.executable() != after.executable(),
        };
        (change.lamports.0 != change.lamports.1 || !change.is_payment()).then_some(change)
    }

    /// Whether nothing but lamports changed.
    pub fn is_payment(&self) -> bool {
        self.owner.0 == self.owner.1
            && self.length.0 == self.length.1
            && self.bytes.is_empty()
            && !self.executable
    }
}

fn differing(before: &[u8], after: &[u8]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    if before == after {
        return ranges;
    }
    for at in 0..before.len().max(after.len()) {
        if before.get(at) == after.get(at) {
            continue;
        }
        match ranges.last_mut() {
            Some(last) if last.end == at => last.end += 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges
}

impl fmt::Display for Diff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|change| writeln!(f, "  {change}"))
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.address)?;
        if self.lamports.0 != self.lamports.1 {
            write!(f, " lamports {} -> {};", self.lamports.0, self.lamports.1)?;
        }
        if self.owner.0 != self.owner.1 {
            write!(f, " owner {} -> {};", self.owner.0, self.owner.1)?;
        }
        if self.length.0 != self.length.1 {
            write!(f, " length {} -> {};", self.length.0, self.length.1)?;
        }
        if self.executable {
            write!(f, " executable flag;")?;
        }
        if !self.bytes.is_empty() {
            write!(f, " bytes {:?}", self.bytes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use solana_account::{Account, WritableAccount};

    fn account(lamports: u64, data: &[u8]) -> AccountSharedData {
        Account { lamports, data: data.to_vec(), ..Account::default() }.into()
    }

    #[test]
    fn ranges_are_the_bytes_that_differ() {
        assert_eq!(differing(&[1, 2, 3], &[1, 2, 3]), Vec::<Range<usize>>::new());
        assert_eq!(differing(&[1, 2, 3, 4, 5], &[1, 9, 9, 4, 0]), [1..3, 4..5]);
        assert_eq!(differing(&[7, 2], &[9, 2, 0]), [0..1, 2..3]);
        assert_eq!(differing(&[7, 2, 0], &[9, 2]), [0..1, 2..3]);
    }

    #[test]
    fn an_account_that_is_the_same_is_no_change() {
        let address = Address::new_from_array([1; 32]);
        assert_eq!(Change::between(address, &account(5, &[1]), &account(5, &[1])), None);
        assert!(Change::between(address, &account(5, &[1]), &account(6, &[1])).unwrap().is_payment());
        assert!(!Change::between(address, &account(5, &[1]), &account(5, &[2])).unwrap().is_payment());
        let mut seized = account(5, &[1]);
        seized.set_owner(address);
        assert!(!Change::between(address, &account(5, &[1]), &seized).unwrap().is_payment());
    }
}
