use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use super::old_account;
use crate::bounds;
use crate::error::PlimsollError;
use crate::events::ClearinghouseMigrated;
use crate::migration::{convert_board, ClearinghouseV0, RiskBoardHeadV0, RiskBoardV0, VERSION};
use crate::params::{ClearinghouseTerms, RoleHolders};
use crate::seeds;
use crate::state::{Clearinghouse, OutflowWindow, RiskBoard};

#[derive(Accounts)]
pub struct MigrateClearinghouse {
    pub governance: Signer,
    /// May be governance itself: nothing but lamports of it is touched.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// CHECK: in an older layout; owner, type, length and governance are checked below.
    #[account(mut)]
    pub clearinghouse: UncheckedAccount,
    /// CHECK: in an older layout; owner, type, length and clearinghouse are checked below.
    #[account(mut)]
    pub risk_board: UncheckedAccount,
    /// Exists only if all this has been done before, which is then refused below.
    #[account(
        init_if_needed, payer = payer,
        seeds = [seeds::OUTFLOW_WINDOW, clearinghouse.address().as_ref()], bump,
    )]
    pub window: Account<OutflowWindow>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub system_program: Program<System>,
}

impl MigrateClearinghouse {
    /// Brings a clearinghouse and its risk board from layout 0 to the present one, and creates
    /// its outflow window. Its governance signs, gives out the other roles and says what was not
    /// there before: delays of changes and the outflow limit. It stays what it is, and what was
    /// set stays as it was; a clearinghouse that takes money counts as launched.
    pub fn run(&mut self, roles: RoleHolders, terms: ClearinghouseTerms) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        let (clearinghouse, board) = (self.clearinghouse.account(), self.risk_board.account());
        old_account::check::<ClearinghouseV0, Clearinghouse>(clearinghouse)?;
        let before: ClearinghouseV0 = old_account::read(clearinghouse)?;
        let governance = self.governance.address();
        require!(before.governance == *governance, PlimsollError::NotGovernance);
        require!(roles.governance == *governance, PlimsollError::GovernanceMoved);
        require!(before.risk_board == *board.address(), PlimsollError::ForeignAccount);
        old_account::check::<RiskBoardV0, RiskBoard>(board)?;
        let head: RiskBoardHeadV0 = old_account::read(board)?;
        require!(head.keeps(&terms), PlimsollError::TermsChanged);
        bounds::check_clearinghouse(&terms)?;

        let payer = self.payer.account();
        let after = before.converted(*self.window.address(), &roles, &terms);
        old_account::replace(clearinghouse, payer, &after)?;
        let outflow_max = terms.outflow_max as u64;
        old_account::grow::<RiskBoard>(board, payer, |body| convert_board(body, outflow_max))?;
        self.window.clearinghouse = *clearinghouse.address();

        emit!(ClearinghouseMigrated {
            clearinghouse: *clearinghouse.address(),
            governance: roles.governance,
            steward: roles.steward,
            guardian: roles.guardian,
            fee_collector: roles.fee_collector,
            outflow_max,
            change_delay_seconds: terms.change_delay_seconds,
            oracle_delay_seconds: terms.oracle_delay_seconds,
            layout_version: VERSION as u64,
        });
        Ok(())
    }
}
