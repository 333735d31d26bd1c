//! Pyth pull oracle: `PriceUpdateV2` accounts of the Solana receiver program.
//!
//! Layout and program addresses: crate `pyth-solana-receiver-sdk` 2.0.0,
//! `src/price_update.rs` and `src/lib.rs`. Borsh encoding, so the fields after
//! the verification level lie one byte later in a partially verified update than
//! in a fully verified one. Those are refused, which leaves one layout to read.

use bytemuck::{Pod, Zeroable};
use solana_address::Address;

use super::{OracleReading, PriceSource, Refusal};

/// The receiver program that verifies Pyth's guardian signatures.
pub const RECEIVER: [u8; 32] =
    Address::from_str_const("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ").to_bytes();

/// The receiver program of Pyth Pro, of the same account layout.
pub const RECEIVER_PRO: [u8; 32] =
    Address::from_str_const("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp").to_bytes();

/// First 8 bytes of sha256("account:PriceUpdateV2").
pub const DISCRIMINATOR: [u8; 8] = [0x22, 0xf1, 0x23, 0x63, 0x9d, 0x7e, 0xf4, 0xcd];

/// The receiver allocates every update with this size.
pub const ACCOUNT_LEN: usize = 134;

/// Verification tag: only some of the guardians' signatures were checked. A byte
/// with their number follows.
pub const VERIFICATION_PARTIAL: u8 = 0;

/// Verification tag: two thirds of the guardians signed.
pub const VERIFICATION_FULL: u8 = 1;

/// The adapter of `PriceUpdateV2` accounts.
pub struct PythPull;

/// A fully verified update, integers little-endian. Byte arrays, because Borsh
/// aligns nothing.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct FullUpdate {
    /// [`DISCRIMINATOR`].
    pub discriminator: [u8; 8],
    /// Who may overwrite or close the account; says nothing about the price.
    pub write_authority: [u8; 32],
    /// [`VERIFICATION_FULL`].
    pub verification: u8,
    /// Pyth's identifier of the asset and its quote currency.
    pub feed_id: [u8; 32],
    /// `i64`, in units of `10^exponent`.
    pub price: [u8; 8],
    /// `u64`, in units of `10^exponent`.
    pub confidence: [u8; 8],
    /// `i32`.
    pub exponent: [u8; 4],
    /// `i64`, unix seconds.
    pub publish_time: [u8; 8],
    /// `i64`, unix seconds; of the update before this one.
    pub prev_publish_time: [u8; 8],
    /// `i64`, in units of `10^exponent`; the provider's own average.
    pub ema_price: [u8; 8],
    /// `u64`, in units of `10^exponent`.
    pub ema_confidence: [u8; 8],
    /// `u64`; the slot in which the update was posted here.
    pub posted_slot: [u8; 8],
    /// Allocated for the longer, partial form; whatever an earlier write left.
    pub slack: u8,
}

const _: () = assert!(size_of::<FullUpdate>() == ACCOUNT_LEN);

impl PriceSource for PythPull {
    const OWNERS: &'static [[u8; 32]] = &[RECEIVER, RECEIVER_PRO];

    fn decode(feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
        let update: &FullUpdate = bytemuck::try_from_bytes(data).map_err(|_| Refusal::WrongType)?;
        if update.discriminator != DISCRIMINATOR {
            return Err(Refusal::WrongType);
        }
        match update.verification {
            VERIFICATION_FULL => {}
            VERIFICATION_PARTIAL => return Err(Refusal::NotFullyVerified),
            _ => return Err(Refusal::WrongType),
        }
        if !super::is_same(&update.feed_id, feed_id) {
            return Err(Refusal::WrongFeed);
        }
        OracleReading::from_signed(
            i64::from_le_bytes(update.price),
            u64::from_le_bytes(update.confidence),
            i32::from_le_bytes(update.exponent),
            i64::from_le_bytes(update.publish_time),
        )
    }
}
