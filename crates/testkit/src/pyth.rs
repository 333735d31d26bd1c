//! Bytes of Pyth accounts, as Pyth's own programs write them.
//!
//! Written from the layouts, field after field, and apart from the program's
//! readers: a test that feeds one into the other checks both.

pub use plimsoll::oracle::pyth_legacy::{ORACLE_DEVNET, ORACLE_MAINNET};
pub use plimsoll::oracle::pyth_pull::{RECEIVER, RECEIVER_PRO};

use plimsoll::oracle::{pyth_legacy, pyth_pull};

/// A price as a provider states it: `(price ± confidence) * 10^exponent` USD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// In units of `10^exponent` USD; any sign, for accounts that must be refused.
    pub price: i64,
    /// In units of `10^exponent` USD.
    pub confidence: u64,
    pub exponent: i32,
    /// Unix seconds.
    pub publish_time: i64,
}

/// How many guardian signatures the receiver program has checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Two thirds of the guardians.
    Full,
    /// This many.
    Partial(u8),
}

/// The content of a `PriceUpdateV2` account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullUpdate {
    pub write_authority: [u8; 32],
    pub verification: Verification,
    pub feed_id: [u8; 32],
    pub quote: Quote,
    /// Unix seconds.
    pub prev_publish_time: i64,
    /// In units of `10^exponent` USD.
    pub ema_price: i64,
    /// In units of `10^exponent` USD.
    pub ema_confidence: u64,
    pub posted_slot: u64,
}

impl PullUpdate {
    /// A fully verified update, one second after the one before, whose average
    /// equals the quote.
    pub fn new(feed_id: [u8; 32], quote: Quote) -> Self {
        Self {
            write_authority: [0; 32],
            verification: Verification::Full,
            feed_id,
            quote,
            prev_publish_time: quote.publish_time.saturating_sub(1),
            ema_price: quote.price,
            ema_confidence: quote.confidence,
            posted_slot: 0,
        }
    }
}

/// Bytes of a `PriceUpdateV2` account, to be owned by [`RECEIVER`] or
/// [`RECEIVER_PRO`].
pub fn pull_account(update: &PullUpdate) -> Vec<u8> {
    let mut account = Vec::with_capacity(pyth_pull::ACCOUNT_LEN);
    account.extend(pyth_pull::DISCRIMINATOR);
    account.extend(update.write_authority);
    match update.verification {
        Verification::Full => account.push(pyth_pull::VERIFICATION_FULL),
        Verification::Partial(signatures) => {
            account.extend([pyth_pull::VERIFICATION_PARTIAL, signatures]);
        }
    }
    account.extend(update.feed_id);
    account.extend(update.quote.price.to_le_bytes());
    account.extend(update.quote.confidence.to_le_bytes());
    account.extend(update.quote.exponent.to_le_bytes());
    account.extend(update.quote.publish_time.to_le_bytes());
    account.extend(update.prev_publish_time.to_le_bytes());
    account.extend(update.ema_price.to_le_bytes());
    account.extend(update.ema_confidence.to_le_bytes());
    account.extend(update.posted_slot.to_le_bytes());
    account.resize(pyth_pull::ACCOUNT_LEN, 0);
    account
}

/// Whether the legacy oracle vouches for its aggregate price.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyStatus {
    Unknown = 0,
    Trading = 1,
    Halted = 2,
    Auction = 3,
    Ignored = 4,
}

/// The content of a legacy price account; the publishers' components and the
/// provider's averages stay zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LegacyPrice {
    /// Address of the product account: the feed id of a risk board row.
    pub product: [u8; 32],
    pub status: LegacyStatus,
    pub quote: Quote,
    /// Slot in which the aggregate price was formed.
    pub slot: u64,
    /// The last aggregate before this one that was trading; its exponent is not
    /// stored.
    pub previous: Quote,
    pub previous_slot: u64,
    /// Number of publishers, at most 32.
    pub publishers: u32,
}

impl LegacyPrice {
    /// A trading price, one second and one slot after the same price before it.
    pub fn new(product: [u8; 32], quote: Quote, slot: u64) -> Self {
        Self {
            product,
            status: LegacyStatus::Trading,
            quote,
            slot,
            previous: Quote { publish_time: quote.publish_time.saturating_sub(1), ..quote },
            previous_slot: slot.saturating_sub(1),
            publishers: 0,
        }
    }
}

const LEGACY_MAGIC: u32 = 0xa1b2_c3d4;
const LEGACY_VERSION: u32 = 2;
const LEGACY_ACCOUNT_TYPE_PRICE: u32 = 3;
const LEGACY_PRICE_TYPE_PRICE: u32 = 1;
const LEGACY_HEADER_LEN: u32 = 240;
const LEGACY_COMPONENT_LEN: u32 = 96;

