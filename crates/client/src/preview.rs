//! What an action would do, before anybody signs it.
//!
//! A preview runs the program's own functions ([`plimsoll::actions`]) on copies of the accounts, at a time
//! that is chosen, after the price refreshes that the transaction will carry. What it leaves in the accounts
//! is what the program would leave, to the unit, and where the program would refuse, it gives the same error.
//! It asks no chain.
//!
//! Whoever signs is taken to be allowed to, and token accounts to hold what is taken from them: neither is in
//! a [`Snapshot`].
//!
//! ```
//! use plimsoll_client::preview::Preview;
//! use plimsoll_client::program::error::PlimsollError;
//! # use plimsoll_client::program::state::{Bank, Clearinghouse, MarginState, OutflowWindow, RiskBoard};
//! # use plimsoll_client::risk::{lending::Index, Price, Quote};
//! # use plimsoll_client::snapshot::{AssetAccounts, Snapshot};
//! # use solana_address::Address;
//! # fn zeroed<T: bytemuck::Zeroable>() -> T { T::zeroed() }
//! # let mut board: RiskBoard = zeroed();
//! # (board.asset_count, board.is_launched, board.outflow_max) = (1, 1, u64::MAX);
//! # let row = &mut board.rows[0];
//! # (row.fresh_seconds, row.expiry_seconds) = (u32::MAX, u32::MAX);
//! # (row.supply_index, row.borrow_index) = (Index::ONE.0, Index::ONE.0);
//! # (row.price, row.slow_price) = (Price(1 << 64).into(), Price(1 << 64).into());
//! # (row.deposit_mark, row.deposit_mark_low) = (Price(1 << 64).into(), Price(1 << 64).into());
//! # (row.initial_asset_weight, row.maintenance_asset_weight) = (1_000_000, 1_000_000);
//! # let mut bank: Bank = zeroed();
//! # (bank.supply_index, bank.borrow_index) = (Index::ONE.0, Index::ONE.0);
//! # (bank.terms.deposit_cap, bank.terms.outflow_max) = (u64::MAX, u64::MAX);
//! # let snapshot = Snapshot {
//! #     slot: 0, unix_time: 1_700_000_000, address: Address::default(),
//! #     clearinghouse: zeroed(), board: Box::new(board), window: zeroed(), pool: None, insurance: None,
//! #     assets: vec![AssetAccounts { bank: Some((Address::default(), bank)), ..AssetAccounts::default() }],
//! # };
//! # let account = MarginState::empty(Address::default(), Address::default(), 0);
//! const USDC: u8 = 0;
//! let now = snapshot.unix_time + 2;
//!
//! // 100 USDC into an account: what it holds and is worth before and after.
//! let preview = Preview::new(&snapshot, now).refreshing(&[USDC])?;
//! let deposit = preview.deposit(&account, USDC, 100_000_000)?;
//! assert_eq!(deposit.done.account.before.free_collateral, Quote(0));
//! assert_eq!(deposit.done.account.after.free_collateral, Quote(100_000_000));
//!
//! // What comes next goes on from there.
//! let funded = deposit.done.account.after.state;
//! let withdrawal = deposit.after.withdraw(&funded, USDC, 30_000_000)?;
//! assert_eq!(withdrawal.done.account.after.health.equity, Quote(70_000_000));
//!
//! // The program's own refusals.
//! let refused = deposit.after.withdraw(&funded, USDC, 100_000_001).err();
//! assert_eq!(refused, Some(PlimsollError::InsufficientBalance));
//! # Ok::<(), PlimsollError>(())
//! ```
mod keeper;
mod owner;
mod pool;
mod standing;
mod upkeep;

pub use keeper::{Auctioned, DebtLiquidated, Liquidated, Received, Resolved, StockTaken};
pub use owner::{Moved, Traded, Transferred};
pub use standing::{AccountChange, Standing};
pub use upkeep::{CashBanked, LossSettled};

use crate::snapshot::{AssetAccounts, Snapshot};
use plimsoll::actions::{self, OracleAccount};
use plimsoll::error::PlimsollError;
use plimsoll::oracle::{OracleKind, Refusal};
use plimsoll::state::{Bank, InsuranceFund, LiquidityPool, MarginState, Market};
use solana_address::Address;

/// What a preview answers.
pub type Result<T> = core::result::Result<T, PlimsollError>;

/// A deployment on which actions can be tried.
///
/// Every action takes copies, so that one preview can try many of them; its [`Outcome`] holds the preview to
/// go on from. An asset, bank, market, pool or fund that the snapshot lacks is
/// [`AssetNotOnBoard`](PlimsollError::AssetNotOnBoard) or [`TargetMissing`](PlimsollError::TargetMissing):
/// there is no such account to pass to the program.
#[derive(Clone)]
pub struct Preview {
    snapshot: Snapshot,
    now: i64,
    refused: Vec<(u8, Refusal)>,
}

/// What an action would do, and what it would leave.
#[derive(Clone)]
pub struct Outcome<T> {
    /// What it would do.
    pub done: T,
    /// The deployment afterwards: margin accounts apart, every account that the action changes is in it.
    pub after: Preview,
}

impl Preview {
    /// The deployment of a snapshot, at unix time `now`: the time at which the transaction is expected to
    /// run, by the cluster's clock.
    pub fn new(snapshot: &Snapshot, now: i64) -> Self {
        Self { snapshot: snapshot.clone(), now, refused: Vec::new() }
    }

