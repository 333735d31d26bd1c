//! Legacy Pyth: price accounts that Pyth's oracle program keeps on the chain
//! itself.
//!
//! Mainnet no longer publishes to such accounts; other clusters and forks do.
//! Layout and program addresses: crate `pyth-sdk-solana` 0.10.6, `src/state.rs`,
//! with which the tests compare every reading.

use bytemuck::{Pod, Zeroable};
use solana_address::Address;

use super::{is_same, OracleReading, PriceSource, Refusal};

/// Pyth's oracle program on mainnet and Pythnet.
pub const ORACLE_MAINNET: [u8; 32] =
    Address::from_str_const("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH").to_bytes();

/// Pyth's oracle program on devnet and Pyth's own test chain.
pub const ORACLE_DEVNET: [u8; 32] =
    Address::from_str_const("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s").to_bytes();

/// The oracle program allocates every Solana price account with this size: a
/// header with the aggregate price, then 32 publishers' components.
pub const ACCOUNT_LEN: usize = 3_312;

/// What Pyth's accounts begin with.
const MAGIC: u32 = 0xa1b2_c3d4;
const VERSION: u32 = 2;
/// Account type of prices.
const TYPE_PRICE: u32 = 3;
/// The only price type there is.
const PRICE_TYPE_PRICE: u8 = 1;
/// The only status in which Pyth vouches for a price, and the last one there is.
const STATUS_TRADING: u8 = 1;
const STATUS_LAST: u8 = 4;

/// The header of a price account, as far as readings need it.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Header {
    magic: u32,
    version: u32,
    account_type: u32,
    /// Bytes in use.
    size: u32,
    price_type: u8,
    padding: [u8; 3],
    exponent: i32,
    publishers: [u32; 2],
    slots: [u64; 2],
    averages: [i64; 6],
    publish_time: i64,
    settings: [u8; 8],
    product: [u8; 32],
    next: [u8; 32],
    previous: [i64; 4],
    price: i64,
    confidence: u64,
    status: u8,
    corporate_action: u8,
    status_padding: [u8; 6],
    publish_slot: u64,
}

const HEADER_LEN: usize = size_of::<Header>();

const _: () = assert!(HEADER_LEN == 240);

/// The adapter of legacy price accounts.
///
/// The feed id is the address of the **product account** that the price
/// account names: an account closed and made again for another product is
/// refused, although its address is the pinned one.
pub struct PythLegacy;

impl PriceSource for PythLegacy {
    const OWNERS: &'static [[u8; 32]] = &[ORACLE_MAINNET, ORACLE_DEVNET];

    fn decode(feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
        if data.len() != ACCOUNT_LEN {
            return Err(Refusal::WrongType);
        }
        let header: Header = bytemuck::pod_read_unaligned(&data[..HEADER_LEN]);
        let is_price = header.magic == MAGIC
            && header.version == VERSION
            && header.account_type == TYPE_PRICE
            && header.price_type == PRICE_TYPE_PRICE
            && header.status <= STATUS_LAST
            && header.corporate_action == 0
            && (HEADER_LEN..=ACCOUNT_LEN).contains(&(header.size as usize));
        if !is_price {
            return Err(Refusal::WrongType);
        }
        if header.status != STATUS_TRADING {
            return Err(Refusal::NotTrading);
        }
        if !is_same(&header.product, feed_id) {
            return Err(Refusal::WrongFeed);
        }
        OracleReading::from_signed(header.price, header.confidence, header.exponent, header.publish_time)
    }
}
