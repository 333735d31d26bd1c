//! Token accounts of wallets.
use crate::addresses::{ASSOCIATED_TOKEN_PROGRAM, TOKEN_PROGRAM, associated_token_account};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

const SYSTEM_PROGRAM: Address = Address::new_from_array([0; 32]);
/// The associated token program's instruction that does nothing if the account is there.
const CREATE_IDEMPOTENT: u8 = 1;
/// Where a token account's amount is.
const AMOUNT: usize = 64;
const TOKEN_ACCOUNT_BYTES: usize = 165;

/// Creates the token account that `wallet` has by default for `mint`, unless it is there; `payer` pays its
/// rent, and signs.
pub fn create_associated_account(payer: &Address, wallet: &Address, mint: &Address) -> Instruction {
    let accounts = vec![
        AccountMeta::new(*payer, true),
        AccountMeta::new(associated_token_account(wallet, mint), false),
        AccountMeta::new_readonly(*wallet, false),
        AccountMeta::new_readonly(*mint, false),
        AccountMeta::new_readonly(SYSTEM_PROGRAM, false),
        AccountMeta::new_readonly(TOKEN_PROGRAM, false),
    ];
    Instruction { program_id: ASSOCIATED_TOKEN_PROGRAM, accounts, data: vec![CREATE_IDEMPOTENT] }
}

/// Native units that a token account holds, from its data; `None` if they are not those of a token account.
pub fn amount(data: &[u8]) -> Option<u64> {
    let bytes = data.get(AMOUNT..)?.first_chunk().filter(|_| data.len() >= TOKEN_ACCOUNT_BYTES)?;
    Some(u64::from_le_bytes(*bytes))
}
