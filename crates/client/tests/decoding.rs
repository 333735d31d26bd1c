//! Accounts, return data and logs are read as the program wrote them, and nothing else is taken for them.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytemuck::Zeroable;
use plimsoll_client::decode::{self, DecodeError, Layout};
use plimsoll_client::program::events::{Deposited, RoleAccepted};
use plimsoll_client::program::state::{Bank, FixedPrice, MarginState, Market, RiskBoard};
use plimsoll_client::program::view::{AccountView, ViewAsset};
use plimsoll_client::{Event, addresses, logs};
use solana_address::Address;

fn account<T: Layout>(content: &T) -> Vec<u8> {
    [T::DISCRIMINATOR.as_slice(), bytemuck::bytes_of(content)].concat()
}

/// Where the row of a bank stands, eight bytes of discriminator included.
const ASSET_OF_A_BANK: usize = 8 + 328;

fn bank() -> Bank {
    Bank { tokens: 0x0102_0304_0506_0708, asset: 3, ..Bank::zeroed() }
}

#[test]
fn an_account_is_read_from_its_bytes() {
    let mut data = vec![142, 49, 166, 242, 50, 66, 97, 188];
    data.extend([1; 32]);
    data.extend([2; 32]);
    data.extend([3; 32]);
    // Tokens, shares of deposits and of debts, two indices, reserve, and three more words.
    data.extend((7..16u64).flat_map(u64::to_le_bytes));
    // Four weights and where they came from, when that began and ends, then the terms: the cap of
    // deposits is the first.
    data.extend((21..29u32).flat_map(u32::to_le_bytes));
    data.extend([25u64, 26].into_iter().flat_map(u64::to_le_bytes));
    data.extend(9u64.to_le_bytes());
    data.resize(ASSET_OF_A_BANK, 0);
    data.extend([5, 0, 0, 0, 0, 0, 0, 0]);
    data.resize(Bank::LENGTH, 0);
    let bank: Bank = decode::decode(&data).unwrap();
    assert_eq!(bank.mint, Address::new_from_array([2; 32]));
    assert_eq!((bank.tokens, bank.terms.deposit_cap, bank.asset), (7, 9, 5));
    let ledger =
        [bank.deposit_shares, bank.borrow_shares, bank.supply_index, bank.borrow_index, bank.reserve];
    assert_eq!(ledger, [8, 9, 10, 11, 12]);
    assert_eq!((bank.accrued_at, bank.in_flight, bank.losses), (13, 14, 15));
    assert_eq!(decode::account_name(&data), Some("Bank"));
}

#[test]
fn what_was_written_is_read_in_place_or_copied() {
    // Layouts are read in place eight bytes into the account: keep those aligned to sixteen.
    let mut words = vec![0u128; Bank::LENGTH.div_ceil(16)];
    let data = &mut bytemuck::cast_slice_mut::<u128, u8>(&mut words)[..Bank::LENGTH];
    data.copy_from_slice(&account(&bank()));
    let in_place: &Bank = decode::decode_ref(data).unwrap();
    assert_eq!(bytemuck::bytes_of(in_place), bytemuck::bytes_of(&bank()));
    let copy: Bank = decode::decode(data).unwrap();
    assert_eq!(copy.tokens, bank().tokens);
}

#[test]
fn an_odd_place_in_memory_is_named_and_can_be_copied_from() {
    let mut words = vec![0u128; Bank::LENGTH.div_ceil(16) + 1];
    let data = &mut bytemuck::cast_slice_mut::<u128, u8>(&mut words)[1..=Bank::LENGTH];
    data.copy_from_slice(&account(&bank()));
    assert_eq!(decode::decode_ref::<Bank>(data).err(), Some(DecodeError::Misaligned { name: "Bank" }));
    assert_eq!(decode::decode::<Bank>(data).unwrap().asset, 3);
}

#[test]
fn other_accounts_are_refused_by_name() {
    let data = account(&bank());
    let error = decode::decode::<Market>(&data).err().unwrap();
    assert_eq!(error, DecodeError::Other { expected: "Market", found: Some("Bank") });
    assert_eq!(error.to_string(), "expected Market, found Bank");
    let mut foreign = data;
    foreign[0] ^= 1;
    let error = decode::decode::<Bank>(&foreign).err();
    assert_eq!(error, Some(DecodeError::Other { expected: "Bank", found: None }));
}

#[test]
fn wrong_lengths_are_refused() {
    let mut data = account(&MarginState::zeroed());
    data.pop();
    let (expected, found) = (MarginState::LENGTH, MarginState::LENGTH - 1);
    let error = decode::decode::<MarginState>(&data).err();
    assert_eq!(error, Some(DecodeError::Length { name: "MarginAccount", expected, found }));
    data.extend([0, 0]);
    assert!(decode::decode::<MarginState>(&data).is_err());
    assert_eq!(decode::decode::<RiskBoard>(&[]).err(), Some(DecodeError::NoDiscriminator { length: 0 }));
}

