//! The instructions: dispatch only, the handlers are in `instructions`.

use alloc::vec::Vec;

use anchor_lang::prelude::*;

pub use crate::instructions::*;
use crate::params::{Change, ClearinghouseTerms, FieldChange, PoolTerms, RoleHolders};

#[program]
pub mod plimsoll {
    use super::*;

    /// Creates a clearinghouse and its risk board.
    pub fn create_clearinghouse(
        ctx: &mut Context<CreateClearinghouse>,
        roles: RoleHolders,
        terms: ClearinghouseTerms,
    ) -> Result<()> {
        ctx.accounts.run(roles, terms)
    }

    /// Brings a clearinghouse and its risk board from layout 0 to the present one.
    pub fn migrate_clearinghouse(
        ctx: &mut Context<MigrateClearinghouse>,
        roles: RoleHolders,
        terms: ClearinghouseTerms,
    ) -> Result<()> {
        ctx.accounts.run(roles, terms)
    }

    /// Brings a bank or a market of a migrated clearinghouse to the present layout.
    pub fn migrate_account(ctx: &mut Context<MigrateAccount>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Creates the liquidity pool, its share mint and the shared insurance fund.
    pub fn create_pool(ctx: &mut Context<CreatePool>, terms: PoolTerms) -> Result<()> {
        ctx.accounts.run(terms)
    }

    /// Opens the clearinghouse for money: from now on changes wait.
    pub fn launch(ctx: &mut Context<Launch>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Proposes a change.
    pub fn propose(ctx: &mut Context<Propose>, change: Change, expires_at: i64) -> Result<()> {
        ctx.accounts.run(&change, expires_at)
    }

    /// Withdraws a pending change.
    pub fn cancel_change(ctx: &mut Context<CancelChange>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Executes a change of parameters, of an oracle or of a role.
    pub fn execute_change(ctx: &mut Context<ExecuteChange>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Executes a change that puts an asset on the risk board.
    pub fn list_asset(ctx: &mut Context<ListAsset>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Executes a change that creates the bank and vault of an asset's token.
    pub fn list_collateral(ctx: &mut Context<ListCollateral>) -> Result<()> {
        let bump = ctx.bumps.bank;
        ctx.accounts.run(bump)
    }

    /// Executes a change that creates the market of an asset.
    pub fn list_market(ctx: &mut Context<ListMarket>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Accepts a role; signed by its nominee.
    pub fn accept_role(ctx: &mut Context<AcceptRole>, role: u8) -> Result<()> {
        ctx.accounts.run(role)
    }

    /// Moves parameters in the direction that tightens, without a wait.
    pub fn tighten(
        ctx: &mut Context<Tighten>,
        asset: u8,
        ramp_seconds: u32,
        fields: Vec<FieldChange>,
    ) -> Result<()> {
        ctx.accounts.run(asset, ramp_seconds, &fields)
    }

    /// Pauses groups of actions for a while.
    pub fn pause(ctx: &mut Context<Pause>, scope: u8, groups: u8, seconds: u32) -> Result<()> {
        ctx.accounts.run(scope, groups, seconds)
    }

    /// Lifts a pause before its end.
    pub fn unpause(ctx: &mut Context<Unpause>, scope: u8) -> Result<()> {
        ctx.accounts.run(scope)
    }

    /// Lets a new bank, or a new market, begin to count.
    pub fn warm_up(ctx: &mut Context<WarmUpAsset>) -> Result<()> {
        ctx.accounts.run()
    }

    /// Pays protocol fees out.
    pub fn collect_fees(ctx: &mut Context<CollectFees>, amount: u64) -> Result<()> {
        ctx.accounts.run(amount)
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
        ctx.accounts.run(amount)
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
        ctx.accounts.run(repaid_max)
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
        let markets = ctx.remaining_accounts()?;
        ctx.accounts.run(&markets, shares, amount_min)
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
