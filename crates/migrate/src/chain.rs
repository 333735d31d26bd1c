//! What the runner asks of a chain, whatever stands behind it.

use plimsoll_client::error;
use solana_address::{Address, address};
use solana_hash::Hash;
use solana_transaction::Transaction;

/// Where the cluster's clock is; its unix time is at [`CLOCK_UNIX_TIME`].
pub const CLOCK: Address = address!("SysvarC1ock11111111111111111111111111111111");
const CLOCK_UNIX_TIME: usize = 32;

/// An account as it is on the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub owner: Address,
    pub data: Vec<u8>,
}

/// A chain to read and to send to. Every error is one line that says what to do.
pub trait Chain {
    /// What tells this cluster from others; `None` if it lives in this process only.
    ///
    /// # Errors
    /// When the node does not answer.
    fn genesis_hash(&mut self) -> Result<Option<String>, String>;

    /// The accounts at `addresses`, in their order; `None` for one that is not there.
    ///
    /// # Errors
    /// When the node does not answer.
    fn accounts(&mut self, addresses: &[Address]) -> Result<Vec<Option<Account>>, String>;

    /// A recent blockhash; a transaction with it can be sent for about a minute.
    ///
    /// # Errors
    /// When the node does not answer.
    fn blockhash(&mut self) -> Result<Hash, String>;

    /// Sends a signed transaction and waits until it is confirmed; returns its signature.
    ///
    /// # Errors
    /// Why it was refused, the program's own reason in words.
    fn send(&mut self, transaction: &Transaction) -> Result<String, String>;
}

/// The unix time in the data of the clock's account.
///
/// # Errors
/// When they are too short.
pub fn unix_time(clock: &Account) -> Result<i64, String> {
    let bytes = clock.data.get(CLOCK_UNIX_TIME..CLOCK_UNIX_TIME + size_of::<i64>());
    let bytes = bytes.ok_or("the cluster's clock is too short: is this a Solana node?")?;
    Ok(i64::from_le_bytes(bytes.try_into().expect("eight bytes")))
}

/// The bytes that are sent: signatures, zeros where there is none yet, and message.
pub fn wire(transaction: &Transaction) -> Vec<u8> {
    let count = u8::try_from(transaction.signatures.len()).expect("a packet has room for few signatures");
    let mut bytes = vec![count];
    transaction.signatures.iter().for_each(|signature| bytes.extend_from_slice(signature.as_ref()));
    bytes.extend_from_slice(&transaction.message.serialize());
    bytes
}

/// Why a transaction was refused: the runtime's words, and what a code of the program in them means.
pub fn refusal(text: &str) -> String {
    let code = text.split("custom program error: ").nth(1).and_then(|rest| {
        let word = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        word.strip_prefix("0x").map_or_else(|| word.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
    });
    match code.and_then(error::explain) {
        Some(explained) => explained.to_string(),
        None => text.lines().next().unwrap_or_default().to_string(),
    }
}
