//! What anybody may do to an account that has sunk.
use super::{AccountChange, Outcome, Preview, Result, bank_of, banks_of, fund_of, market_of};
use plimsoll::actions::{self, Closing, Forgiven};
use plimsoll::guard::{MarginGuard, Sale, Standing as Stock};
use plimsoll::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_risk::debt::DebtPlan;

/// A liquidation of a position.
#[derive(Clone, Debug)]
pub struct Liquidated {
    pub account: AccountChange,
    pub keeper: AccountChange,
    /// `None` if there is nothing to liquidate any more: a lost race is not an error.
    pub closing: Option<Closing>,
}

/// A debt taken over, and collateral for it.
#[derive(Clone, Debug)]
pub struct DebtLiquidated {
    pub account: AccountChange,
    pub keeper: AccountChange,
    /// `None` if there is nothing to liquidate any more: a lost race is not an error.
    pub plan: Option<DebtPlan>,
}

/// A receivership that was started.
#[derive(Clone, Debug)]
pub struct Received {
    pub account: AccountChange,
    /// What is paid out, and what the end of the transaction must repay.
    pub plan: DebtPlan,
}

/// A margin call raised or cleared, a sinking noted, an auction started.
#[derive(Clone, Debug)]
pub struct StockTaken {
    pub account: AccountChange,
    pub stock: Stock,
}

/// An account won at auction.
#[derive(Clone, Debug)]
pub struct Auctioned {
    pub account: AccountChange,
    pub winner: AccountChange,
    pub sale: Sale,
}

/// A debt struck out.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub account: AccountChange,
    pub forgiven: Forgiven,
}

impl Preview {
    /// Liquidates the position of an account in one market, for a bounty to `keeper`.
    ///
    /// # Errors
    /// The program's, see [`actions::liquidate`](actions::liquidate()).
    pub fn liquidate(
        &self,
        account: &MarginState,
        keeper: &MarginState,
        asset: u8,
    ) -> Result<Outcome<Liquidated>> {
        self.own_both(account, keeper)?;
        let (mut after, mut sunk, mut paid) = (self.clone(), *account, *keeper);
        let market = market_of(&mut after.snapshot.assets, asset)?;
        let (guard, bounty) = (MarginGuard::over(&mut sunk), MarginGuard::over(&mut paid));
        let closing = actions::liquidate(guard, bounty, &after.snapshot.board, market, self.now)?;
        let (account, keeper) = (self.change(&after, account, &sunk)?, self.change(&after, keeper, &paid)?);
        Ok(Outcome { done: Liquidated { account, keeper, closing }, after })
    }

    /// Takes over a debt of an account, at most `repaid_max` native units, and collateral for it.
    ///
    /// # Errors
    /// The program's, see [`actions::liquidate_debt`](actions::liquidate_debt()).
    pub fn liquidate_debt(
        &self,
        account: &MarginState,
        keeper: &MarginState,
        (debt, asset): (u8, u8),
        repaid_max: u64,
    ) -> Result<Outcome<DebtLiquidated>> {
        self.own_both(account, keeper)?;
        let (mut after, mut sunk, mut taker) = (self.clone(), *account, *keeper);
        let (debt, asset) = banks_of(&mut after.snapshot.assets, debt, asset)?;
        let (guard, other) = (MarginGuard::over(&mut sunk), MarginGuard::over(&mut taker));
        let board = &after.snapshot.board;
        let plan = actions::liquidate_debt(guard, other, board, debt, asset, repaid_max, self.now)?;
        let (account, keeper) = (self.change(&after, account, &sunk)?, self.change(&after, keeper, &taker)?);
        Ok(Outcome { done: DebtLiquidated { account, keeper, plan }, after })
    }

    /// Pays out collateral of an account against a debt, at most `repaid_max` native units, that the end of
    /// the transaction repays. The bank of the debt shows what is in flight until then.
    ///
    /// # Errors
    /// The program's, see [`actions::start_receivership`](actions::start_receivership()).
    pub fn start_receivership(
        &self,
        account: &MarginState,
        (debt, asset): (u8, u8),
        repaid_max: u64,
    ) -> Result<Outcome<Received>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let (guard, deployment) = (MarginGuard::over(&mut state), &mut after.snapshot);
        let (debt, asset) = banks_of(&mut deployment.assets, debt, asset)?;
        let (board, window) = (&deployment.board, &mut deployment.window);
        let plan = actions::start_receivership(guard, board, window, debt, asset, repaid_max, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: Received { account, plan }, after })
    }

    /// Takes stock of an account: raises or clears a margin call, and notes when it sank.
    ///
    /// # Errors
    /// The program's, see [`MarginGuard::take_stock`].
    pub fn call_margin(&self, account: &MarginState) -> Result<Outcome<StockTaken>> {
        self.taking_stock(account, |mut guard, after| guard.take_stock(&after.snapshot.board, after.now))
    }

    /// Puts an account up for auction.
    ///
    /// # Errors
    /// The program's, see [`MarginGuard::put_up`].
    pub fn start_auction(&self, account: &MarginState) -> Result<Outcome<StockTaken>> {
        self.taking_stock(account, |mut guard, after| guard.put_up(&after.snapshot.board, after.now))
    }

    fn taking_stock(
        &self,
        account: &MarginState,
        take: impl FnOnce(MarginGuard, &Self) -> Result<Stock>,
    ) -> Result<Outcome<StockTaken>> {
        self.own(account)?;
        let (after, mut state) = (self.clone(), *account);
        let stock = take(MarginGuard::over(&mut state), &after)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: StockTaken { account, stock }, after })
    }

    /// Takes over all of an account under auction, for at most `price_max` micro-USD.
    ///
    /// # Errors
    /// The program's, see [`actions::win_auction`](actions::win_auction()).
    pub fn win_auction(
        &self,
        account: &MarginState,
        winner: &MarginState,
        price_max: u64,
    ) -> Result<Outcome<Auctioned>> {
        self.own_both(account, winner)?;
        let (mut after, mut sold, mut buyer) = (self.clone(), *account, *winner);
        let bank = bank_of(&mut after.snapshot.assets, SETTLEMENT_ASSET)?;
        let (guard, other) = (MarginGuard::over(&mut sold), MarginGuard::over(&mut buyer));
        let sale = actions::win_auction(guard, other, &after.snapshot.board, bank, price_max, self.now)?;
        let (account, winner) = (self.change(&after, account, &sold)?, self.change(&after, winner, &buyer)?);
        Ok(Outcome { done: Auctioned { account, winner, sale }, after })
    }

    /// Strikes out what an account owes in a token and has nothing to pay with.
    ///
    /// # Errors
    /// The program's, see [`actions::resolve_bankruptcy`](actions::resolve_bankruptcy()).
    pub fn resolve_bankruptcy(&self, account: &MarginState, asset: u8) -> Result<Outcome<Resolved>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let (guard, deployment) = (MarginGuard::over(&mut state), &mut after.snapshot);
        let bank = bank_of(&mut deployment.assets, asset)?;
        let (board, fund) = (&mut deployment.board, fund_of(&mut deployment.insurance)?);
        let forgiven = actions::resolve_bankruptcy(guard, board, bank, fund, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: Resolved { account, forgiven }, after })
    }
}
