//! Equity, initial health and maintenance health.
//!
//! All three are sums over an account's slots, so the health of an account
//! after a change is the health before it, less the old slot, plus the new one.
//! That is what makes one pass over the slots enough for an instruction.

use crate::price::{Price, SignedPrice};
use crate::units::{Overflow, Quantity, Quote, Ratio, Result};

/// What an account (or one slot of it) is worth, in micro-USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Collateral value + unrealised profit and loss - debt, at oracle prices.
    pub equity: Quote,
    /// Weighted collateral at the lower of oracle and slow price - weighted debt
    /// at the higher + weighted unrealised profit and loss - initial margin.
    pub initial: Quote,
    /// The same at oracle prices with maintenance weights and margin.
    pub maintenance: Quote,
}

/// An asset's two prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Last accepted oracle price.
    pub oracle: Price,
    /// The price that follows it at a bounded rate.
    pub slow: Price,
}

/// What one share of a bank is worth, a share of deposits or a share of debts: price
/// times index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenMarks {
    /// At the oracle price.
    pub oracle: Price,
    /// At the lower of oracle and slow price for a deposit, the higher for a debt.
    pub cautious: Price,
}

/// How a token counts as collateral (weights up to one) and as debt (from one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollateralRisk {
    pub initial_asset_weight: Ratio,
    pub maintenance_asset_weight: Ratio,
    pub initial_debt_weight: Ratio,
    pub maintenance_debt_weight: Ratio,
}

/// What positions in an asset are valued at: the oracle price, less what each side has
/// been charged per native unit so far (funding, and haircuts of deleveraging).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerpMarks {
    /// Notional, and with it margin, is counted at this price.
    pub oracle: Price,
    pub long: SignedPrice,
    pub short: SignedPrice,
}

/// A margin bracket: a surcharge on the part of a position's notional beyond `from`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tier {
    pub from: Quote,
    pub initial: Ratio,
    pub maintenance: Ratio,
}

/// Brackets of a market: two by notional, one by the share of open interest.
pub const TIERS: usize = 3;

/// Margin required of a perpetual position, as shares of its notional, and the
/// share of its unrealised profit that counts. Losses always count in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerpRisk {
    pub initial_margin: Ratio,
    pub maintenance_margin: Ratio,
    pub initial_profit_weight: Ratio,
    pub maintenance_profit_weight: Ratio,
    pub tiers: [Tier; TIERS],
    /// Required of every position, whatever its size: what pays for its liquidation.
    pub reserve: Quote,
}

/// A perpetual position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Native units of the asset; negative is short.
    pub size: Quantity,
    /// What was paid for it: positive for a long, negative (received) for a short.
    pub entry: Quote,
}

impl Health {
    /// Sum of two parts, or [`Overflow`].
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self> {
        Ok(Self {
            equity: self.equity.plus(other.equity)?,
            initial: self.initial.plus(other.initial)?,
            maintenance: self.maintenance.plus(other.maintenance)?,
        })
    }

    /// The rest when one part is taken out, or [`Overflow`].
    pub fn minus(self, other: Self) -> Result<Self> {
        Ok(Self {
            equity: self.equity.minus(other.equity)?,
            initial: self.initial.minus(other.initial)?,
            maintenance: self.maintenance.minus(other.maintenance)?,
        })
    }

    /// The health that an amount of settlement token adds: its face value, everywhere.
    #[inline(always)]
    pub fn cash(amount: Quote) -> Self {
        Self { equity: amount, initial: amount, maintenance: amount }
    }

    /// What the account must own to stay above maintenance: position margin plus
    /// every discount on collateral and profit. `maintenance = equity - requirement`.
    pub fn maintenance_requirement(self) -> Result<Quote> {
        self.equity.minus(self.maintenance)
    }

    /// The same for initial margin.
    pub fn initial_requirement(self) -> Result<Quote> {
        self.equity.minus(self.initial)
    }

    /// Equity over maintenance requirement in millionths, rounded down: below
    /// one million the account may be liquidated. `None` when nothing is required.
    /// For reading only: a ratio beyond `i64` is given as its end.
    pub fn margin_ratio_floor(self) -> Result<Option<i64>> {
        let requirement = self.maintenance_requirement()?.0;
        if requirement <= 0 {
            return Ok(None);
        }
        Ok(Some(millionths_floor(self.equity, requirement)))
    }
}

impl TokenMarks {
    /// Where one share is one native unit.
    pub fn unindexed(prices: &Prices, shares: Quantity) -> Self {
        let cautious =
            if shares.0 < 0 { prices.oracle.max(prices.slow) } else { prices.oracle.min(prices.slow) };
        Self { oracle: prices.oracle, cautious }
    }
}

impl PerpMarks {
    /// Nothing has been charged to either side.
    pub fn uncharged(oracle: Price) -> Result<Self> {
        Ok(Self { oracle, long: oracle.signed()?, short: oracle.signed()? })
    }

