//! The accounts of a deployment that are not its users', as they were when they were last seen.
use super::accounts::{News, fingerprint};
use super::inflight::Fingerprint;
use bytemuck::Zeroable;
use plimsoll_client::addresses;
use plimsoll_client::decode::{Layout, account_name, decode};
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::state::{
    ASSETS_MAX, AssetRow, Bank, Clearinghouse, InsuranceFund, LiquidityPool, Market, OutflowWindow, RiskBoard,
};
use plimsoll_client::snapshot::{AssetAccounts, OracleAccount, Snapshot};
use solana_address::Address;
use std::collections::BTreeMap;

/// What is known of a deployment.
pub struct Deployment {
    pub board_address: Address,
    pub pool_address: Address,
    pub fund_address: Address,
    window_address: Address,
    /// What has not been seen is zero, or none.
    snapshot: Snapshot,
    /// The slot and the fingerprint of each account seen.
    seen: BTreeMap<Address, (u64, Fingerprint)>,
}

impl Deployment {
    pub fn new(clearinghouse: Address) -> Self {
        let snapshot = Snapshot {
            slot: 0,
            unix_time: 0,
            address: clearinghouse,
            clearinghouse: Clearinghouse::zeroed(),
            board: Box::new(RiskBoard::zeroed()),
            window: OutflowWindow::zeroed(),
            pool: None,
            insurance: None,
            assets: vec![AssetAccounts::default(); ASSETS_MAX],
        };
        Self {
            board_address: addresses::risk_board(&clearinghouse),
            pool_address: addresses::liquidity_pool(&clearinghouse),
            fund_address: addresses::insurance_fund(&clearinghouse),
            window_address: addresses::outflow_window(&clearinghouse),
            snapshot,
            seen: BTreeMap::new(),
        }
    }

    /// The deployment, once its board has been seen.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.seen.contains_key(&self.board_address).then_some(&self.snapshot)
    }

    /// The cluster's clock was told.
    pub fn tick(&mut self, slot: u64, unix_time: i64) {
        (self.snapshot.slot, self.snapshot.unix_time) = (slot, unix_time);
    }

    /// The cluster's clock as last told, unix seconds.
    pub fn unix_time(&self) -> i64 {
        self.snapshot.unix_time
    }

    /// By asset, the accounts of each.
    pub fn assets(&self) -> &[AssetAccounts] {
        &self.snapshot.assets
    }

    /// The accounts of an asset.
    pub fn asset(&self, asset: u8) -> Option<&AssetAccounts> {
        self.snapshot.assets.get(usize::from(asset))
    }

    /// A number for the state of an account; zero for one that has not been seen.
    pub fn fingerprint_of(&self, address: &Address) -> Fingerprint {
        self.seen.get(address).map_or(0, |(_, fingerprint)| *fingerprint)
    }

    /// An account of the program that is not a margin account.
    pub fn see(&mut self, address: Address, slot: u64, data: &[u8]) -> News {
        match account_name(data) {
            Some(RiskBoard::NAME) if address == self.board_address => {
                self.take(address, slot, data, |here, board| *here.board = board)
            }
            Some(LiquidityPool::NAME) if address == self.pool_address => {
                self.take(address, slot, data, |here, pool| here.pool = Some(pool))
            }
            Some(InsuranceFund::NAME) if address == self.fund_address => {
                self.take(address, slot, data, |here, fund| here.insurance = Some(fund))
            }
            Some(OutflowWindow::NAME) if address == self.window_address => {
                self.take(address, slot, data, |here, window| here.window = window)
            }
            Some(Clearinghouse::NAME) if address == self.snapshot.address => {
                self.take(address, slot, data, |here, clearinghouse| here.clearinghouse = clearinghouse)
            }
            Some(Bank::NAME) => self.take_asset(address, slot, data, |bank: &Bank| {
                (bank.clearinghouse, bank.asset, |accounts, at| accounts.bank = Some(at))
            }),
            Some(Market::NAME) => self.take_asset(address, slot, data, |market: &Market| {
                (market.clearinghouse, market.asset, |accounts, at| accounts.market = Some(at))
            }),
            _ => News::Foreign,
        }
    }

    /// An account that is not the program's: of use if a row takes its price from it.
    pub fn see_oracle(&mut self, address: Address, slot: u64, owner: Address, data: Vec<u8>) -> News {
        let rows = self.rows().filter(|(_, row)| reads(row) && row.oracle == address);
        let assets: Vec<u8> = rows.map(|(asset, _)| asset).collect();
        if assets.is_empty() {
            return News::Foreign;
        }
        if self.is_stale(&address, slot) {
            return News::Stale;
        }
        self.seen.insert(address, (slot, fingerprint(&data)));
        for asset in assets {
            let oracle = OracleAccount { owner, data: data.clone() };
            self.snapshot.assets[usize::from(asset)].oracle = Some(oracle);
        }
        News::Taken
    }

    /// Accounts that the deployment's rows read and that have not been seen yet.
    pub fn unseen(&self) -> Vec<Address> {
        let mut unseen: Vec<Address> =
            self.rows().filter(|(_, row)| reads(row)).map(|(_, row)| row.oracle).collect();
        unseen.push(self.board_address);
        unseen.retain(|address| !self.seen.contains_key(address));
        unseen
    }

    /// The rows in use.
    pub fn rows(&self) -> impl Iterator<Item = (u8, &AssetRow)> {
        let count = (self.snapshot.board.asset_count as usize).min(ASSETS_MAX);
        (0u8..).zip(&self.snapshot.board.rows[..count])
    }

    fn is_stale(&self, address: &Address, slot: u64) -> bool {
        self.seen.get(address).is_some_and(|(known, _)| slot < *known)
    }

    fn take<T: Layout>(
        &mut self,
        address: Address,
        slot: u64,
        data: &[u8],
        store: impl FnOnce(&mut Snapshot, T),
    ) -> News {
        if self.is_stale(&address, slot) {
            return News::Stale;
        }
        let Ok(account) = decode::<T>(data) else { return News::Foreign };
        store(&mut self.snapshot, account);
        self.seen.insert(address, (slot, fingerprint(&data)));
        News::Taken
    }

    /// A bank or a market: `of` says whose it is, of which asset, and where it is kept.
    fn take_asset<T: Layout>(
        &mut self,
        address: Address,
        slot: u64,
        data: &[u8],
        of: impl FnOnce(&T) -> (Address, u8, fn(&mut AssetAccounts, (Address, T))),
    ) -> News {
        if self.is_stale(&address, slot) {
            return News::Stale;
        }
        let Ok(account) = decode::<T>(data) else { return News::Foreign };
        let (clearinghouse, asset, store) = of(&account);
        let is_ours = clearinghouse == self.snapshot.address;
        let Some(accounts) = self.snapshot.assets.get_mut(usize::from(asset)).filter(|_| is_ours) else {
            return News::Foreign;
        };
        store(accounts, (address, account));
        self.seen.insert(address, (slot, fingerprint(&data)));
        News::Taken
    }
}

/// Whether a row reads an oracle.
fn reads(row: &AssetRow) -> bool {
    row.oracle_kind != OracleKind::Settlement as u8
}
