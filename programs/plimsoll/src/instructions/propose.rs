use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;

use super::authority::refuse_durable_nonce;
use super::listing::{check_asset_listing, check_collateral_listing, check_market_listing};
use crate::bounds::{self, CHANGE_VALID_SECONDS_MAX};
use crate::error::PlimsollError;
use crate::events::ChangeProposed;
use crate::params::{Change, FieldChange};
use crate::seeds;
use crate::state::{Bank, Clearinghouse, LiquidityPool, Market, PendingChange, RiskBoard, Role};
use crate::terms::{check_ramp, concern_of, Place, Terms};

#[derive(Accounts)]
pub struct Propose {
    #[account(constraint = clearinghouse.is(Role::Governance, governance.address()) @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    /// May be governance itself: nothing but lamports of it is touched.
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    #[account(mut)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        init, payer = payer,
        seeds = [
            seeds::PENDING_CHANGE, clearinghouse.address().as_ref(), &clearinghouse.change_count.to_le_bytes(),
        ],
        bump,
    )]
    pub change: Account<PendingChange>,
    #[account(constraint = market.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub market: Option<Account<Market>>,
    #[account(constraint = bank.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub bank: Option<Account<Bank>>,
    #[account(constraint = pool.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub pool: Option<Account<LiquidityPool>>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub system_program: Program<System>,
}

impl Propose {
    /// Proposes a change, which anyone may execute once its wait is over and until
    /// `expires_at` (unix seconds, at most two weeks later). It is checked as if it were
    /// executed now. Market, bank and pool are needed as far as the change concerns them.
    pub fn run(&mut self, change: &Change, expires_at: i64) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        let now = Clock::get()?.unix_timestamp;
        self.check(change, now)?;

        let id = self.clearinghouse.change_count;
        self.clearinghouse.change_count = id.checked_add(1).ok_or(PlimsollError::Overflow)?;
        self.change.record(change)?;
        let wait = change.wait_seconds(&self.clearinghouse, &self.risk_board);
        let pending = &mut self.change;
        pending.clearinghouse = *self.clearinghouse.address();
        pending.payer = *self.payer.address();
        pending.id = id;
        pending.was_launched = self.risk_board.is_launched;
        pending.proposed_at = now;
        pending.ready_at = now.saturating_add(wait);
        pending.expires_at = expires_at;
        let valid_seconds = expires_at.saturating_sub(pending.ready_at);
        require!((1..=CHANGE_VALID_SECONDS_MAX).contains(&valid_seconds), PlimsollError::ExpiryOutOfRange);

        emit!(ChangeProposed {
            clearinghouse: *self.clearinghouse.address(),
            change: *self.change.address(),
            ready_at: self.change.ready_at,
            expires_at,
            id,
            kind: self.change.kind,
            asset: self.change.asset,
            padding: [0; 2],
        });
        Ok(())
    }

    fn check(&self, change: &Change, now: i64) -> Result<()> {
        match change {
            Change::Asset(params) => check_asset_listing(&self.risk_board, params)?,
            Change::Collateral { asset, mint, params } => {
                let is_settlement = *mint == self.clearinghouse.settlement_mint;
                check_collateral_listing(&self.risk_board, *asset, is_settlement, params)?;
            }
            Change::Market { asset, params } => {
                let pool = self.pool.as_deref().ok_or(PlimsollError::TargetMissing)?;
                check_market_listing(&self.risk_board, pool, *asset, params)?;
            }
            Change::Oracle { asset, before, after } => {
                require!(self.risk_board.row(*asset)?.source() == *before, PlimsollError::ChangeStale);
                bounds::check_oracle_kind(before.kind)?;
                bounds::check_oracle_kind(after.kind)?;
            }
            Change::Role { role, before, .. } => {
                let holder = self.clearinghouse.role(Role::try_from(*role)?).holder;
                require!(holder == *before, PlimsollError::ChangeStale);
            }
            Change::Parameters { asset, ramp_seconds, fields } => {
                self.check_parameters(*asset, *ramp_seconds, fields, now)?;
            }
        }
        Ok(())
    }

    fn check_parameters(&self, asset: u8, ramp_seconds: u32, fields: &[FieldChange], now: i64) -> Result<()> {
        check_ramp(concern_of(fields)?, ramp_seconds)?;
        let place = Place {
            asset,
            clearinghouse: &self.clearinghouse,
            board: &self.risk_board,
            market: self.market.as_deref(),
            bank: self.bank.as_deref(),
            pool: self.pool.as_deref(),
        };
        Terms::amended(&place, fields, now)?;
        Ok(())
    }
}
