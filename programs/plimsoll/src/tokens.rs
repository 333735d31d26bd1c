//! Tokens move here and nowhere else.
//!
//! Calls the token program directly with fixed account lists: the generic helpers
//! of anchor-spl spend some 4,000 compute units on matching accounts.

use anchor_lang::cpi::InstructionAccount;
use anchor_lang::prelude::*;
use anchor_lang::unchecked_invoke_signed_fixed;
use anchor_spl::Mint;

use crate::seeds;
use crate::state::Bank;

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

/// Tokens that a bank pays out of its vault.
pub struct Payment<'a> {
    pub token_program: &'a Address,
    pub bank: &'a Account<Bank>,
    pub vault: &'a mut UncheckedAccount,
    pub mint: &'a Account<Mint>,
    pub destination: &'a mut UncheckedAccount,
    /// Native units.
    pub amount: u64,
}

impl Payment<'_> {
    #[inline(never)]
    pub fn make(self) -> Result<()> {
        let (bank, bump) = (self.bank, [self.bank.bump]);
        Transfer {
            token_program: self.token_program,
            from: self.vault.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.destination.try_cpi_handle_mut()?.into(),
            authority: bank.cpi_handle(),
            amount: self.amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[&[seeds::BANK, bank.clearinghouse.as_ref(), bank.mint.as_ref(), &bump]]);
        Ok(())
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
