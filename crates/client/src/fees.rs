//! What is offered for a place in a block, and what is asked for.
use crate::transaction::{COMPUTE_UNITS_MAX, LOADED_BYTES_MAX, Limits};

/// How much is offered: a percentile of what others have paid of late, within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeePolicy {
    /// 0 to 100: the share of recent fees that is not above the offer.
    pub percentile: u8,
    /// Least and most that is offered, micro-lamports per compute unit.
    pub floor: u64,
    pub cap: u64,
    /// Most that is offered for a whole transaction, lamports: stronger than the floor.
    pub total_max: u64,
}

impl Default for FeePolicy {
    /// Three quarters of the others outbid, 0.01 to 50 lamports per unit, 0.001 SOL in all at most.
    fn default() -> Self {
        Self { percentile: 75, floor: 10_000, cap: 50_000_000, total_max: 1_000_000 }
    }
}

impl FeePolicy {
    /// Nothing is offered.
    pub const NONE: Self = Self { percentile: 0, floor: 0, cap: 0, total_max: 0 };

    /// Micro-lamports per compute unit to offer for a transaction that asks for `compute_units`, given
    /// what others have `paid`. The percentile is that of the nearest rank. Rounded down where the whole
    /// is limited.
    pub fn price(&self, paid: &[u64], compute_units: u32) -> u64 {
        let price = percentile(paid, self.percentile).clamp(self.floor.min(self.cap), self.cap);
        if compute_units == 0 {
            return price;
        }
        let affordable = u128::from(self.total_max) * 1_000_000 / u128::from(compute_units);
        price.min(u64::try_from(affordable).unwrap_or(u64::MAX))
    }
}

/// The value that `percent` of `values` do not exceed (nearest rank); zero of none.
fn percentile(values: &[u64], percent: u8) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * usize::from(percent.min(100))).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Units beyond those used in the simulation, so that accounts may change until it lands: a fifth, and these.
const COMPUTE_HEADROOM: u32 = 5_000;
/// Clusters charge for loaded accounts by such pages.
const PAGE: u32 = 32 << 10;

/// Compute units to ask for when a simulation has used `used`: a fifth more, rounded up, and 5,000.
pub fn compute_limit(used: u64) -> u32 {
    let with_headroom = used.saturating_add(used.div_ceil(5)).saturating_add(COMPUTE_HEADROOM.into());
    u32::try_from(with_headroom).unwrap_or(u32::MAX).min(COMPUTE_UNITS_MAX)
}

/// Bytes of accounts to ask for when `loaded` are known to be loaded: rounded up to whole pages of
/// 32 KiB, which cost the same, and one page more, as accounts may be created until it lands.
pub fn loaded_limit(loaded: u32) -> u32 {
    loaded.div_ceil(PAGE).saturating_add(1).saturating_mul(PAGE).min(LOADED_BYTES_MAX)
}

/// Limits for a transaction that used `compute_units` and loads `loaded_bytes`.
pub fn limits(policy: &FeePolicy, paid: &[u64], compute_units: u64, loaded_bytes: u32) -> Limits {
    let compute_units = compute_limit(compute_units);
    let price = policy.price(paid, compute_units);
    Limits { compute_units, loaded_bytes: loaded_limit(loaded_bytes), price }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_percentile_is_of_the_nearest_rank() {
        let values = [50, 10, 30, 20, 40];
        let of = |percent| percentile(&values, percent);
        assert_eq!([of(0), of(20), of(21), of(50), of(75), of(100)], [10, 10, 20, 30, 40, 50]);
        assert_eq!(of(255), 50);
        assert_eq!(percentile(&[], 50), 0);
    }

    #[test]
    fn the_offer_is_between_floor_and_cap() {
        let policy = FeePolicy { percentile: 50, floor: 100, cap: 1_000, total_max: 1_000_000 };
        let price = |paid: &[u64]| policy.price(paid, 200_000);
        assert_eq!(
            [price(&[]), price(&[1, 2, 3]), price(&[500; 3]), price(&[9_999; 3])],
            [100, 100, 500, 1_000]
        );
        let contradictory = FeePolicy { floor: 2_000, ..policy };
        assert_eq!(contradictory.price(&[], 200_000), 1_000);
        assert_eq!(FeePolicy::NONE.price(&[9_999], 200_000), 0);
    }

    #[test]
    fn a_whole_transaction_costs_no_more_than_its_limit() {
        let policy = FeePolicy { percentile: 100, floor: 0, cap: u64::MAX, total_max: 1_000 };
        let price = policy.price(&[u64::MAX], 300_000);
        // 1,000 lamports for 300,000 units: 3,333.33 micro-lamports each.
        assert_eq!(price, 3_333);
        let limits = Limits { compute_units: 300_000, loaded_bytes: 0, price };
        assert_eq!(limits.priority_fee(), 1_000);
        assert_eq!(Limits { price: price + 1, ..limits }.priority_fee(), 1_001);
        assert_eq!(policy.price(&[7], 0), 7);
    }

    #[test]
    fn limits_have_headroom_and_an_end() {
        assert_eq!(
            [compute_limit(0), compute_limit(100_000), compute_limit(100_001)],
            [5_000, 125_000, 125_002]
        );
        assert_eq!([compute_limit(1_300_000), compute_limit(u64::MAX)], [1_400_000; 2]);
        assert_eq!([loaded_limit(0), loaded_limit(1), loaded_limit(32_768)], [32_768, 65_536, 65_536]);
        assert_eq!([loaded_limit(32_769), loaded_limit(u32::MAX)], [98_304, 67_108_864]);
    }
}
