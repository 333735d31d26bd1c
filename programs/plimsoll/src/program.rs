//! The instructions: dispatch only, the handlers are in `instructions`.

use anchor_lang::prelude::*;

pub use crate::instructions::*;
use crate::params::{AssetParams, CollateralParams, MarketParams};

#[program]
pub mod plimsoll {
    use super::*;

    /// Creates a clearinghouse and its risk board.
    pub fn create_clearinghouse(
        ctx: &mut Context<CreateClearinghouse>,
        governance: Address,
        liquidation_target: u32,
    ) -> Result<()> {
        ctx.accounts.run(governance, liquidation_target)
    }

    /// Creates the liquidity pool and its share mint.
    pub fn create_pool(ctx: &mut Context<CreatePool>, redeem_fee: u32) -> Result<()> {
        ctx.accounts.run(redeem_fee)
    }

    /// Proposes a new governance.
    pub fn propose_governance(ctx: &mut Context<ProposeGovernance>, proposed: Address) -> Result<()> {
        ctx.accounts.run(proposed)
    }

    /// Accepts governance; signed by the proposed key.
    pub fn accept_governance(ctx: &mut Context<AcceptGovernance>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Puts an asset on the risk board.
    pub fn list_asset(ctx: &mut Context<ListAsset>, params: AssetParams) -> Result<()> {
        ctx.accounts.run(params)
    }

    /// Creates the bank and vault of an asset's token.
    pub fn list_collateral(
        ctx: &mut Context<ListCollateral>,
        asset: u8,
        params: CollateralParams,
    ) -> Result<()> {
        ctx.accounts.run(asset, params)
    }

    /// Creates the market of an asset.
    pub fn list_market(ctx: &mut Context<ListMarket>, asset: u8, params: MarketParams) -> Result<()> {
        ctx.accounts.run(asset, params)
    }

    /// Takes newer prices from oracle accounts (remaining accounts, one per asset).
    pub fn refresh_prices(ctx: &mut Context<RefreshPrices>, assets: &[u8]) -> Result<()> {
        let oracles = ctx.remaining_accounts()?;
        ctx.accounts.run(assets, &oracles)
    }

    /// Opens a margin account.
    pub fn open_account(ctx: &mut Context<OpenAccount>, sub_account: u16) -> Result<()> {
        ctx.accounts.run(sub_account)
    }

    /// Closes an empty margin account and returns its rent.
    pub fn close_account(ctx: &mut Context<CloseAccount>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Names who may trade for the owner.
    pub fn set_delegate(ctx: &mut Context<SetDelegate>, delegate: Address) -> Result<()> {
        ctx.accounts.run(delegate)
    }

    /// Deposits tokens.
    pub fn deposit(ctx: &mut Context<Deposit>, amount: u64) -> Result<()> {
        ctx.accounts.run(amount)
    }

    /// Withdraws tokens.
    pub fn withdraw(ctx: &mut Context<Withdraw>, amount: u64) -> Result<()> {
        let bump = ctx.bumps.bank;
        ctx.accounts.run(amount, bump)
    }

    /// Moves tokens between two accounts of one owner.
    pub fn transfer(ctx: &mut Context<TransferBetween>, asset: u8, amount: u64) -> Result<()> {
        ctx.accounts.run(asset, amount)
    }

    /// Opens, increases, reduces or closes a position.
    pub fn trade(ctx: &mut Context<Trade>, size: i64, limit: u128) -> Result<()> {
        ctx.accounts.run(size, limit)
    }

    /// Liquidates a position of an account below maintenance.
    pub fn liquidate(ctx: &mut Context<Liquidate>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Puts settlement tokens into the pool (remaining accounts: its markets).
    pub fn provide_liquidity(
        ctx: &mut Context<ProvideLiquidity>,
        amount: u64,
        shares_min: u64,
    ) -> Result<()> {
        let (markets, bump) = (ctx.remaining_accounts()?, ctx.bumps.pool);
        ctx.accounts.run(&markets, amount, shares_min, bump)
    }

    /// Takes settlement tokens out of the pool (remaining accounts: its markets).
    pub fn redeem_liquidity(ctx: &mut Context<RedeemLiquidity>, shares: u64, amount_min: u64) -> Result<()> {
        let (markets, bump) = (ctx.remaining_accounts()?, ctx.bumps.bank);
        ctx.accounts.run(&markets, shares, amount_min, bump)
    }

    /// Moves a market's capital towards its share of the pool.
    pub fn rebalance(ctx: &mut Context<Rebalance>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Returns an account's health as return data.
    pub fn view_account(ctx: &mut Context<ViewAccount>) -> Result<()> {
        ctx.accounts.run()
    }
}
