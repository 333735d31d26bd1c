//! The only way to change a margin account.
//!
//! In the program, an account's data is private to this module. A handler sees a
//! `GuardedMarginAccount`, which can be read but not written, and changes it through its
//! [`MarginGuard`], in one of these ways:
//!
//! - [`credit`](MarginGuard::credit): a balance rises, or a debt falls. No price
//!   can make that worse, so none is needed: top-ups work in any state of the oracles.
//! - [`debit`](MarginGuard::debit): a balance falls, or a debt rises. Free while
//!   the account owes nothing; otherwise under the margin rule.
//! - [`guarded`](MarginGuard::guarded): anything else. It measures health,
//!   lends the account out as a [`Book`] for the duration of a closure, and applies
//!   the margin rule when the closure ends. A handler can't keep the `Book`, build
//!   one, or return without passing the rule.
//! - [`sell_to`](MarginGuard::sell_to): all of it goes to another account, which
//!   passes the rule for it.
//! - [`forgive`](MarginGuard::forgive): a debt that nothing stands behind.
//!
//! Without the feature `program`, where there are only copies of accounts, a guard can be put
//! over any of them, so that a preview passes the same rule.
//!
//! ```compile_fail,E0594
//! // Reading does not give write access.
//! fn sneak(account: &mut plimsoll::guard::GuardedMarginAccount) {
//!     account.tokens[0].shares = 1_000_000;
//! }
//! ```
//! ```compile_fail,E0594
//! // Neither does the guard.
//! fn sneak(mut account: plimsoll::guard::MarginGuard) {
//!     account.tokens[0].shares = 1_000_000;
//! }
//! ```
//! ```compile_fail,E0277
//! // The layout alone is not an Anchor account: it can't be loaded for writing.
//! use anchor_lang::prelude::*;
//! fn sneak(account: &mut Account<plimsoll::state::MarginState>) {
//!     account.tokens[0].shares = 1_000_000;
//! }
//! ```
//! ```compile_fail,E0603
//! // The Anchor account behind the guard can't be named.
//! use plimsoll::guard::account::MarginAccount;
//! ```
//! ```compile_fail,E0599
//! // In the program, a guard comes from an account and from nowhere else.
//! fn sneak(state: &mut plimsoll::state::MarginState) {
//!     let _ = plimsoll::guard::MarginGuard::over(state);
//! }
//! ```
//! ```compile_fail,E0451
//! // The state behind a guard can't be exchanged.
//! fn sneak<'a>(state: &'a mut plimsoll::state::MarginState) {
//!     let _ = plimsoll::guard::MarginGuard { state };
//! }
//! ```
//! ```compile_fail,E0451
//! // A book can't be built around the guard.
//! fn sneak<'a>(book: plimsoll::guard::Book<'a>, state: &'a mut plimsoll::state::MarginState) {
//!     let _ = plimsoll::guard::Book { state, ..book };
//! }
//! ```
//! ```compile_fail,E0521
//! // A book can't outlive the closure, whose end is where the rule is applied.
//! use plimsoll::guard::{Book, Change, MarginGuard};
//! use plimsoll::state::RiskBoard;
//! fn sneak(mut account: MarginGuard, board: &RiskBoard) {
//!     let mut kept: Option<&mut Book> = None;
//!     let _ = account.guarded(board, 0, Change::reducing(1), |book| {
//!         kept = Some(book);
//!         Ok(())
//!     });
//! }
//! ```
//!
//! The legitimate way, for comparison:
//!
//! ```
//! use plimsoll::error::PlimsollError;
//! use plimsoll::guard::{Change, GuardedMarginAccount};
//! use plimsoll::state::RiskBoard;
//! use plimsoll_risk::Quote;
//! fn pay(account: &mut GuardedMarginAccount, board: &RiskBoard) -> Result<(), PlimsollError> {
//!     account.guard().guarded(board, 0, Change::reducing(1), |book| book.settle(Quote(1)))
//! }
//! ```

#[cfg(feature = "program")]
mod account;
mod book;
mod sunk;

