//! Readings and refusals, on account bytes that the providers' own software
//! wrote (see `fixtures/SOURCE.md`).

extern crate std;

use std::vec::Vec;

use super::*;

/// `bytes` with `patch` written at `at`.
fn patched(bytes: &[u8], at: usize, patch: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + patch.len()].copy_from_slice(patch);
    bytes
}

/// The `N` bytes at `at`, for readers that share nothing with the adapters.
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().unwrap()
}

/// Deterministic pseudo-random words (xorshift64*, Vigna 2016).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// A reading is what its promises say, whatever the bytes were.
fn keeps_its_promises(result: Result<OracleReading, Refusal>) -> bool {
    result.is_err() || result.is_ok_and(|reading| reading.mantissa > 0 && reading.publish_time > 0)
}

/// Reads every prefix of `account`, every extension by up to 16 bytes, and
/// `account` at every alignment. Only the exact length gives `expected`.
fn only_the_exact_length_is_read(
    account: &[u8],
    expected: OracleReading,
    read: impl Fn(&[u8]) -> Result<OracleReading, Refusal>,
) {
    for len in 0..account.len() {
        assert_eq!(read(&account[..len]), Err(Refusal::WrongType), "{len} bytes");
    }
    for excess in 1..=16 {
        let longer = [account, &[0; 16][..excess]].concat();
        assert_eq!(read(&longer), Err(Refusal::WrongType), "{excess} bytes too many");
    }
    for offset in 0..8 {
        let shifted = [&[0; 8][..offset], account].concat();
        assert_eq!(read(&shifted[offset..]), Ok(expected), "at offset {offset}");
    }
}

#[test]
fn codes_and_kinds_are_frozen() {
    use Refusal::*;
    let codes: Vec<u8> = Refusal::ALL.iter().map(|refusal| *refusal as u8).collect();
    assert_eq!(codes, (1..=12).collect::<Vec<u8>>());
    let frozen = [
        WrongAddress,
        WrongOwner,
        WrongType,
        NotFullyVerified,
        WrongFeed,
        NotTrading,
        NotPositive,
        TooUncertain,
        NotNewer,
        FromTheFuture,
        OutOfRange,
        FixedPrice,
    ];
    assert_eq!(Refusal::ALL, frozen);
    for refusal in frozen {
        assert_eq!(Refusal::try_from(refusal as u8), Ok(refusal));
    }
    assert_eq!(Refusal::try_from(0), Err(UnknownRefusal(0)));
    assert_eq!(Refusal::try_from(13), Err(UnknownRefusal(13)));

    for kind in [OracleKind::Settlement, OracleKind::PythPull, OracleKind::PythLegacy] {
        assert_eq!(OracleKind::try_from(kind as u8), Ok(kind));
    }
    assert_eq!(OracleKind::PythLegacy as u8, 2);
    assert_eq!(OracleKind::try_from(3), Err(UnknownOracleKind(3)));
}

mod pull {
    use super::super::pyth_pull::*;
    use super::*;

    const FULL: &[u8] = include_bytes!("fixtures/pull_full.bin");
    const PARTIAL: &[u8] = include_bytes!("fixtures/pull_partial.bin");
    const READING: OracleReading = OracleReading {
        mantissa: 4_861_234_567_890,
        confidence: 2_345_678_901,
        exponent: -8,
        publish_time: 1_584_000_123,
    };

    fn feed_id() -> [u8; 32] {
        core::array::from_fn(|index| 0xe0 ^ (index as u8 * 7))
    }

    fn read(data: &[u8]) -> Result<OracleReading, Refusal> {
        PythPull::read(&RECEIVER, &feed_id(), data)
    }

    #[test]
    fn a_full_update_of_either_receiver_is_read_exactly() {
        assert_eq!(read(FULL), Ok(READING));
        assert_eq!(PythPull::read(&RECEIVER_PRO, &feed_id(), FULL), Ok(READING));
    }

