use anchor_lang::prelude::*;
use anchor_spl::{token, Mint, TokenAccount};
use plimsoll_risk::lending::Index;

use crate::bounds;
use crate::error::PlimsollError;
use crate::events::CollateralListed;
use crate::params::CollateralParams;
use crate::seeds;
use crate::state::{Bank, Clearinghouse, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct ListCollateral {
    #[account(mut, address = clearinghouse.governance @ PlimsollError::NotGovernance)]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(mut, address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    pub mint: Account<Mint>,
    #[account(
        init, payer = governance,
        seeds = [seeds::BANK, clearinghouse.address().as_ref(), mint.address().as_ref()], bump,
    )]
    pub bank: Account<Bank>,
    #[account(
        init, payer = governance, seeds = [seeds::VAULT, bank.address().as_ref()], bump,
        token::mint = mint, token::authority = bank,
    )]
    pub vault: Account<TokenAccount>,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl ListCollateral {
    /// Creates the bank and the vault of an asset's token. The settlement token is
    /// always worth its face: its weights must be one.
    pub fn run(&mut self, asset: u8, params: CollateralParams) -> Result<()> {
        bounds::check_collateral(&params)?;
        let row = self.risk_board.row_mut(asset)?;
        require!(row.is_collateral == 0, PlimsollError::AlreadyListed);
        require!(row.decimals == self.mint.decimals(), PlimsollError::DecimalsMismatch);
        let is_settlement_mint = *self.mint.address() == self.clearinghouse.settlement_mint;
        require!(is_settlement_mint == (asset == SETTLEMENT_ASSET), PlimsollError::ForeignAccount);
        if is_settlement_mint {
            let weights =
                [params.initial_asset_weight, params.initial_debt_weight, params.maintenance_debt_weight];
            require!(weights == [1_000_000; 3], PlimsollError::ParameterOutOfBounds);
        }
        // What stands for another asset is valued at the lower of two prices: as a debt that
        // would be too little.
        require!(row.parity_ratio == 0 || params.terms.borrow_cap == 0, PlimsollError::ParameterOutOfBounds);
        row.is_collateral = 1;
        row.initial_debt_weight = params.initial_debt_weight;
        row.maintenance_debt_weight = params.maintenance_debt_weight;

        self.bank.clearinghouse = *self.clearinghouse.address();
        self.bank.mint = *self.mint.address();
        self.bank.vault = *self.vault.address();
        self.bank.asset = asset;
        self.bank.terms = params.terms;
        self.bank.initial_asset_weight = params.initial_asset_weight;
        self.bank.maintenance_asset_weight = params.maintenance_asset_weight;
        self.bank.supply_index = Index::ONE.0;
        self.bank.borrow_index = Index::ONE.0;
        self.bank.accrued_at = Clock::get()?.unix_timestamp;
        row.settle_bank(&self.bank, &self.bank.ledger(), self.bank.accrued_at)?;

        emit!(CollateralListed {
            bank: *self.bank.address(),
            mint: *self.mint.address(),
            asset: asset as u64,
            deposit_cap: params.terms.deposit_cap,
        });
        Ok(())
    }
}
