//! Exact prices at which maintenance health is zero.

use super::{Exact, int, per_unit, share};
use num_traits::{Signed, Zero};
use plimsoll_risk::Quote;
use plimsoll_risk::liquidation_price::Exposure;

/// Maintenance health at a price: what does not depend on it is `rest`.
pub fn health_at(price: &Exact, rest: &Exact, exposure: &Exposure) -> Exact {
    let balance = int(exposure.balance.0);
    let weight = match balance.is_negative() {
        true => exposure.collateral.maintenance_debt_weight,
        false => exposure.collateral.maintenance_asset_weight,
    };
    let pnl = pnl_at(price, exposure);
    let counted = if pnl.is_positive() { pnl * share(exposure.perp.maintenance_profit_weight) } else { pnl };
    let margin = int(exposure.position.size.0).abs() * price * share(exposure.perp.maintenance_margin);
    rest + balance * price * share(weight) + counted - margin
}

/// Profit or loss of the position at a price.
pub fn pnl_at(price: &Exact, exposure: &Exposure) -> Exact {
    int(exposure.position.size.0) * price - int(exposure.position.entry.0)
}

/// All positive roots of the health. It is linear between the kink, zero and infinity,
/// so two values on each piece give its line, and the line its root.
pub fn roots(rest: Quote, exposure: &Exposure) -> Vec<Exact> {
    let rest = int(rest.0);
    let kink = match exposure.position.size.0 {
        0 => Exact::zero(),
        size => (int(exposure.position.entry.0) / int(size)).max(Exact::zero()),
    };
    let mut roots = Vec::new();
    let mut piece = |from: &Exact, to: Option<&Exact>| {
        let second = to.cloned().unwrap_or_else(|| from + int(1));
        let (at_from, at_second) = (health_at(from, &rest, exposure), health_at(&second, &rest, exposure));
        if at_from == at_second {
            return;
        }
        let root = from - &at_from * (&second - from) / (at_second - &at_from);
        if root.is_positive() && root >= *from && to.is_none_or(|to| root <= *to) {
            roots.push(root);
        }
    };
    if kink.is_positive() {
        piece(&Exact::zero(), Some(&kink));
    }
    piece(&kink, None);
    roots
}

/// The root nearest to the oracle price, among those at or below `highest`.
pub fn nearest(roots: &[Exact], exposure: &Exposure, highest: &Exact) -> Option<Exact> {
    let oracle = per_unit(exposure.prices.oracle);
    roots.iter().filter(|r| *r <= highest).min_by_key(|r| (*r - &oracle).abs()).cloned()
}
