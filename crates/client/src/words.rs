//! What the program did, in words: one line for people per event.
mod events;

use crate::Event;
use crate::price;
use crate::snapshot::Snapshot;
use jiff::Timestamp;
use plimsoll::state::{ALL_ASSETS, FixedPrice, SETTLEMENT_ASSET, groups};
use solana_address::Address;

/// Decimals of micro-USD.
pub const USD_DECIMALS: u8 = 6;
/// Decimals of a share of the liquidity pool.
pub const SHARE_DECIMALS: u8 = 6;
const GROUPS: [(u8, &str); 4] = [
    (groups::DEPOSIT, "deposits"),
    (groups::WITHDRAW, "withdrawals"),
    (groups::BORROW, "borrowing"),
    (groups::INCREASE, "larger positions"),
];

/// One line for an event. With a snapshot of the deployment, amounts are in whole tokens with their symbols;
/// without one, in native units. Exact, but for prices, which are rounded to the nearest micro-USD per token.
pub fn event(event: &Event, snapshot: Option<&Snapshot>) -> String {
    events::line(event, &Words { snapshot })
}

/// A number of units with `decimals` decimals, exactly, its thousands set apart: `1,234.5`.
pub fn amount(units: impl Into<i128>, decimals: u8) -> String {
    let units: i128 = units.into();
    let digits = format!("{:0width$}", units.unsigned_abs(), width = usize::from(decimals) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(decimals));
    let fraction = fraction.trim_end_matches('0');
    let sign = if units < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Micro-USD as USD: `12.5 USD`.
pub fn usd(micro_usd: i64) -> String {
    format!("{} USD", amount(micro_usd, USD_DECIMALS))
}

/// A unix time: `2020-03-12T16:00:00Z`.
pub fn time(unix_seconds: i64) -> String {
    let known = Timestamp::from_second(unix_seconds).map(|time| time.to_string());
    known.unwrap_or_else(|_| format!("unix time {unix_seconds}"))
}

/// Names and units of a deployment, as far as they are known.
struct Words<'a> {
    snapshot: Option<&'a Snapshot>,
}

impl Words<'_> {
    /// The symbol of a row.
    fn symbol(&self, asset: u64) -> String {
        let row = u8::try_from(asset).ok().and_then(|asset| self.snapshot?.board.row(asset).ok());
        match row {
            Some(row) => text(&row.symbol),
            None => format!("asset {asset}"),
        }
    }

    /// Native units of an asset.
    fn units(&self, asset: u64, units: impl Into<i128>) -> String {
        let row = u8::try_from(asset).ok().and_then(|asset| self.snapshot?.board.row(asset).ok());
        match row {
            Some(row) => format!("{} {}", amount(units, row.decimals), text(&row.symbol)),
            None => format!("{} native units of asset {asset}", amount(units, 0)),
        }
    }

    /// A parameter's value: ratios in percent, amounts of an asset in whole tokens, money in USD.
    fn value(&self, asset: u64, unit: &str, value: impl Into<i128>) -> String {
        match unit {
            "millionths" => format!("{}%", amount(value, 4)),
            "native units" => self.units(asset, value),
            "micro-USD" => format!("{} USD", amount(value, USD_DECIMALS)),
            unit => format!("{} {unit}", amount(value, 0)).trim_end().to_string(),
        }
    }

    /// Native units of a bank's token.
    fn tokens(&self, bank: &Address, units: impl Into<i128>) -> String {
        match self.asset_of_bank(bank) {
            Some(asset) => self.units(asset, units),
            None => format!("{} native units of bank {bank}", amount(units, 0)),
        }
    }

    /// Native units of a market's asset.
    fn contracts(&self, market: &Address, units: impl Into<i128>) -> String {
        match self.asset_of_market(market) {
            Some(asset) => self.units(asset, units),
            None => format!("{} native units of market {market}", amount(units, 0)),
        }
    }

    /// What a market is called.
    fn market(&self, market: &Address) -> String {
        match self.asset_of_market(market) {
            Some(asset) => format!("the {} market", self.symbol(asset)),
            None => format!("market {market}"),
        }
    }

    /// Settlement tokens.
    fn settlement(&self, units: u64) -> String {
        self.units(SETTLEMENT_ASSET.into(), units)
    }

    /// A price, per whole token where the decimals are known.
    fn price(&self, asset: u64, price: FixedPrice) -> String {
        let row = u8::try_from(asset).ok().and_then(|asset| self.snapshot?.board.row(asset).ok());
        let per = if row.is_some() { "" } else { " per native unit" };
        format!("{} USD{per}", price::format(price.get(), row.map_or(0, |row| row.decimals)))
    }

    /// What a pause is about.
    fn scope(&self, scope: u64) -> String {
        if scope == u64::from(ALL_ASSETS) { "every asset".to_string() } else { self.symbol(scope) }
    }

    fn asset_of_bank(&self, bank: &Address) -> Option<u64> {
        let mut assets = self.snapshot?.assets.iter();
        let found = assets.position(|asset| asset.bank.is_some_and(|(address, _)| address == *bank))?;
        Some(found as u64)
    }

    fn asset_of_market(&self, market: &Address) -> Option<u64> {
        let mut assets = self.snapshot?.assets.iter();
        let found = assets.position(|asset| asset.market.is_some_and(|(address, _)| address == *market))?;
        Some(found as u64)
    }
}

/// Text that is padded with zeros.
fn text(padded: &[u8]) -> String {
    String::from_utf8_lossy(padded).trim_end_matches('\0').to_string()
}

/// The groups in a set, as a list.
fn groups_in(set: u32) -> String {
    let named = GROUPS.iter().filter(|(bit, _)| set & u32::from(*bit) != 0).map(|(_, name)| *name);
    named.collect::<Vec<_>>().join(", ")
}
