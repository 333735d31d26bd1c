use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use super::parameters_set::set_parameters;
use crate::error::PlimsollError;
use crate::params::FieldChange;
use crate::state::{Bank, Clearinghouse, Market, RiskBoard, Role};
use crate::terms::{check_ramp, check_tightening, concern_of, PlaceMut};

#[derive(Accounts)]
pub struct Tighten {
    #[account(constraint = clearinghouse.is(Role::Steward, steward.address()) @ PlimsollError::NotSteward)]
    pub steward: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub market: Option<Account<Market>>,
    #[account(mut, constraint = bank.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub bank: Option<Account<Bank>>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
}

impl Tighten {
    /// Moves parameters of one concern in the direction that tightens, without a wait:
    /// margins and weights over `ramp_seconds`, everything else at once.
    pub fn run(&mut self, asset: u8, ramp_seconds: u32, fields: &[FieldChange]) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        let now = Clock::get()?.unix_timestamp;
        let concern = concern_of(fields)?;
        check_ramp(concern, ramp_seconds)?;
        let address = *self.clearinghouse.address();
        let mut place = PlaceMut {
            asset,
            clearinghouse: &mut self.clearinghouse,
            board: &mut self.risk_board,
            market: self.market.as_deref_mut(),
            bank: self.bank.as_deref_mut(),
            pool: None,
        };
        check_tightening(&place.shared(), concern, fields, now)?;
        set_parameters(&mut place, &address, fields, ramp_seconds, now)
    }
}
