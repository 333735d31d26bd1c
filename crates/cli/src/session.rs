//! A chain, a clearinghouse on it, and a wallet: what commands begin with.
use crate::config::{Settings, address};
use crate::fault::{Fault, Result};
use plimsoll_client::addresses::{PROGRAM, margin_account};
use plimsoll_client::chain::{Chain, ChainError, Filter};
use plimsoll_client::decode::{Layout, decode};
use plimsoll_client::fetch::{FetchError, margin_accounts};
use plimsoll_client::program::state::{Clearinghouse, MarginState};
use plimsoll_client::send::Time;
use plimsoll_client::snapshot::Snapshot;
use solana_account::Account;
use solana_address::Address;

/// Clusters by their genesis hash.
const CLUSTERS: [(&str, &str); 3] = [
    ("5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d", "mainnet-beta"),
    ("EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG", "devnet"),
    ("4uhcVJyU9pJkvQyUS88uRDiswHXSCkY3zQawwpjk2NsY", "testnet"),
];
/// Most clearinghouses that a line names.
const NAMED_MAX: usize = 3;

/// What a command begins with.
pub struct Session<'a> {
    pub chain: &'a dyn Chain,
    pub settings: &'a Settings,
    /// What it is waited by.
    pub time: &'a dyn Time,
}

/// A margin account and where it is.
#[derive(Clone, Copy)]
pub struct Margin {
    pub address: Address,
    pub state: MarginState,
}

/// The line for a chain that gives no answer.
pub fn no_answer(error: ChainError) -> Fault {
    match error {
        ChainError::Failed { error, .. } => Fault::refused(error.to_string()),
        other => Fault::no_answer(other.to_string()),
    }
}

/// The line for something that can't be read.
pub fn unread(error: FetchError) -> Fault {
    match error {
        FetchError::Chain(error) => no_answer(error),
        FetchError::Changed => Fault::no_answer(error.to_string()),
        _ => Fault::missing(error.to_string()),
    }
}

