//! What the board's rows say, from prices, banks and markets: everything that depends on
//! time or on other accounts is brought into a row when its price is refreshed, so that a
//! margin check reads one row and computes nothing twice.

use plimsoll_risk::funding::index_after_floor;
use plimsoll_risk::lending::Ledger;
use plimsoll_risk::price::SignedPrice;
use plimsoll_risk::units::mul_div_floor;
use plimsoll_risk::volatility::Volatility;
use plimsoll_risk::{Price, Quantity, Quote, Ratio};

use crate::error::PlimsollError;
use crate::state::{AssetRow, Bank, FixedSigned, MarginTerms, Market, TierRow};

type Result<T> = core::result::Result<T, PlimsollError>;

const MILLION: u64 = 1_000_000;

impl AssetRow {
    /// What a share of the bank is worth at the row's prices, and how it counts: with
    /// interest as in `ledger`, at unix time `now`.
    pub fn settle_bank(&mut self, bank: &Bank, ledger: &Ledger, now: i64) -> Result<()> {
        let prices = self.prices();
        let deposit = ledger.supply.price_floor(prices.oracle)?;
        let low = if prices.slow < prices.oracle { ledger.supply.price_floor(prices.slow)? } else { deposit };
        self.deposit_mark = deposit.into();
        self.deposit_mark_low = low.into();
        self.supply_index = ledger.supply.0;
        self.borrow_index = ledger.borrow.0;
        let weights = bank.weights_at(now);
        self.initial_asset_weight = bank.scaled_weight(weights.initial_asset, ledger, prices.oracle)?;
        self.maintenance_asset_weight = weights.maintenance_asset;
        self.initial_debt_weight = weights.initial_debt;
        self.maintenance_debt_weight = weights.maintenance_debt;
        Ok(())
    }

    /// Funding up to `now`, charged at the price that was in force until now. Call it before
    /// the price changes.
    pub fn settle_funding(&mut self, market: &Market, now: i64) -> Result<()> {
        let fraction = market.funding_at(now)?.fraction;
        let delta = fraction.checked_sub(self.funding_fraction.get()).ok_or(PlimsollError::Overflow)?;
        if delta != 0 {
            let index = index_after_floor(self.funding_index.get(), self.price.get(), delta)?;
            self.funding_index = index.into();
            self.funding_fraction = fraction.into();
        }
        Ok(())
    }

    /// Marks, margins and brackets of the market's positions at the row's price.
    pub fn settle_market(&mut self, market: &Market, now: i64) -> Result<()> {
        self.settle_marks(market)?;
        let multiplier = self.volatility_multiplier;
        let on_the_way;
        let m = if now >= market.ramp_end {
            &market.margin
        } else {
            on_the_way = market.margin_at(now);
            &on_the_way
        };
        self.maintenance_margin = raised(m.maintenance_margin, multiplier);
        self.initial_margin = initial_margin(market, m, multiplier)?;
        self.initial_profit_weight = m.initial_profit_weight;
        self.maintenance_profit_weight = m.maintenance_profit_weight;
        self.bounty_reserve = m.bounty_reserve as i64;
        self.tiers = [
            tier(m.tier_1_from, m.tier_1_initial, m.tier_1_maintenance, multiplier),
            tier(m.tier_2_from, m.tier_2_initial, m.tier_2_maintenance, multiplier),
            concentration(market, m, self.price.get(), multiplier)?,
        ];
        Ok(())
    }

    /// The marks of both sides at the row's price, less what they have been charged.
    pub fn settle_marks(&mut self, market: &Market) -> Result<()> {
        let (long, short) = market.charged(self.funding_index.price())?;
        let price = self.price.get().signed()?;
        self.long_mark = mark(price, long)?;
        self.short_mark = mark(price, short)?;
        Ok(())
    }

    /// The volatility estimate after the price moved from `before` to `after`.
    pub fn settle_volatility(
        &mut self,
        market: &Market,
        before: Price,
        after: Price,
        elapsed_seconds: u64,
        now: i64,
    ) {
        let terms = market.volatility_terms(now);
        if terms.multiplier_max == Ratio::ONE {
            (self.variance, self.volatility_multiplier) = (0, Ratio::ONE.0);
            return;
        }
        let known = Volatility { variance: self.variance, multiplier: Ratio(self.volatility_multiplier) };
        let now = known.observed(before, after, elapsed_seconds, &terms);
        self.variance = now.variance;
        self.volatility_multiplier = now.multiplier.0;
    }
}

fn mark(price: SignedPrice, charged: SignedPrice) -> Result<FixedSigned> {
    Ok(price.minus(charged)?.0.into())
}

/// A margin raised by the volatility multiplier, rounded up.
fn raised(margin: u32, multiplier: u32) -> u32 {
    if multiplier == Ratio::ONE.0 {
        return margin;
    }
    (margin as u64 * multiplier as u64).div_ceil(MILLION).min(u32::MAX as u64) as u32
}

fn tier(from: i64, initial: u32, maintenance: u32, multiplier: u32) -> TierRow {
    if from == 0 {
        return TierRow::NONE;
    }
    TierRow { from, initial: raised(initial, multiplier), maintenance: raised(maintenance, multiplier) }
}

/// Initial margin at the market's open interest: raised by volatility up to
/// `open_interest_low`, from there in a straight line to 100% at the cap. Rounded up.
pub fn initial_margin(market: &Market, margin: &MarginTerms, multiplier: u32) -> Result<u32> {
    let base = raised(margin.initial_margin, multiplier);
    let (low, cap) = (margin.open_interest_low, market.terms.open_interest_max);
    let interest = market.open_interest().larger_side().0;
    if interest <= low || base >= Ratio::ONE.0 {
        return Ok(base);
    }
    let span = cap.saturating_sub(low).max(1);
    let over = interest.saturating_sub(low).min(span);
    let rise = mul_div_floor((Ratio::ONE.0 - base) as i64, over, span)?.saturating_add(1);
    Ok(base.saturating_add(rise as u32).min(Ratio::ONE.0))
}

/// The bracket by the share of open interest, which counts as at least `open_interest_low`:
/// the first in a market is not yet a danger to it. It concerns initial margin only: nobody
/// becomes liquidatable because others have left.
fn concentration(market: &Market, margin: &MarginTerms, price: Price, multiplier: u32) -> Result<TierRow> {
    let (share, surcharge) = (margin.concentration_share, margin.concentration_initial);
    if share == 0 {
        return Ok(TierRow::NONE);
    }
    let interest = market.open_interest().larger_side().0.max(margin.open_interest_low);
    let free = mul_div_floor(interest, share as i64, MILLION as i64)?;
    let from: Quote = price.value_floor(Quantity(free))?;
    Ok(TierRow { from: from.0, initial: raised(surcharge, multiplier), maintenance: 0 })
}
