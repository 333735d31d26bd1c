//! Tokens move here and nowhere else.
//!
//! Calls the token program directly with fixed account lists: the generic helpers
//! of anchor-spl spend some 4,000 compute units on matching accounts.

use anchor_lang::cpi::InstructionAccount;
use anchor_lang::prelude::*;
use anchor_lang::unchecked_invoke_signed_fixed;

const TRANSFER_CHECKED: u8 = 12;
const MINT_TO: u8 = 7;
const BURN: u8 = 8;

/// A transfer between token accounts of one mint.
pub struct Transfer<'a> {
    pub token_program: &'a Address,
    pub from: CpiHandle<'a>,
    pub mint: CpiHandle<'a>,
    pub to: CpiHandle<'a>,
    pub authority: CpiHandle<'a>,
    pub amount: u64,
    pub decimals: u8,
}

impl<'a> Transfer<'a> {
    /// Transfers; `seeds` are the authority's if it is an account of this program.
    pub fn invoke(self, seeds: &'a [&'a [&'a [u8]]]) {
        let [a, b, c, d, e, f, g, h] = self.amount.to_le_bytes();
        let data = [TRANSFER_CHECKED, a, b, c, d, e, f, g, h, self.decimals];
        let metas = [
            InstructionAccount::writable(self.from.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::writable(self.to.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.from, self.mint, self.to, self.authority];
        unchecked_invoke_signed_fixed(self.token_program, &data, &metas, &handles, seeds);
    }
}

/// Issue (to a holder) or retirement (from a holder) of pool shares.
pub struct Shares<'a> {
    pub token_program: &'a Address,
    pub mint: CpiHandle<'a>,
    pub holder: CpiHandle<'a>,
    pub authority: CpiHandle<'a>,
    pub amount: u64,
}

impl<'a> Shares<'a> {
    /// Issues shares; the authority is the pool, whose seeds are `seeds`.
    pub fn mint(self, seeds: &'a [&'a [&'a [u8]]]) {
        let metas = [
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::writable(self.holder.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.mint, self.holder, self.authority];
        unchecked_invoke_signed_fixed(
            self.token_program,
            &data(MINT_TO, self.amount),
            &metas,
            &handles,
            seeds,
        );
    }

    /// Retires shares; the authority is their holder, who signed the transaction.
    pub fn burn(self) {
        let metas = [
            InstructionAccount::writable(self.holder.address()),
            InstructionAccount::writable(self.mint.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let handles = [self.holder, self.mint, self.authority];
        unchecked_invoke_signed_fixed(self.token_program, &data(BURN, self.amount), &metas, &handles, &[]);
    }
}

fn data(instruction: u8, amount: u64) -> [u8; 9] {
    let [a, b, c, d, e, f, g, h] = amount.to_le_bytes();
    [instruction, a, b, c, d, e, f, g, h]
}
