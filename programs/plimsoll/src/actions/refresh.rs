use plimsoll_risk::policy::hold_until;
use plimsoll_risk::{Price, Ratio};
use solana_address::{address_eq, Address};

use super::Result;
use crate::bounds::{HISTORY_GAP_SECONDS_MAX, PUBLISH_TIME_LEAD_SECONDS_MAX};
use crate::error::{require, PlimsollError};
use crate::oracle::{self, OracleKind, Refusal};
use crate::state::{AssetRow, Bank, Market, RiskBoard};

/// The account that a price is to be read from.
#[derive(Clone, Copy, Debug)]
pub struct OracleAccount<'a> {
    pub address: &'a Address,
    pub owner: &'a [u8; 32],
    pub data: &'a [u8],
}

/// A price that may be taken: as the oracle says it, and what it says about itself.
struct Accepted {
    price: Price,
    confidence: u32,
    publish_time: i64,
    /// Since the row last took a price; positive.
    elapsed_seconds: u64,
}

/// What a wrapped or staked asset is measured by.
struct Parity {
    /// The most it is worth.
    price: Price,
    /// Whether the price of what it stands for is still good.
    is_known: bool,
}

/// Brings a row of the board up to date, from its oracle account (the settlement token has
/// none), its market and its bank, as far as it has them.
///
/// The row takes the price of its pinned oracle account if it is strictly newer,
/// positive, certain enough and within range, at most once in a second; with it funding,
/// volatility, margins and indices of the row are settled. Otherwise the row keeps all
/// that it has, and the answer says why.
///
/// # Errors
/// [`AssetNotOnBoard`](PlimsollError::AssetNotOnBoard),
/// [`ForeignAccount`](PlimsollError::ForeignAccount) for a market or bank that is not the row's.
#[inline(always)]
pub fn refresh(
    board: &mut RiskBoard,
    asset: u8,
    oracle: Option<OracleAccount>,
    market: Option<&Market>,
    bank: Option<&Bank>,
    now: i64,
) -> Result<core::result::Result<(), Refusal>> {
    let parity = parity(board, asset, now)?;
    let clearinghouse = board.clearinghouse;
    let row = board.row_mut(asset)?;
    if let Some(oracle) = oracle {
        let accepted = match read(row, &oracle, now) {
            Ok(accepted) => accepted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(market) = market {
            require(address_eq(&market.clearinghouse, &clearinghouse), PlimsollError::ForeignAccount)?;
            require(market.asset == asset, PlimsollError::ForeignAccount)?;
            row.settle_funding(market, now)?;
            if row.refreshed_at != 0 {
                let Accepted { price, elapsed_seconds, .. } = accepted;
                row.settle_volatility(market, row.price.get(), price, elapsed_seconds, now);
            }
        }
        accept(row, &accepted, parity.as_ref(), now);
        if let Some(market) = market {
            row.settle_market(market, now)?;
        }
    }
    if let Some(bank) = bank {
        require(address_eq(&bank.clearinghouse, &clearinghouse), PlimsollError::ForeignAccount)?;
        require(bank.asset == asset, PlimsollError::ForeignAccount)?;
        row.settle_bank(bank, &bank.ledger_at(now)?, now)?;
        row.refreshed_at = now;
    }
    Ok(Ok(()))
}

/// What the asset is measured by, if it stands for another one.
fn parity(board: &RiskBoard, asset: u8, now: i64) -> Result<Option<Parity>> {
    let row = board.row(asset)?;
    if row.parity_ratio == 0 {
        return Ok(None);
    }
    let anchor = board.row(row.parity_asset)?;
    let price = anchor.price.get().share_floor(Ratio(row.parity_ratio))?;
    let age = now.saturating_sub(anchor.publish_time);
    Ok(Some(Parity { price, is_known: age <= anchor.expiry_seconds as i64 }))
}

fn read(row: &AssetRow, account: &OracleAccount, now: i64) -> core::result::Result<Accepted, Refusal> {
    let kind = OracleKind::try_from(row.oracle_kind).map_err(|_| Refusal::WrongType)?;
    if !address_eq(account.address, &row.oracle) {
        return Err(Refusal::WrongAddress);
    }
    let reading = oracle::read(kind, account.owner, &row.feed_id, account.data)?;
    if reading.publish_time <= row.publish_time {
        return Err(Refusal::NotNewer);
    }
    if reading.publish_time > now.saturating_add(PUBLISH_TIME_LEAD_SECONDS_MAX) {
        return Err(Refusal::FromTheFuture);
    }
    if now <= row.refreshed_at {
        return Err(Refusal::NotNewer);
    }
    let confidence = confidence_ceil(reading.confidence, reading.mantissa).ok_or(Refusal::TooUncertain)?;
    if confidence > row.confidence_limit {
        return Err(Refusal::TooUncertain);
    }
    let price = Price::from_decimal(reading.mantissa, reading.exponent, row.decimals)
        .map_err(|_| Refusal::OutOfRange)?;
    let elapsed_seconds = now.abs_diff(row.refreshed_at);
    Ok(Accepted { price, confidence, publish_time: reading.publish_time, elapsed_seconds })
}

/// Confidence over price in millionths, rounded up.
fn confidence_ceil(confidence: u64, mantissa: u64) -> Option<u32> {
    let scaled = confidence.checked_mul(1_000_000)?;
    u32::try_from(scaled.div_ceil(mantissa)).ok()
}

fn accept(row: &mut AssetRow, accepted: &Accepted, parity: Option<&Parity>, now: i64) {
    let price = match parity {
        None => accepted.price,
        Some(parity) => {
            let gap = accepted.price.divergence_from_ceil(parity.price).0;
            row.is_off_parity = (!parity.is_known || gap > row.parity_gap_max) as u8;
            if parity.is_known && parity.price >= Price::MIN {
                accepted.price.min(parity.price)
            } else {
                accepted.price
            }
        }
    };
    let slow = if row.refreshed_at == 0 {
        price
    } else {
        let rate = Ratio(row.slow_rate_per_second);
        row.slow_price.get().slow_towards(price, accepted.elapsed_seconds, rate)
    };
    row.price = price.into();
    row.slow_price = slow.into();
    row.confidence = accepted.confidence;
    row.divergence = price.divergence_from_ceil(slow).0;
    let is_diverged = row.divergence > row.divergence_max;
    row.held_until = hold_until(row.held_until, now, is_diverged, row.hold_seconds);
    if row.priced_since == 0 || accepted.elapsed_seconds > HISTORY_GAP_SECONDS_MAX as u64 {
        row.priced_since = now;
    }
    row.publish_time = accepted.publish_time;
    row.refreshed_at = now;
    row.settle_deadlines();
}
