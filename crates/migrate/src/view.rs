//! What there is of a deployment.

use std::collections::BTreeMap;

use plimsoll::parameters::Concern;
use plimsoll::state::{
    Bank, Clearinghouse, LAYOUT_VERSION, LiquidityPool, Market, PendingChange, RiskBoard, Role,
};
use plimsoll::terms::{Place, Terms};
use plimsoll_client::chain::Chain;
use plimsoll_client::decode::{Layout, decode};
use plimsoll_client::fetch::{CLOCK, unix_time};
use plimsoll_client::{addresses, error};
use solana_account::Account;
use solana_address::Address;

use crate::places::Places;

/// Changes looked at, the last ones: older ones can't be executed any more, or never waited.
const CHANGES_MAX: u32 = 256;

/// Everything of a deployment that the steps concern.
pub struct View {
    /// Unix time of the cluster.
    pub now: i64,
    pub creator: Address,
    /// Where the clearinghouse is, or will be.
    pub clearinghouse: Address,
    pub found: Option<Found>,
}

/// What there is once the clearinghouse has been created.
pub struct Found {
    pub clearinghouse: Clearinghouse,
    pub board: Box<RiskBoard>,
    pub pool: Option<LiquidityPool>,
    /// By row of the board.
    pub banks: BTreeMap<u8, (Address, Bank)>,
    pub markets: BTreeMap<u8, Market>,
    pub pending: Vec<PendingChange>,
}

impl View {
    /// Reads the deployment of `creator`.
    ///
    /// # Errors
    /// When the node does not answer, the program is not there, or an account is not what it should be.
    pub fn read(chain: &dyn Chain, places: &Places, creator: Address) -> Result<Self, String> {
        let clearinghouse = addresses::clearinghouse(&creator);
        let board_address = addresses::risk_board(&clearinghouse);
        let pool_address = addresses::liquidity_pool(&clearinghouse);
        let wanted = [CLOCK, addresses::PROGRAM, clearinghouse, board_address, pool_address];
        let accounts = chain.accounts(&wanted).map_err(|e| e.to_string())?.value;
        let [clock, program, house, board, pool] =
            accounts.try_into().map_err(|_| "the node answered for another number of accounts")?;
        let now = unix_time(clock.as_ref()).map_err(|e| e.to_string())?;
        if program.is_none() {
            return Err(format!("the program {} is not deployed here: deploy it first", addresses::PROGRAM));
        }
        let found = match house {
            None => None,
            Some(house) => {
                let clearinghouse_account: Clearinghouse = layout(&clearinghouse, Some(house))?;
                check_version(clearinghouse_account.layout_version)?;
                let mut found = Found {
                    clearinghouse: clearinghouse_account,
                    board: Box::new(layout(&board_address, board)?),
                    pool: pool.map(|pool| layout(&pool_address, Some(pool))).transpose()?,
                    banks: BTreeMap::new(),
                    markets: BTreeMap::new(),
                    pending: Vec::new(),
                };
                found.read_rest(chain, places, &clearinghouse)?;
                Some(found)
            }
        };
        Ok(Self { now, creator, clearinghouse, found })
    }

    pub fn is_launched(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.board.is_launched == 1)
    }

    /// Who governs, once there is something to govern.
    pub fn governance(&self) -> Address {
        self.found.as_ref().map_or(self.creator, |found| found.clearinghouse.role(Role::Governance).holder)
    }

    /// What has been created.
    ///
    /// # Errors
    /// When nothing has.
    pub fn found(&self) -> Result<&Found, String> {
        self.found.as_ref().ok_or_else(|| {
            format!(
                "there is no clearinghouse of {} yet (it would be {}): apply 1 first",
                self.creator, self.clearinghouse
            )
        })
    }
}