    /// The mark of the side that a size belongs to.
    #[inline(always)]
    pub fn of(&self, size: Quantity) -> SignedPrice {
        if size.0 < 0 { self.short } else { self.long }
    }

    /// What has been charged per unit of `size`'s side since the beginning.
    pub fn charged(&self, size: Quantity) -> Result<SignedPrice> {
        self.oracle.signed()?.minus(self.of(size))
    }

    /// The same charges at another oracle price.
    pub fn at(&self, oracle: Price) -> Result<Self> {
        let moved = oracle.signed()?.minus(self.oracle.signed()?)?;
        Ok(Self { oracle, long: self.long.plus(moved)?, short: self.short.plus(moved)? })
    }
}

impl PerpRisk {
    /// Initial and maintenance margin of a position of `notional` (not negative), each part
    /// rounded up; the reserve is not in it.
    pub fn margins_ceil(&self, notional: Quote) -> Result<(Quote, Quote)> {
        self.margins_ceil_inline(notional)
    }

    #[inline(always)]
    fn margins_ceil_inline(&self, notional: Quote) -> Result<(Quote, Quote)> {
        let margins = Ratio::both_of_magnitude_ceil(
            self.initial_margin,
            self.maintenance_margin,
            notional.magnitude(),
        )?;
        let [first, second, third] = &self.tiers;
        let margins =
            third.add_ceil(second.add_ceil(first.add_ceil(margins, notional)?, notional)?, notional)?;
        Ok((Quote::from_magnitude(margins.0)?, Quote::from_magnitude(margins.1)?))
    }
}

impl PerpRisk {
    /// The maintenance margin of a position of `notional` (not negative) alone, each part
    /// rounded up.
    pub fn maintenance_ceil(&self, notional: Quote) -> Result<Quote> {
        Quote::from_magnitude(self.maintenance_ceil_inline(notional)?)
    }

    #[inline(always)]
    fn maintenance_ceil_inline(&self, notional: Quote) -> Result<u64> {
        let mut margin = self.maintenance_margin.of_magnitude_ceil(notional.magnitude())?;
        for tier in &self.tiers {
            if notional > tier.from && tier.maintenance != Ratio::ZERO {
                let part = notional.0.abs_diff(tier.from.0);
                let more = tier.maintenance.of_magnitude_ceil(part)?;
                margin = margin.checked_add(more).ok_or(Overflow)?;
            }
        }
        Ok(margin)
    }
}

impl Tier {
    /// Initial and maintenance margin with the surcharges on what of `notional` lies beyond
    /// the bracket's beginning, each rounded up.
    #[inline(always)]
    fn add_ceil(&self, (initial, maintenance): (u64, u64), notional: Quote) -> Result<(u64, u64)> {
        if notional <= self.from {
            return Ok((initial, maintenance));
        }
        let part = notional.0.abs_diff(self.from.0);
        let (more, more_maintenance) = Ratio::both_of_magnitude_ceil(self.initial, self.maintenance, part)?;
        let initial = initial.checked_add(more).ok_or(Overflow)?;
        Ok((initial, maintenance.checked_add(more_maintenance).ok_or(Overflow)?))
    }
}

/// Health of a token balance in shares, at the marks of its side; negative shares are a
/// debt. Assets round down, debts round up: both against the account.
pub fn token_health(shares: Quantity, marks: &TokenMarks, risk: &CollateralRisk) -> Result<Health> {
    token_health_inline(shares, marks, risk)
}

/// [`token_health`] for what is done once per slot of an account.
#[inline(always)]
pub fn token_health_inline(shares: Quantity, marks: &TokenMarks, risk: &CollateralRisk) -> Result<Health> {
    let (initial, maintenance) = if shares.0 < 0 {
        (risk.initial_debt_weight, risk.maintenance_debt_weight)
    } else {
        (risk.initial_asset_weight, risk.maintenance_asset_weight)
    };
    let value = marks.oracle.value_floor_inline(shares)?;
    let cautious =
        if marks.cautious == marks.oracle { value } else { marks.cautious.value_floor_inline(shares)? };
    Ok(Health {
        equity: value,
        initial: initial.of_floor_inline(cautious)?,
        maintenance: maintenance.of_floor_inline(value)?,
    })
}

/// Health of a perpetual position; none if it is flat. Profit rounds down, loss
/// and margin round up: all against the account.
pub fn perp_health(position: &Position, marks: &PerpMarks, risk: &PerpRisk) -> Result<Health> {
    perp_health_inline(position, marks, risk)
}

