use anchor_lang::address_eq;
use anchor_lang::prelude::*;
use plimsoll_risk::{Price, Ratio};

use crate::bounds::PUBLISH_TIME_LEAD_SECONDS_MAX;
use crate::error::PlimsollError;
use crate::events::{PriceRefreshed, RefreshRefused};
use crate::oracle::{self, OracleKind, Refusal};
use crate::state::{AssetRow, RiskBoard};

#[derive(Accounts)]
pub struct RefreshPrices {
    #[account(mut)]
    pub risk_board: Account<RiskBoard>,
}

impl RefreshPrices {
    /// Brings rows of the board up to date. Anyone may call it, for any rows; `oracles`
    /// are their oracle accounts in the same order.
    ///
    /// A row takes the price of its pinned oracle account if it is strictly newer,
    /// positive, certain enough and within range. Otherwise the row keeps what it has,
    /// an event says why, and the other rows go on.
    pub fn run(&mut self, assets: &[u8], oracles: &[AccountView]) -> Result<()> {
        require!(assets.len() == oracles.len(), PlimsollError::OracleCountMismatch);
        let now = Clock::get()?.unix_timestamp;
        for (asset, view) in assets.iter().zip(oracles) {
            let row = self.risk_board.row_mut(*asset)?;
            match refresh(row, view, now) {
                Ok(()) => emit!(PriceRefreshed {
                    price: row.price,
                    slow_price: row.slow_price,
                    publish_time: row.publish_time,
                    confidence: row.confidence,
                    divergence: row.divergence,
                    asset: *asset as u64,
                }),
                Err(refusal) => emit!(RefreshRefused {
                    risk_board: *self.risk_board.address(),
                    oracle: *view.address(),
                    asset: *asset as u32,
                    reason: refusal as u32,
                }),
            }
        }
        Ok(())
    }
}

fn refresh(row: &mut AssetRow, view: &AccountView, now: i64) -> core::result::Result<(), Refusal> {
    let kind = OracleKind::try_from(row.oracle_kind).map_err(|_| Refusal::WrongType)?;
    if !address_eq(view.address(), &row.oracle) {
        return Err(Refusal::WrongAddress);
    }
    let data = view.try_borrow().map_err(|_| Refusal::WrongAddress)?;
    let reading = oracle::read(kind, view.owner().as_array(), &row.feed_id, &data)?;
    if reading.publish_time <= row.publish_time {
        return Err(Refusal::NotNewer);
    }
    if reading.publish_time > now.saturating_add(PUBLISH_TIME_LEAD_SECONDS_MAX) {
        return Err(Refusal::FromTheFuture);
    }
    let confidence = confidence_ceil(reading.confidence, reading.mantissa).ok_or(Refusal::TooUncertain)?;
    if confidence > row.confidence_limit {
        return Err(Refusal::TooUncertain);
    }
    let price = Price::from_decimal(reading.mantissa, reading.exponent, row.decimals)
        .map_err(|_| Refusal::OutOfRange)?;
    accept(row, price, confidence, reading.publish_time, now);
    Ok(())
}

/// Confidence over price in millionths, rounded up.
fn confidence_ceil(confidence: u64, mantissa: u64) -> Option<u32> {
    let scaled = confidence.checked_mul(1_000_000)?;
    u32::try_from(scaled.div_ceil(mantissa)).ok()
}

fn accept(row: &mut AssetRow, price: Price, confidence: u32, publish_time: i64, now: i64) {
    let slow = if row.refreshed_at == 0 {
        price
    } else {
        let elapsed = u64::try_from(now.saturating_sub(row.refreshed_at)).unwrap_or(0);
        row.slow_price.get().slow_towards(price, elapsed, Ratio(row.slow_rate_per_second))
    };
    row.price = price.into();
    row.slow_price = slow.into();
    row.confidence = confidence;
    row.divergence = price.divergence_from_ceil(slow).0;
    row.publish_time = publish_time;
    row.refreshed_at = now;
}