impl Found {
    fn read_rest(&mut self, chain: &dyn Chain, places: &Places, house: &Address) -> Result<(), String> {
        let rows = 0..self.board.asset_count as u8;
        let mints = rows.clone().filter_map(|row| Some((row, self.mint(places, row)?)));
        let banks: Vec<(u8, Address)> =
            mints.map(|(row, mint)| (row, addresses::bank(house, &mint))).collect();
        for ((row, address), account) in banks.iter().zip(read_all(chain, banks.iter().map(|b| b.1))?) {
            if let Some(account) = account {
                self.banks.insert(*row, (*address, layout(address, Some(account))?));
            }
        }
        let markets: Vec<Address> = rows.clone().map(|row| addresses::market(house, row)).collect();
        for ((row, address), account) in rows.zip(&markets).zip(read_all(chain, markets.iter().copied())?) {
            if let Some(account) = account {
                self.markets.insert(row, layout(address, Some(account))?);
            }
        }
        let count = self.clearinghouse.change_count;
        let changes: Vec<Address> = (count.saturating_sub(CHANGES_MAX)..count)
            .map(|id| addresses::pending_change(house, id))
            .collect();
        for (address, account) in changes.iter().zip(read_all(chain, changes.iter().copied())?) {
            if let Some(account) = account {
                self.pending.push(layout(address, Some(account))?);
            }
        }
        Ok(())
    }

    fn mint(&self, places: &Places, row: u8) -> Option<Address> {
        if row == plimsoll::state::SETTLEMENT_ASSET {
            return Some(self.clearinghouse.settlement_mint);
        }
        Some(places.asset(&self.symbol(row)).ok()?.mint)
    }

    /// The symbol of a row.
    pub fn symbol(&self, row: u8) -> String {
        let symbol = &self.board.rows[row as usize].symbol;
        String::from_utf8_lossy(symbol).trim_end_matches('\0').to_string()
    }

    /// The row of an asset.
    pub fn row(&self, symbol: &str) -> Option<u8> {
        (0..self.board.asset_count as u8).find(|row| self.symbol(*row) == symbol)
    }

    /// Where the terms of an asset are kept.
    pub fn place(&self, asset: u8) -> Place<'_> {
        Place {
            asset,
            clearinghouse: &self.clearinghouse,
            board: &self.board,
            market: self.markets.get(&asset),
            bank: self.banks.get(&asset).map(|(_, bank)| bank),
            pool: self.pool.as_ref(),
        }
    }

    /// The terms of a concern of an asset, as they are set.
    ///
    /// # Errors
    /// When there is no such bank, market or pool.
    pub fn terms(&self, concern: Concern, asset: u8) -> Result<Terms, String> {
        Terms::read(&self.place(asset), concern).map_err(|e| e.message().to_string())
    }
}

/// # Errors
/// When this runner is not for accounts of that version.
pub fn check_version(version: u32) -> Result<(), String> {
    if version == LAYOUT_VERSION {
        return Ok(());
    }
    Err(format!(
        "the accounts have layout version {version}, this runner is for {LAYOUT_VERSION}: use the release of the deployed program"
    ))
}

fn read_all(
    chain: &dyn Chain,
    addresses: impl Iterator<Item = Address>,
) -> Result<Vec<Option<Account>>, String> {
    let addresses: Vec<Address> = addresses.collect();
    Ok(chain.accounts(&addresses).map_err(|e| e.to_string())?.value)
}

fn layout<T: Layout>(address: &Address, account: Option<Account>) -> Result<T, String> {
    let account =
        account.ok_or_else(|| format!("{address}: there should be a {}, and is nothing", T::NAME))?;
    if account.owner != addresses::PROGRAM {
        return Err(format!("{address}: belongs to {}, not to the program", account.owner));
    }
    decode(&account.data).map_err(|e| format!("{address}: {e}: is this the release of the deployed program?"))
}

/// What an error of the program means.
pub fn explained(error: error::PlimsollError) -> String {
    error.message().to_string()
}
