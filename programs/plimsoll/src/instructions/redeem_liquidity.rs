use anchor_lang::prelude::*;
use anchor_spl::Mint;

use super::loaded;
use super::outflow::explained;
use crate::actions::Redemption;
use crate::error::PlimsollError;
use crate::events::LiquidityRedeemed;
use crate::state::{Bank, LiquidityPool, OutflowWindow, RiskBoard, SETTLEMENT_ASSET};
use crate::tokens::{Payment, Shares};

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
    /// Redeems `shares` for at least `amount_min` of settlement tokens; see [`Redemption`].
    /// `markets`: all markets of the pool.
    pub fn run(&mut self, markets: &[AccountView], shares: u64, amount_min: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (markets, supply) = (loaded(markets), self.share_mint.supply());
        let (pool, board, wanted) = (&mut *self.pool, &*self.risk_board, (shares, amount_min));
        let redemption = Redemption::plan(pool, board, markets, supply, wanted, now)?;
        let amount = redemption.amount.magnitude();
        redemption
            .execute(pool, board, &mut self.window, &mut self.bank, now)
            .map_err(|error| explained(error, &self.bank, &self.window, board, amount, now))?;
        emit!(LiquidityRedeemed {
            pool: *self.pool.address(),
            provider: *self.provider.address(),
            amount,
            shares,
            fee: redemption.fee.0,
            pool_value: redemption.value.0,
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
        Payment {
            token_program: self.token_program.address(),
            bank: &self.bank,
            vault: &mut self.vault,
            mint: &self.mint,
            destination: &mut self.destination,
            amount,
        }
        .make()
    }
}
