//! Maintenance health in floating point, with a proven bound on its error: what says quickly that an account
//! has certainly not sunk. Whether one has is only ever said by the program's own functions.
//!
//! # The bound
//!
//! Let `u = 2^-53`, so that each conversion of an integer, each product and each sum errs by at most `u` of its
//! result. Let `gross` be the sum of the magnitudes of what goes into a health: cash, each weighted balance, and of
//! each position its value, its entry, its notional and its reserve. Let `scale` be the largest of one, the weights
//! and the margins (surcharges added up) of all rows.
//!
//! - A weighted balance is a product of three converted numbers: off by at most `5 u` of itself.
//! - A position's profit is off by `4 u` of its value and `2 u` of its entry, weighted by two more; its margin is
//!   four terms, each off by at most `6 u scale` of the notional, and three sums.
//! - Adding up 33 such parts, each at most `scale` times its share of `gross`, adds `33 u scale gross`.
//!
//! Together less than `64 u scale gross`. The program rounds besides: a balance by less than `scale + 1` micro-USD
//! (its value, times a weight, and the weighted value), a position by less than `scale + 7` (value, notional, the
//! profit's weight and four margins); at most 32 slots. [`Table::error`] is twice the sum of both: at the margin
//! call line, which is at most two, these roundings count up to twice.
use plimsoll_client::program::state::{ASSETS_MAX, AssetRow, RiskBoard, SETTLEMENT_ASSET, TierRow};
use plimsoll_client::risk::health::TIERS;
use plimsoll_client::risk::{Quantity, Ratio};

use super::shape::Slots;

/// Slots of an account, and its cash.
const PARTS: f64 = 33.0;
/// Twice 64 times the unit roundoff.
const RELATIVE: f64 = 128.0 * f64::EPSILON / 2.0;
/// Each of cash, sixteen values, which a weight of at most the scale may raise, and sixteen values, entries,
/// notionals and reserves of positions is below 2^63, or the program can't assess the account.
const GROSS_MAX: f64 = (1 + 16 + 4 * 16) as f64 * 9_223_372_036_854_775_808.0;
/// Prices are Q64.64.
const FRACTION: f64 = 18_446_744_073_709_551_616.0;
const MILLION: f64 = 1e6;

/// A margin bracket.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bracket {
    pub from: f64,
    pub surcharge: f64,
}

/// What a row makes of balances and positions. Micro-USD, and ratios of one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RowTerms {
    /// What a share counts for: of a deposit, of a debt.
    pub share: [f64; 2],
    /// What a native unit is worth: of a long, of a short.
    pub mark: [f64; 2],
    pub oracle: f64,
    pub margin: f64,
    pub brackets: [Bracket; TIERS],
    pub profit: f64,
    pub reserve: f64,
    /// One where the price moves, zero where it does not.
    pub reach: f64,
    /// Whether a long can lose health by a price that rises.
    pub is_two_sided: bool,
}

/// Terms by asset; all zero where there is no row.
pub struct Table {
    pub rows: Box<[RowTerms; 256]>,
    /// The largest of one, the weights and the margins.
    scale: f64,
    /// The error of the largest estimate there can be.
    error_max: f64,
}

/// A health, and the magnitudes that went into it.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    pub health: f64,
    pub gross: f64,
}

