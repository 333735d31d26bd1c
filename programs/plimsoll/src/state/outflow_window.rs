use plimsoll_risk::outflow::TotalOutflow;
use solana_address::Address;

use super::account_layout;

account_layout! {
    /// What has left all banks of a clearinghouse lately; see [`plimsoll_risk::outflow`].
    /// An account of its own, as every withdrawal writes it.
    pub struct OutflowWindow {
        pub clearinghouse: Address,
        /// Micro-USD.
        pub taken: u64,
        /// Unix time at which this holds.
        pub at: i64,
        pub reserved: [u8; 32],
    }
}

impl OutflowWindow {
    pub fn outflow(&self) -> TotalOutflow {
        TotalOutflow { taken: self.taken, at: self.at }
    }

    pub fn set_outflow(&mut self, outflow: TotalOutflow) {
        (self.taken, self.at) = (outflow.taken, outflow.at);
    }
}
