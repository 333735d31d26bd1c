//! What every signature of a role has in common.

use anchor_lang::pinocchio::account::AccountView as View;
use anchor_lang::pinocchio::sysvars::instructions::Instructions;
use anchor_lang::prelude::*;

use crate::error::PlimsollError;

/// `AdvanceNonceAccount` of the system program, as its instruction data begins.
const ADVANCE_NONCE: [u8; 4] = [4, 0, 0, 0];

/// Refuses a transaction that advances a durable nonce: such a one never expires, so that a
/// signature given once could be used at any time, in circumstances its signer never saw.
#[inline(never)]
pub(super) fn refuse_durable_nonce(instructions: &View) -> Result<()> {
    let all = Instructions::try_from(instructions)?;
    for index in 0..all.num_instructions() {
        let instruction = all.load_instruction_at(index)?;
        let is_nonce = *instruction.get_program_id() == System::id()
            && instruction.get_instruction_data().starts_with(&ADVANCE_NONCE);
        require!(!is_nonce, PlimsollError::DurableNonce);
    }
    Ok(())
}
