//! What an oracle account says, read off the chain.
use plimsoll::oracle::pyth_legacy::{ACCOUNT_LEN, ORACLE_DEVNET, ORACLE_MAINNET};
use plimsoll::oracle::pyth_pull::PythPull;
use plimsoll::oracle::{OracleKind, OracleReading, PriceSource, Refusal};

/// Reads an account of the layout that a row of the board asks for.
///
/// # Errors
/// Why the program would refuse it, the reasons being those of its own adapter.
pub fn read(
    kind: OracleKind,
    owner: &[u8; 32],
    feed_id: &[u8; 32],
    data: &[u8],
) -> Result<OracleReading, Refusal> {
    match kind {
        OracleKind::Settlement => Err(Refusal::FixedPrice),
        OracleKind::PythPull => PythPull::read(owner, feed_id, data),
        OracleKind::PythLegacy => Legacy::read(owner, feed_id, data),
    }
}

/// Legacy accounts: the program's adapter stands on Pyth's own crate, which is of no use off the chain. This
/// one reads the same fields at their places.
struct Legacy;

/// Places of the fields in a price account.
mod at {
    pub const MAGIC: usize = 0;
    pub const VERSION: usize = 4;
    pub const ACCOUNT_TYPE: usize = 8;
    pub const PRICE_TYPE: usize = 16;
    pub const EXPONENT: usize = 20;
    pub const PUBLISH_TIME: usize = 96;
    pub const PRODUCT: usize = 112;
    pub const PRICE: usize = 208;
    pub const CONFIDENCE: usize = 216;
    pub const STATUS: usize = 224;
}

/// Magic number, version, the type of the account (a price), and the type of the price (a price).
const MARKS: [(usize, u32); 4] =
    [(at::MAGIC, 0xa1b2_c3d4), (at::VERSION, 2), (at::ACCOUNT_TYPE, 3), (at::PRICE_TYPE, 1)];
const TRADING: u32 = 1;

impl PriceSource for Legacy {
    const OWNERS: &'static [[u8; 32]] = &[ORACLE_MAINNET, ORACLE_DEVNET];

    fn decode(feed_id: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
        let data: &[u8; ACCOUNT_LEN] = data.try_into().map_err(|_| Refusal::WrongType)?;
        if MARKS.iter().any(|(place, mark)| u32::from_le_bytes(field(data, *place)) != *mark) {
            return Err(Refusal::WrongType);
        }
        if u32::from_le_bytes(field(data, at::STATUS)) != TRADING {
            return Err(Refusal::NotTrading);
        }
        if field(data, at::PRODUCT) != *feed_id {
            return Err(Refusal::WrongFeed);
        }
        let price = i64::from_le_bytes(field(data, at::PRICE));
        if price <= 0 {
            return Err(Refusal::NotPositive);
        }
        let publish_time = i64::from_le_bytes(field(data, at::PUBLISH_TIME));
        if publish_time <= 0 {
            return Err(Refusal::OutOfRange);
        }
        Ok(OracleReading {
            mantissa: price.unsigned_abs(),
            confidence: u64::from_le_bytes(field(data, at::CONFIDENCE)),
            exponent: i32::from_le_bytes(field(data, at::EXPONENT)),
            publish_time,
        })
    }
}

/// The bytes of a field; every place above is well inside of an account.
fn field<const N: usize>(data: &[u8; ACCOUNT_LEN], place: usize) -> [u8; N] {
    std::array::from_fn(|index| data[place + index])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A price account that the devnet program wrote, recorded before the provider's averages were added.
    const RECORDED: &[u8] =
        include_bytes!("../../../programs/plimsoll/src/oracle/fixtures/legacy_sol_usd.bin");

    fn product() -> [u8; 32] {
        RECORDED[at::PRODUCT..at::PRODUCT + 32].try_into().unwrap()
    }

    fn dated() -> Vec<u8> {
        let mut data = RECORDED.to_vec();
        data[at::PUBLISH_TIME..at::PUBLISH_TIME + 8].copy_from_slice(&1_700_000_000i64.to_le_bytes());
        data
    }

    fn legacy(owner: &[u8; 32], data: &[u8]) -> Result<OracleReading, Refusal> {
        read(OracleKind::PythLegacy, owner, &product(), data)
    }

    #[test]
    fn a_recorded_legacy_account_is_read() {
        let expected = OracleReading {
            mantissa: 32_112_500_000,
            confidence: 30_000_000,
            exponent: -9,
            publish_time: 1_700_000_000,
        };
        assert_eq!(legacy(&ORACLE_DEVNET, &dated()), Ok(expected));
        assert_eq!(legacy(&ORACLE_MAINNET, &dated()), Ok(expected));
    }

    #[test]
    fn what_the_program_refuses_is_refused_for_the_same_reason() {
        let with = |place: usize, byte: u8| {
            let mut data = dated();
            data[place] = byte;
            legacy(&ORACLE_DEVNET, &data)
        };
        assert_eq!(legacy(&[7; 32], &dated()), Err(Refusal::WrongOwner));
        assert_eq!(legacy(&ORACLE_DEVNET, &dated()[1..]), Err(Refusal::WrongType));
        assert_eq!(legacy(&ORACLE_DEVNET, RECORDED), Err(Refusal::OutOfRange));
        for place in [at::MAGIC, at::VERSION, at::ACCOUNT_TYPE, at::PRICE_TYPE] {
            assert_eq!(with(place, 9), Err(Refusal::WrongType));
        }
        assert_eq!(with(at::STATUS, 2), Err(Refusal::NotTrading));
        assert_eq!(with(at::PRODUCT, !product()[0]), Err(Refusal::WrongFeed));
        assert_eq!(with(at::PRICE + 7, 0x80), Err(Refusal::NotPositive));
        assert_eq!(read(OracleKind::Settlement, &[0; 32], &[0; 32], &[]), Err(Refusal::FixedPrice));
    }
}
