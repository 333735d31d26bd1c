//! What a plan is made from: the deployment as it is known, at one time.
use super::accounts::{Accounts, Entry, fingerprint};
use super::deployment::Deployment;
use super::inflight::Fingerprint;
use super::policy::{Keeper, Policy};
use plimsoll_client::instructions::refresh_prices;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::oracle::OracleKind;
use plimsoll_client::program::state::{AssetRow, Bank, MarginState, Market, RiskBoard, SETTLEMENT_ASSET};
use plimsoll_client::program::valuation::{Assessment, assess};
use plimsoll_client::risk::policy::{Action, check};
use plimsoll_client::risk::{Health, Quote, units::mul_div_floor};
use plimsoll_client::snapshot::OracleAccount;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

/// A result of the program's own functions; what they refuse is not planned.
pub type Result<T> = core::result::Result<T, PlimsollError>;

/// Rows that one transaction refreshes at most, besides doing something else.
pub const ROWS_MAX: usize = 8;

/// Everything that planning reads.
pub struct View<'a> {
    pub policy: &'a Policy,
    pub keeper: &'a Keeper,
    pub deployment: &'a Deployment,
    pub accounts: &'a Accounts,
    pub board: &'a RiskBoard,
    /// The cluster's clock, unix seconds.
    pub now: i64,
}

impl View<'_> {
    pub fn market(&self, asset: u8) -> Option<&(Address, Market)> {
        self.deployment.assets.get(asset as usize)?.market.as_ref()
    }

    pub fn bank(&self, asset: u8) -> Option<&(Address, Bank)> {
        self.deployment.assets.get(asset as usize)?.bank.as_ref()
    }

    /// An account's health as `call_margin` finds it.
    pub fn standing(&self, state: &MarginState) -> Result<Assessment> {
        assess(state, self.board, self.now, Action::Liquidate, SETTLEMENT_ASSET)
    }

    /// Whether a price is good enough to liquidate by.
    pub fn may_liquidate(&self, row: &AssetRow) -> bool {
        check(&row.price_state(self.now), &row.price_limits(), Action::Liquidate).is_ok()
    }

    /// Whether the oracle of a row may say something newer than the row.
    pub fn may_be_newer(&self, row: &AssetRow, oracle: Option<&OracleAccount>) -> bool {
        oracle.is_some() && self.now > row.refreshed_at
    }

    /// The refresh of rows; `None` if an account of one of them has not been seen.
    pub fn refresh(&self, assets: &[u8]) -> Option<Instruction> {
        let mut metas = Vec::with_capacity(assets.len() * 3);
        let mut push = |address: Address| metas.push(AccountMeta::new_readonly(address, false));
        for asset in assets {
            let row = self.board.row(*asset).ok()?;
            if row.oracle_kind != OracleKind::Settlement as u8 {
                push(row.oracle);
            }
            if row.is_market == 1 {
                push(self.market(*asset)?.0);
            }
            if row.is_collateral == 1 {
                push(self.bank(*asset)?.0);
            }
        }
        let accounts = refresh_prices::Accounts { risk_board: self.deployment.board_address };
        Some(refresh_prices::instruction(
            &accounts,
            &refresh_prices::Args { assets: assets.to_vec() },
            &metas,
        ))
    }

    /// An account and the prices that it depends on.
    pub fn account_fingerprint(&self, entry: &Entry) -> Fingerprint {
        let rows = assets_of(&entry.state).filter_map(|asset| self.board.row(asset).ok());
        let prices: Vec<(i64, i64)> = rows.map(|row| (row.publish_time, row.held_until)).collect();
        fingerprint(&(entry.fingerprint, prices))
    }
}

/// The assets that an account holds or owes, or has a position in.
pub fn assets_of(state: &MarginState) -> impl Iterator<Item = u8> {
    let tokens = state.tokens().iter().filter(|slot| slot.shares != 0).map(|slot| slot.asset);
    tokens.chain(state.perps().iter().map(|slot| slot.asset))
}

/// Missing maintenance over requirement, millionths; all of it where nothing is required.
pub fn depth_floor(health: &Health) -> u32 {
    let missing = health.maintenance.negated().map_or(i64::MAX, |missing| missing.or_zero().0);
    let requirement = health.maintenance_requirement().unwrap_or_default();
    if missing == 0 {
        return 0;
    }
    if requirement <= Quote::ZERO {
        return u32::MAX;
    }
    mul_div_floor(missing, 1_000_000, requirement.0)
        .map_or(u32::MAX, |depth| depth.clamp(0, u32::MAX as i64) as u32)
}
