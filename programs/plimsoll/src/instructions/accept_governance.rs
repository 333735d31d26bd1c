use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::GovernanceAccepted;
use crate::state::Clearinghouse;

#[derive(Accounts)]
pub struct AcceptGovernance {
    #[account(address = clearinghouse.pending_governance @ PlimsollError::NotPendingGovernance)]
    pub proposed: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
}

impl AcceptGovernance {
    /// Completes a transfer of governance: the proposed key takes over.
    pub fn run(&mut self) -> Result<()> {
        let governance = *self.proposed.address();
        self.clearinghouse.governance = governance;
        self.clearinghouse.pending_governance = Address::default();
        emit!(GovernanceAccepted { clearinghouse: *self.clearinghouse.address(), governance });
        Ok(())
    }
}