#[test]
fn return_data_are_the_header_and_as_many_entries_as_it_says() {
    let mut view = AccountView::zeroed();
    view.header.equity = -5;
    view.header.assets = 2;
    view.entries[1] = ViewAsset { liquidation_price: FixedPrice { low: 1, high: 2 }, asset: 9 };
    let read = decode::account_view(view.bytes()).unwrap();
    assert_eq!(read.header, view.header);
    assert_eq!(read.entries(), view.entries());

    let short = &view.bytes()[..view.bytes().len() - 1];
    let (expected, found) = (view.bytes().len(), short.len());
    let error = decode::account_view(short).err();
    assert_eq!(error, Some(DecodeError::Length { name: "AccountView", expected, found }));
    assert!(decode::account_view(&[0; 8]).is_err());
    assert!(decode::account_view(&vec![0; size_of::<AccountView>() + 1]).is_err());
    view.header.assets = u64::MAX;
    assert!(decode::account_view(bytemuck::bytes_of(&view)).is_err());
}

fn deposited() -> Deposited {
    Deposited { amount: 5, shares_after: -6, ..Deposited::zeroed() }
}

fn data_line<T: Layout>(event: &T) -> String {
    format!("Program data: {}", BASE64_STANDARD.encode(account(event)))
}

fn read(lines: &[&str]) -> logs::LogEvents {
    let program = addresses::PROGRAM.to_string();
    let lines: Vec<String> = lines.iter().map(|line| line.replace("SELF", &program)).collect();
    logs::events(lines.iter().map(String::as_str))
}

#[test]
fn events_are_read_from_the_programs_own_lines() {
    let token = addresses::TOKEN_PROGRAM.to_string();
    let accepted = RoleAccepted::zeroed();
    let log = read(&[
        "Program ComputeBudget111111111111111111111111111111 invoke [1]",
        "Program ComputeBudget111111111111111111111111111111 success",
        "Program SELF invoke [1]",
        "Program log: Instruction: deposit",
        &data_line(&deposited()),
        &format!("Program {token} invoke [2]"),
        &format!("Program {token} consumed 105 of 199000 compute units"),
        &format!("Program {token} success"),
        &data_line(&accepted),
        "Program SELF consumed 3000 of 200000 compute units",
        "Program SELF success",
    ]);
    assert_eq!(log.events, [Event::Deposited(deposited()), Event::RoleAccepted(accepted)]);
    assert_eq!(log.events[0].name(), "Deposited");
    assert!(log.unknown.is_empty() && !log.is_truncated);
}

#[test]
fn what_other_programs_log_is_no_event() {
    let line = data_line(&deposited());
    let log = read(&[
        &line,
        "Program Other11111111111111111111111111111111111111 invoke [1]",
        &line,
        "Program SELF invoke [2]",
        "Program SELF failed: custom program error: 0x1770",
        &line,
        "Program log: Program SELF invoke [1]",
        &line,
        "Program Other11111111111111111111111111111111111111 success",
        &line,
    ]);
    assert_eq!(log, logs::LogEvents::default());
}

#[test]
fn a_program_can_not_talk_its_way_into_or_out_of_the_stack() {
    let log = read(&[
        "Program SELF invoke [1]",
        "Program log: invoke [1]",
        "Program log: SELF success",
        "Program return: SELF AQ==",
        "Program SELF consumed 1 of 2 compute units",
        &data_line(&deposited()),
        "Program SELF success",
    ]);
    assert_eq!(log.events, [Event::Deposited(deposited())]);
}

#[test]
fn data_in_parts_are_one_event_and_unknown_data_are_kept_apart() {
    let bytes = account(&deposited());
    let parts = format!(
        "Program data: {} {}",
        BASE64_STANDARD.encode(&bytes[..8]),
        BASE64_STANDARD.encode(&bytes[8..])
    );
    let unknown = format!("Program data: {}", BASE64_STANDARD.encode([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let short = format!("Program data: {}", BASE64_STANDARD.encode(&bytes[..20]));
    let log =
        read(&["Program SELF invoke [1]", &parts, &unknown, &short, "Program data: ?", "Log truncated"]);
    assert_eq!(log.events, [Event::Deposited(deposited())]);
    assert_eq!(
        log.unknown,
        [
            DecodeError::Unknown { discriminator: [1, 2, 3, 4, 5, 6, 7, 8] },
            DecodeError::Length { name: "Deposited", expected: Deposited::LENGTH, found: 20 },
            DecodeError::NotBase64,
        ]
    );
    assert!(log.is_truncated);
}
