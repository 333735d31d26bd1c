use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use crate::error::PlimsollError;
use crate::events::Paused;
use crate::state::{groups, Clearinghouse, RiskBoard, Role};

#[derive(Accounts)]
pub struct Pause {
    #[account(constraint = clearinghouse.is(Role::Guardian, guardian.address()) @ PlimsollError::NotGuardian)]
    pub guardian: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl Pause {
    /// Pauses `groups` of one asset or of all (255) for `seconds`, a day at most; see
    /// [`PauseRecord::begin`](crate::state::PauseRecord::begin) for how often. Repaying, topping
    /// up, reducing, liquidating and everything that follows from it can't be paused.
    pub fn run(&mut self, scope: u8, groups: u8, seconds: u32) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        require!(groups != 0 && groups & !groups::ALL == 0, PlimsollError::ParameterOutOfBounds);
        let (by, now) = (*self.guardian.address(), Clock::get()?.unix_timestamp);
        let until = self.clearinghouse.pauses.begin(by, now, seconds as i64)?;
        self.risk_board.pause(scope, groups, until, now)?;
        emit!(Paused {
            clearinghouse: *self.clearinghouse.address(),
            by,
            until,
            scope: scope as u32,
            groups: groups as u32,
        });
        Ok(())
    }
}
