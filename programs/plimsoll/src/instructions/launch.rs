use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use crate::error::PlimsollError;
use crate::events::Launched;
use crate::state::{Clearinghouse, LiquidityPool, RiskBoard, Role, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct Launch {
    #[account(constraint = clearinghouse.is(Role::Governance, governance.address()) @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(constraint = pool.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub pool: Account<LiquidityPool>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl Launch {
    /// Opens the clearinghouse for money, once and for good: from now on every change waits,
    /// new collateral warms up, and what was proposed, or who was nominated, before is
    /// void.
    pub fn run(&mut self) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        require!(self.risk_board.is_launched == 0, PlimsollError::AlreadyLaunched);
        let has_settlement_bank = self.risk_board.row(SETTLEMENT_ASSET)?.is_collateral == 1;
        require!(has_settlement_bank, PlimsollError::SettlementMissing);
        for role in &mut self.clearinghouse.roles {
            (role.nominee, role.accept_until) = (Address::default(), 0);
        }
        self.risk_board.is_launched = 1;
        emit!(Launched { clearinghouse: *self.clearinghouse.address() });
        Ok(())
    }
}
