//! Which prices a transaction has to bring along, and the instruction that brings them.
//!
//! A row of the board is refreshed only where what is about to be done would not take its price as it is
//! (or as it will be by the time the transaction lands), and its oracle has a newer one that the row would
//! take.
use crate::snapshot::Snapshot;
use crate::{addresses, instructions as ix};
use plimsoll::actions::{self, OracleAccount};
use plimsoll::oracle::{self, OracleKind, OracleReading, Refusal};
use plimsoll::state::{AssetRow, MarginState, SETTLEMENT_ASSET};
use plimsoll_risk::Quantity;
use plimsoll_risk::policy::{Action, Trust, check, check_other};
use solana_instruction::{AccountMeta, Instruction};
use std::collections::BTreeSet;

/// Seconds that a transaction may take to land: a price that is too old by then is too old now.
pub const LANDING_SECONDS: i64 = 10;

/// What is about to be done, as far as the prices it needs depend on it.
#[derive(Clone, Copy)]
pub enum Purpose<'a> {
    /// Buys (`size` > 0) or sells that many native units of an asset.
    Trade { account: &'a MarginState, asset: u8, size: i64 },
    /// Takes that many native units out, or to another account.
    Withdraw { account: &'a MarginState, asset: u8, amount: u64 },
    /// Anything else with a margin account, acting on an asset: liquidations, taking stock (which acts on
    /// the settlement token), settling a loss (which is a [`Reduce`](Action::Reduce)).
    Account { account: &'a MarginState, asset: u8, action: Action },
    /// Provides or redeems liquidity.
    Pool,
    /// Acts on a market or a bank, and on no account.
    Row { asset: u8, action: Action },
}

/// The rows to refresh for some purposes at unix time `now`, in the order in which they must be: what a
/// wrapped asset stands for comes before it.
pub fn needed(snapshot: &Snapshot, purposes: &[Purpose<'_>], now: i64) -> Vec<u8> {
    let mut stale = BTreeSet::new();
    for purpose in purposes {
        match *purpose {
            Purpose::Trade { account, asset, size } => {
                let reduces = account.position(asset).is_reduced_by(Quantity(size));
                let action = if reduces { Action::Reduce } else { Action::Increase };
                stale.extend(of_account(snapshot, account, asset, action, now));
            }
            Purpose::Withdraw { account, asset, amount } => {
                let is_owned = owned(snapshot, account, asset).is_some_and(|owned| amount <= owned);
                if account.is_unencumbered() && is_owned {
                    continue;
                }
                stale.extend(of_account(snapshot, account, asset, Action::Withdraw, now));
                if asset == SETTLEMENT_ASSET && !is_owned && lacks_interest(snapshot, now) {
                    stale.insert(asset);
                }
            }
            Purpose::Account { account, asset, action } => {
                stale.extend(of_account(snapshot, account, asset, action, now));
            }
            Purpose::Pool => stale.extend(of_pool(snapshot, now)),
            Purpose::Row { asset, action } => {
                stale.extend(Some(asset).filter(|asset| is_refused(snapshot, *asset, action, now)));
            }
        }
    }
    with_anchors(snapshot, stale, now)
}

/// The rows among `assets` that would take a newer price at `now`, in the order in which they must be
/// refreshed: for whoever wants the newest price, not one that is good enough.
pub fn newer(snapshot: &Snapshot, assets: &[u8], now: i64) -> Vec<u8> {
    let with_news = assets.iter().copied().filter(|asset| reading(snapshot, *asset, now).is_ok());
    with_anchors(snapshot, with_news.collect(), now)
}

/// What the oracle of a row says, if the row would take it at `now`.
///
/// # Errors
/// Why it would not.
pub fn reading(snapshot: &Snapshot, asset: u8, now: i64) -> Result<OracleReading, Refusal> {
    let row = snapshot.board.row(asset).map_err(|_| Refusal::WrongAddress)?;
    let kind = OracleKind::try_from(row.oracle_kind).map_err(|_| Refusal::WrongType)?;
    let accounts = snapshot.assets.get(usize::from(asset)).ok_or(Refusal::WrongAddress)?;
    if kind == OracleKind::Settlement {
        return Err(Refusal::FixedPrice);
    }
    let oracle = accounts.oracle.as_ref().ok_or(Refusal::WrongOwner)?;
    let (address, owner, data) = (&row.oracle, oracle.owner.as_array(), oracle.data.as_slice());
    let account = OracleAccount { address, owner, data };
    // The program judges: neither market nor bank has a say in whether a price is taken.
    let mut board = snapshot.board.clone();
    actions::refresh(&mut board, asset, Some(account), None, None, now)
        .map_err(|_| Refusal::OutOfRange)??;
    oracle::read(kind, owner, &row.feed_id, data)
}

/// The instruction that refreshes `rows`; none if there are none. Those that are not on the board, or whose
/// bank or market is not in the snapshot, are left out.
pub fn instruction(snapshot: &Snapshot, rows: &[u8]) -> Option<Instruction> {
    let with_accounts = rows.iter().filter_map(|asset| Some((*asset, accounts(snapshot, *asset)?)));
    let (assets, accounts): (Vec<u8>, Vec<Vec<AccountMeta>>) = with_accounts.unzip();
    (!assets.is_empty()).then(|| {
        ix::refresh_prices::instruction(
            &ix::refresh_prices::Accounts { risk_board: addresses::risk_board(&snapshot.address) },
            &ix::refresh_prices::Args { assets },
            &accounts.concat(),
        )
    })
}

/// What a refresh of a row reads: oracle, market and bank, as far as it has them.
fn accounts(snapshot: &Snapshot, asset: u8) -> Option<Vec<AccountMeta>> {
    let (row, accounts) = (snapshot.board.row(asset).ok()?, snapshot.assets.get(usize::from(asset))?);
    let mut list = Vec::new();
    if row.oracle_kind != OracleKind::Settlement as u8 {
        list.push(row.oracle);
    }
    if row.is_market == 1 {
        list.push(accounts.market.as_ref()?.0);
    }
    if row.is_collateral == 1 {
        list.push(accounts.bank.as_ref()?.0);
    }
    Some(list.into_iter().map(|address| AccountMeta::new_readonly(address, false)).collect())
}

/// The rows that `action` on `acted_on` of an account would not take as they are, by the program's own rule:
/// `acted_on` is looked up in the policy, all others count only if they are trusted in full.
fn of_account(
    snapshot: &Snapshot,
    account: &MarginState,
    acted_on: u8,
    action: Action,
    now: i64,
) -> BTreeSet<u8> {
    let held = account.tokens().iter().filter(|slot| slot.shares != 0).map(|slot| slot.asset);
    let others = held.chain(account.perps().iter().map(|slot| slot.asset));
    let mut stale: BTreeSet<u8> =
        others.filter(|asset| *asset != acted_on && !is_trusted(snapshot, *asset, action, now)).collect();
    if is_refused(snapshot, acted_on, action, now) {
        stale.insert(acted_on);
    }
    let owes = account.shares(SETTLEMENT_ASSET).0 < 0;
    if owes && action >= Action::Increase && lacks_interest(snapshot, now) {
        stale.insert(SETTLEMENT_ASSET);
    }
    stale
}

/// The markets whose price the value of the pool depends on.
fn of_pool(snapshot: &Snapshot, now: i64) -> BTreeSet<u8> {
    let markets = snapshot.pool.as_ref().map_or(0, |pool| pool.markets);
    let depends = |asset: &u8| {
        let market = snapshot.assets.get(usize::from(*asset)).and_then(|accounts| accounts.market.as_ref());
        let has_interest = market.is_some_and(|(_, market)| market.open_interest().larger_side().0 != 0);
        markets >> asset & 1 == 1 && has_interest && is_refused(snapshot, *asset, Action::Increase, now)
    };
    (0..snapshot.assets.len() as u8).filter(depends).collect()
}

fn is_refused(snapshot: &Snapshot, asset: u8, action: Action, now: i64) -> bool {
    at_landing(snapshot, asset, now, |row, then| {
        check(&row.price_state(then), &row.price_limits(), action).is_ok()
    })
}

fn is_trusted(snapshot: &Snapshot, asset: u8, action: Action, now: i64) -> bool {
    !at_landing(snapshot, asset, now, |row, then| {
        check_other(&row.price_state(then), &row.price_limits(), action) == Ok(Trust::Full)
    })
}

/// Whether a price fails a test now or when the transaction lands: a hold that ends in between does not
/// count.
fn at_landing(snapshot: &Snapshot, asset: u8, now: i64, passes: impl Fn(&AssetRow, i64) -> bool) -> bool {
    let row = snapshot.board.row(asset);
    row.is_ok_and(|row| !(passes(row, now) && passes(row, now.saturating_add(LANDING_SECONDS))))
}

/// Whether debts in settlement tokens lack too much interest to be judged for more risk.
fn lacks_interest(snapshot: &Snapshot, now: i64) -> bool {
    let row = snapshot.board.row(SETTLEMENT_ASSET);
    row.is_ok_and(|row| !row.knows_interest(Quantity(-1), now.saturating_add(LANDING_SECONDS)))
}

/// Native units of an asset that an account owns, cash included, as a withdrawal counts them; `None` where
/// that is not known.
fn owned(snapshot: &Snapshot, account: &MarginState, asset: u8) -> Option<u64> {
    let (_, bank) = snapshot.assets.get(usize::from(asset))?.bank.as_ref()?;
    let in_bank = bank.ledger().amount_floor(account.shares(asset)).ok()?;
    let cash = if asset == SETTLEMENT_ASSET { account.cash } else { 0 };
    u64::try_from(in_bank.0.checked_add(cash)?).ok()
}

/// The rows among `stale` that a refresh would change, in order, each after the row that it is measured by
/// if that is too old to be measured by and would take a newer price.
fn with_anchors(snapshot: &Snapshot, stale: BTreeSet<u8>, now: i64) -> Vec<u8> {
    let helps = |asset: u8| {
        let row = snapshot.board.row(asset);
        let is_fixed = row.is_ok_and(|row| row.oracle_kind == OracleKind::Settlement as u8);
        is_fixed || reading(snapshot, asset, now).is_ok()
    };
    let mut order: Vec<u8> = Vec::new();
    for asset in stale.into_iter().filter(|asset| helps(*asset)) {
        let Ok(row) = snapshot.board.row(asset) else { continue };
        let anchor = Some(row.parity_asset).filter(|_| row.parity_ratio != 0);
        let is_old = |anchor: &u8| is_refused(snapshot, *anchor, Action::Reduce, now) && helps(*anchor);
        for asset in anchor.filter(is_old).into_iter().chain([asset]) {
            if !order.contains(&asset) {
                order.push(asset);
            }
        }
    }
    order
}
