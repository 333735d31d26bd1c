use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use crate::error::PlimsollError;
use crate::events::Unpaused;
use crate::state::{Clearinghouse, RiskBoard, Role};

#[derive(Accounts)]
pub struct Unpause {
    #[account(
        constraint = clearinghouse.is(Role::Guardian, guardian.address()) @ PlimsollError::NotGuardian,
        constraint = clearinghouse.pauses.by == *guardian.address() @ PlimsollError::NotGuardian,
    )]
    pub guardian: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl Unpause {
    /// Lifts what the same guardian has paused of one asset, or of all (255), before its end.
    pub fn run(&mut self, scope: u8) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        self.risk_board.unpause(scope)?;
        emit!(Unpaused {
            clearinghouse: *self.clearinghouse.address(),
            by: *self.guardian.address(),
            scope: scope as u64,
        });
        Ok(())
    }
}
