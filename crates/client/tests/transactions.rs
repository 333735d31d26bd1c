//! Transactions as bytes, and what does not fit.
use plimsoll_client::transaction::{BuildError, Draft, Limits, Version, wire};
use solana_address::Address;
use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;

const LIMITS: Limits = Limits { compute_units: 0x0102_0304, loaded_bytes: 0x0506_0708, price: 9 };

fn key(seed: u8) -> Keypair {
    Keypair::new_from_array([seed; 32])
}

fn address(seed: u8) -> Address {
    Address::new_from_array([seed; 32])
}

/// An instruction of program 9 that one account signs, with that many bytes of data.
fn instruction(signer: Address, data: usize) -> Instruction {
    let accounts = vec![AccountMeta::new_readonly(signer, true), AccountMeta::new(address(8), false)];
    Instruction { program_id: address(9), accounts, data: vec![0xdd; data] }
}

fn draft(version: Version, data: usize) -> Draft {
    let instructions = vec![instruction(key(2).pubkey(), data)];
    Draft { payer: key(1).pubkey(), instructions, version, limits: LIMITS }
}

fn signed(draft: &Draft) -> Vec<u8> {
    wire(&draft.sign(Hash::new_from_array([7; 32]), &[&key(3), &key(2), &key(1)]).unwrap())
}

const COMPUTE_BUDGET: &str = "ComputeBudget111111111111111111111111111111";

#[test]
fn a_v0_transaction_in_bytes() {
    let bytes = signed(&draft(Version::V0, 2));
    let transaction = draft(Version::V0, 2).sign(Hash::new_from_array([7; 32]), &[&key(1), &key(2)]).unwrap();
    let mut expected = vec![2];
    expected.extend(transaction.signatures.iter().flat_map(|signature| signature.as_ref().to_vec()));
    // Version, header, five accounts: payer, signer, the writable one, and two programs by address.
    expected.extend([0x80, 2, 1, 2, 5]);
    let budget: Address = COMPUTE_BUDGET.parse().unwrap();
    for account in [key(1).pubkey(), key(2).pubkey(), address(8), budget, address(9)] {
        expected.extend(account.as_ref());
    }
    expected.extend([7; 32]);
    expected.push(4);
    expected.extend([3, 0, 5, 2, 4, 3, 2, 1]);
    expected.extend([3, 0, 5, 4, 8, 7, 6, 5]);
    expected.extend([3, 0, 9, 3, 9, 0, 0, 0, 0, 0, 0, 0]);
    expected.extend([4, 2, 1, 2, 2, 0xdd, 0xdd]);
    // No lookup tables.
    expected.push(0);
    assert_eq!(bytes, expected);
    assert_eq!(transaction.verify_with_results(), [true, true]);
}

#[test]
fn a_v1_transaction_in_bytes() {
    let bytes = signed(&draft(Version::V1, 2));
    let transaction = draft(Version::V1, 2).sign(Hash::new_from_array([7; 32]), &[&key(1), &key(2)]).unwrap();
    // Version, header, which limits are there, blockhash, one instruction, four accounts.
    let mut expected = vec![0x81, 2, 1, 1, 0b1111, 0, 0, 0];
    expected.extend([7; 32]);
    expected.extend([1, 4]);
    for account in [key(1).pubkey(), key(2).pubkey(), address(8), address(9)] {
        expected.extend(account.as_ref());
    }
    // 0x01020304 units at 9 micro-lamports are 152.15 lamports, rounded up.
    expected.extend(153u64.to_le_bytes().iter().chain(&[4, 3, 2, 1, 8, 7, 6, 5]));
    expected.extend([3, 2, 2, 0, 1, 2, 0xdd, 0xdd]);
    expected.extend(transaction.signatures.iter().flat_map(|signature| signature.as_ref().to_vec()));
    assert_eq!(bytes, expected);
}

#[test]
fn an_offer_of_nothing_is_not_written() {
    let free = |version| {
        let limits = Limits { price: 0, ..LIMITS };
        signed(&Draft { limits, ..draft(version, 2) }).len()
    };
    assert_eq!(signed(&draft(Version::V0, 2)).len() - free(Version::V0), 12);
    assert_eq!(signed(&draft(Version::V1, 2)).len() - free(Version::V1), 8);
}

#[test]
fn what_is_too_long_says_by_how_much() {
    for (version, fits, advice) in [
        (Version::V0, 870, "v0 allows: split it, or send it as v1 where the cluster takes that"),
        (Version::V1, 3_776, "v1 allows: split it"),
    ] {
        let (max, hash) = (version.bytes_max(), Hash::default());
        assert_eq!(signed(&draft(version, fits)).len(), max);
        let error = draft(version, fits + 5).message(hash).unwrap_err();
        assert_eq!(error, BuildError::TooLong { version, bytes: max + 5 });
        let expected = format!("the transaction has {} bytes, 5 more than {advice}", max + 5);
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_transaction_names_64_accounts_at_most() {
    let with = |version, count: u8| {
        let accounts = (10..10 + count).map(|seed| AccountMeta::new_readonly(address(seed), false)).collect();
        let wide = Instruction { program_id: address(9), accounts, data: vec![] };
        Draft { instructions: vec![wide], ..draft(version, 0) }.message(Hash::default())
    };
    // Payer and program make two more.
    assert!(with(Version::V1, 62).is_ok());
    let error = with(Version::V1, 64).unwrap_err();
    assert_eq!(error, BuildError::TooManyAccounts { accounts: 66 });
    assert_eq!(
        error.to_string(),
        "the transaction names 66 accounts, 2 more than the cluster allows: split it"
    );
    assert_eq!(with(Version::V0, 64).unwrap_err(), BuildError::TooManyAccounts { accounts: 67 });
}

#[test]
fn a_v1_transaction_has_12_signatures_at_most() {
    let with = |count: u8| {
        let instructions = (2..=count).map(|seed| instruction(key(seed).pubkey(), 0)).collect();
        Draft { instructions, ..draft(Version::V1, 0) }.message(Hash::default())
    };
    assert!(with(12).is_ok());
    let error = with(13).unwrap_err();
    assert_eq!(error, BuildError::TooManySignatures { version: Version::V1, signatures: 13 });
    assert_eq!(error.to_string(), "the transaction has 13 signatures, 1 more than v1 allows: split it");
}

#[test]
fn whoever_must_sign_is_named() {
    let error = draft(Version::V0, 0).sign(Hash::default(), &[&key(1), &key(3)]).unwrap_err();
    assert_eq!(error, BuildError::NoSigner(key(2).pubkey()));
    assert_eq!(error.to_string(), format!("{} must sign: give its keypair", key(2).pubkey()));
}

#[test]
fn what_is_locked_for_writing_is_listed_once() {
    let mut draft = draft(Version::V0, 0);
    draft.instructions.push(instruction(key(4).pubkey(), 0));
    let mut expected = [key(1).pubkey(), address(8)];
    expected.sort();
    assert_eq!(draft.writable(), expected);
}
