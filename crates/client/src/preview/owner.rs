//! What an owner does with an account.
use super::{AccountChange, Outcome, Preview, Result, bank_of, market_of};
use crate::snapshot::Snapshot;
use plimsoll::actions::{self, Fill, outflow};
use plimsoll::error::PlimsollError;
use plimsoll::guard::MarginGuard;
use plimsoll::state::MarginState;
use plimsoll_risk::outflow::Refused;
use plimsoll_risk::{Price, Quantity};

/// A deposit or a withdrawal.
#[derive(Clone, Debug)]
pub struct Moved {
    pub account: AccountChange,
    /// Shares of the bank that the account has afterwards; negative is owed.
    pub shares: Quantity,
}

/// Tokens moved from one account to another.
#[derive(Clone, Debug)]
pub struct Transferred {
    pub from: AccountChange,
    pub to: AccountChange,
    /// Shares of the bank that each has afterwards.
    pub shares: actions::Moved,
}

/// A trade.
#[derive(Clone, Debug)]
pub struct Traded {
    pub account: AccountChange,
    pub fill: Fill,
    /// What a native unit cost or brought, rounded up; the price impact is in it, the fee is not.
    pub price: Price,
}

impl Preview {
    /// Deposits `amount` native units of a token.
    ///
    /// # Errors
    /// The program's, see [`actions::deposit`](actions::deposit()).
    pub fn deposit(&self, account: &MarginState, asset: u8, amount: u64) -> Result<Outcome<Moved>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let bank = bank_of(&mut after.snapshot.assets, asset)?;
        let board = &after.snapshot.board;
        let shares = actions::deposit(MarginGuard::over(&mut state), board, bank, amount, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: Moved { account, shares }, after })
    }

    /// Withdraws `amount` native units of a token; what goes beyond the balance is borrowed.
    ///
    /// # Errors
    /// The program's, see [`actions::withdraw`](actions::withdraw()). After
    /// [`OutflowLimit`](PlimsollError::OutflowLimit), [`outflow_refusal`](Self::outflow_refusal) says more.
    pub fn withdraw(&self, account: &MarginState, asset: u8, amount: u64) -> Result<Outcome<Moved>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let (guard, deployment) = (MarginGuard::over(&mut state), &mut after.snapshot);
        let bank = bank_of(&mut deployment.assets, asset)?;
        let (board, window) = (&deployment.board, &mut deployment.window);
        let shares = actions::withdraw(guard, board, window, bank, amount, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: Moved { account, shares }, after })
    }

    /// How much of `amount` may leave a bank now, and when all of it may, if the outflow limits refuse it;
    /// `None` if they do not.
    ///
    /// # Errors
    /// [`AssetNotOnBoard`](PlimsollError::AssetNotOnBoard), [`Overflow`](PlimsollError::Overflow).
    pub fn outflow_refusal(&self, asset: u8, amount: u64) -> Result<Option<Refused>> {
        let Snapshot { assets, window, board, .. } = &self.snapshot;
        let accounts = assets.get(usize::from(asset)).ok_or(PlimsollError::AssetNotOnBoard)?;
        let (_, bank) = accounts.bank.as_ref().ok_or(PlimsollError::TargetMissing)?;
        outflow::refusal(bank, window, board, amount, self.now)
    }

    /// Moves `amount` native units of a token from one account to another of the same owner.
    ///
    /// # Errors
    /// The program's, see [`actions::transfer`](actions::transfer());
    /// [`NotSameOwner`](PlimsollError::NotSameOwner), [`SameAccount`](PlimsollError::SameAccount).
    pub fn transfer(
        &self,
        from: &MarginState,
        to: &MarginState,
        asset: u8,
        amount: u64,
    ) -> Result<Outcome<Transferred>> {
        if from.owner != to.owner {
            return Err(PlimsollError::NotSameOwner);
        }
        self.own_both(from, to)?;
        let (mut after, mut source, mut target) = (self.clone(), *from, *to);
        let bank = bank_of(&mut after.snapshot.assets, asset)?;
        let (giver, taker) = (MarginGuard::over(&mut source), MarginGuard::over(&mut target));
        let shares = actions::transfer(giver, taker, &after.snapshot.board, bank, amount, self.now)?;
        let (from, to) = (self.change(&after, from, &source)?, self.change(&after, to, &target)?);
        Ok(Outcome { done: Transferred { from, to, shares }, after })
    }

    /// Buys (`size` > 0) or sells that many native units, at no worse than `limit` per native unit.
    ///
    /// # Errors
    /// The program's, see [`actions::trade`](actions::trade()).
    pub fn trade(
        &self,
        account: &MarginState,
        asset: u8,
        size: Quantity,
        limit: Price,
    ) -> Result<Outcome<Traded>> {
        self.own(account)?;
        let (mut after, mut state) = (self.clone(), *account);
        let market = market_of(&mut after.snapshot.assets, asset)?;
        let (guard, board) = (MarginGuard::over(&mut state), &after.snapshot.board);
        let fill = actions::trade(guard, board, market, size, limit, self.now)?;
        let account = self.change(&after, account, &state)?;
        Ok(Outcome { done: Traded { account, price: price_ceil(&fill, size), fill }, after })
    }
}

/// Cost over size, which have one sign.
fn price_ceil(fill: &Fill, size: Quantity) -> Price {
    let cost = u128::from(fill.cost.magnitude()) << 64;
    Price(cost.div_ceil(u128::from(size.magnitude().max(1))))
}
