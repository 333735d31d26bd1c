//! What the tests are fed. `any_*` covers the whole type, biased to its edges;
//! `listed_*` covers what the program's listing bounds let in.

mod coverage;
mod perp;
mod scenario;
mod token;

pub use perp::*;
pub use scenario::{Scenario, scenario};
pub use token::*;

use plimsoll_risk::pool::{OpenInterest, Side};
use plimsoll_risk::trade::Terms;
use plimsoll_risk::{Health, Price, Prices, Quantity, Quote, Ratio};
use proptest::prelude::*;

/// Runs of each property, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 4_000;

pub fn config() -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases: CASES, ..config },
    }
}

/// All magnitudes of up to `bits` bits, equally likely on a logarithmic scale.
pub fn up_to_bits(bits: u32) -> impl Strategy<Value = u128> + Clone {
    (0..=bits, any::<u128>()).prop_map(|(bits, noise)| match bits {
        0 => 0,
        128 => noise | 1 << 127,
        bits => (1 << (bits - 1)) | (noise & ((1 << (bits - 1)) - 1)),
    })
}

/// Between `low` and `high`, equally likely on a logarithmic scale.
pub fn log_between(low: u128, high: u128) -> impl Strategy<Value = u128> + Clone {
    let (low_bits, high_bits) = (128 - low.leading_zeros(), 128 - high.leading_zeros());
    (low_bits..=high_bits, any::<u128>()).prop_map(move |(bits, noise)| {
        let top = 1u128 << (bits.max(1) - 1);
        (top | (noise & (top - 1))).clamp(low, high)
    })
}

pub fn any_u64() -> impl Strategy<Value = u64> + Clone {
    prop_oneof![
        6 => up_to_bits(64).prop_map(|n| n as u64),
        1 => prop::sample::select(vec![0, 1, 2, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX]),
    ]
}

pub fn any_i64() -> impl Strategy<Value = i64> + Clone {
    prop_oneof![
        6 => (up_to_bits(63), any::<bool>())
            .prop_map(|(n, negative)| if negative { -(n as i64) } else { n as i64 }),
        1 => prop::sample::select(vec![
            0, 1, -1, 2, -2, (1 << 41) - 1, 1 << 41, -(1 << 41), i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1,
        ]),
    ]
}

/// Signed, of up to `bits` bits.
pub fn signed(bits: u32) -> impl Strategy<Value = i64> + Clone {
    (up_to_bits(bits), any::<bool>()).prop_map(|(n, negative)| if negative { -(n as i64) } else { n as i64 })
}

pub fn any_quote() -> impl Strategy<Value = Quote> + Clone {
    any_i64().prop_map(Quote)
}

pub fn any_quantity() -> impl Strategy<Value = Quantity> + Clone {
    any_i64().prop_map(Quantity)
}

pub fn any_ratio() -> impl Strategy<Value = Ratio> + Clone {
    prop_oneof![
        4 => up_to_bits(32).prop_map(|n| n as u32),
        2 => 0..3_000_000u32,
        1 => prop::sample::select(vec![0, 1, 999_999, 1_000_000, 1_000_001, (1 << 22) - 1, 1 << 22, u32::MAX]),
    ]
    .prop_map(Ratio)
}

/// A share of at most one.
pub fn share() -> impl Strategy<Value = Ratio> + Clone {
    prop_oneof![3 => 0..=1_000_000u32, 1 => Just(1_000_000), 1 => Just(0)].prop_map(Ratio)
}

pub fn any_price() -> impl Strategy<Value = Price> + Clone {
    prop_oneof![
        4 => up_to_bits(128).prop_map(Price),
        2 => listed_price(),
        1 => prop::sample::select(vec![Price(0), Price(1), Price::ONE, Price(u128::MAX)]),
    ]
}

pub fn listed_price() -> impl Strategy<Value = Price> + Clone {
    prop_oneof![
        6 => log_between(Price::MIN.0, Price::MAX.0).prop_map(Price),
        1 => prop::sample::select(vec![Price::MIN, Price::MAX, Price::ONE]),
    ]
}

/// Two prices, often near each other, sometimes equal.
pub fn prices(price: impl Strategy<Value = Price> + Clone) -> impl Strategy<Value = Prices> {
    let near = (price.clone(), -300_000i64..300_000).prop_map(|(oracle, offset)| {
        let gap = (oracle.0 >> 32).saturating_mul(offset.unsigned_abs() as u128 * 4_295);
        let slow = if offset < 0 { oracle.0 - gap.min(oracle.0) } else { oracle.0.saturating_add(gap) };
        Prices { oracle, slow: Price(slow) }
    });
    let same = price.clone().prop_map(|oracle| Prices { oracle, slow: oracle });
    let free = (price.clone(), price).prop_map(|(oracle, slow)| Prices { oracle, slow });
    prop_oneof![3 => near, 1 => same, 2 => free]
}

pub fn any_terms() -> impl Strategy<Value = Terms> {
    (any_price(), any_ratio(), any_quantity(), any_i64())
        .prop_map(|(oracle, confidence, skew, skew_scale)| Terms { oracle, confidence, skew, skew_scale })
}

/// Market terms whose skew, and any trade within its scale, keeps premium and spread
/// below 90%: far more than can be listed.
pub fn mild_terms() -> impl Strategy<Value = Terms> {
    (listed_price(), 0..=300_000u32, log_between(4, 1 << 56), -300_000..=300_000i64).prop_map(
        |(oracle, confidence, scale, skew)| Terms {
            oracle,
            confidence: Ratio(confidence),
            skew: Quantity((scale as i128 * skew as i128 / 1_000_000) as i64),
            skew_scale: scale as i64,
        },
    )
}

pub fn any_health() -> impl Strategy<Value = Health> {
    (any_quote(), any_quote(), any_quote()).prop_map(|(equity, initial, maintenance)| Health {
        equity,
        initial,
        maintenance,
    })
}

pub fn any_side() -> impl Strategy<Value = Side> {
    (any_i64(), any_quote()).prop_map(|(size, entry)| Side { size: Quantity(size & i64::MAX), entry })
}

pub fn any_open_interest() -> impl Strategy<Value = OpenInterest> {
    (any_side(), any_side()).prop_map(|(long, short)| OpenInterest { long, short })
}
