use anchor_lang::prelude::*;
use anchor_spl::{token, Mint, TokenAccount};
use plimsoll_risk::lending::Index;

use super::listing::check_collateral_listing;
use crate::error::PlimsollError;
use crate::events::CollateralListed;
use crate::seeds;
use crate::state::{Bank, Clearinghouse, PendingChange, RiskBoard, WarmUp};

#[derive(Accounts)]
pub struct ListCollateral {
    /// May be the payer of the change: nothing but lamports of it is touched.
    #[account(mut, unsafe(dup))]
    pub executor: Signer,
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
    pub mint: Account<Mint>,
    #[account(
        init, payer = executor,
        seeds = [seeds::BANK, clearinghouse.address().as_ref(), mint.address().as_ref()], bump,
    )]
    pub bank: Account<Bank>,
    #[account(
        init, payer = executor, seeds = [seeds::VAULT, bank.address().as_ref()], bump,
        token::mint = mint, token::authority = bank,
    )]
    pub vault: Account<TokenAccount>,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl ListCollateral {
    /// Executes a change that creates the bank and the vault of an asset's token. After the
    /// launch the token counts for nothing until it has warmed up.
    pub fn run(&mut self, bank_bump: u8) -> Result<()> {
        let (now, board) = (Clock::get()?.unix_timestamp, &mut *self.risk_board);
        let is_launched = board.is_launched == 1;
        self.change.check_ready(is_launched, now)?;
        let (mint, params) = self.change.collateral_params()?;
        let asset = self.change.asset;
        require!(*self.mint.address() == mint, PlimsollError::ForeignAccount);
        let is_settlement_mint = mint == self.clearinghouse.settlement_mint;
        check_collateral_listing(board, asset, is_settlement_mint, &params)?;
        let row = board.row_mut(asset)?;
        require!(row.decimals == self.mint.decimals(), PlimsollError::DecimalsMismatch);
        row.is_collateral = 1;

        self.bank.clearinghouse = *self.clearinghouse.address();
        self.bank.mint = mint;
        self.bank.vault = *self.vault.address();
        self.bank.asset = asset;
        self.bank.bump = bank_bump;
        self.bank.terms = params.terms;
        self.bank.weights = params.weights;
        self.bank.ramp_start = now;
        self.bank.warm_up = WarmUp::of_new(is_launched) as u8;
        self.bank.supply_index = Index::ONE.0;
        self.bank.borrow_index = Index::ONE.0;
        self.bank.accrued_at = now;
        row.settle_bank(&self.bank, &self.bank.ledger(), now)?;

        emit!(CollateralListed {
            bank: *self.bank.address(),
            mint,
            asset: asset as u64,
            deposit_cap: params.terms.deposit_cap,
        });
        Ok(())
    }
}
