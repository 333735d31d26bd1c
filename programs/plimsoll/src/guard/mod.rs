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

#[cfg(feature = "program")]
pub use account::GuardedMarginAccount;
pub use book::Book;

use core::ops::Deref;

use plimsoll_risk::auction::AuctionTerms;
use plimsoll_risk::liquidation::is_called;
use plimsoll_risk::policy::Action;
use plimsoll_risk::rule::{self, Effect};
use plimsoll_risk::{Health, Position, Quantity, Quote, Ratio};
#[cfg(feature = "program")]
use solana_address::Address;

use crate::bounds;
use crate::error::{require, PlimsollError};
use crate::state::{groups, seconds_since, Bank, MarginState, Purpose, RiskBoard, SETTLEMENT_ASSET};
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

/// What became of an account's standing when someone looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub health: Health,
    pub called_at: i64,
    pub sunk_at: i64,
    pub auction_at: i64,
}

/// What a takeover cost, and what it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    pub equity: Quote,
    pub price: Quote,
    pub maintenance_before: Quote,
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

    /// Records what the account's health calls for, and clears what it no longer does: a
    /// margin call below the call line, the time at which it was first found below
    /// maintenance. Every price must be good enough to liquidate by.
    pub fn take_stock(&mut self, board: &RiskBoard, now: i64) -> Result<Standing> {
        let state = &mut *self.state;
        let found = assess(state, board, now, Action::Liquidate, SETTLEMENT_ASSET)?;
        require(found.is_certain, PlimsollError::PriceDiverged)?;
        let health = found.health;
        if is_called(&health, Ratio(board.margin_call))? && state.called_at == 0 {
            state.called_at = now;
        }
        note_sunk(state, &health, now);
        recover(state, board, &health)?;
        Ok(Standing {
            health,
            called_at: state.called_at,
            sunk_at: state.sunk_at,
            auction_at: state.auction_at,
        })
    }

    /// Puts the account up for auction, once it has been below maintenance for long enough.
    pub fn put_up(&mut self, board: &RiskBoard, now: i64) -> Result<Standing> {
        let standing = self.take_stock(board, now)?;
        require(standing.sunk_at != 0, PlimsollError::NotBelowMaintenance)?;
        let due = standing.sunk_at.saturating_add(board.auction_delay_seconds as i64);
        require(now >= due, PlimsollError::AuctionTooEarly)?;
        let state = &mut *self.state;
        if state.auction_at == 0 {
            state.auction_at = now;
        }
        Ok(Standing { auction_at: state.auction_at, ..standing })
    }

    /// Sells the whole book of the account to `winner`, who must stay above initial margin.
    /// The account keeps the price, in cash.
    pub fn sell_to(
        &mut self,
        winner: &mut MarginGuard,
        board: &RiskBoard,
        bank: &mut Bank,
        now: i64,
    ) -> Result<Sale> {
        let found = assess(self.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        require(self.auction_at != 0, PlimsollError::NoAuction)?;
        require(found.maintenance.0 < 0, PlimsollError::NotBelowMaintenance)?;
        require(found.equity.0 >= 0, PlimsollError::NothingToAuction)?;
        let elapsed = seconds_since(self.auction_at, now);
        let terms = AuctionTerms { seconds: board.auction_seconds };
        let price = terms.price_ceil(found.equity, elapsed)?;

        let before = assess(winner.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        merge(winner.state, self.state, bank)?;
        winner.state.add_cash(price.negated()?)?;
        self.state.clear(price);
        let after = assess(winner.state, board, now, Action::Increase, SETTLEMENT_ASSET)?.health;
        rule::check(&before, &after, Effect::Increasing)?;
        Ok(Sale { equity: found.equity, price, maintenance_before: found.maintenance })
    }

    /// Strikes out what the account owes in the bank's token, if it has nothing to pay it
    /// with; returns the native units that the bank loses.
    pub fn forgive(&mut self, board: &RiskBoard, bank: &mut Bank) -> Result<Quantity> {
        require(self.has_nothing(board)?, PlimsollError::NotBankrupt)?;
        let owed = self.native_units(bank)?.negated()?;
        require(owed.0 > 0, PlimsollError::NotBankrupt)?;
        move_tokens(self.state, bank, owed, Purpose::Rescue)?;
        Ok(owed)
    }

    /// Whether there is no position, more is owed than owned, and what is owned (settlement
    /// tokens and cash taken together) is less than anybody would lift a finger for.
    fn has_nothing(&self, board: &RiskBoard) -> Result<bool> {
        let (mut owned, mut equity) = (Quote::ZERO, Quote::ZERO);
        for slot in self.tokens().iter() {
            let shares = Quantity(slot.shares);
            let mark = board.row(slot.asset)?.token_mark(shares)?;
            let cash = cash_of(self.state, slot.asset);
            let worth = mark.value_floor(shares).and_then(|value| value.plus(cash));
            let worth = worth?;
            owned = owned.plus(worth.or_zero())?;
            equity = equity.plus(worth)?;
        }
        Ok(self.perp_count == 0 && equity.0 < 0 && owned.0 < bounds::DUST)
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

/// Adds all that `from` holds and owes to `to`. Only what lies in the same direction can be
/// added without touching a market or another bank; settlement tokens net through theirs.
fn merge(to: &mut MarginState, from: &MarginState, bank: &mut Bank) -> Result<()> {
    to.add_cash(Quote(from.cash))?;
    for slot in from.tokens() {
        let (theirs, ours) = (Quantity(slot.shares), to.shares(slot.asset));
        let shares = if slot.asset == SETTLEMENT_ASSET {
            let amount = bank.ledger().amount_floor(theirs)?;
            bank.move_balance(theirs, amount.negated()?, Purpose::Rescue)?;
            bank.move_balance(ours, amount, Purpose::Rescue)?
        } else {
            require(theirs.0.signum() * ours.0.signum() >= 0, PlimsollError::OppositeHoldings)?;
            ours.plus(theirs)?
        };
        to.set_shares(slot.asset, shares)?;
    }
    for slot in from.perps() {
        let (theirs, ours) = (slot.position(), to.position(slot.asset));
        require(to.may_trade(slot.asset), PlimsollError::IsolatedAccount)?;
        require(theirs.size.0.signum() * ours.size.0.signum() >= 0, PlimsollError::OppositeHoldings)?;
        let size = ours.size.plus(theirs.size)?;
        let entry = ours.entry.plus(theirs.entry)?;
        to.set_position(slot.asset, Position { size, entry })?;
    }
    Ok(())
}
