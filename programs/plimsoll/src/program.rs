//! The instructions: dispatch only, the handlers are in `instructions`.

use anchor_lang::prelude::*;

pub use crate::instructions::*;
use crate::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};

#[program]
pub mod plimsoll {
    use super::*;

    /// Creates a clearinghouse and its risk board.
    pub fn create_clearinghouse(
        ctx: &mut Context<CreateClearinghouse>,
        governance: Address,
        params: ClearinghouseParams,
    ) -> Result<()> {
        ctx.accounts.run(governance, params)
    }

    /// Creates the liquidity pool, its share mint and the shared insurance fund.
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

    /// Takes newer prices (remaining accounts: oracle, market and bank of each asset, as far
    /// as it has them).
    pub fn refresh_prices(ctx: &mut Context<RefreshPrices>, assets: &[u8]) -> Result<()> {
        let accounts = ctx.remaining_accounts()?;
        ctx.accounts.run(assets, &accounts)
    }

    /// Opens a margin account, isolated to one market or not (zero).
    pub fn open_account(ctx: &mut Context<OpenAccount>, sub_account: u16, isolated_asset: u8) -> Result<()> {
        ctx.accounts.run(sub_account, isolated_asset)
    }

    /// Closes an empty margin account and returns its rent.
    pub fn close_account(ctx: &mut Context<CloseAccount>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Names who may trade for the owner.
    pub fn set_delegate(ctx: &mut Context<SetDelegate>, delegate: Address) -> Result<()> {
        ctx.accounts.run(delegate)
    }

    /// Deposits tokens: repays a debt, then lends.
    pub fn deposit(ctx: &mut Context<Deposit>, amount: u64) -> Result<()> {
        ctx.accounts.run(amount)
    }

    /// Withdraws tokens; beyond the balance they are borrowed.
    pub fn withdraw(ctx: &mut Context<Withdraw>, amount: u64) -> Result<()> {
        let bump = ctx.bumps.bank;
        ctx.accounts.run(amount, bump)
    }

    /// Moves tokens between two accounts of one owner.
    pub fn transfer(ctx: &mut Context<TransferBetween>, amount: u64) -> Result<()> {
        ctx.accounts.run(amount)
    }

    /// Opens, increases, reduces or closes a position.
    pub fn trade(ctx: &mut Context<Trade>, size: i64, limit: u128) -> Result<()> {
        ctx.accounts.run(size, limit)
    }

    /// Liquidates a position of an account below maintenance.
    pub fn liquidate(ctx: &mut Context<Liquidate>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Takes stock of an account: raises or clears margin call and sunk time.
    pub fn call_margin(ctx: &mut Context<CallMargin>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Takes over a debt of an account below maintenance, and collateral for it.
    pub fn liquidate_debt(ctx: &mut Context<LiquidateDebt>, repaid_max: u64) -> Result<()> {
        ctx.accounts.run(repaid_max)
    }

    /// Pays out collateral of an account below maintenance against a debt repaid at the end.
    pub fn start_receivership(ctx: &mut Context<StartReceivership>, repaid_max: u64) -> Result<()> {
        let bump = ctx.bumps.asset_bank;
        ctx.accounts.run(repaid_max, bump)
    }

    /// Repays what a receivership started in this transaction owes.
    pub fn end_receivership(ctx: &mut Context<EndReceivership>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Puts an account up for auction that has been below maintenance for long.
    pub fn start_auction(ctx: &mut Context<StartAuction>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Takes over all of an account under auction.
    pub fn win_auction(ctx: &mut Context<WinAuction>, price_max: u64) -> Result<()> {
        ctx.accounts.run(price_max)
    }

    /// Realises the loss of an open position where the market lacks the cash.
    pub fn settle_loss(ctx: &mut Context<SettleLoss>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Moves an account's cash into the settlement bank.
    pub fn bank_cash(ctx: &mut Context<BankCash>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Makes a market solvent that owes more than its capital.
    pub fn deleverage(ctx: &mut Context<Deleverage>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Strikes out a debt that an account has nothing to pay with.
    pub fn resolve_bankruptcy(ctx: &mut Context<ResolveBankruptcy>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Settles a market with the shared insurance fund.
    pub fn sweep_insurance(ctx: &mut Context<SweepInsurance>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Gives settlement tokens to the shared insurance fund.
    pub fn fund_insurance(ctx: &mut Context<FundInsurance>, amount: u64) -> Result<()> {
        ctx.accounts.run(amount)
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