impl Session<'_> {
    /// The deployment as it is now.
    ///
    /// # Errors
    /// When no clearinghouse is named, or it is not on this cluster.
    pub fn snapshot(&self) -> Result<Snapshot> {
        let Some(address) = self.settings.clearinghouse else { return Err(self.unnamed()?) };
        self.check_chain()?;
        let Some(found) = self.account(&address)? else { return Err(self.elsewhere(&address)?) };
        if found.owner != PROGRAM || decode::<Clearinghouse>(&found.data).is_err() {
            return Err(Fault::missing(format!(
                "{address} is not a clearinghouse of this program: check --clearinghouse"
            )));
        }
        Snapshot::fetch(self.chain, &address).map_err(unread)
    }

    /// The account of the wallet `owner` that the options name.
    ///
    /// # Errors
    /// When it has not been opened.
    pub fn own(&self, snapshot: &Snapshot, owner: &Address) -> Result<Margin> {
        self.sub(snapshot, owner, self.settings.sub_account)
    }

    /// An account of the wallet `owner`.
    ///
    /// # Errors
    /// When it has not been opened.
    pub fn sub(&self, snapshot: &Snapshot, owner: &Address, number: u16) -> Result<Margin> {
        let address = margin_account(&snapshot.address, owner, number);
        self.read_margin(&address)?.ok_or_else(|| {
            let option = if number == 0 { String::new() } else { format!(" --sub-account {number}") };
            Fault::missing(format!(
                "{owner} has no margin account {number} here: open it with `plimsoll open{option}`"
            ))
        })
    }

    /// The margin account at an address, as typed.
    ///
    /// # Errors
    /// When there is none, or it belongs to another clearinghouse.
    pub fn margin(&self, snapshot: &Snapshot, text: &str) -> Result<Margin> {
        let address = address(text)?;
        let margin = self.read_margin(&address)?.ok_or_else(|| {
            Fault::missing(format!(
                "there is no margin account {address} here: `plimsoll accounts` lists a wallet's"
            ))
        })?;
        if margin.state.clearinghouse != snapshot.address {
            return Err(Fault::missing(format!(
                "{address} is an account of another clearinghouse: use --clearinghouse {}",
                margin.state.clearinghouse
            )));
        }
        Ok(margin)
    }

    /// # Errors
    /// When there is no answer, or something else stands at `address`.
    pub fn read_margin(&self, address: &Address) -> Result<Option<Margin>> {
        let Some(account) = self.account(address)? else { return Ok(None) };
        let state = (account.owner == PROGRAM).then(|| decode(&account.data).ok()).flatten();
        let wrong = || Fault::missing(format!("{address} is not a margin account: check the address"));
        state.map(|state| Some(Margin { address: *address, state })).ok_or_else(wrong)
    }

    /// All accounts of a wallet, by number.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn margins_of(&self, snapshot: &Snapshot, owner: &Address) -> Result<Vec<Margin>> {
        let found = margin_accounts(self.chain, &snapshot.address, Some(owner)).map_err(unread)?.value;
        let mut all: Vec<Margin> =
            found.into_iter().map(|(address, state)| Margin { address, state }).collect();
        all.sort_by_key(|margin| margin.state.sub_account);
        Ok(all)
    }

    /// # Errors
    /// When there is no answer.
    pub fn account(&self, address: &Address) -> Result<Option<Account>> {
        Ok(self.chain.accounts(&[*address]).map_err(no_answer)?.value.into_iter().next().flatten())
    }

    /// # Errors
    /// When the deployment's file is about another chain.
    fn check_chain(&self) -> Result<()> {
        let Some(expected) = &self.settings.genesis_hash else { return Ok(()) };
        if self.chain.genesis_hash().map_err(no_answer)?.to_string() == *expected {
            return Ok(());
        }
        Err(Fault::missing(
            "the file of the deployment describes another chain: start the local chain anew, or choose its node with -u",
        ))
    }

    /// The cluster in words.
    fn cluster(&self) -> Result<String> {
        let hash = self.chain.genesis_hash().map_err(no_answer)?.to_string();
        let known = CLUSTERS.iter().find(|(genesis, _)| hash == *genesis);
        Ok(known.map_or_else(|| "this cluster".into(), |(_, name)| (*name).into()))
    }

    /// The line for a clearinghouse that is not there.
    fn elsewhere(&self, address: &Address) -> Result<Fault> {
        let cluster = self.cluster()?;
        if self.account(&PROGRAM)?.is_none() {
            return Ok(Fault::missing(format!(
                "Plimsoll is not deployed on {cluster}: choose another one with -u"
            )));
        }
        Ok(Fault::missing(format!(
            "there is no clearinghouse {address} on {cluster}: choose the cluster with -u, or another clearinghouse"
        )))
    }

    /// The line for a clearinghouse that nobody named. It is never chosen by itself: anybody can create one.
    fn unnamed(&self) -> Result<Fault> {
        let filter = Filter {
            discriminator: Clearinghouse::DISCRIMINATOR,
            length: Clearinghouse::LENGTH,
            address_at: None,
        };
        let found = self.chain.program_accounts(&PROGRAM, &filter).map_err(no_answer)?.value;
        let named: Vec<String> =
            found.iter().take(NAMED_MAX).map(|(address, _)| address.to_string()).collect();
        let more = if found.len() > NAMED_MAX { ", ..." } else { "" };
        let there = match found.len() {
            0 => format!("there is none on {}: choose the cluster with -u", self.cluster()?),
            _ => format!("on {} there is {}{more}", self.cluster()?, named.join(", ")),
        };
        Ok(Fault::usage(format!(
            "name the clearinghouse with --clearinghouse, --deployment or PLIMSOLL_CLEARINGHOUSE; {there}"
        )))
    }
}
