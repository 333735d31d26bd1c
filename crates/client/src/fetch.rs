//! Reads a deployment and margin accounts from a chain.
use crate::addresses::{self, PROGRAM};
use crate::chain::{At, Chain, ChainError, Filter};
use crate::decode::{DISCRIMINATOR_BYTES, DecodeError, Layout, decode};
use crate::snapshot::{AssetAccounts, OracleAccount, Snapshot};
use plimsoll::oracle::OracleKind;
use plimsoll::state::{ASSETS_MAX, AssetRow, Bank, Clearinghouse, LAYOUT_VERSION, MarginState, RiskBoard};
use solana_account::Account;
use solana_address::{Address, address};
use std::fmt;
use std::mem::offset_of;

/// Where the cluster's clock is.
pub const CLOCK: Address = address!("SysvarC1ock11111111111111111111111111111111");
/// Where in its data the unix time is.
const CLOCK_UNIX_TIME: usize = 32;

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    Chain(ChainError),
    /// There is no such account.
    Nothing {
        what: &'static str,
        address: Address,
    },
    /// The account is another program's.
    Foreign {
        what: &'static str,
        address: Address,
        owner: Address,
    },
    /// The account is not what it should be.
    Unreadable {
        address: Address,
        error: DecodeError,
    },
    /// The deployment is of another release.
    Version {
        found: u32,
    },
    /// The deployment was changed while it was read.
    Changed,
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chain(e) => e.fmt(f),
            Self::Nothing { what, address } => {
                write!(f, "no {what} at {address}: check the address, and that this is the right cluster")
            }
            Self::Foreign { what, address, owner } => {
                write!(f, "{address} is no {what}: it belongs to {owner}, and not to the program {PROGRAM}")
            }
            Self::Unreadable { address, error } => write!(f, "{address}: {error}: check the address"),
            Self::Version { found } => write!(
                f,
                "the deployment has accounts of version {found}, this release reads version {LAYOUT_VERSION}: \
                 use the release that it was deployed with"
            ),
            Self::Changed => f.write_str("the deployment was changed while it was read: try again"),
        }
    }
}

impl std::error::Error for FetchError {}

impl From<ChainError> for FetchError {
    fn from(error: ChainError) -> Self {
        Self::Chain(error)
    }
}

/// Where the accounts of a deployment are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    pub clearinghouse: Address,
    pub board: Address,
    pub window: Address,
    pub pool: Address,
    pub insurance: Address,
    /// By asset, as the board's rows.
    pub assets: Vec<AssetPlaces>,
}

/// Where the accounts of one asset are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AssetPlaces {
    pub bank: Option<Address>,
    pub market: Option<Address>,
    pub oracle: Option<Address>,
}

impl Places {
    /// Of a deployment with this board and these banks.
    pub fn of(clearinghouse: &Address, board: &RiskBoard, banks: &[(Address, Bank)]) -> Self {
        let asset = |(index, row): (usize, &AssetRow)| AssetPlaces {
            bank: banks
                .iter()
                .find(|(_, bank)| usize::from(bank.asset) == index)
                .map(|(address, _)| *address),
            market: (row.is_market == 1).then(|| addresses::market(clearinghouse, index as u8)),
            oracle: (row.oracle_kind != OracleKind::Settlement as u8).then_some(row.oracle),
        };
        Self {
            clearinghouse: *clearinghouse,
            board: addresses::risk_board(clearinghouse),
            window: addresses::outflow_window(clearinghouse),
            pool: addresses::liquidity_pool(clearinghouse),
            insurance: addresses::insurance_fund(clearinghouse),
            assets: rows(board).iter().enumerate().map(asset).collect(),
        }
    }

    /// All of them and the clock's, in the order in which [`Snapshot::read`] wants the accounts.
    pub fn list(&self) -> Vec<Address> {
        let whole = [CLOCK, self.clearinghouse, self.board, self.window, self.pool, self.insurance];
        let assets = self.assets.iter().flat_map(|asset| [asset.bank, asset.market, asset.oracle]);
        whole.into_iter().chain(assets.flatten()).collect()
    }
}

impl Snapshot {
    /// Reads a deployment, all of it as of one slot: three questions to the chain.
    ///
    /// # Errors
    /// When the chain gives no answer, there is no such clearinghouse, or it is of another release.
    pub fn fetch(chain: &dyn Chain, clearinghouse: &Address) -> Result<Self, FetchError> {
        let board = addresses::risk_board(clearinghouse);
        let found = chain.accounts(&[*clearinghouse, board])?.value;
        let [house, board_account] = <[_; 2]>::try_from(found).map_err(|_| short())?;
        let house: Clearinghouse = layout("clearinghouse", clearinghouse, house.as_ref())?;
        if house.layout_version != LAYOUT_VERSION {
            return Err(FetchError::Version { found: house.layout_version });
        }
        let board: RiskBoard = layout("risk board", &board, board_account.as_ref())?;
        let banks = list::<Bank>(chain, offset_of!(Bank, clearinghouse), clearinghouse)?;
        let places = Places::of(clearinghouse, &board, &banks.value);
        Self::read(&places, &chain.accounts(&places.list())?)
    }

