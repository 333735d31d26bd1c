use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::GovernanceProposed;
use crate::state::Clearinghouse;

#[derive(Accounts)]
pub struct ProposeGovernance {
    #[account(address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
}

impl ProposeGovernance {
    /// Proposes a new governance, replacing any earlier proposal; zero withdraws it.
    /// Nothing changes until the proposed key accepts.
    pub fn run(&mut self, proposed: Address) -> Result<()> {
        self.clearinghouse.pending_governance = proposed;
        emit!(GovernanceProposed { clearinghouse: *self.clearinghouse.address(), proposed });
        Ok(())
    }
}
