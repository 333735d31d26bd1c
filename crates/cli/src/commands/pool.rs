//! `pool`: the capital that stands against traders, and what a share in it is worth.
use crate::fault::{Fault, Result};
use crate::names::symbol;
use crate::number::{SHARE_DECIMALS, USD_DECIMALS, amount, exact, money, percent, ratio, time};
use crate::render::{Page, Table};
use crate::session::Session;
use crate::standing::unvalued;
use plimsoll_client::addresses::associated_token_account;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{AssetRow, LiquidityPool, Market};
use plimsoll_client::risk::Quote;
use plimsoll_client::risk::pool::{Band, value_of_floor};
use plimsoll_client::snapshot::Snapshot;
use serde_json::json;
use solana_address::Address;

/// Where the amount stands in a token account, and the supply in a mint.
const AMOUNT_AT: usize = 64;
const SUPPLY_AT: usize = 36;

/// # Errors
/// When there is no pool, or no answer.
pub fn page(session: &Session) -> Result<Page> {
    let snapshot = session.snapshot()?;
    let Some(pool) = snapshot.pool else {
        return Err(Fault::missing("this clearinghouse has no liquidity pool yet: governance creates it"));
    };
    let worth = worth(&pool, &snapshot).map_err(unvalued)?;
    let supply = supply(session, &pool)?;
    let share = |value: Quote| value_of_floor(1_000_000, supply, value).ok().filter(|_| supply >= 1_000_000);
    let (low, high) = (share(worth.low), share(worth.high));
    let mine = match session.settings.wallet() {
        Ok(wallet) => held(session, &wallet.address(), &pool.share_mint)?,
        Err(_) => None,
    };
    let mine_worth = mine.and_then(|shares| value_of_floor(shares, supply, worth.low).ok());
    let insurance = snapshot.insurance.map_or(0, |fund| fund.balance);
    let each = |value: Option<Quote>| value.map_or_else(|| "-".into(), |v| amount(v.0, USD_DECIMALS));
    let mut facts = vec![
        ("Value", format!("{} to {} USD", money(worth.low), money(worth.high))),
        ("Unallocated", format!("{} USD", money(Quote(pool.unallocated)))),
        ("Shares", amount(supply, SHARE_DECIMALS)),
        ("A share is worth", format!("{} USD to redeem, {} USD to provide", each(low), each(high))),
        ("Redemption fee", percent(pool.redeem_fee)),
        ("Insurance fund", format!("{} USD", money(Quote(insurance)))),
    ];
    if let Some(shares) = mine {
        let value = mine_worth.map_or_else(|| "unknown".into(), |value| format!("{} USD", money(value)));
        facts.push(("Your shares", format!("{}, worth {value}", amount(shares, SHARE_DECIMALS))));
    }
    let (table, markets) = markets(&pool, &snapshot).map_err(unvalued)?;
    let usd = |value: Quote| exact(value.0, USD_DECIMALS);
    let json = json!({
        "value_low": usd(worth.low),
        "value_high": usd(worth.high),
        "unallocated": exact(pool.unallocated, USD_DECIMALS),
        "shares": exact(supply, SHARE_DECIMALS),
        "share_price_low": low.map(usd),
        "share_price_high": high.map(usd),
        "redeem_fee": ratio(pool.redeem_fee),
        "insurance_fund": exact(insurance, USD_DECIMALS),
        "own_shares": mine.map(|shares| exact(shares, SHARE_DECIMALS)),
        "own_value": mine_worth.map(usd),
        "markets": markets,
        "time": time(snapshot.unix_time),
    });
    Ok(Page::new(json).facts(&facts).table("Capital by market", &table))
}

fn markets(
    pool: &LiquidityPool,
    snapshot: &Snapshot,
) -> core::result::Result<(Table, Vec<serde_json::Value>), PlimsollError> {
    let mut table =
        Table::new(&["market", ">capital USD", ">weight", ">traders are owed USD", ">insurance USD"]);
    let mut list = Vec::new();
    for (asset, market) in pool_markets(pool, snapshot) {
        let owed = owed(&market, snapshot.board.row(asset)?)?;
        table.row([
            symbol(&snapshot.board, asset),
            money(Quote(market.capital)),
            percent(market.terms.capital_weight),
            money(owed.high),
            money(Quote(market.insurance)),
        ]);
        list.push(json!({
            "market": symbol(&snapshot.board, asset),
            "capital": exact(market.capital, USD_DECIMALS),
            "capital_weight": ratio(market.terms.capital_weight),
            "owed_low": exact(owed.low.0, USD_DECIMALS),
            "owed_high": exact(owed.high.0, USD_DECIMALS),
            "insurance": exact(market.insurance, USD_DECIMALS),
        }));
    }
    Ok((table, list))
}

fn pool_markets<'a>(
    pool: &'a LiquidityPool,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = (u8, Market)> + 'a {
    let markets =
        (0u8..).zip(&snapshot.assets).filter_map(|(asset, accounts)| Some((asset, accounts.market?.1)));
    markets.filter(|(asset, _)| pool.markets & (1 << asset) != 0)
}

/// Value of the pool, low and high: its capital less what the traders are owed at the board's prices, however
/// old they are.
fn worth(pool: &LiquidityPool, snapshot: &Snapshot) -> core::result::Result<Band, PlimsollError> {
    let mut worth = Band { low: Quote(pool.unallocated), high: Quote(pool.unallocated) };
    for (asset, market) in pool_markets(pool, snapshot) {
        let owed = owed(&market, snapshot.board.row(asset)?)?;
        worth.low = worth.low.plus(Quote(market.capital))?.minus(owed.high)?;
        worth.high = worth.high.plus(Quote(market.capital))?.minus(owed.low)?;
    }
    Ok(worth)
}

fn owed(market: &Market, row: &AssetRow) -> core::result::Result<Band, PlimsollError> {
    match market.open_interest().larger_side().0 {
        0 => Ok(Band::default()),
        _ => market.owed(row),
    }
}

fn word_at(data: &[u8], at: usize) -> Option<u64> {
    data.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Shares of the pool there are.
///
/// # Errors
/// When there is no answer.
pub fn supply(session: &Session, pool: &LiquidityPool) -> Result<u64> {
    let mint = session.account(&pool.share_mint)?;
    mint.and_then(|mint| word_at(&mint.data, SUPPLY_AT)).ok_or_else(|| {
        Fault::no_answer(format!("the mint of the pool's shares, {}, can't be read", pool.share_mint))
    })
}

/// Native units that a wallet's own token account holds; `None` if it has none.
///
/// # Errors
/// When there is no answer.
pub fn held(session: &Session, wallet: &Address, mint: &Address) -> Result<Option<u64>> {
    let account = session.account(&associated_token_account(wallet, mint))?;
    Ok(account.and_then(|account| word_at(&account.data, AMOUNT_AT)))
}
