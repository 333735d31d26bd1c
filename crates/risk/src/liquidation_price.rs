//! The price of one asset at which an account reaches its maintenance line, all
//! other prices unchanged.
//!
//! As a function of the asset's price `p`, maintenance health is piecewise linear,
//! with one kink where the position's profit changes sign (profit counts by the
//! market's weight, loss in full):
//!
//! ```text
//! M(p) = rest + p (w b + g s - m |s|) - g e
//! ```
//!
//! with balance `b` and its weight `w`, size `s`, entry `e`, maintenance margin `m`
//! and profit weight `g`. Each piece is solved on its own; the root counts if it
//! lies in its piece, and the one nearest to today's price is returned.

use crate::health::{CollateralRisk, Health, PerpRisk, Position, Prices, perp_health, token_health};
use crate::price::Price;
use crate::units::{Overflow, Quantity, Ratio, Result};

/// Everything of an account that depends on one asset's price.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    pub prices: Prices,
    pub balance: Quantity,
    pub collateral: CollateralRisk,
    pub position: Position,
    pub perp: PerpRisk,
}

/// The liquidation price nearest to the oracle price, rounded down to Q64.64 (the
/// health there is zero within the rounding of its terms), or `None` if no positive
/// price brings the account to its line.
pub fn liquidation_price(account: &Health, exposure: &Exposure) -> Result<Option<Price>> {
    let token = token_health(exposure.balance, &exposure.prices, &exposure.collateral)?;
    let perp = perp_health(&exposure.position, exposure.prices.oracle, &exposure.perp)?;
    let rest = account.maintenance.minus(token.maintenance)?.minus(perp.maintenance)?;
    let weight = match exposure.balance.0 < 0 {
        true => exposure.collateral.maintenance_debt_weight,
        false => exposure.collateral.maintenance_asset_weight,
    };
    let fixed = exposure.balance.0 as i128 * weight.0 as i128
        - exposure.position.size.magnitude() as i128 * exposure.perp.maintenance_margin.0 as i128;

    let mut nearest: Option<Price> = None;
    for (profit, share) in [(false, Ratio::ONE), (true, exposure.perp.maintenance_profit_weight)] {
        let slope = fixed + exposure.position.size.0 as i128 * share.0 as i128;
        let level = rest.0 as i128 * 1_000_000 - exposure.position.entry.0 as i128 * share.0 as i128;
        let Some(root) = root(level, slope)? else { continue };
        if !is_on_piece(&exposure.position, root, profit) {
            continue;
        }
        let distance = |p: Price| p.0.abs_diff(exposure.prices.oracle.0);
        if nearest.is_none_or(|best| distance(root) < distance(best)) {
            nearest = Some(root);
        }
    }
    Ok(nearest)
}

/// Whether the position makes a profit (or a loss) at `price`; to within one
/// micro-USD, so that the kink belongs to both. A price at which the position's value
/// can't be represented is on neither: no account can get there.
fn is_on_piece(position: &Position, price: Price, profit: bool) -> bool {
    let pnl = price.value_floor(position.size).and_then(|value| value.minus(position.entry));
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
