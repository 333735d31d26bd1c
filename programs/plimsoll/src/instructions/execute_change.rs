use anchor_lang::prelude::*;

use super::parameters_set::set_parameters;
use crate::bounds::CHANGE_VALID_SECONDS_MAX;
use crate::error::PlimsollError;
use crate::events::{ChangeExecuted, OracleSet, RoleNominated};
use crate::params::{Change, FieldChange, OracleSource};
use crate::state::{Bank, Clearinghouse, LiquidityPool, Market, PendingChange, RiskBoard, Role, RoleState};
use crate::terms::{check_ramp, concern_of, PlaceMut};

#[derive(Accounts)]
pub struct ExecuteChange {
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut, close = payer,
        constraint = change.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount,
    )]
    pub change: Account<PendingChange>,
    /// CHECK: gets back the rent it has paid; may be whoever sends this, as nothing but
    /// lamports of it is touched.
    #[account(mut, unsafe(dup), address = change.payer @ PlimsollError::ForeignAccount)]
    pub payer: UncheckedAccount,
    #[account(mut, constraint = market.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub market: Option<Account<Market>>,
    #[account(mut, constraint = bank.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub bank: Option<Account<Bank>>,
    #[account(mut, constraint = pool.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub pool: Option<Account<LiquidityPool>>,
}

impl ExecuteChange {
    /// Executes a change of parameters, of an oracle or of a role whose wait is over. Anyone
    /// may; it is checked again as things stand now. Market, bank and pool are needed as far
    /// as the change concerns them.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        self.change.check_ready(self.risk_board.is_launched == 1, now)?;
        match self.change.change()? {
            Change::Parameters { asset, ramp_seconds, fields } => {
                self.set_parameters(asset, ramp_seconds, &fields, now)?;
            }
            Change::Oracle { asset, before, after } => self.set_oracle(asset, &before, &after)?,
            Change::Role { role, before, after } => {
                self.nominate(Role::try_from(role)?, &before, &after, now)?;
            }
            _ => return Err(PlimsollError::WrongChange.into()),
        }
        emit!(ChangeExecuted {
            clearinghouse: *self.clearinghouse.address(),
            change: *self.change.address(),
            id: self.change.id as u64,
        });
        Ok(())
    }

    fn set_parameters(
        &mut self,
        asset: u8,
        ramp_seconds: u32,
        fields: &[FieldChange],
        now: i64,
    ) -> Result<()> {
        check_ramp(concern_of(fields)?, ramp_seconds)?;
        let address = *self.clearinghouse.address();
        let mut place = PlaceMut {
            asset,
            clearinghouse: &mut self.clearinghouse,
            board: &mut self.risk_board,
            market: self.market.as_deref_mut(),
            bank: self.bank.as_deref_mut(),
            pool: self.pool.as_deref_mut(),
        };
        set_parameters(&mut place, &address, fields, ramp_seconds, now)
    }

    fn set_oracle(&mut self, asset: u8, before: &OracleSource, after: &OracleSource) -> Result<()> {
        let row = self.risk_board.row_mut(asset)?;
        require!(row.source() == *before, PlimsollError::ChangeStale);
        row.set_source(after);
        emit!(OracleSet {
            risk_board: *self.risk_board.address(),
            oracle: after.oracle,
            feed_id: after.feed_id,
            asset: asset as u64,
        });
        Ok(())
    }

    /// The nominee takes over by accepting; nobody has to accept a role that is burned.
    fn nominate(&mut self, role: Role, before: &Address, after: &Address, now: i64) -> Result<()> {
        let state = self.clearinghouse.role_mut(role);
        require!(state.holder == *before, PlimsollError::ChangeStale);
        state.nominee = *after;
        state.accept_until = now.saturating_add(CHANGE_VALID_SECONDS_MAX);
        if *after == Address::default() {
            *state = RoleState { holder: *after, nominee: *after, accept_until: 0 };
        }
        emit!(RoleNominated {
            clearinghouse: *self.clearinghouse.address(),
            nominee: *after,
            role: role as u64,
        });
        Ok(())
    }
}
