//! A deployment as it was at one time: every account of it but those of its users.
use plimsoll::state::{Bank, Clearinghouse, InsuranceFund, LiquidityPool, Market, OutflowWindow, RiskBoard};
use solana_address::Address;

/// A deployment at one time. Everything that a preview, a plan or a display needs besides margin accounts.
#[derive(Clone)]
pub struct Snapshot {
    /// The slot it was read in.
    pub slot: u64,
    /// The cluster's clock then, unix seconds.
    pub unix_time: i64,
    /// The address of the clearinghouse, from which all others follow.
    pub address: Address,
    pub clearinghouse: Clearinghouse,
    pub board: Box<RiskBoard>,
    pub window: OutflowWindow,
    /// `None` until it has been created.
    pub pool: Option<LiquidityPool>,
    /// `None` until it has been created.
    pub insurance: Option<InsuranceFund>,
    /// By asset, as the board's rows.
    pub assets: Vec<AssetAccounts>,
}

/// The accounts of one asset.
#[derive(Clone, Default)]
pub struct AssetAccounts {
    /// Where the asset is collateral.
    pub bank: Option<(Address, Bank)>,
    /// Where positions in the asset can be taken.
    pub market: Option<(Address, Market)>,
    /// What its price is read from; `None` for the settlement token, and where there is no such account.
    pub oracle: Option<OracleAccount>,
}

/// The account of an oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OracleAccount {
    pub owner: Address,
    pub data: Vec<u8>,
}
