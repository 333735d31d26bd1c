//! What anybody may do so that markets can pay, and banks are owed interest.
use super::{AccountChange, Outcome, Preview, Result, bank_of, fund_of, market_of, pool_of};
use plimsoll::actions::{self, Relief, Settlement};
use plimsoll::guard::MarginGuard;
use plimsoll::state::{MarginState, SETTLEMENT_ASSET};
use plimsoll_risk::Quote;

/// Negative cash that became a debt with interest.
#[derive(Clone, Debug)]
pub struct CashBanked {
    pub account: AccountChange,
    /// Micro-USD of cash that moved, negative.
    pub moved: Quote,
}

/// A loss on paper that became cash.
#[derive(Clone, Debug)]
pub struct LossSettled {
    pub account: AccountChange,
    pub settled: Settlement,
}

impl Preview {
    /// Moves the cash that an account owes into the settlement bank.
    ///
    /// # Errors
    /// The program's, see [`actions::bank_cash`](actions::bank_cash()).
    pub fn bank_cash(&self, account: &MarginState) -> Result<Outcome<CashBanked>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let bank = bank_of(&mut after.snapshot.assets, SETTLEMENT_ASSET)?;
        let (guard, board) = (MarginGuard::over(&mut state), &after.snapshot.board);
        let moved = actions::bank_cash(guard, board, bank, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: CashBanked { account, moved }, after })
    }

    /// Realises the loss of an open position where the market lacks the cash.
    ///
    /// # Errors
    /// The program's, see [`actions::settle_loss`](actions::settle_loss()).
    pub fn settle_loss(&self, account: &MarginState, asset: u8) -> Result<Outcome<LossSettled>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let market = market_of(&mut after.snapshot.assets, asset)?;
        let (guard, board) = (MarginGuard::over(&mut state), &after.snapshot.board);
        let settled = actions::settle_loss(guard, board, market, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: LossSettled { account, settled }, after })
    }

    /// Makes a market solvent that owes its traders more than its capital; `None` if nothing is missing.
    ///
    /// # Errors
    /// The program's, see [`actions::deleverage`](actions::deleverage()).
    pub fn deleverage(&self, asset: u8) -> Result<Outcome<Option<Relief>>> {
        let mut after = self.clone();
        let deployment = &mut after.snapshot;
        let market = market_of(&mut deployment.assets, asset)?;
        let (pool, fund) = (pool_of(&mut deployment.pool)?, fund_of(&mut deployment.insurance)?);
        let done = actions::deleverage(&mut deployment.board, market, pool, fund, self.now)?;
        Ok(Outcome { done, after })
    }

    /// Settles a market with the shared insurance fund; says how many micro-USD went there (negative: came
    /// from there).
    ///
    /// # Errors
    /// The program's, see [`actions::sweep_insurance`](actions::sweep_insurance()).
    pub fn sweep_insurance(&self, asset: u8) -> Result<Outcome<Quote>> {
        let mut after = self.clone();
        let deployment = &mut after.snapshot;
        let market = market_of(&mut deployment.assets, asset)?;
        let done = actions::sweep_insurance(market, fund_of(&mut deployment.insurance)?, self.now)?;
        Ok(Outcome { done, after })
    }

    /// Moves a market's capital towards its share of the pool; says how many micro-USD went there (negative:
    /// came from there).
    ///
    /// # Errors
    /// The program's, see [`actions::rebalance`](actions::rebalance()).
    pub fn rebalance(&self, asset: u8) -> Result<Outcome<Quote>> {
        let mut after = self.clone();
        let deployment = &mut after.snapshot;
        let market = market_of(&mut deployment.assets, asset)?;
        let pool = pool_of(&mut deployment.pool)?;
        let done = actions::rebalance(pool, &deployment.board, market, self.now)?;
        Ok(Outcome { done, after })
    }
}
