use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::lending::Index;
use plimsoll_risk::Price;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::ClearinghouseCreated;
use crate::oracle::OracleKind;
use crate::params::{ClearinghouseTerms, RoleHolders};
use crate::seeds;
use crate::state::{Clearinghouse, OutflowWindow, RiskBoard, LAYOUT_VERSION, SETTLEMENT_ASSET};

const SETTLEMENT_DECIMALS: u8 = 6;
const ONE: u32 = 1_000_000;

#[derive(Accounts)]
pub struct CreateClearinghouse {
    #[account(mut)]
    pub creator: Signer,
    #[account(constraint = settlement_mint.decimals() == SETTLEMENT_DECIMALS @ PlimsollError::SettlementDecimals)]
    pub settlement_mint: Account<Mint>,
    #[account(init, payer = creator, seeds = [seeds::CLEARINGHOUSE, creator.address().as_ref()], bump)]
    pub clearinghouse: Account<Clearinghouse>,
    #[account(init, payer = creator, seeds = [seeds::RISK_BOARD, clearinghouse.address().as_ref()], bump)]
    pub risk_board: Account<RiskBoard>,
    #[account(init, payer = creator, seeds = [seeds::OUTFLOW_WINDOW, clearinghouse.address().as_ref()], bump)]
    pub window: Account<OutflowWindow>,
    pub system_program: Program<System>,
}

impl CreateClearinghouse {
    /// Creates a clearinghouse with its risk board, whose row 0 is the settlement
    /// token: the unit of account, worth exactly 1. It takes no money before its launch.
    pub fn run(&mut self, roles: RoleHolders, terms: ClearinghouseTerms) -> Result<()> {
        bounds::check_clearinghouse(&terms)?;

        let clearinghouse = *self.clearinghouse.address();
        self.clearinghouse.creator = *self.creator.address();
        self.clearinghouse.appoint(&roles);
        self.clearinghouse.layout_version = LAYOUT_VERSION;
        self.clearinghouse.outflow_window = *self.window.address();
        self.window.clearinghouse = clearinghouse;
        self.clearinghouse.risk_board = *self.risk_board.address();
        self.clearinghouse.settlement_mint = *self.settlement_mint.address();

        let board = &mut *self.risk_board;
        board.clearinghouse = clearinghouse;
        self.clearinghouse.set_terms(board, &terms);
        board.asset_count = 1;
        let row = board.row_mut(SETTLEMENT_ASSET)?;
        row.symbol[..4].copy_from_slice(b"USDC");
        row.oracle_kind = OracleKind::Settlement as u8;
        row.decimals = SETTLEMENT_DECIMALS;
        row.price = Price::ONE.into();
        row.slow_price = Price::ONE.into();
        row.deposit_mark = Price::ONE.into();
        row.deposit_mark_low = Price::ONE.into();
        row.supply_index = Index::ONE.0;
        row.borrow_index = Index::ONE.0;
        row.publish_time = i64::MAX;
        row.settle_deadlines();
        row.initial_asset_weight = ONE;
        row.maintenance_asset_weight = ONE;
        row.initial_debt_weight = ONE;
        row.maintenance_debt_weight = ONE;

        emit!(ClearinghouseCreated {
            clearinghouse,
            settlement_mint: *self.settlement_mint.address(),
            governance: roles.governance,
            steward: roles.steward,
            guardian: roles.guardian,
            fee_collector: roles.fee_collector,
        });
        Ok(())
    }
}