/// Bytes of a legacy price account, to be owned by [`ORACLE_MAINNET`] or
/// [`ORACLE_DEVNET`].
pub fn legacy_account(price: &LegacyPrice) -> Vec<u8> {
    let used_len = LEGACY_HEADER_LEN + LEGACY_COMPONENT_LEN * price.publishers;
    let header = [LEGACY_MAGIC, LEGACY_VERSION, LEGACY_ACCOUNT_TYPE_PRICE, used_len, LEGACY_PRICE_TYPE_PRICE];
    let last_valid = match price.status {
        LegacyStatus::Trading => price.slot,
        _ => price.previous_slot,
    };
    let averages = [0; 48];
    let derived = [0; 8];
    let next_account = [0; 32];
    let quoters = 0u32;
    let corporate_action = 0u32;

    let mut account = Vec::with_capacity(pyth_legacy::ACCOUNT_LEN);
    account.extend(header.into_iter().flat_map(u32::to_le_bytes));
    account.extend(price.quote.exponent.to_le_bytes());
    account.extend(price.publishers.to_le_bytes());
    account.extend(quoters.to_le_bytes());
    account.extend(last_valid.to_le_bytes());
    account.extend(price.previous_slot.to_le_bytes());
    account.extend(averages);
    account.extend(price.quote.publish_time.to_le_bytes());
    account.extend(derived);
    account.extend(price.product);
    account.extend(next_account);
    account.extend(price.previous_slot.to_le_bytes());
    account.extend(price.previous.price.to_le_bytes());
    account.extend(price.previous.confidence.to_le_bytes());
    account.extend(price.previous.publish_time.to_le_bytes());
    account.extend(price.quote.price.to_le_bytes());
    account.extend(price.quote.confidence.to_le_bytes());
    account.extend((price.status as u32).to_le_bytes());
    account.extend(corporate_action.to_le_bytes());
    account.extend(price.slot.to_le_bytes());
    account.resize(pyth_legacy::ACCOUNT_LEN, 0);
    account
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll::oracle::pyth_pull::PythPull;
    use plimsoll::oracle::{OracleReading, PriceSource, Refusal};

    /// Bytes that Pyth's own crates and programs wrote.
    macro_rules! fixture {
        ($name:literal) => {
            include_bytes!(concat!("../../../programs/plimsoll/src/oracle/fixtures/", $name))
        };
    }

    fn update() -> PullUpdate {
        PullUpdate {
            write_authority: [0xa5; 32],
            verification: Verification::Full,
            feed_id: core::array::from_fn(|index| 0xe0 ^ (index as u8 * 7)),
            quote: Quote {
                price: 4_861_234_567_890,
                confidence: 2_345_678_901,
                exponent: -8,
                publish_time: 1_584_000_123,
            },
            prev_publish_time: 1_584_000_122,
            ema_price: 4_900_000_000_001,
            ema_confidence: 3_000_000_002,
            posted_slot: (1 << 48) - 1,
        }
    }

    #[test]
    fn pull_accounts_equal_those_of_pyths_own_crate() {
        assert_eq!(pull_account(&update()), fixture!("pull_full.bin"));
        let partial = PullUpdate { verification: Verification::Partial(5), ..update() };
        assert_eq!(pull_account(&partial), fixture!("pull_partial.bin"));
    }

    #[test]
    fn pull_accounts_are_read_back_by_the_program() {
        let update = PullUpdate::new([3; 32], update().quote);
        let reading = OracleReading {
            mantissa: 4_861_234_567_890,
            confidence: 2_345_678_901,
            exponent: -8,
            publish_time: 1_584_000_123,
        };
        assert_eq!(PythPull::read(&RECEIVER, &[3; 32], &pull_account(&update)), Ok(reading));
        let partial = PullUpdate { verification: Verification::Partial(12), ..update };
        let refused = PythPull::read(&RECEIVER, &[3; 32], &pull_account(&partial));
        assert_eq!(refused, Err(Refusal::NotFullyVerified));
    }

    #[test]
    fn legacy_accounts_equal_a_recorded_one() {
        let recorded = fixture!("legacy_sol_usd.bin");
        let product = recorded[112..144].try_into().unwrap();
        let quote = Quote { price: 32_112_500_000, confidence: 30_000_000, exponent: -9, publish_time: 0 };
        let price = LegacyPrice { publishers: 3, ..LegacyPrice::new(product, quote, 64_338_668) };
        let account = legacy_account(&price);
        assert_eq!(account.len(), recorded.len());
        // The recording is older than the fields of the previous price, between.
        assert_eq!(account[..176], recorded[..176]);
        assert_eq!(account[208..240], recorded[208..240]);
    }
}
