//! Exact prices at which maintenance health is zero.

use super::{Exact, health, int, per_unit, share};
use num_traits::{Signed, Zero};
use plimsoll_risk::Quote;
use plimsoll_risk::liquidation_price::Exposure;

/// Maintenance health at a price: what does not depend on it is `rest`.
pub fn health_at(price: &Exact, rest: &Exact, exposure: &Exposure) -> Exact {
    let weight = health::weights(exposure.balance, &exposure.collateral).1;
    let charged = health::charged(&exposure.position, &exposure.marks);
    let perp = health::perp_at(&exposure.position, price, &charged, &exposure.perp);
    rest + int(exposure.balance.0) * price * share(weight) + perp.maintenance
}

/// Profit or loss of the position at a price.
pub fn pnl_at(price: &Exact, exposure: &Exposure) -> Exact {
    let charged = health::charged(&exposure.position, &exposure.marks);
    int(exposure.position.size.0) * (price - charged) - int(exposure.position.entry.0)
}

/// Prices at which the health bends: where profit begins (perhaps below zero), and each
/// bracket. In order.
pub fn kinks(exposure: &Exposure) -> Vec<Exact> {
    let position = &exposure.position;
    if position.size.0 == 0 {
        return Vec::new();
    }
    let break_even =
        int(position.entry.0) / int(position.size.0) + health::charged(position, &exposure.marks);
    let tiers = exposure.perp.tiers.iter().filter(|tier| tier.maintenance.0 > 0);
    let mut kinks: Vec<_> = tiers.map(|tier| int(tier.from.0) / int(position.size.0).abs()).collect();
    kinks.push(break_even);
    kinks.sort();
    kinks
}

/// All positive roots of the health. It is linear between two kinks, so two values on each
/// piece give its line, and the line its root.
pub fn roots(rest: Quote, exposure: &Exposure) -> Vec<Exact> {
    let rest = int(rest.0);
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
    let mut from = Exact::zero();
    for kink in kinks(exposure).into_iter().filter(Exact::is_positive) {
        piece(&from, Some(&kink));
        from = kink;
    }
    piece(&from, None);
    roots
}

/// The root nearest to the oracle price, among those at or below `highest`.
pub fn nearest(roots: &[Exact], exposure: &Exposure, highest: &Exact) -> Option<Exact> {
    let oracle = per_unit(exposure.marks.oracle);
    roots.iter().filter(|r| *r <= highest).min_by_key(|r| (*r - &oracle).abs()).cloned()
}
