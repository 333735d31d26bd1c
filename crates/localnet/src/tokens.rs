//! Tokens, issued and wrapped by the token program itself.

use plimsoll_client::addresses::{TOKEN_PROGRAM, associated_token_account};
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};

/// The mint of wrapped SOL: its tokens are lamports.
pub const WRAPPED_SOL: Address = address!("So11111111111111111111111111111111111111112");
const SYSTEM_PROGRAM: Address = address!("11111111111111111111111111111111");

/// Instructions of the programs, by the first byte (or word) of their data.
const SYSTEM_TRANSFER: u32 = 2;
const TOKEN_MINT_TO: u8 = 7;
const TOKEN_SYNC_NATIVE: u8 = 17;

/// Gives a wallet `amount` native units: `authority` issues them, or wraps its own SOL.
pub fn give(authority: &Address, wallet: &Address, mint: &Address, amount: u64) -> Vec<Instruction> {
    let to = associated_token_account(wallet, mint);
    if *mint == WRAPPED_SOL {
        let accounts = vec![AccountMeta::new(*authority, true), AccountMeta::new(to, false)];
        let data = [&SYSTEM_TRANSFER.to_le_bytes()[..], &amount.to_le_bytes()].concat();
        let transfer = Instruction { program_id: SYSTEM_PROGRAM, accounts, data };
        let accounts = vec![AccountMeta::new(to, false)];
        return vec![
            transfer,
            Instruction { program_id: TOKEN_PROGRAM, accounts, data: vec![TOKEN_SYNC_NATIVE] },
        ];
    }
    let accounts = vec![
        AccountMeta::new(*mint, false),
        AccountMeta::new(to, false),
        AccountMeta::new_readonly(*authority, true),
    ];
    let data = [&[TOKEN_MINT_TO][..], &amount.to_le_bytes()].concat();
    vec![Instruction { program_id: TOKEN_PROGRAM, accounts, data }]
}