    /// The same after `refresh_prices` of these rows, in this order, from the oracle accounts as they are in
    /// the snapshot. A row that refuses its price keeps what it has, as on chain: see
    /// [`refused`](Self::refused).
    ///
    /// # Errors
    /// [`AssetNotOnBoard`](PlimsollError::AssetNotOnBoard),
    /// [`OracleCountMismatch`](PlimsollError::OracleCountMismatch) if the snapshot lacks the market or the
    /// bank of a row, [`Overflow`](PlimsollError::Overflow).
    pub fn refreshing(mut self, rows: &[u8]) -> Result<Self> {
        for asset in rows {
            self.refresh(*asset)?;
        }
        Ok(self)
    }

    /// The rows that refused their price, and why.
    pub fn refused(&self) -> &[(u8, Refusal)] {
        &self.refused
    }

    /// The deployment as it is now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The unix time at which actions run.
    pub fn now(&self) -> i64 {
        self.now
    }

    fn refresh(&mut self, asset: u8) -> Result<()> {
        let (board, accounts) = (&mut *self.snapshot.board, asset_of(&mut self.snapshot.assets, asset)?);
        let row = board.row(asset)?;
        let missing = PlimsollError::OracleCountMismatch;
        let market = match row.is_market {
            1 => Some(&accounts.market.as_ref().ok_or(missing)?.1),
            _ => None,
        };
        let bank = match row.is_collateral {
            1 => Some(&accounts.bank.as_ref().ok_or(missing)?.1),
            _ => None,
        };
        let address = row.oracle;
        // An account that does not exist belongs to the system program, whose address is zero.
        let (owner, data) = match &accounts.oracle {
            Some(oracle) => (oracle.owner, &oracle.data[..]),
            None => (Address::default(), &[][..]),
        };
        let oracle = (row.oracle_kind != OracleKind::Settlement as u8).then_some(OracleAccount {
            address: &address,
            owner: owner.as_array(),
            data,
        });
        let taken = actions::refresh(board, asset, oracle, market, bank, self.now)?;
        self.refused.extend(taken.err().map(|refusal| (asset, refusal)));
        Ok(())
    }

    /// How an account stands at the board's prices, however old they are.
    ///
    /// # Errors
    /// [`Overflow`](PlimsollError::Overflow) if a value does not fit its unit.
    pub fn standing(&self, account: &MarginState) -> Result<Standing> {
        Standing::of(account, &self.snapshot.board)
    }

    /// Refuses an account of another clearinghouse.
    fn own(&self, account: &MarginState) -> Result<()> {
        match account.clearinghouse == self.snapshot.address {
            true => Ok(()),
            false => Err(PlimsollError::ForeignAccount),
        }
    }

    /// Refuses accounts of another clearinghouse, and the same one twice.
    fn own_both(&self, one: &MarginState, other: &MarginState) -> Result<()> {
        self.own(one)?;
        self.own(other)?;
        match (one.owner, one.sub_account) == (other.owner, other.sub_account) {
            false => Ok(()),
            true => Err(PlimsollError::SameAccount),
        }
    }

    /// What has become of an account, `after` being its state afterwards on `next`.
    fn change(&self, next: &Self, before: &MarginState, after: &MarginState) -> Result<AccountChange> {
        Ok(AccountChange { before: self.standing(before)?, after: next.standing(after)? })
    }
}

fn asset_of(assets: &mut [AssetAccounts], asset: u8) -> Result<&mut AssetAccounts> {
    assets.get_mut(usize::from(asset)).ok_or(PlimsollError::AssetNotOnBoard)
}

fn bank_of(assets: &mut [AssetAccounts], asset: u8) -> Result<&mut Bank> {
    let bank = asset_of(assets, asset)?.bank.as_mut();
    Ok(&mut bank.ok_or(PlimsollError::TargetMissing)?.1)
}

/// The banks of a debt and of collateral for it.
fn banks_of(assets: &mut [AssetAccounts], debt: u8, asset: u8) -> Result<(&mut Bank, &mut Bank)> {
    if debt == asset {
        return Err(PlimsollError::SameBank);
    }
    let both = assets.get_disjoint_mut([usize::from(debt), usize::from(asset)]);
    let [debt, asset] = both.map_err(|_| PlimsollError::AssetNotOnBoard)?;
    let (debt, asset) = (debt.bank.as_mut(), asset.bank.as_mut());
    let missing = PlimsollError::TargetMissing;
    Ok((&mut debt.ok_or(missing)?.1, &mut asset.ok_or(missing)?.1))
}

fn market_of(assets: &mut [AssetAccounts], asset: u8) -> Result<&mut Market> {
    let market = asset_of(assets, asset)?.market.as_mut();
    Ok(&mut market.ok_or(PlimsollError::TargetMissing)?.1)
}

fn pool_of(pool: &mut Option<LiquidityPool>) -> Result<&mut LiquidityPool> {
    pool.as_mut().ok_or(PlimsollError::TargetMissing)
}

fn fund_of(fund: &mut Option<InsuranceFund>) -> Result<&mut InsuranceFund> {
    fund.as_mut().ok_or(PlimsollError::TargetMissing)
}
