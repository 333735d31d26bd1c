use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::pool::value_of_floor;
use plimsoll_risk::{Quote, Ratio};

use super::outflow::release;
use super::pool_value::pool_value;
use crate::error::PlimsollError;
use crate::events::LiquidityRedeemed;
use crate::seeds;
use crate::state::{groups, Bank, LiquidityPool, OutflowWindow, RiskBoard, SETTLEMENT_ASSET};
use crate::tokens::{Shares, Transfer};

#[derive(Accounts)]
pub struct RedeemLiquidity {
    pub provider: Signer,
    #[account(mut)]
    pub pool: Account<LiquidityPool>,
    #[account(constraint = risk_board.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = window.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount)]
    pub window: Account<OutflowWindow>,
    #[account(
        mut,
        constraint = bank.clearinghouse == pool.clearinghouse @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: any token account of this mint, as the provider signed.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    #[account(mut, address = pool.share_mint @ PlimsollError::ForeignAccount)]
    pub share_mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the provider's account of the share mint.
    #[account(mut)]
    pub provider_shares: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl RedeemLiquidity {
    /// Redeems `shares` at the lower bound of the pool's value, less the redemption fee
    /// (which stays with the pool), out of capital that no market holds; refused if that
    /// would pay less than `amount_min`. `markets`: all markets of the pool.
    pub fn run(&mut self, markets: &[AccountView], shares: u64, amount_min: u64) -> Result<()> {
        require!(shares > 0, PlimsollError::ZeroAmount);
        let now = Clock::get()?.unix_timestamp;
        self.risk_board.check_open(SETTLEMENT_ASSET, groups::WITHDRAW, now)?;
        let value = pool_value(&self.pool, &self.risk_board, markets, now)?.low;
        let gross = value_of_floor(shares, self.share_mint.supply(), value).map_err(PlimsollError::from)?;
        let fee = Ratio(self.pool.redeem_fee).of_ceil(gross).map_err(PlimsollError::from)?;
        let net = gross.minus(fee).map_err(PlimsollError::from)?;
        let amount = net.magnitude();
        require!(amount >= amount_min, PlimsollError::AmountBelowMinimum);
        require!(net <= Quote(self.pool.unallocated), PlimsollError::InsufficientUnallocated);

        release(&mut self.bank, &mut self.window, &self.risk_board, amount, now)?;
        self.pool.add_unallocated(net.negated().map_err(PlimsollError::from)?)?;
        emit!(LiquidityRedeemed {
            pool: *self.pool.address(),
            provider: *self.provider.address(),
            amount,
            shares,
            fee: fee.0,
            pool_value: value.0,
            unallocated_after: self.pool.unallocated,
        });
        self.move_tokens(amount, shares)
    }

    fn move_tokens(&mut self, amount: u64, shares: u64) -> Result<()> {
        Shares {
            token_program: self.token_program.address(),
            mint: self.share_mint.try_cpi_handle_mut()?.into(),
            holder: self.provider_shares.try_cpi_handle_mut()?.into(),
            authority: self.provider.cpi_handle(),
            amount: shares,
        }
        .burn();
        let (clearinghouse, mint, bump) = (self.bank.clearinghouse, self.bank.mint, [self.bank.bump]);
        Transfer {
            token_program: self.token_program.address(),
            from: self.vault.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.destination.try_cpi_handle_mut()?.into(),
            authority: self.bank.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[&[seeds::BANK, clearinghouse.as_ref(), mint.as_ref(), &bump]]);
        Ok(())
    }
}