#[cfg(feature = "program")]
pub use account::GuardedMarginAccount;
pub use book::Book;
pub use sunk::{Sale, Standing};

use core::ops::Deref;

use plimsoll_risk::liquidation::is_called;
use plimsoll_risk::policy::Action;
use plimsoll_risk::rule::Effect;
use plimsoll_risk::{Health, Quantity, Quote, Ratio};
#[cfg(feature = "program")]
use solana_address::Address;

use crate::error::{require, PlimsollError};
use crate::state::{groups, Bank, MarginState, Purpose, RiskBoard, SETTLEMENT_ASSET};
use crate::valuation::assess;

type Result<T> = core::result::Result<T, PlimsollError>;

/// A margin account that can be read freely, and changed under the margin rule.
pub struct MarginGuard<'a> {
    state: &'a mut MarginState,
}

impl Deref for MarginGuard<'_> {
    type Target = MarginState;

    #[inline(always)]
    fn deref(&self) -> &MarginState {
        self.state
    }
}

/// What a handler is about to do, and with which asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    asset: u8,
    action: Action,
    effect: Effect,
}

impl Change {
    /// More risk, through this asset.
    pub fn increasing(asset: u8) -> Self {
        Self { asset, action: Action::Increase, effect: Effect::Increasing }
    }

    /// Less of this token, or more debt in it: unrealised profit counts for nothing.
    pub fn withdrawing(asset: u8) -> Self {
        Self { asset, action: Action::Withdraw, effect: Effect::Increasing }
    }

    /// A smaller position in this asset.
    pub fn reducing(asset: u8) -> Self {
        Self { asset, action: Action::Reduce, effect: Effect::Reducing }
    }

    /// A liquidation in this asset.
    pub fn liquidating(asset: u8) -> Self {
        Self { asset, action: Action::Liquidate, effect: Effect::Reducing }
    }

    /// A value of this asset is moved from one place of the account to another.
    pub fn moving(asset: u8) -> Self {
        Self { asset, action: Action::Reduce, effect: Effect::Neutral }
    }
}

impl<'a> MarginGuard<'a> {
    /// Guards a copy of an account.
    #[cfg(not(feature = "program"))]
    pub fn over(state: &'a mut MarginState) -> Self {
        Self { state }
    }

    /// Sets up an account that was just created.
    #[cfg(feature = "program")]
    pub fn initialise(
        &mut self,
        clearinghouse: Address,
        owner: Address,
        sub_account: u16,
        isolated_asset: u8,
    ) {
        *self.state = MarginState::empty(clearinghouse, owner, sub_account);
        self.state.isolated_asset = isolated_asset;
    }

    /// Names who may trade for the owner; zero for nobody.
    #[cfg(feature = "program")]
    pub fn set_delegate(&mut self, delegate: Address) {
        self.state.delegate = delegate;
    }

    /// Adds to cash.
    pub fn credit_cash(&mut self, amount: Quote) -> Result<()> {
        require(amount.0 >= 0, PlimsollError::Overflow)?;
        self.state.add_cash(amount)
    }

    /// Adds native units of the bank's token, a debt in it first. With settlement tokens,
    /// cash moves into the bank too. Returns the shares afterwards.
    pub fn credit(&mut self, bank: &mut Bank, amount: Quantity, purpose: Purpose) -> Result<Quantity> {
        require(amount.0 >= 0, PlimsollError::Overflow)?;
        move_tokens(self.state, bank, amount, purpose)
    }