    #[test]
    fn each_check_refuses_with_its_own_code() {
        let foreign = [RECEIVER[0] ^ 1; 32];
        let mut near = RECEIVER;
        near[31] ^= 1;
        for owner in [foreign, near, [0; 32], super::super::pyth_legacy::ORACLE_MAINNET] {
            assert_eq!(PythPull::read(&owner, &feed_id(), FULL), Err(Refusal::WrongOwner));
        }
        assert_eq!(PythPull::read(&RECEIVER, &[0; 32], FULL), Err(Refusal::WrongFeed));

        let cases: [(usize, &[u8], Refusal); 10] = [
            (0, &[0; 8], Refusal::WrongType),
            (7, &[0xcc], Refusal::WrongType),
            (40, &[0], Refusal::NotFullyVerified),
            (40, &[2], Refusal::WrongType),
            (41, &[0], Refusal::WrongFeed),
            (72, &[0], Refusal::WrongFeed),
            (73, &[0; 8], Refusal::NotPositive),
            (73, &[0xff; 8], Refusal::NotPositive),
            (93, &[0; 8], Refusal::OutOfRange),
            (93, &[0xff; 8], Refusal::OutOfRange),
        ];
        for (at, patch, refusal) in cases {
            assert_eq!(read(&patched(FULL, at, patch)), Err(refusal), "{patch:?} at {at}");
        }
    }

    #[test]
    fn partial_verification_is_refused_for_any_number_of_signatures() {
        for signatures in 0..=u8::MAX {
            let update = patched(PARTIAL, 41, &[signatures]);
            assert_eq!(read(&update), Err(Refusal::NotFullyVerified));
        }
    }

    #[test]
    fn extreme_fields_pass_through_unchanged() {
        for (exponent, confidence) in [(i32::MIN, u64::MAX), (i32::MAX, 0)] {
            let update = patched(FULL, 73, &i64::MAX.to_le_bytes());
            let update = patched(&update, 81, &confidence.to_le_bytes());
            let update = patched(&update, 89, &exponent.to_le_bytes());
            let update = patched(&update, 93, &i64::MAX.to_le_bytes());
            let mantissa = i64::MAX as u64;
            let publish_time = i64::MAX;
            assert_eq!(read(&update), Ok(OracleReading { mantissa, confidence, exponent, publish_time }));
        }
    }

    #[test]
    fn the_reading_depends_on_nothing_but_its_own_fields() {
        let ignored = (8..40).chain(101..134);
        for at in ignored {
            let update = patched(FULL, at, &[!FULL[at]]);
            assert_eq!(read(&update), Ok(READING), "byte {at}");
        }
    }

    #[test]
    fn every_single_byte_change_is_refused_or_read_as_written() {
        for at in 0..FULL.len() {
            for byte in 0..=u8::MAX {
                let update = patched(FULL, at, &[byte]);
                let Ok(reading) = read(&update) else { continue };
                assert_eq!((&update[..8], &update[40..73]), (&FULL[..8], &FULL[40..73]));
                assert_eq!(reading.mantissa as i64, i64::from_le_bytes(bytes_at(&update, 73)));
                assert_eq!(reading.confidence, u64::from_le_bytes(bytes_at(&update, 81)));
                assert_eq!(reading.exponent, i32::from_le_bytes(bytes_at(&update, 89)));
                assert_eq!(reading.publish_time, i64::from_le_bytes(bytes_at(&update, 93)));
                assert!(keeps_its_promises(Ok(reading)));
            }
        }
    }

    #[test]
    fn only_an_update_of_exact_length_is_read() {
        only_the_exact_length_is_read(FULL, READING, read);
    }

    #[test]
    fn random_bytes_never_panic() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for _ in 0..20_000 {
            let mut update = FULL.to_vec();
            for _ in 0..random.next() % 24 {
                let at = random.next() as usize % update.len();
                update[at] = random.next() as u8;
            }
            update.truncate(random.next() as usize % (8 * ACCOUNT_LEN));
            assert!(keeps_its_promises(read(&update)));
        }
    }
}

