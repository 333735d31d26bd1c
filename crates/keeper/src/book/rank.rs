//! Which of the sunk comes first: what it is expected to pay, then how deep it is, then its address.
use std::cmp::{Ordering, Reverse};

use bytemuck::bytes_of;
use plimsoll_client::program::error::PlimsollError;
use plimsoll_client::program::state::{ASSETS_MAX, Bank, MarginState, Market, RiskBoard, TokenSlot};
use plimsoll_client::risk::debt::{self, DebtTerms};
use plimsoll_client::risk::liquidation::{self, BountyTerms};
use plimsoll_client::risk::units::mul_div_floor;
use plimsoll_client::risk::{Health, Quantity, Quote, Ratio};
use solana_address::Address;

/// An account below maintenance, and what liquidating it is expected to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sunk {
    pub address: Address,
    /// Equity and maintenance health; initial health repeats maintenance health.
    pub health: Health,
    /// Asset of the position that comes first in line; zero if there is no position.
    pub largest: u8,
    /// When it was first found below maintenance, unix seconds; zero if nobody has taken stock.
    pub sunk_at: i64,
    /// What the next step pays whoever takes it, micro-USD: the bounty of the position that is first in
    /// line, or where there is none the most that seizing a collateral is worth beyond the debt repaid. Zero
    /// also where the terms of the market or bank are not known.
    pub bounty: Quote,
    /// Missing maintenance over requirement, millionths.
    pub depth: Ratio,
}

/// Terms of markets and banks, by asset.
pub struct Terms {
    markets: [Option<Box<Market>>; ASSETS_MAX],
    banks: [Option<Box<Bank>>; ASSETS_MAX],
}

/// What of an expected bounty does not depend on the time that passes.
#[derive(Clone, Copy, Debug)]
pub enum Prospect {
    /// A penalty, and how it is split.
    Penalty { penalty: Quote, terms: BountyTerms },
    /// A gain that does not rise with time.
    Gain(Quote),
}

impl Sunk {
    /// The order of the list, the best first. Total, as addresses differ.
    pub fn order(&self, other: &Self) -> Ordering {
        let key = |sunk: &Self| (Reverse(sunk.bounty), Reverse(sunk.depth), sunk.address);
        key(self).cmp(&key(other))
    }
}

/// Missing maintenance over requirement, millionths rounded down; at most one.
pub fn depth_floor(health: &Health) -> Ratio {
    let parts = health.maintenance_requirement().and_then(|requirement| {
        let missing = health.maintenance.negated()?.or_zero().min(requirement.or_zero());
        mul_div_floor(missing.0, Ratio::ONE.0 as i64, requirement.0)
    });
    Ratio(parts.ok().and_then(|parts| u32::try_from(parts).ok()).unwrap_or(0))
}

impl Prospect {
    /// Nothing is known of it.
    pub const NONE: Self = Self::Gain(Quote::ZERO);

    /// The expected bounty of an account of that health, first found below maintenance at `sunk_at` (zero: it
    /// will be now), at unix time `now`.
    pub fn bounty(&self, health: &Health, sunk_at: i64, now: i64) -> Quote {
        match self {
            Self::Gain(gain) => *gain,
            Self::Penalty { penalty, terms } => {
                let since = if sunk_at == 0 { now } else { sunk_at };
                let seconds = u64::try_from(now.saturating_sub(since)).unwrap_or(0);
                terms.split(*penalty, health, seconds).map_or(Quote::ZERO, |(bounty, _)| bounty)
            }
        }
    }
}

impl Terms {
    /// Nothing is known.
    pub fn none() -> Self {
        Self { markets: [const { None }; ASSETS_MAX], banks: [const { None }; ASSETS_MAX] }
    }

    /// Takes a market's terms and skew; one of an asset that no board can have is left out. Whether anything is new.
    pub fn set_market(&mut self, market: &Market) -> bool {
        let Some(known) = self.markets.get_mut(market.asset as usize) else { return false };
        let is_new = known.as_ref().is_none_or(|known| bytes_of(&**known) != bytes_of(market));
        *known = Some(Box::new(*market));
        is_new
    }

    /// Takes a bank's terms; one of an asset that no board can have is left out. Whether anything is new.
    pub fn set_bank(&mut self, bank: &Bank) -> bool {
        let Some(known) = self.banks.get_mut(bank.asset as usize) else { return false };
        let is_new = known.as_ref().is_none_or(|known| bytes_of(&**known) != bytes_of(bank));
        *known = Some(Box::new(*bank));
        is_new
    }

    /// What the next step on an account below maintenance pays, as the program plans it at the board's prices.
    pub fn prospect(
        &self,
        state: &MarginState,
        board: &RiskBoard,
        health: &Health,
        largest: u8,
    ) -> Result<Prospect, PlimsollError> {
        if state.perps().is_empty() {
            return Ok(Prospect::Gain(self.takeover_gain(state, board, health)?));
        }
        let Some(Some(market)) = self.markets.get(largest as usize) else { return Ok(Prospect::NONE) };
        let row = board.row(largest)?;
        let terms = market.liquidation_terms(row, board.liquidation_target)?;
        let plan = liquidation::plan(health, &state.position(largest), &terms)?;
        let penalty = plan.map_or(Quote::ZERO, |plan| plan.penalty);
        Ok(Prospect::Penalty { penalty, terms: market.bounty_terms(row) })
    }

    /// The most that a collateral seized is worth beyond the debt repaid for it, over all pairs of the two.
    fn takeover_gain(
        &self,
        state: &MarginState,
        board: &RiskBoard,
        health: &Health,
    ) -> Result<Quote, PlimsollError> {
        let mut best = Quote::ZERO;
        for debt in state.tokens().iter().filter(|slot| slot.shares < 0) {
            for held in state.tokens().iter().filter(|slot| slot.shares > 0) {
                best = best.max(self.pair_gain(board, health, debt, held)?);
            }
        }
        Ok(best)
    }

    fn pair_gain(
        &self,
        board: &RiskBoard,
        health: &Health,
        debt: &TokenSlot,
        held: &TokenSlot,
    ) -> Result<Quote, PlimsollError> {
        let bank = |asset: u8| self.banks.get(asset as usize).and_then(Option::as_ref);
        let (Some(debt_bank), Some(asset_bank)) = (bank(debt.asset), bank(held.asset)) else {
            return Ok(Quote::ZERO);
        };
        let (debt_row, asset_row) = (board.row(debt.asset)?, board.row(held.asset)?);
        let terms = DebtTerms {
            debt_weight: Ratio(debt_row.maintenance_debt_weight),
            asset_weight: Ratio(asset_row.maintenance_asset_weight),
            bonus: Ratio(asset_bank.terms.liquidation_bonus),
            target_margin_ratio: Ratio(board.liquidation_target),
            debt_price: debt_row.price.get(),
            asset_price: asset_row.price.get(),
            full_close: debt_row
                .price
                .get()
                .value_ceil(Quantity::from_magnitude(debt_bank.terms.debt_min)?)?,
        };
        let owed = debt_row.native_units(Quantity(debt.shares))?.negated()?;
        let units = asset_row.native_units(Quantity(held.shares))?;
        let Some(plan) = debt::plan(health, owed, units, Quantity(i64::MAX), &terms)? else {
            return Ok(Quote::ZERO);
        };
        let (seized, repaid) =
            (terms.asset_price.value_floor(plan.seized)?, terms.debt_price.value_ceil(plan.repaid)?);
        Ok(seized.minus(repaid)?)
    }
}
