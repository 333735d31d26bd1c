//! Token balances: shares, what a share is worth, and how it counts.

use super::{any_price, any_ratio, log_between, share};
use plimsoll_risk::lending::Index;
use plimsoll_risk::{CollateralRisk, Price, Prices, Quantity, Ratio, TokenMarks};
use proptest::prelude::*;

pub fn any_collateral_risk() -> impl Strategy<Value = CollateralRisk> {
    collateral_risk(any_ratio(), any_ratio())
}

/// Assets count for at most, debts for at least, their value.
pub fn listed_collateral_risk() -> impl Strategy<Value = CollateralRisk> {
    collateral_risk(share(), (1_000_000..=3_000_000u32).prop_map(Ratio))
}

fn collateral_risk(
    asset: impl Strategy<Value = Ratio> + Clone,
    debt: impl Strategy<Value = Ratio> + Clone,
) -> impl Strategy<Value = CollateralRisk> {
    (asset.clone(), asset, debt.clone(), debt).prop_map(|(a, b, c, d)| CollateralRisk {
        initial_asset_weight: a.min(b),
        maintenance_asset_weight: a.max(b),
        initial_debt_weight: c.max(d),
        maintenance_debt_weight: c.min(d),
    })
}

/// An index between a 16th and 64 native units per share, or the one it begins at.
pub fn listed_index() -> impl Strategy<Value = Index> + Clone {
    prop_oneof![3 => log_between(1 << 44, 1 << 53).prop_map(|n| Index(n as u64)), 1 => Just(Index::ONE)]
}

/// Any two prices at all, the cautious one on the cautious side.
pub fn any_token_marks(shares: Quantity) -> impl Strategy<Value = TokenMarks> {
    (any_price(), any_price(), any::<bool>()).prop_map(move |(a, b, same)| {
        let (low, high) = (a.min(b), a.max(b));
        match (same, shares.0 < 0) {
            (true, _) => TokenMarks { oracle: a, cautious: a },
            (false, true) => TokenMarks { oracle: low, cautious: high },
            (false, false) => TokenMarks { oracle: high, cautious: low },
        }
    })
}

/// What a share is worth at an index, rounded against the account; `None` if that is beyond
/// all prices.
pub fn indexed(prices: &Prices, index: Index, shares: Quantity) -> Option<TokenMarks> {
    let native = TokenMarks::unindexed(prices, shares);
    let of = |price: Price| match shares.0 < 0 {
        true => index.price_ceil(price).ok(),
        false => index.price_floor(price).ok(),
    };
    Some(TokenMarks { oracle: of(native.oracle)?, cautious: of(native.cautious)? })
}
