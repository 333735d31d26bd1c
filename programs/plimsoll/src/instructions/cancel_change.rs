use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use crate::error::PlimsollError;
use crate::events::ChangeCancelled;
use crate::state::{Clearinghouse, PendingChange, Role};

#[derive(Accounts)]
pub struct CancelChange {
    pub authority: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(
        mut, close = payer,
        constraint = change.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount,
    )]
    pub change: Account<PendingChange>,
    /// CHECK: gets back the rent it has paid; may be whoever sends this, as nothing but
    /// lamports of it is touched.
    #[account(mut, unsafe(dup), address = change.payer @ PlimsollError::ForeignAccount)]
    pub payer: UncheckedAccount,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl CancelChange {
    /// Withdraws a pending change: governance any, the guardian any but one of the guardian
    /// (it can't cling to its role), anyone one that has expired.
    pub fn run(&mut self) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        let (by, clearinghouse) = (self.authority.address(), &self.clearinghouse);
        let may_cancel = clearinghouse.is(Role::Governance, by)
            || clearinghouse.is(Role::Guardian, by) && !self.change.is_about_guardian()
            || Clock::get()?.unix_timestamp > self.change.expires_at;
        require!(may_cancel, PlimsollError::NotGovernanceOrGuardian);
        emit!(ChangeCancelled {
            clearinghouse: *clearinghouse.address(),
            change: *self.change.address(),
            by: *by,
            id: self.change.id as u64,
        });
        Ok(())
    }
}
