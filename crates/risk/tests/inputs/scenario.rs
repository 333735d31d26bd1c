//! Accounts below maintenance, in markets as the listing bounds allow them.

use super::{charge, charged, log_between, reaching, share, up_to_bits};
use plimsoll_risk::health::{Health, PerpRisk, TIERS, Tier, perp_health};
use plimsoll_risk::liquidation::LiquidationTerms;
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{Position, Price, Quantity, Quote, Ratio};
use proptest::prelude::*;

/// An account, one position of it, and the terms of the position's market.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub account: Health,
    pub position: Position,
    pub terms: LiquidationTerms,
}

/// Listing bounds, as the program has them.
const CONFIDENCE_MAX: u32 = 100_000;
const IMPACT_MAX: u32 = 100_000;
const PENALTY: core::ops::RangeInclusive<u32> = 100..=100_000;
const MAINTENANCE_MARGIN_MAX: u32 = 500_000;
const TARGET: core::ops::RangeInclusive<u32> = 1_010_000..=2_000_000;
const RESERVE_MAX: i64 = 10_000_000;

/// Brackets that are used or not; where they begin is settled with the position.
fn tiers() -> impl Strategy<Value = [Tier; TIERS]> {
    let tier = (0..=500_000u32, 0..=1_000_000u32, any::<bool>()).prop_map(|(initial, part, used)| {
        let maintenance = (u64::from(initial) * u64::from(part) / 1_000_000) as u32;
        match used {
            true => Tier { from: Quote(0), initial: Ratio(initial), maintenance: Ratio(maintenance) },
            false => Tier { from: Quote(i64::MAX), ..Tier::default() },
        }
    });
    prop::array::uniform3(tier)
}

prop_compose! {
    /// Maintenance margin above confidence, impact at the open interest cap and penalty.
    fn ratios()(
        confidence in prop_oneof![Just(0), 0..=CONFIDENCE_MAX],
        impact in prop_oneof![1 => 100..=2_000u32, 2 => 100..IMPACT_MAX],
        penalty in PENALTY,
    )(
        margin in prop_oneof![
            Just((confidence + impact + penalty + 1).max(5_000)),
            (confidence + impact + penalty + 1).max(5_000)..=MAINTENANCE_MARGIN_MAX,
        ],
        initial_weight in share(),
        maintenance_weight in share(),
        tiers in tiers(),
        reserve in prop_oneof![Just(0), 0..=20_000i64, 0..=RESERVE_MAX],
        confidence in Just(confidence), impact in Just(impact), penalty in Just(penalty),
    ) -> (Ratio, u32, Ratio, PerpRisk) {
        (Ratio(confidence), impact, Ratio(penalty), PerpRisk {
            initial_margin: Ratio(margin.saturating_mul(2).min(1_000_000)),
            maintenance_margin: Ratio(margin),
            initial_profit_weight: initial_weight.min(maintenance_weight),
            maintenance_profit_weight: initial_weight.max(maintenance_weight),
            tiers: tiers.map(|tier| Tier { maintenance: Ratio(tier.maintenance.0.min((1_000_000 - margin) / 2)), ..tier }),
            reserve: Quote(reserve),
        })
    }
}

prop_compose! {
    /// A position of two cents to a hundred million USD, and the market around it.
    fn position_and_market()(
        (confidence, impact, penalty, perp) in ratios(),
        size in log_between(1, 1 << 40),
        notional in log_between(25_000, 100_000_000_000_000),
        profit in -900_000i64..3_000_000,
        long in any::<bool>(),
        own_side in 1..=64u64,
        other_side in 0..=64u64,
        cap in 64..=128u64,
        target in prop_oneof![*TARGET.start()..=1_200_000u32, TARGET],
        full_close_notional in prop_oneof![Just(1_000_000), log_between(1_000_000, 10_000_000_000)],
        size_min in prop_oneof![3 => Just(1), 1 => up_to_bits(40)],
        from in prop::array::uniform3(0..=1_200_000u32),
        charges in (charge(), charge(), any::<i32>()),
    ) -> Option<(Position, LiquidationTerms)> {
        let oracle = Price((notional << 64) / size);
        if oracle < Price::MIN || oracle > Price::MAX {
            return None;
        }
        let sign = if long { 1 } else { -1 };
        let marks = charged(oracle, charges.0, charges.1, charges.2);
        let signed = Quantity(size as i64 * sign);
        let value = marks.of(signed).value_floor(signed).ok()?;
        let entry = value.0 - (notional as i128 * profit as i128 / 1_000_000) as i64;
        let perp = reaching(perp, Quote(notional as i64), from);
        let own = size as i64 * own_side as i64;
        let other = size as i64 * other_side as i64;
        let scale = size * cap as u128 * 1_000_000 / impact as u128 + 1;
        Some((
            Position { size: signed, entry: Quote(entry) },
            LiquidationTerms {
                trade: Terms {
                    oracle,
                    confidence,
                    skew: Quantity((own - other) * sign),
                    skew_scale: i64::try_from(scale).ok()?,
                },
                marks,
                perp,
                penalty,
                target_margin_ratio: Ratio(target),
                full_close_notional: Quote(full_close_notional as i64),
                size_min: (size_min as i64).clamp(1, size as i64),
            },
        ))
    }
}

prop_compose! {
    /// What the rest of the account requires (a share of what the position does), and
    /// the account's margin ratio, in millionths.
    fn account_around()(
        others in prop_oneof![Just(0), 0..10_000_000i64],
        ratio in prop_oneof![
            1 => -500_000i64..500_000,
            1 => 500_000..900_000i64,
            3 => 900_000..1_000_000i64,
            1 => Just(999_999),
        ],
        initial_more in 0..1_000_000i64,
    ) -> (i64, i64, i64) {
        (others, ratio, initial_more)
    }
}

/// An account below maintenance with a position in a listable market.
pub fn scenario() -> impl Strategy<Value = Scenario> {
    let parts = (position_and_market(), account_around());
    parts.prop_filter_map("price or scale out of range", |(market, around)| {
        let (position, terms) = market?;
        let slot = perp_health(&position, &terms.marks, &terms.perp).ok()?;
        let part = |amount: i64, millionths: i64| (amount as i128 * millionths as i128 / 1_000_000) as i64;
        let released = slot.equity.0 - slot.maintenance.0;
        let (others, ratio, initial_more) = around;
        let requirement = released + part(released, others);
        let equity = part(requirement, ratio).min(requirement - 1);
        let maintenance = equity - requirement;
        let initial = maintenance - part(requirement, initial_more);
        let account =
            Health { equity: Quote(equity), initial: Quote(initial), maintenance: Quote(maintenance) };
        Some(Scenario { account, position, terms })
    })
}
