//! What instructions are built from: the deployment, and the wallet they are built for.
use crate::commands::pool::held;
use crate::config::Wallet;
use crate::fault::{Fault, Result};
use crate::names::symbol;
use crate::number::{amount, exact, parse};
use crate::session::{Margin, Session};
use plimsoll_client::addresses::{
    ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM, associated_token_account, insurance_fund, liquidity_pool,
    outflow_window, risk_board, vault,
};
use plimsoll_client::program::state::{AssetRow, Bank, LiquidityPool, Market, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::snapshot::Snapshot;
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};

const SYSTEM_PROGRAM: Address = address!("11111111111111111111111111111111");
/// The mint of wrapped SOL.
const WRAPPED_SOL: Address = address!("So11111111111111111111111111111111111111112");
/// The associated token program's instruction that creates an account unless there is one.
const CREATE_UNLESS_THERE: u8 = 1;
/// Lamports to the SOL.
const SOL_DECIMALS: u8 = 9;

/// How much, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HowMuch {
    /// `all` there is.
    All,
    /// `max`: as much as is allowed.
    Max,
    Number(String),
}

impl std::str::FromStr for HowMuch {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> core::result::Result<Self, Self::Err> {
        Ok(match text.to_lowercase().as_str() {
            "all" => Self::All,
            "max" => Self::Max,
            _ => Self::Number(text.into()),
        })
    }
}

/// A deployment and a wallet.
pub struct Desk<'a> {
    pub session: &'a Session<'a>,
    pub snapshot: Snapshot,
    pub wallet: Wallet,
}

impl<'a> Desk<'a> {
    /// # Errors
    /// When there is no such deployment, or no wallet.
    pub fn new(session: &'a Session<'a>) -> Result<Self> {
        let wallet = session.settings.wallet()?;
        Ok(Self { session, snapshot: session.snapshot()?, wallet })
    }

    pub fn board(&self) -> &RiskBoard {
        &self.snapshot.board
    }

    pub fn board_address(&self) -> Address {
        risk_board(&self.snapshot.address)
    }

    pub fn window(&self) -> Address {
        outflow_window(&self.snapshot.address)
    }

    pub fn pool_address(&self) -> Address {
        liquidity_pool(&self.snapshot.address)
    }

    pub fn fund(&self) -> Address {
        insurance_fund(&self.snapshot.address)
    }

    /// The wallet's account that the options name.
    ///
    /// # Errors
    /// When it has not been opened.
    pub fn own(&self) -> Result<Margin> {
        self.session.own(&self.snapshot, &self.wallet.address())
    }

    pub fn row(&self, asset: u8) -> &AssetRow {
        &self.board().rows[usize::from(asset)]
    }

    pub fn symbol(&self, asset: u8) -> String {
        symbol(self.board(), asset)
    }

    /// An amount with its symbol: `2,500 USDC`.
    pub fn shown(&self, units: impl Into<i128>, asset: u8) -> String {
        format!("{} {}", amount(units, self.row(asset).decimals), self.symbol(asset))
    }

    /// Native units of an asset, as typed; `all` is looked up.
    ///
    /// # Errors
    /// When it is no number of this asset, or zero.
    pub fn units(&self, text: &HowMuch, asset: u8, all: impl FnOnce() -> Result<u64>) -> Result<u64> {
        let units = match text {
            HowMuch::All | HowMuch::Max => all()?,
            HowMuch::Number(text) => parse(text, self.row(asset).decimals, &self.symbol(asset))?,
        };
        if units == 0 {
            return Err(Fault::usage(format!(
                "the amount is 0 {}: give more than nothing",
                self.symbol(asset)
            )));
        }
        Ok(units)
    }

    /// # Errors
    /// When the asset has no bank.
    pub fn bank(&self, asset: u8) -> Result<(Address, Bank)> {
        self.snapshot.assets.get(usize::from(asset)).and_then(|assets| assets.bank).ok_or_else(|| {
            Fault::usage(format!(
                "{} is not collateral here: `plimsoll banks` lists what is",
                self.symbol(asset)
            ))
        })
    }

    /// # Errors
    /// When the asset has no market.
    pub fn market(&self, asset: u8) -> Result<(Address, Market)> {
        self.snapshot.assets.get(usize::from(asset)).and_then(|assets| assets.market).ok_or_else(|| {
            Fault::usage(format!("{} has no market: `plimsoll markets` lists them", self.symbol(asset)))
        })
    }

    /// # Errors
    /// When it has not been created.
    pub fn pool(&self) -> Result<LiquidityPool> {
        self.snapshot.pool.ok_or_else(|| {
            Fault::missing("this clearinghouse has no liquidity pool yet: governance creates it")
        })
    }

    /// The markets of the pool with their assets, in the order in which the pool's instructions want them.
    pub fn pool_markets(&self) -> Vec<(u8, Address)> {
        let markets = (0u8..).zip(&self.snapshot.assets);
        markets.filter_map(|(asset, accounts)| Some((asset, accounts.market?.0))).collect()
    }

    /// The bank, mint and vault of settlement tokens.
    ///
    /// # Errors
    /// When they have not been listed.
    pub fn settlement(&self) -> Result<(Address, Address, Address)> {
        let (address, bank) = self.bank(SETTLEMENT_ASSET)?;
        Ok((address, bank.mint, vault(&address)))
    }

    /// What the wallet holds of a mint, none if it has no account for it.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn in_wallet(&self, mint: &Address) -> Result<u64> {
        Ok(held(self.session, &self.wallet.address(), mint)?.unwrap_or(0))
    }

    /// # Errors
    /// When the wallet holds less than `units` of the asset.
    pub fn require_in_wallet(&self, units: u64, asset: u8, mint: &Address) -> Result<()> {
        let there = self.in_wallet(mint)?;
        if there >= units {
            return Ok(());
        }
        let missing = units - there;
        let get = match *mint == WRAPPED_SOL {
            true => format!("wrap more first, as in `spl-token wrap {}`", exact(missing, SOL_DECIMALS)),
            false => format!("get {} more", self.shown(missing, asset)),
        };
        Err(Fault::missing(format!(
            "the wallet {} holds {}, not {}: {get}",
            self.wallet.address(),
            self.shown(there, asset),
            self.shown(units, asset)
        )))
    }

    /// The instruction that gives `owner` a token account for a mint, unless there is one; the wallet pays.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn token_account(&self, owner: &Address, mint: &Address) -> Result<(Address, Vec<Instruction>)> {
        let address = associated_token_account(owner, mint);
        if self.session.account(&address)?.is_some() {
            return Ok((address, Vec::new()));
        }
        let accounts = vec![
            AccountMeta::new(self.wallet.address(), true),
            AccountMeta::new(address, false),
            AccountMeta::new_readonly(*owner, false),
            AccountMeta::new_readonly(*mint, false),
            AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
            AccountMeta::new_readonly(TOKEN_PROGRAM, false),
        ];
        let create =
            Instruction { program_id: ASSOCIATED_TOKEN_PROGRAM, accounts, data: vec![CREATE_UNLESS_THERE] };
        Ok((address, vec![create]))
    }
}
