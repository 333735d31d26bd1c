//! Bytes of SPL token accounts and mints, as the token program writes them.

use plimsoll_client::addresses::TOKEN_PROGRAM;
use solana_account::Account;
use solana_address::Address;

const LAMPORTS: u64 = 10_000_000;

/// A mint; `authority` may issue.
pub fn mint(decimals: u8, authority: &Address) -> Account {
    let mut data = vec![0; 82];
    data[0] = 1;
    data[4..36].copy_from_slice(authority.as_ref());
    data[44] = decimals;
    data[45] = 1;
    owned_by_token_program(data)
}

/// A token account that holds `amount`.
pub fn account(mint: &Address, owner: &Address, amount: u64) -> Account {
    let mut data = vec![0; 165];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    owned_by_token_program(data)
}

/// The amount that a token account holds.
pub fn amount(account: &Account) -> u64 {
    word(&account.data, 64)
}

/// The supply of a mint.
pub fn supply(mint: &Account) -> u64 {
    word(&mint.data, 36)
}

fn word(data: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(data[at..at + 8].try_into().expect("eight bytes"))
}

fn owned_by_token_program(data: Vec<u8>) -> Account {
    Account { lamports: LAMPORTS, data, owner: TOKEN_PROGRAM, executable: false, rent_epoch: u64::MAX }
}