/// [`perp_health`] for what is done once per slot of an account.
#[inline(always)]
pub fn perp_health_inline(position: &Position, marks: &PerpMarks, risk: &PerpRisk) -> Result<Health> {
    if position.size.0 == 0 {
        return Ok(Health::default());
    }
    let (pnl, notional) = pnl_and_notional(position, marks)?;
    let (initial_pnl, maintenance_pnl) = if pnl.0 > 0 {
        (
            risk.initial_profit_weight.of_floor_inline(pnl)?,
            risk.maintenance_profit_weight.of_floor_inline(pnl)?,
        )
    } else {
        (pnl, pnl)
    };
    let (initial, maintenance) = risk.margins_ceil_inline(notional)?;
    Ok(Health {
        equity: pnl,
        initial: initial_pnl.minus(initial)?.minus(risk.reserve)?,
        maintenance: maintenance_pnl.minus(maintenance)?.minus(risk.reserve)?,
    })
}

/// [`token_health`] where only equity and maintenance are asked for; the initial health is
/// that of maintenance.
#[inline(always)]
pub fn token_maintenance_inline(shares: Quantity, mark: Price, risk: &CollateralRisk) -> Result<Health> {
    let weight = if shares.0 < 0 { risk.maintenance_debt_weight } else { risk.maintenance_asset_weight };
    let value = mark.value_floor_inline(shares)?;
    let maintenance = weight.of_floor_inline(value)?;
    Ok(Health { equity: value, initial: maintenance, maintenance })
}

/// [`perp_health`] where only equity and maintenance are asked for; the initial health is
/// that of maintenance.
#[inline(always)]
pub fn perp_maintenance_inline(position: &Position, marks: &PerpMarks, risk: &PerpRisk) -> Result<Health> {
    let (pnl, notional) = pnl_and_notional(position, marks)?;
    let counted = if pnl.0 > 0 { risk.maintenance_profit_weight.of_floor_inline(pnl)? } else { pnl };
    let margin = Quote::from_magnitude(risk.maintenance_ceil_inline(notional)?)?;
    let maintenance = counted.minus(margin)?.minus(risk.reserve)?;
    Ok(Health { equity: pnl, initial: maintenance, maintenance })
}

/// Unrealised profit or loss, rounded down, and notional, rounded up.
#[inline(always)]
fn pnl_and_notional(position: &Position, marks: &PerpMarks) -> Result<(Quote, Quote)> {
    let (whole, inexact) = marks.oracle.scale(position.size.magnitude())?;
    let notional = Quote::from_magnitude(whole + inexact)?;
    let mark = marks.of(position.size);
    let value = if mark.0 as u128 != marks.oracle.0 {
        mark.value_floor_inline(position.size)?
    } else if position.size.0 < 0 {
        Quote(-notional.0)
    } else {
        Quote(whole as i64)
    };
    Ok((value.minus(position.entry)?, notional))
}

/// The most that a balance of doubtful price might be worth: without a discount, at
/// `mark`, the better for the account of what its two prices make of a share (the higher
/// for a deposit, the lower for a debt). Rounded down.
pub fn doubtful_token_health(shares: Quantity, mark: Price) -> Result<Health> {
    mark.value_floor(shares).map(Health::cash)
}

/// The most that a position of doubtful price might be worth: its profit or loss at
/// the better of the two prices, without margin. Rounded down.
pub fn doubtful_perp_health(position: &Position, marks: &PerpMarks, slow: Price) -> Result<Health> {
    let better = if position.size.0 < 0 { marks.oracle.min(slow) } else { marks.oracle.max(slow) };
    let mark = marks.at(better)?.of(position.size);
    mark.value_floor(position.size)?.minus(position.entry).map(Health::cash)
}

/// Notional of a position at `oracle`, rounded up.
pub fn notional_ceil(size: Quantity, oracle: Price) -> Result<Quote> {
    let (whole, inexact) = oracle.scale(size.magnitude())?;
    Quote::from_magnitude(whole + inexact)
}

/// The lending view of an account: what its slots add to maintenance health over
/// what they take from it, in millionths, rounded down; below one million the
/// account may be liquidated. `None` when nothing is owed. For reading only: a
/// factor beyond `i64` is given as its end.
pub fn health_factor_floor(slots: impl Iterator<Item = Health>) -> Result<Option<i64>> {
    let (mut added, mut taken) = (Quote::ZERO, Quote::ZERO);
    for slot in slots {
        if slot.maintenance.0 >= 0 {
            added = added.plus(slot.maintenance)?;
        } else {
            taken = taken.minus(slot.maintenance)?;
        }
    }
    if taken == Quote::ZERO {
        return Ok(None);
    }
    Ok(Some(millionths_floor(added, taken.0)))
}

/// `part / whole` for a positive `whole`.
fn millionths_floor(part: Quote, whole: i64) -> i64 {
    // |part| < 2^63: the product is below 2^83.
    let ratio = (part.0 as i128 * 1_000_000).div_euclid(whole as i128);
    ratio.clamp(i64::MIN as i128, i64::MAX as i128) as i64
}
