use solana_address::Address;

use super::account_layout;
use crate::error::PlimsollError;

account_layout! {
    /// One collateral token of a clearinghouse.
    pub struct Bank {
        pub clearinghouse: Address,
        pub mint: Address,
        /// Token account that holds all of the bank's tokens; the bank is its authority.
        pub vault: Address,
        /// Native units that the program has put into the vault. What anyone else
        /// sends there is not counted.
        pub tokens: u64,
        /// Deposits that would take `tokens` beyond this are refused.
        pub deposit_cap: u64,
        /// Row of the risk board.
        pub asset: u8,
        pub padding: [u8; 7],
        pub reserved: [u8; 128],
    }
}

impl Bank {
    /// Counts tokens that enter the vault, up to the cap unless they rescue an account.
    pub fn take_in(&mut self, amount: u64, is_rescue: bool) -> Result<(), PlimsollError> {
        let tokens = self.tokens.checked_add(amount).ok_or(PlimsollError::Overflow)?;
        if tokens > self.deposit_cap && !is_rescue {
            return Err(PlimsollError::DepositCap);
        }
        self.tokens = tokens;
        Ok(())
    }

    /// Counts tokens that leave the vault.
    pub fn pay_out(&mut self, amount: u64) -> Result<(), PlimsollError> {
        self.tokens = self.tokens.checked_sub(amount).ok_or(PlimsollError::InsufficientVault)?;
        Ok(())
    }
}
