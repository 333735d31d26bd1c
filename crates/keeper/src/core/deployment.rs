//! The accounts of a deployment that are not its users', as they were when they were last seen.
use super::accounts::{News, fingerprint};
use super::inflight::Fingerprint;
use plimsoll_client::addresses;
use plimsoll_client::decode::{Layout, account_name, decode};
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::state::{
    ASSETS_MAX, AssetRow, Bank, InsuranceFund, LiquidityPool, Market, RiskBoard,
};
use plimsoll_client::snapshot::{AssetAccounts, OracleAccount};
use solana_address::Address;
use std::collections::BTreeMap;

/// What is known of a deployment.
#[derive(Clone)]
pub struct Deployment {
    pub clearinghouse: Address,
    pub board_address: Address,
    pub pool_address: Address,
    pub fund_address: Address,
    pub board: Option<Box<RiskBoard>>,
    pub pool: Option<LiquidityPool>,
    pub fund: Option<InsuranceFund>,
    /// By asset, as the board's rows.
    pub assets: Vec<AssetAccounts>,
    /// The slot and the fingerprint of each account seen.
    seen: BTreeMap<Address, (u64, Fingerprint)>,
}

impl Deployment {
    pub fn new(clearinghouse: Address) -> Self {
        Self {
            clearinghouse,
            board_address: addresses::risk_board(&clearinghouse),
            pool_address: addresses::liquidity_pool(&clearinghouse),
            fund_address: addresses::insurance_fund(&clearinghouse),
            board: None,
            pool: None,
            fund: None,
            assets: vec![AssetAccounts::default(); ASSETS_MAX],
            seen: BTreeMap::new(),
        }
    }

    /// The rows in use, with the accounts of each asset.
    pub fn rows(&self) -> impl Iterator<Item = (u8, &AssetRow, &AssetAccounts)> {
        let board = self.board.as_deref();
        let count = board.map_or(0, |board| (board.asset_count as usize).min(ASSETS_MAX));
        let rows = board.into_iter().flat_map(move |board| &board.rows[..count]);
        (0u8..).zip(rows).zip(&self.assets).map(|((asset, row), accounts)| (asset, row, accounts))
    }

    /// A number for the state of an account; zero for one that has not been seen.
    pub fn fingerprint_of(&self, address: &Address) -> Fingerprint {
        self.seen.get(address).map_or(0, |(_, fingerprint)| *fingerprint)
    }

    /// An account of the program that is not a margin account.
    pub fn see(&mut self, address: Address, slot: u64, data: &[u8]) -> News {
        match account_name(data) {
            Some(RiskBoard::NAME) if address == self.board_address => {
                self.take(address, slot, data, |here, board: RiskBoard| {
                    here.board = Some(Box::new(board));
                    true
                })
            }
            Some(LiquidityPool::NAME) if address == self.pool_address => {
                self.take(address, slot, data, |here, pool| {
                    here.pool = Some(pool);
                    true
                })
            }
            Some(InsuranceFund::NAME) if address == self.fund_address => {
                self.take(address, slot, data, |here, fund| {
                    here.fund = Some(fund);
                    true
                })
            }
            Some(Bank::NAME) => self.take(address, slot, data, |here, bank: Bank| {
                let is_ours = bank.clearinghouse == here.clearinghouse;
                let accounts = here.assets.get_mut(bank.asset as usize).filter(|_| is_ours);
                accounts.map(|accounts| accounts.bank = Some((address, bank))).is_some()
            }),
            Some(Market::NAME) => self.take(address, slot, data, |here, market: Market| {
                let is_ours = market.clearinghouse == here.clearinghouse;
                let accounts = here.assets.get_mut(market.asset as usize).filter(|_| is_ours);
                accounts.map(|accounts| accounts.market = Some((address, market))).is_some()
            }),
            _ => News::Foreign,
        }
    }

    /// An account that is not the program's: of use if a row takes its price from it.
    pub fn see_oracle(&mut self, address: Address, slot: u64, owner: Address, data: Vec<u8>) -> News {
        let Some(board) = self.board.as_deref() else { return News::Foreign };
        let rows = board.rows.iter().take(board.asset_count as usize).enumerate();
        let reads = |row: &AssetRow| row.oracle == address && row.oracle_kind != OracleKind::Settlement as u8;
        let assets: Vec<usize> = rows.filter(|(_, row)| reads(row)).map(|(asset, _)| asset).collect();
        if assets.is_empty() {
            return News::Foreign;
        }
        if self.is_stale(&address, slot) {
            return News::Stale;
        }
        self.seen.insert(address, (slot, fingerprint(&data)));
        for asset in assets {
            self.assets[asset].oracle = Some(OracleAccount { owner, data: data.clone() });
        }
        News::Taken
    }

    /// Accounts that the deployment's rows read and that have not been seen yet.
    pub fn unseen(&self) -> Vec<Address> {
        let oracles = self.rows().filter(|(_, row, _)| row.oracle_kind != OracleKind::Settlement as u8);
        let mut unseen: Vec<Address> = oracles.map(|(_, row, _)| row.oracle).collect();
        unseen.push(self.board_address);
        unseen.retain(|address| !self.seen.contains_key(address));
        unseen
    }

    fn is_stale(&self, address: &Address, slot: u64) -> bool {
        self.seen.get(address).is_some_and(|(known, _)| slot < *known)
    }

    fn take<T: Layout>(
        &mut self,
        address: Address,
        slot: u64,
        data: &[u8],
        store: impl FnOnce(&mut Self, T) -> bool,
    ) -> News {
        if self.is_stale(&address, slot) {
            return News::Stale;
        }
        let Ok(account) = decode::<T>(data) else { return News::Foreign };
        if !store(self, account) {
            return News::Foreign;
        }
        self.seen.insert(address, (slot, fingerprint(&data)));
        News::Taken
    }
}
