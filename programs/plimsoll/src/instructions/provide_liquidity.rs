use anchor_lang::prelude::*;
use anchor_spl::Mint;

use super::loaded;
use crate::actions::Provision;
use crate::error::PlimsollError;
use crate::events::LiquidityProvided;
use crate::seeds;
use crate::state::{Bank, LiquidityPool, RiskBoard, SETTLEMENT_ASSET};
use crate::tokens::{Shares, Transfer};

#[derive(Accounts)]
pub struct ProvideLiquidity {
    pub provider: Signer,
    #[account(mut, seeds = [seeds::LIQUIDITY_POOL, pool.clearinghouse.as_ref()], bump)]
    pub pool: Account<LiquidityPool>,
    #[account(constraint = risk_board.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut,
        constraint = bank.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the provider's account of this mint.
    #[account(mut)]
    pub provider_tokens: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    #[account(mut, address = pool.share_mint @ PlimsollError::ForeignAccount)]
    pub share_mint: Account<Mint>,
    /// CHECK: the token program refuses anything but an account of the share mint.
    #[account(mut)]
    pub provider_shares: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl ProvideLiquidity {
    /// Puts `amount` of settlement tokens into the pool for at least `shares_min` shares; see
    /// [`Provision`]. `markets`: all markets of the pool.
    pub fn run(
        &mut self,
        markets: &[AccountView],
        amount: u64,
        shares_min: u64,
        pool_bump: u8,
    ) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (markets, supply) = (loaded(markets), self.share_mint.supply());
        let (pool, board, wanted) = (&*self.pool, &*self.risk_board, (amount, shares_min));
        let provision = Provision::plan(pool, board, markets, supply, wanted, now)?;
        provision.execute(&mut self.pool, &mut self.bank, now)?;
        let shares = provision.shares;
        emit!(LiquidityProvided {
            pool: *self.pool.address(),
            provider: *self.provider.address(),
            amount,
            shares,
            pool_value: provision.value.0,
            unallocated_after: self.pool.unallocated,
        });
        self.move_tokens(amount, shares, pool_bump)
    }

    fn move_tokens(&mut self, amount: u64, shares: u64, pool_bump: u8) -> Result<()> {
        Transfer {
            token_program: self.token_program.address(),
            from: self.provider_tokens.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.vault.try_cpi_handle_mut()?.into(),
            authority: self.provider.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[]);
        let (clearinghouse, bump) = (self.pool.clearinghouse, [pool_bump]);
        Shares {
            token_program: self.token_program.address(),
            mint: self.share_mint.try_cpi_handle_mut()?.into(),
            holder: self.provider_shares.try_cpi_handle_mut()?.into(),
            authority: self.pool.cpi_handle(),
            amount: shares,
        }
        .mint(&[&[seeds::LIQUIDITY_POOL, clearinghouse.as_ref(), &bump]]);
        Ok(())
    }
}
