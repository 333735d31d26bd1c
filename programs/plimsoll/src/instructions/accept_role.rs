use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use crate::error::PlimsollError;
use crate::events::RoleAccepted;
use crate::state::{Clearinghouse, Role, RoleState};

#[derive(Accounts)]
pub struct AcceptRole {
    pub nominee: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl AcceptRole {
    /// Completes the transfer of a role: its nominee takes over, within two weeks.
    pub fn run(&mut self, role: u8) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        let (holder, role) = (*self.nominee.address(), Role::try_from(role)?);
        let state = self.clearinghouse.role_mut(role);
        require!(state.nominee == holder, PlimsollError::NotNominee);
        require!(Clock::get()?.unix_timestamp <= state.accept_until, PlimsollError::ChangeExpired);
        *state = RoleState { holder, nominee: Address::default(), accept_until: 0 };
        emit!(RoleAccepted { clearinghouse: *self.clearinghouse.address(), holder, role: role as u64 });
        Ok(())
    }
}
