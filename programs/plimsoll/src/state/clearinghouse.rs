use solana_address::Address;

use super::account_layout;

account_layout! {
    /// One deployment: its roles and the accounts that exist once in it.
    pub struct Clearinghouse {
        /// Who created it; part of its address, without any right afterwards.
        pub creator: Address,
        /// Lists assets, collateral and markets.
        pub governance: Address,
        /// Proposed governance; zero when none is.
        pub pending_governance: Address,
        pub risk_board: Address,
        pub settlement_mint: Address,
        pub reserved: [u8; 256],
    }
}
