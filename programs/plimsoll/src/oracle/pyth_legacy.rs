//! Legacy Pyth: price accounts that Pyth's oracle program keeps on the chain
//! itself, read through `pyth-sdk-solana` 0.10.6.
//!
//! Mainnet no longer publishes to such accounts; other clusters and forks do.

use solana_address::Address;

/// Pyth's oracle program on mainnet and Pythnet.
pub const ORACLE_MAINNET: [u8; 32] =
    Address::from_str_const("FsJ3A3u2vn5cTVofAjvy6y5kwABJAqYWpe4975bi2epH").to_bytes();

/// Pyth's oracle program on devnet and Pyth's own test chain.
pub const ORACLE_DEVNET: [u8; 32] =
    Address::from_str_const("gSbePebfvPy7tRqimPoVecS2UsBvYv46ynrzWocc92s").to_bytes();

/// The oracle program allocates every Solana price account with this size: a
/// header with the aggregate price, then 32 publishers' components.
pub const ACCOUNT_LEN: usize = 3_312;

#[cfg(feature = "program")]
pub use adapter::PythLegacy;

#[cfg(feature = "program")]
mod adapter {
    use core::mem::offset_of;

    use pyth_sdk_solana::state::{
        load_price_account, CorpAction, GenericPriceAccount, PriceStatus, PriceType, SolanaPriceAccount,
    };

    use super::{ACCOUNT_LEN, ORACLE_DEVNET, ORACLE_MAINNET};
    use crate::oracle::{OracleReading, PriceSource, Refusal};

    /// The adapter of legacy price accounts.
    ///
    /// The feed id is the address of the **product account** that the price
    /// account names: an account closed and made again for another product is
    /// refused, although its address is the pinned one.
    pub struct PythLegacy;

    /// The SDK's price account without publishers: all that a reading needs, and
    /// the one form that can be vetted cheaply (see [`enums_are_valid`]).
    type Header = GenericPriceAccount<0, ()>;

    const HEADER_LEN: usize = size_of::<Header>();

    const _: () = assert!(size_of::<SolanaPriceAccount>() == ACCOUNT_LEN);

    /// The SDK panics on bytes that are not aligned for its structures. The
    /// runtime aligns account data, a client's buffer need not be.
    #[repr(C, align(8))]
    struct Aligned([u8; HEADER_LEN]);

    const _: () = assert!(align_of::<Header>() <= align_of::<Aligned>());

    /// Whether the bytes that the SDK takes for Rust enums without a look are
    /// values of these enums; anything else would be undefined behaviour.
    fn enums_are_valid(header: &[u8; HEADER_LEN]) -> bool {
        header[offset_of!(Header, ptype)] <= PriceType::Price as u8
            && header[offset_of!(Header, agg.status)] <= PriceStatus::Ignored as u8
            && header[offset_of!(Header, agg.corp_act)] == CorpAction::NoCorpAct as u8
    }

    impl PriceSource for PythLegacy {
        const OWNERS: &'static [[u8; 32]] = &[ORACLE_MAINNET, ORACLE_DEVNET];

        fn decode(feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
            let account: &[u8; ACCOUNT_LEN] = data.try_into().map_err(|_| Refusal::WrongType)?;
            let mut header = Aligned([0; HEADER_LEN]);
            header.0.copy_from_slice(&account[..HEADER_LEN]);
            if !enums_are_valid(&header.0) {
                return Err(Refusal::WrongType);
            }
            let price = load_price_account::<0, ()>(&header.0).map_err(|_| Refusal::WrongType)?;
            let used_len = price.size as usize;
            if price.ptype != PriceType::Price || !(HEADER_LEN..=ACCOUNT_LEN).contains(&used_len) {
                return Err(Refusal::WrongType);
            }
            if price.agg.status != PriceStatus::Trading {
                return Err(Refusal::NotTrading);
            }
            if price.prod.to_bytes() != *feed_id {
                return Err(Refusal::WrongFeed);
            }
            OracleReading::from_signed(price.agg.price, price.agg.conf, price.expo, price.timestamp)
        }
    }
}
