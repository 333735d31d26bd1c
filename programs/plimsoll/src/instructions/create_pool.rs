use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;
use anchor_spl::mint;
use anchor_spl::Mint;

use super::authority::refuse_durable_nonce;
use crate::bounds;
use crate::error::PlimsollError;
use crate::events::PoolCreated;
use crate::params::PoolTerms;
use crate::seeds;
use crate::state::{Clearinghouse, InsuranceFund, LiquidityPool, Role};

#[derive(Accounts)]
pub struct CreatePool {
    #[account(
        mut, constraint = clearinghouse.is(Role::Governance, governance.address()) @ PlimsollError::NotGovernance,
    )]
    pub governance: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(init, payer = governance, seeds = [seeds::LIQUIDITY_POOL, clearinghouse.address().as_ref()], bump)]
    pub pool: Account<LiquidityPool>,
    #[account(
        init, payer = governance, seeds = [seeds::SHARE_MINT, pool.address().as_ref()], bump,
        mint::decimals = 6, mint::authority = pool,
    )]
    pub share_mint: Account<Mint>,
    #[account(init, payer = governance, seeds = [seeds::INSURANCE_FUND, clearinghouse.address().as_ref()], bump)]
    pub fund: Account<InsuranceFund>,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl CreatePool {
    /// Creates the liquidity pool of a clearinghouse, the mint of its shares, and the shared
    /// insurance fund.
    pub fn run(&mut self, terms: PoolTerms) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        bounds::check_pool(&terms)?;
        self.pool.clearinghouse = *self.clearinghouse.address();
        self.pool.share_mint = *self.share_mint.address();
        self.pool.redeem_fee = terms.redeem_fee;
        self.fund.clearinghouse = *self.clearinghouse.address();
        emit!(PoolCreated {
            pool: *self.pool.address(),
            share_mint: *self.share_mint.address(),
            redeem_fee: terms.redeem_fee as u64,
        });
        Ok(())
    }
}