impl RowTerms {
    /// Of a row, judged by how far equity is above `line` (millionths) of what maintenance requires: with a line of
    /// one for maintenance itself, with the margin call line for that one.
    ///
    /// With equity `E`, maintenance health `M` and a line `l`, equity is above `l` times the requirement `E - M` as long
    /// as `(1 - l) E + l M` is positive. Each part of that is a maintenance health again, with a weight `w`
    /// replaced by `1 - l + l w` and with `l` times the margin. All these are exact before they are rounded once.
    pub fn new(row: &AssetRow, asset: u8, line: Ratio) -> Self {
        let times = |ratio: u32| (line.0 as i128 * ratio as i128) as f64 / (MILLION * MILLION);
        let weight = |ratio: u32| {
            let (one, line) = (Ratio::ONE.0 as i128, line.0 as i128);
            (one * (one - line) + line * ratio as i128) as f64 / (MILLION * MILLION)
        };
        let share = |side: Quantity, ratio: u32| {
            row.token_mark(side).map_or(0.0, |mark| mark.0 as f64 / FRACTION) * weight(ratio)
        };
        let bracket = |tier: &TierRow| Bracket { from: tier.from as f64, surcharge: times(tier.maintenance) };
        let [first, second, third] = &row.tiers;
        let terms = Self {
            share: [
                share(Quantity(1), row.maintenance_asset_weight),
                share(Quantity(-1), row.maintenance_debt_weight),
            ],
            mark: [row.long_mark.get() as f64 / FRACTION, row.short_mark.get() as f64 / FRACTION],
            oracle: row.price.get().0 as f64 / FRACTION,
            margin: times(row.maintenance_margin),
            brackets: [bracket(first), bracket(second), bracket(third)],
            profit: weight(row.maintenance_profit_weight),
            reserve: (line.0 as i128 * row.bounty_reserve as i128) as f64 / MILLION,
            reach: if asset == SETTLEMENT_ASSET { 0.0 } else { 1.0 },
            is_two_sided: false,
        };
        Self { is_two_sided: terms.can_lose_by_profit(), ..terms }
    }

    /// Whether the margin of one more unit of notional may exceed what of its profit counts.
    pub fn can_lose_by_profit(&self) -> bool {
        self.profit <= self.marginal() * (1.0 + RELATIVE)
    }

    /// Margin of a unit of notional beyond all brackets.
    fn marginal(&self) -> f64 {
        self.margin + self.brackets.iter().map(|bracket| bracket.surcharge).sum::<f64>()
    }

    /// Health and gross of a position with the price moved by a share of itself.
    #[inline(always)]
    fn position(&self, size: f64, side: usize, entry: f64, moved: f64) -> (f64, f64) {
        let notional = size.abs() * (self.oracle + self.oracle * moved);
        let value = size * (self.mark[side] + self.oracle * moved);
        let pnl = value - entry;
        let counted = lower(pnl, pnl * self.profit);
        let [first, second, third] = &self.brackets;
        let margin = notional * self.margin
            + higher(notional - first.from, 0.0) * first.surcharge
            + higher(notional - second.from, 0.0) * second.surcharge
            + higher(notional - third.from, 0.0) * third.surcharge;
        (counted - (margin + self.reserve), value.abs() + entry.abs() + notional + self.reserve)
    }
}

impl Table {
    /// No rows.
    pub fn empty() -> Self {
        Self { rows: Box::new([RowTerms::default(); 256]), scale: 1.0, error_max: f64::INFINITY }
    }

    /// Of all rows of a board at a line.
    pub fn of(board: &RiskBoard, line: Ratio) -> Self {
        let mut table = Self::empty();
        for asset in 0..(board.asset_count as usize).min(ASSETS_MAX) {
            table.rows[asset] = RowTerms::new(&board.rows[asset], asset as u8, line);
        }
        table.set_scale(scale(board, line));
        table
    }

    /// Sets the scale to that of a board, or more where a row here asks for more.
    pub fn set_scale(&mut self, board: f64) {
        self.scale = self.rows.iter().take(ASSETS_MAX).fold(board, |most, row| most.max(row.marginal()));
        self.error_max = self.error(&Estimate { health: 0.0, gross: GROSS_MAX * self.scale });
    }

    /// The health of an account.
    #[inline(always)]
    pub fn estimate(&self, slots: &Slots) -> Estimate {
        self.sum::<true>(slots)
    }

