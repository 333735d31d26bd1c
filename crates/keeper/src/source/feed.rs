//! What a source of live news is: a node's websocket, or another service that streams accounts.
use super::gap::Gap;
use crate::core::Observation;
use solana_address::Address;
use std::time::Duration;

/// What a connection brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// The cluster has come to this slot: the pulse of the connection.
    Slot(u64),
    /// An account has changed.
    Account(Observation),
}

/// A service that can be connected to.
pub trait Feed: Send {
    /// Connects and subscribes to the accounts of one clearinghouse, to `oracles` and to the clock. What
    /// happens after this has returned is announced: a snapshot that is asked for now misses nothing.
    ///
    /// # Errors
    /// When not everything could be subscribed to.
    fn open(&mut self, oracles: &[Address]) -> Result<Box<dyn Stream>, Gap>;
}

/// A connection.
pub trait Stream {
    /// Waits for news; `None` if there are none in time.
    ///
    /// # Errors
    /// When no more will come.
    fn next(&mut self, timeout: Duration) -> Result<Option<News>, Gap>;
}
