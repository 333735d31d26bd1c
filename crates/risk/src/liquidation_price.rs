//! The price of one asset at which an account reaches its maintenance line, all
//! other prices unchanged.
//!
//! As a function of the asset's price `p`, maintenance health is piecewise linear, with
//! kinks where the position's profit changes sign (profit counts by the market's weight,
//! loss in full) and where its notional enters a margin bracket:
//!
//! ```text
//! M(p) = rest + p (w b + g s - m |s|) - g e + d - reserve
//! ```
//!
//! with balance `b` and its weight `w`, size `s`, entry `e` (charges included), profit
//! weight `g`, and on each bracket the margin `m` of its last unit and `d = sum of
//! surcharge times start` of the brackets below. Each piece is solved on its own; the root
//! counts if it lies in its piece, and the one nearest to today's price is returned.

use crate::health::{CollateralRisk, Health, PerpMarks, PerpRisk, Position, perp_health};
use crate::price::Price;
use crate::units::{Overflow, Quantity, Quote, Ratio, Result};

/// Everything of an account that depends on one asset's price.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    /// Native units; negative is a debt.
    pub balance: Quantity,
    /// Health of that balance.
    pub token: Health,
    pub collateral: CollateralRisk,
    pub position: Position,
    pub marks: PerpMarks,
    pub perp: PerpRisk,
}

/// A stretch of notional over which the margin of one more unit is the same.
struct Bracket {
    from: Quote,
    to: Quote,
    /// Millionths of the notional.
    margin: u32,
    /// Millionths of a micro-USD.
    offset: i128,
}

/// The liquidation price nearest to the oracle price, rounded down to Q64.64 (the
/// health there is zero within the rounding of its terms), or `None` if no positive
/// price brings the account to its line.
pub fn liquidation_price(account: &Health, exposure: &Exposure) -> Result<Option<Price>> {
    let position = &exposure.position;
    let perp = perp_health(position, &exposure.marks, &exposure.perp)?;
    let rest = account.maintenance.minus(exposure.token.maintenance)?.minus(perp.maintenance)?;
    let weight = match exposure.balance.0 < 0 {
        true => exposure.collateral.maintenance_debt_weight,
        false => exposure.collateral.maintenance_asset_weight,
    };
    let collateral = exposure.balance.0 as i128 * weight.0 as i128;
    let charged = exposure.marks.charged(position.size)?;
    let entry = position.entry.plus(charged.value_floor(position.size)?)?;
    let reserve = if position.size.0 == 0 { Quote::ZERO } else { exposure.perp.reserve };
    let fixed = rest.minus(reserve)?.0 as i128 * 1_000_000;

    let mut nearest: Option<Price> = None;
    for bracket in brackets(&exposure.perp)? {
        let margin = position.size.magnitude() as i128 * bracket.margin as i128;
        for (profit, share) in [(false, Ratio::ONE), (true, exposure.perp.maintenance_profit_weight)] {
            let slope = collateral - margin + position.size.0 as i128 * share.0 as i128;
            let level = fixed + bracket.offset - entry.0 as i128 * share.0 as i128;
            let Some(root) = root(level, slope)? else { continue };
            if !is_on_piece(position, entry, root, profit) || !bracket.holds(position, root) {
                continue;
            }
            let distance = |p: Price| p.0.abs_diff(exposure.marks.oracle.0);
            if nearest.is_none_or(|best| distance(root) < distance(best)) {
                nearest = Some(root);
            }
        }
    }
    Ok(nearest)
}

/// The brackets of maintenance margin, from the first unit on. The third tier, by the share
/// of open interest, concerns initial margin only.
fn brackets(risk: &PerpRisk) -> Result<[Bracket; 3]> {
    let [first, second, _] = &risk.tiers;
    let middle = risk.maintenance_margin.plus(first.maintenance)?;
    let offset = first.from.0 as i128 * first.maintenance.0 as i128;
    let last_offset = offset + second.from.0 as i128 * second.maintenance.0 as i128;
    Ok([
        Bracket { from: Quote::ZERO, to: first.from, margin: risk.maintenance_margin.0, offset: 0 },
        Bracket { from: first.from, to: second.from, margin: middle.0, offset },
        Bracket {
            from: second.from,
            to: Quote(i64::MAX),
            margin: middle.plus(second.maintenance)?.0,
            offset: last_offset,
        },
    ])
}

impl Bracket {
    /// Whether the position's notional at `price` lies in the bracket; to within one
    /// micro-USD, so that a kink belongs to both sides.
    fn holds(&self, position: &Position, price: Price) -> bool {
        let Ok(size) = Quantity::from_magnitude(position.size.magnitude()) else { return false };
        price.value_floor(size).is_ok_and(|notional| {
            notional.0 >= self.from.0.saturating_sub(1) && notional.0 <= self.to.0.saturating_add(1)
        })
    }
}

/// Whether the position makes a profit (or a loss) at `price`; to within one
/// micro-USD, so that the kink belongs to both. A price at which the position's value
/// can't be represented is on neither: no account can get there.
fn is_on_piece(position: &Position, entry: Quote, price: Price, profit: bool) -> bool {
    let pnl = price.value_floor(position.size).and_then(|value| value.minus(entry));
    match (pnl, profit) {
        (Ok(pnl), true) => pnl.0 >= -1,
        (Ok(pnl), false) => pnl.0 <= 1,
        (Err(Overflow), _) => false,
    }
}

/// The positive `p` in Q64.64 with `level + p slope = 0`, rounded down.
fn root(level: i128, slope: i128) -> Result<Option<Price>> {
    if slope == 0 || level == 0 || (level < 0) == (slope < 0) {
        return Ok(None);
    }
    let (numerator, denominator) = (level.unsigned_abs(), slope.unsigned_abs());
    let whole = numerator / denominator;
    // Ratios below 2^31 keep both below 2^96: the remainder can be shifted by 32 bits.
    let mut rest = numerator % denominator;
    let mut fraction = 0u128;
    for _ in 0..2 {
        let shifted = rest.checked_mul(1 << 32).ok_or(Overflow)?;
        fraction = (fraction << 32) | (shifted / denominator);
        rest = shifted % denominator;
    }
    let price = Price(match whole.checked_mul(1 << 64) {
        Some(whole) => whole | fraction,
        None => return Ok(None),
    });
    Ok((price > Price(0) && price <= Price::MAX).then_some(price))
}