    /// Reads the same deployment again: one question, or those of [`fetch`](Self::fetch) once something has
    /// been listed or has another oracle.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub fn again(&self, chain: &dyn Chain) -> Result<Self, FetchError> {
        let places = self.places();
        match Self::read(&places, &chain.accounts(&places.list())?) {
            Err(FetchError::Changed) => Self::fetch(chain, &self.address),
            read => read,
        }
    }

    /// Makes a snapshot of the accounts at [`Places::list`], in that order.
    ///
    /// # Errors
    /// When one that must be there is missing or is not what it should be, and
    /// [`Changed`](FetchError::Changed) when the board knows other places by now.
    pub fn read(places: &Places, accounts: &At<Vec<Option<Account>>>) -> Result<Self, FetchError> {
        let mut accounts_left = accounts.value.iter();
        let mut next = || accounts_left.next().map(Option::as_ref).ok_or_else(short);
        let unix_time = unix_time(next()?)?;
        let clearinghouse: Clearinghouse = layout("clearinghouse", &places.clearinghouse, next()?)?;
        if clearinghouse.layout_version != LAYOUT_VERSION {
            return Err(FetchError::Version { found: clearinghouse.layout_version });
        }
        let board: Box<RiskBoard> = Box::new(layout("risk board", &places.board, next()?)?);
        let window = layout("outflow window", &places.window, next()?)?;
        let pool = optional("liquidity pool", &places.pool, next()?)?;
        let insurance = optional("insurance fund", &places.insurance, next()?)?;
        let mut assets = Vec::with_capacity(places.assets.len());
        for place in &places.assets {
            let mut asset = AssetAccounts::default();
            if let Some(address) = place.bank {
                asset.bank = Some((address, layout("bank", &address, next()?)?));
            }
            if let Some(address) = place.market {
                asset.market = Some((address, layout("market", &address, next()?)?));
            }
            if place.oracle.is_some() {
                asset.oracle =
                    next()?.map(|account| OracleAccount { owner: account.owner, data: account.data.clone() });
            }
            assets.push(asset);
        }
        let is_as_placed = rows(&board).len() == assets.len()
            && rows(&board).iter().zip(&places.assets).all(|(row, place)| {
                place.oracle.is_none_or(|oracle| oracle == row.oracle)
                    && place.market.is_some() == (row.is_market == 1)
                    && place.bank.is_some() == (row.is_collateral == 1)
            });
        if !is_as_placed {
            return Err(FetchError::Changed);
        }
        let (slot, address) = (accounts.slot, places.clearinghouse);
        Ok(Self { slot, unix_time, address, clearinghouse, board, window, pool, insurance, assets })
    }

    /// Where its accounts are.
    pub fn places(&self) -> Places {
        let banks: Vec<(Address, Bank)> = self.assets.iter().filter_map(|asset| asset.bank).collect();
        Places::of(&self.address, &self.board, &banks)
    }
}

/// The margin account at an address.
///
/// # Errors
/// When the chain gives no answer, or there is no margin account.
pub fn margin_account(chain: &dyn Chain, address: &Address) -> Result<At<MarginState>, FetchError> {
    let found = chain.accounts(&[*address])?;
    let account = found.value.first().and_then(Option::as_ref);
    Ok(At { slot: found.slot, value: layout("margin account", address, account)? })
}

/// The margin accounts of a clearinghouse, by address: `owner`'s, or everybody's. Many at once: nodes for
/// the public often refuse the latter.
///
/// # Errors
/// When the chain gives no answer.
pub fn margin_accounts(
    chain: &dyn Chain,
    clearinghouse: &Address,
    owner: Option<&Address>,
) -> Result<At<Vec<(Address, MarginState)>>, FetchError> {
    let (offset, address) = match owner {
        Some(owner) => (offset_of!(MarginState, owner), owner),
        None => (offset_of!(MarginState, clearinghouse), clearinghouse),
    };
    let mut found = list::<MarginState>(chain, offset, address)?;
    found.value.retain(|(_, state)| state.clearinghouse == *clearinghouse);
    Ok(found)
}

/// The unix time in the account of the cluster's clock.
///
/// # Errors
/// When it is not there or too short.
pub fn unix_time(clock: Option<&Account>) -> Result<i64, FetchError> {
    let bytes = clock.and_then(|clock| clock.data.get(CLOCK_UNIX_TIME..)?.first_chunk());
    let bytes = bytes
        .ok_or_else(|| ChainError::Strange("the cluster has no clock: is this a Solana node?".to_string()))?;
    Ok(i64::from_le_bytes(*bytes))
}

/// The accounts of a layout with an address at `offset` of it, by address.
fn list<T: Layout>(
    chain: &dyn Chain,
    offset: usize,
    address: &Address,
) -> Result<At<Vec<(Address, T)>>, FetchError> {
    let filter = Filter {
        discriminator: T::DISCRIMINATOR,
        length: T::LENGTH,
        address_at: Some((DISCRIMINATOR_BYTES + offset, *address)),
    };
    let found = chain.program_accounts(&PROGRAM, &filter)?;
    let read = |(address, account): (Address, Account)| match decode(&account.data) {
        Ok(layout) => Ok((address, layout)),
        Err(error) => Err(FetchError::Unreadable { address, error }),
    };
    let value: Result<Vec<(Address, T)>, FetchError> = found.value.into_iter().map(read).collect();
    Ok(At { slot: found.slot, value: value? })
}

fn layout<T: Layout>(
    what: &'static str,
    address: &Address,
    account: Option<&Account>,
) -> Result<T, FetchError> {
    optional(what, address, account)?.ok_or(FetchError::Nothing { what, address: *address })
}

fn optional<T: Layout>(
    what: &'static str,
    address: &Address,
    account: Option<&Account>,
) -> Result<Option<T>, FetchError> {
    let Some(account) = account else { return Ok(None) };
    if account.owner != PROGRAM {
        return Err(FetchError::Foreign { what, address: *address, owner: account.owner });
    }
    decode(&account.data).map(Some).map_err(|error| FetchError::Unreadable { address: *address, error })
}

/// The rows in use.
fn rows(board: &RiskBoard) -> &[AssetRow] {
    &board.rows[..(board.asset_count as usize).min(ASSETS_MAX)]
}

fn short() -> FetchError {
    ChainError::Strange("the node answered for another number of accounts".to_string()).into()
}
