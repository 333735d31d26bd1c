//! Positions, what their sides have been charged, and the margin they require.

use super::{any_price, any_quantity, any_quote, any_ratio, log_between, share, signed, up_to_bits};
use plimsoll_risk::health::{TIERS, Tier};
use plimsoll_risk::{PerpMarks, PerpRisk, Position, Price, Quantity, Quote, Ratio, SignedPrice};
use proptest::prelude::*;

const UNUSED: Tier = Tier { from: Quote(i64::MAX), initial: Ratio(0), maintenance: Ratio(0) };

/// Any ratios and brackets at all, in any order.
pub fn any_perp_risk() -> impl Strategy<Value = PerpRisk> {
    let tier = (any_quote(), any_ratio(), any_ratio()).prop_map(|(from, a, b)| Tier {
        from,
        initial: a.max(b),
        maintenance: a.min(b),
    });
    let tiers = prop::array::uniform3(prop_oneof![2 => tier, 1 => Just(UNUSED), 1 => Just(Tier::default())]);
    let reserve = prop_oneof![Just(0), 0..=i64::MAX].prop_map(Quote);
    perp_risk(any_ratio(), any_ratio(), tiers, reserve)
}

/// Brackets as a liquidation price relies on: two in rising order, and one for initial
/// margin only.
pub fn in_order(mut risk: PerpRisk) -> PerpRisk {
    for tier in &mut risk.tiers {
        tier.from = Quote(tier.from.0.max(0));
    }
    risk.tiers[..2].sort_by_key(|tier| tier.from);
    risk.tiers[2].maintenance = Ratio::ZERO;
    risk
}

/// Margins and profit weights of at most one; brackets anywhere, or not used.
pub fn listed_perp_risk() -> impl Strategy<Value = PerpRisk> {
    let from = log_between(1, 1 << 60).prop_map(|n| n as i64);
    let tiers = prop::array::uniform3((from, 0..=500_000u32, 0..=500_000u32, 0..4u8)).prop_map(|parts| {
        parts.map(|(from, a, b, used)| match used {
            0 => UNUSED,
            _ => Tier { from: Quote(from), initial: Ratio(a.max(b)), maintenance: Ratio(a.min(b)) },
        })
    });
    let reserve = prop_oneof![1 => Just(0), 3 => 0..=10_000_000i64].prop_map(Quote);
    perp_risk((5_000..=1_000_000u32).prop_map(Ratio), share(), tiers, reserve)
        .prop_map(|risk| up_to_the_whole(in_order(risk)))
}

/// Cuts surcharges so that all maintenance margins together are at most one.
fn up_to_the_whole(mut risk: PerpRisk) -> PerpRisk {
    let mut left = Ratio::ONE.0 - risk.maintenance_margin.0.min(Ratio::ONE.0);
    for tier in &mut risk.tiers {
        tier.maintenance = Ratio(tier.maintenance.0.min(left));
        left -= tier.maintenance.0;
    }
    risk
}

fn perp_risk(
    margin: impl Strategy<Value = Ratio> + Clone,
    weight: impl Strategy<Value = Ratio> + Clone,
    tiers: impl Strategy<Value = [Tier; TIERS]>,
    reserve: impl Strategy<Value = Quote>,
) -> impl Strategy<Value = PerpRisk> {
    (margin.clone(), margin, weight.clone(), weight, tiers, reserve).prop_map(
        |(a, b, c, d, tiers, reserve)| PerpRisk {
            initial_margin: a.max(b),
            maintenance_margin: a.min(b),
            initial_profit_weight: c.min(d),
            maintenance_profit_weight: c.max(d),
            tiers,
            reserve,
        },
    )
}

/// Moves every bracket to a share of `notional`, so that it matters.
pub fn reaching(mut risk: PerpRisk, notional: Quote, at: [u32; TIERS]) -> PerpRisk {
    for (tier, at) in risk.tiers.iter_mut().zip(at) {
        if tier.from != UNUSED.from {
            tier.from = Ratio(at).of_floor(notional).unwrap_or(tier.from);
        }
    }
    in_order(risk)
}

/// What a side has been charged per unit, in millionths of the price: nothing, a little, or
/// so much that its mark is far below zero.
pub fn charge() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![2 => Just(0), 4 => -900_000..900_000i64, 2 => -5_000_000..5_000_000i64]
}

/// Marks of sides that have been charged different amounts; down to the last bit.
pub fn marks_at(oracle: Price) -> impl Strategy<Value = PerpMarks> + Clone {
    let noise = prop_oneof![Just(0), any::<i32>()];
    (charge(), charge(), noise).prop_map(move |(long, short, noise)| charged(oracle, long, short, noise))
}

/// The price less charges in millionths of it, and less `noise` steps where there is any charge.
pub fn charged(oracle: Price, long: i64, short: i64, noise: i32) -> PerpMarks {
    let price = i128::try_from(oracle.0).unwrap_or(i128::MAX);
    let mark = |millionths: i64| {
        let noise = if millionths == 0 { 0 } else { i128::from(noise) };
        let charge = (price / 1_000_000).saturating_mul(i128::from(millionths)).saturating_add(noise);
        SignedPrice(price.saturating_sub(charge))
    };
    PerpMarks { oracle, long: mark(long), short: mark(short) }
}

/// Marks that have nothing to do with their price.
pub fn any_marks() -> impl Strategy<Value = PerpMarks> + Clone {
    let mark = (up_to_bits(127), any::<bool>())
        .prop_map(|(n, negative)| SignedPrice(if negative { -(n as i128) } else { n as i128 }));
    let free =
        (any_price(), mark.clone(), mark).prop_map(|(oracle, long, short)| PerpMarks { oracle, long, short });
    prop_oneof![free.boxed(), any_price().prop_flat_map(marks_at).boxed()]
}

pub fn any_position() -> impl Strategy<Value = Position> {
    (any_quantity(), any_quote()).prop_map(|(size, entry)| Position { size, entry })
}

/// A position whose entry is between a third and three times what `marks` value it at, or
/// anything; none without size.
pub fn position_at(marks: PerpMarks) -> impl Strategy<Value = Position> {
    let near = (signed(50), 300_000..3_000_000u32).prop_map(move |(size, ratio)| {
        let size = Quantity(size);
        let value = marks.of(size).value_floor(size).unwrap_or_default();
        Position { size, entry: Ratio(ratio).of_floor(value).unwrap_or_default() }
    });
    prop_oneof![4 => near.boxed(), 1 => any_position().boxed()].prop_map(|position| match position.size.0 {
        0 => Position::default(),
        _ => position,
    })
}

/// A listable position with its marks and its market's risk.
pub fn position_in(
    price: impl Strategy<Value = Price>,
    risk: impl Strategy<Value = PerpRisk>,
) -> impl Strategy<Value = (Position, PerpMarks, PerpRisk)> {
    let reach = prop::array::uniform3(0..=1_500_000u32);
    (price.prop_flat_map(marks_at), risk, reach, any::<bool>())
        .prop_flat_map(|(marks, risk, at, reaches)| (position_at(marks), Just((marks, risk, at, reaches))))
        .prop_map(|(position, (marks, risk, at, reaches))| {
            let notional = Quantity::from_magnitude(position.size.magnitude())
                .and_then(|size| marks.oracle.value_floor(size));
            match notional {
                Ok(notional) if reaches => (position, marks, reaching(risk, notional, at)),
                _ => (position, marks, risk),
            }
        })
}