#[cfg(feature = "program")]
mod legacy {
    use super::super::pyth_legacy::*;
    use super::*;

    /// SOL/USD as devnet held it in 2021, before the layout had a timestamp.
    const RECORDED: &[u8] = include_bytes!("fixtures/legacy_sol_usd.bin");
    const PRODUCT: &str = "3Mnn2fX6rQyUsyELYms1sBJyChWofzSNRoqYzvgMVz5E";
    const READING: OracleReading = OracleReading {
        mantissa: 32_112_500_000,
        confidence: 30_000_000,
        exponent: -9,
        publish_time: 1_636_000_000,
    };
    const TIMESTAMP_AT: usize = 96;

    fn product() -> [u8; 32] {
        solana_address::Address::from_str_const(PRODUCT).to_bytes()
    }

    /// The recorded account with the timestamp that later programs write.
    fn account() -> Vec<u8> {
        patched(RECORDED, TIMESTAMP_AT, &READING.publish_time.to_le_bytes())
    }

    fn read(data: &[u8]) -> Result<OracleReading, Refusal> {
        PythLegacy::read(&ORACLE_DEVNET, &product(), data)
    }

    #[test]
    fn a_recorded_account_is_read_exactly_for_either_program() {
        assert_eq!(read(&account()), Ok(READING));
        assert_eq!(PythLegacy::read(&ORACLE_MAINNET, &product(), &account()), Ok(READING));
    }

    #[test]
    fn an_account_without_a_timestamp_is_refused() {
        assert_eq!(read(RECORDED), Err(Refusal::OutOfRange));
    }

    #[test]
    fn each_check_refuses_with_its_own_code() {
        let mut near = ORACLE_DEVNET;
        near[0] ^= 1;
        for owner in [near, [0; 32], super::super::pyth_pull::RECEIVER] {
            assert_eq!(PythLegacy::read(&owner, &product(), &account()), Err(Refusal::WrongOwner));
        }
        for feed_id in [[0; 32], [0xff; 32]] {
            let refused = PythLegacy::read(&ORACLE_DEVNET, &feed_id, &account());
            assert_eq!(refused, Err(Refusal::WrongFeed));
        }

        let cases: [(usize, &[u8], Refusal); 20] = [
            (0, &[0; 4], Refusal::WrongType),        // magic
            (4, &[1], Refusal::WrongType),           // version
            (8, &[2], Refusal::WrongType),           // a product account
            (8, &[1], Refusal::WrongType),           // a mapping account
            (12, &[0xef, 0], Refusal::WrongType),    // used size: less than the header
            (12, &[0xf1, 0x0c], Refusal::WrongType), // used size: more than the account
            (12, &[0xff; 4], Refusal::WrongType),    // used size
            (16, &[0], Refusal::WrongType),          // price type: unknown
            (16, &[2], Refusal::WrongType),          // price type: no such value
            (112, &[0], Refusal::WrongFeed),         // product
            (208, &[0; 8], Refusal::NotPositive),    // aggregate price
            (208, &[0xff; 8], Refusal::NotPositive), // aggregate price
            (224, &[0], Refusal::NotTrading),        // status: unknown
            (224, &[2], Refusal::NotTrading),        // status: halted
            (224, &[3], Refusal::NotTrading),        // status: auction
            (224, &[4], Refusal::NotTrading),        // status: ignored
            (224, &[5], Refusal::WrongType),         // status: no such value
            (225, &[1], Refusal::WrongType),         // status: no such value
            (TIMESTAMP_AT, &[0; 8], Refusal::OutOfRange),
            (TIMESTAMP_AT, &[0xff; 8], Refusal::OutOfRange),
        ];
        for (at, patch, refusal) in cases {
            assert_eq!(read(&patched(&account(), at, patch)), Err(refusal), "{patch:?} at {at}");
        }
    }