    /// The health of an account; its gross only where that is asked for.
    #[inline(always)]
    fn sum<const HAS_GROSS: bool>(&self, slots: &Slots) -> Estimate {
        let mut health = slots.cash as f64;
        let mut gross = health.abs();
        for (shares, asset) in slots.shares.iter().zip(slots.token_assets) {
            let part = *shares as f64 * self.rows[*asset as usize].share[side(*shares)];
            health += part;
            if HAS_GROSS {
                gross += part.abs();
            }
        }
        for ((size, entry), asset) in slots.sizes.iter().zip(slots.entries).zip(slots.perp_assets) {
            let row = &self.rows[*asset as usize];
            let part = row.position(*size as f64, side(*size), *entry as f64, 0.0);
            health += part.0;
            if HAS_GROSS {
                gross += part.1;
            }
        }
        Estimate { health, gross }
    }

    /// The lowest health of an account while no price moves by more than `distance` of itself.
    ///
    /// Health is a sum of parts that each depend on one price and are concave in it: what a balance counts for is
    /// linear, profit counts by at most one and loss in full, margin grows with notional by ever more. A concave
    /// part is lowest at an end; where it only ever rises or falls, that end is known.
    pub fn lowest(&self, slots: &Slots, distance: f64) -> Estimate {
        let against = [-distance, distance];
        let mut health = slots.cash as f64;
        let mut gross = health.abs();
        for (shares, asset) in slots.shares.iter().zip(slots.token_assets) {
            let row = &self.rows[*asset as usize];
            let part = *shares as f64 * row.share[side(*shares)];
            let part = part + part * against[side(*shares)] * row.reach;
            health += part;
            gross += part.abs();
        }
        for ((size, entry), asset) in slots.sizes.iter().zip(slots.entries).zip(slots.perp_assets) {
            let row = &self.rows[*asset as usize];
            let (units, moved) = (*size as f64, against[side(*size)] * row.reach);
            let mut part = row.position(units, side(*size), *entry as f64, moved);
            if row.is_two_sided {
                let other = row.position(units, side(*size), *entry as f64, -moved);
                part = (part.0.min(other.0), part.1.max(other.1));
            }
            health += part.0;
            gross += part.1;
        }
        Estimate { health, gross }
    }

    /// By how much an estimate may differ from what the program finds, micro-USD.
    #[inline(always)]
    pub fn error(&self, estimate: &Estimate) -> f64 {
        RELATIVE * self.scale * estimate.gross + 2.0 * PARTS * (self.scale + 7.0)
    }

    /// Whether the account may have sunk. What is not a number may be anything.
    ///
    /// Most accounts are so far above their line that the error of the largest numbers there can be decides.
    #[inline(always)]
    pub fn may_be_below(&self, slots: &Slots) -> bool {
        let is_far_above = self.sum::<false>(slots).health > self.error_max;
        !is_far_above && self.is_close(slots)
    }

    #[inline(never)]
    fn is_close(&self, slots: &Slots) -> bool {
        let estimate = self.estimate(slots);
        estimate.health.partial_cmp(&self.error(&estimate)).is_none_or(|order| order.is_lt())
    }
}

/// The largest of one, the weights and the margins of all rows at a line.
pub fn scale(board: &RiskBoard, line: Ratio) -> f64 {
    let of_row = |row: &AssetRow| {
        let margins = row.tiers.iter().map(|tier| tier.maintenance as f64).sum::<f64>();
        let weights =
            [row.maintenance_asset_weight, row.maintenance_debt_weight, row.maintenance_profit_weight];
        let margin = margins + row.maintenance_margin as f64;
        weights.iter().fold(margin, |most, weight| most.max(*weight as f64)) / MILLION
    };
    let rows = board.rows.iter().take(board.asset_count as usize);
    let largest = rows.fold(1.0, |most, row| of_row(row).max(most));
    // What a line makes of a weight is no further from zero than the line times the weight, or the line.
    let line = line.0 as f64 / MILLION;
    line * largest + line
}

/// The lower of two numbers, in one machine instruction; of no use to tell what is not a number.
#[inline(always)]
fn lower(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The higher of two numbers, likewise.
#[inline(always)]
fn higher(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Zero for what is held, one for what is owed.
#[inline(always)]
fn side(units: i64) -> usize {
    (units < 0) as usize
}
