use plimsoll_risk::Quote;
use solana_address::Address;

use super::account_layout;
use crate::error::PlimsollError;

account_layout! {
    /// The shared insurance fund: what markets and well-wishers put aside for all markets.
    pub struct InsuranceFund {
        pub clearinghouse: Address,
        /// Micro-USD.
        pub balance: i64,
        /// Micro-USD paid out so far.
        pub paid: i64,
        pub reserved: [u8; 48],
    }
}

impl InsuranceFund {
    pub fn add(&mut self, amount: Quote) -> Result<(), PlimsollError> {
        self.balance = Quote(self.balance).plus(amount)?.0;
        Ok(())
    }

    /// Pays `amount`, which must be there.
    pub fn pay(&mut self, amount: Quote) -> Result<(), PlimsollError> {
        let left = Quote(self.balance).minus(amount)?;
        if left.0 < 0 {
            return Err(PlimsollError::Overflow);
        }
        self.balance = left.0;
        self.paid = Quote(self.paid).plus(amount)?.0;
        Ok(())
    }
}