    #[test]
    fn the_publishers_components_do_not_enter() {
        let mut random = Random(0xd1b5_4a32_d192_ed03);
        let mut account = account();
        account[240..].fill_with(|| random.next() as u8);
        assert_eq!(read(&account), Ok(READING));
    }

    #[test]
    fn every_single_byte_change_is_refused_or_read_as_written() {
        let recorded = account();
        for at in 0..240 {
            for byte in 0..=u8::MAX {
                let account = patched(&recorded, at, &[byte]);
                let Ok(reading) = read(&account) else { continue };
                assert_eq!(account[..12], recorded[..12]);
                assert_eq!(account[112..144], recorded[112..144]);
                assert_eq!((account[16], account[224]), (1, 1));
                assert_eq!(reading.exponent, i32::from_le_bytes(bytes_at(&account, 20)));
                assert_eq!(reading.publish_time, i64::from_le_bytes(bytes_at(&account, TIMESTAMP_AT)));
                assert_eq!(reading.mantissa as i64, i64::from_le_bytes(bytes_at(&account, 208)));
                assert_eq!(reading.confidence, u64::from_le_bytes(bytes_at(&account, 216)));
                assert!(keeps_its_promises(Ok(reading)));
            }
        }
    }

    #[test]
    fn pyths_own_library_reads_the_same() {
        let mut random = Random(0x8ebc_6af0_9c88_c6e3);
        for _ in 0..2_000 {
            let mut bytes = account();
            bytes[208..224].fill_with(|| random.next() as u8);
            bytes[20..24].fill_with(|| random.next() as u8);
            bytes[TIMESTAMP_AT..TIMESTAMP_AT + 8].fill_with(|| random.next() as u8);
            let mut aligned = vec![0u64; ACCOUNT_LEN / 8];
            bytemuck::cast_slice_mut(&mut aligned).copy_from_slice(&bytes);
            let aligned: &[u8] = bytemuck::cast_slice(&aligned);
            let theirs = pyth_sdk_solana::state::load_price_account::<32, ()>(aligned).unwrap();
            let expected =
                OracleReading::from_signed(theirs.agg.price, theirs.agg.conf, theirs.expo, theirs.timestamp);
            assert_eq!(read(&bytes), expected);
            assert_eq!(theirs.prod.to_bytes(), product());
        }
    }

    #[test]
    fn only_an_account_of_exact_length_is_read_at_any_alignment() {
        only_the_exact_length_is_read(&account(), READING, read);
    }

    #[test]
    fn random_bytes_never_panic() {
        let mut random = Random(0xa076_1d64_78bd_642f);
        let recorded = account();
        for _ in 0..20_000 {
            let mut account = recorded.clone();
            for _ in 0..random.next() % 24 {
                let at = random.next() as usize % 240;
                account[at] = random.next() as u8;
            }
            account.truncate(random.next() as usize % (8 * ACCOUNT_LEN));
            assert!(keeps_its_promises(read(&account)));
        }
    }

    #[test]
    fn the_kind_of_the_row_picks_the_layout() {
        let legacy = account();
        let kind = OracleKind::PythLegacy;
        assert_eq!(super::super::read(kind, &ORACLE_DEVNET, &product(), &legacy), Ok(READING));
        let kind = OracleKind::PythPull;
        let refused = super::super::read(kind, &ORACLE_DEVNET, &product(), &legacy);
        assert_eq!(refused, Err(Refusal::WrongOwner));
        let refused = super::super::read(kind, &super::super::pyth_pull::RECEIVER, &product(), &legacy);
        assert_eq!(refused, Err(Refusal::WrongType));
        let kind = OracleKind::Settlement;
        let refused = super::super::read(kind, &ORACLE_DEVNET, &product(), &legacy);
        assert_eq!(refused, Err(Refusal::FixedPrice));
    }
}