    /// Takes native units of the bank's token, beyond the balance as a debt: only what margin
    /// allows and nobody has paused, unless the account owes nothing before and after. With
    /// settlement tokens, cash is taken first. Returns the shares afterwards.
    pub fn debit(
        &mut self,
        board: &RiskBoard,
        bank: &mut Bank,
        now: i64,
        amount: Quantity,
    ) -> Result<Quantity> {
        require(amount.0 >= 0, PlimsollError::Overflow)?;
        let taken = amount.negated()?;
        let at = self.token_slot(bank.asset);
        if self.is_unencumbered() && amount <= native_units(self.state, bank, at)? {
            return move_tokens_at(self.state, bank, at, taken, Purpose::Withdrawal);
        }
        let (asset, before) = (bank.asset, self.shares(bank.asset));
        let after = self.guarded(board, now, Change::withdrawing(asset), |book| {
            book.move_tokens(bank, taken, Purpose::Withdrawal)
        })?;
        if after < before.min(Quantity::ZERO) {
            board.check_open(asset, groups::BORROW, now)?;
        }
        Ok(after)
    }

    /// Native units of the bank's token, cash included; negative if owed.
    pub fn native_units(&self, bank: &Bank) -> Result<Quantity> {
        native_units(self.state, bank, self.token_slot(bank.asset))
    }

    /// Runs `change` on the account and applies the margin rule to the result.
    /// Prices the account depends on are judged by the risk crate's policy.
    pub fn guarded<R>(
        &mut self,
        board: &RiskBoard,
        now: i64,
        what: Change,
        change: impl FnOnce(&mut Book) -> Result<R>,
    ) -> Result<R> {
        let mut book = lend(self.state, board, now, what)?;
        let result = change(&mut book)?;
        book.take_back(what.effect)?;
        Ok(result)
    }
}

/// What [`guarded`](MarginGuard::guarded) does before the change; apart, as it is the same for
/// every action.
#[inline(never)]
fn lend<'a>(state: &'a mut MarginState, board: &'a RiskBoard, now: i64, what: Change) -> Result<Book<'a>> {
    let before = assess(state, board, now, what.action, what.asset)?;
    Ok(Book { state, board, now, action: what.action, before, health: before.health })
}

/// Cash, if this is the settlement token, whose bank it may move to.
fn cash_of(state: &MarginState, asset: u8) -> Quote {
    if asset == SETTLEMENT_ASSET {
        Quote(state.cash)
    } else {
        Quote::ZERO
    }
}

#[inline(never)]
fn native_units(state: &MarginState, bank: &Bank, at: Option<usize>) -> Result<Quantity> {
    let in_bank = bank.ledger().amount_floor(state.shares_at(at))?;
    Ok(in_bank.plus(Quantity(cash_of(state, bank.asset).0))?)
}

/// Adds native units to (or takes them from) the balance in a bank; with settlement tokens,
/// cash moves into the bank too. Returns the shares afterwards.
fn move_tokens(
    state: &mut MarginState,
    bank: &mut Bank,
    delta: Quantity,
    purpose: Purpose,
) -> Result<Quantity> {
    let at = state.token_slot(bank.asset);
    move_tokens_at(state, bank, at, delta, purpose)
}

/// The same, where the slot of the balance is known.
#[inline(never)]
fn move_tokens_at(
    state: &mut MarginState,
    bank: &mut Bank,
    at: Option<usize>,
    delta: Quantity,
    purpose: Purpose,
) -> Result<Quantity> {
    let cash = cash_of(state, bank.asset);
    let delta = delta.plus(Quantity(cash.0))?;
    let shares = bank.move_balance(state.shares_at(at), delta, purpose)?;
    state.add_cash(cash.negated()?)?;
    state.set_shares_at(at, bank.asset, shares)?;
    Ok(shares)
}

/// Flags that a healthy account does not carry.
#[inline(never)]
fn recover(state: &mut MarginState, board: &RiskBoard, health: &Health) -> Result<()> {
    if state.called_at | state.sunk_at | state.auction_at == 0 {
        return Ok(());
    }
    if health.maintenance.0 >= 0 {
        state.sunk_at = 0;
        state.auction_at = 0;
        if !is_called(health, Ratio(board.margin_call))? {
            state.called_at = 0;
        }
    }
    Ok(())
}

/// Whoever first finds an account below maintenance sets the time; nobody renews it.
fn note_sunk(state: &mut MarginState, health: &Health, now: i64) {
    if health.maintenance.0 < 0 && state.sunk_at == 0 {
        state.sunk_at = now;
    }
}
