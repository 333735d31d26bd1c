//! The only way to change a margin account.
//!
//! The account's data is private to this module. A handler sees a
//! [`GuardedMarginAccount`], which can be read but not written, and changes it in
//! one of three ways:
//!
//! - [`credit`](GuardedMarginAccount::credit): a balance rises. No price can make
//!   that worse, so none is needed: top-ups work in any state of the oracles.
//! - [`debit`](GuardedMarginAccount::debit): a balance falls. Free while the account
//!   owes nothing; otherwise under the margin rule.
//! - [`guarded`](GuardedMarginAccount::guarded): anything else. It measures health,
//!   lends the account out as a [`Book`] for the duration of a closure, and applies
//!   the margin rule when the closure ends. A handler can't keep the `Book`, build
//!   one, or return without passing the rule:
//!
//! ```compile_fail,E0594
//! // Reading does not give write access.
//! fn sneak(account: &mut plimsoll::guard::GuardedMarginAccount) {
//!     account.tokens[0].balance = 1_000_000;
//! }
//! ```
//! ```compile_fail,E0277
//! // The layout alone is not an Anchor account: it can't be loaded for writing.
//! use anchor_lang::prelude::*;
//! fn sneak(account: &mut Account<plimsoll::state::MarginState>) {
//!     account.tokens[0].balance = 1_000_000;
//! }
//! ```
//! ```compile_fail,E0603
//! // The Anchor account behind the guard can't be named.
//! use plimsoll::guard::MarginAccount;
//! ```
//! ```compile_fail,E0451
//! // A book can't be built around the guard.
//! fn sneak<'a>(book: plimsoll::guard::Book<'a>, state: &'a mut plimsoll::state::MarginState) {
//!     let _ = plimsoll::guard::Book { state, ..book };
//! }
//! ```
//! ```compile_fail,E0521
//! // A book can't outlive the closure, whose end is where the rule is applied.
//! use plimsoll::guard::{Book, Change, GuardedMarginAccount};
//! use plimsoll::state::RiskBoard;
//! fn sneak(account: &mut GuardedMarginAccount, board: &RiskBoard) {
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
//! use plimsoll::guard::{Change, GuardedMarginAccount};
//! use plimsoll::state::RiskBoard;
//! use plimsoll_risk::Quote;
//! fn pay(account: &mut GuardedMarginAccount, board: &RiskBoard) -> anchor_lang::Result<()> {
//!     account.guarded(board, 0, Change::reducing(1), |book| book.settle(Quote(1)))
//! }
//! ```

use core::ops::Deref;

use anchor_lang::prelude::*;
use anchor_lang::{AccountInitialize, Space};
use plimsoll_risk::policy::{self, Action};
use plimsoll_risk::rule::{self, Effect};
use plimsoll_risk::{Health, Position, Quantity, Quote};

use crate::error::PlimsollError;
use crate::state::{AssetRow, MarginState, RiskBoard, SETTLEMENT_ASSET};
use crate::valuation::account_health;

/// A margin account of one owner: balances and positions.
#[account]
struct MarginAccount {
    pub state: MarginState,
}

/// A margin account as handlers see it.
pub struct GuardedMarginAccount(Account<MarginAccount>);

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

    /// A smaller position in this asset.
    pub fn reducing(asset: u8) -> Self {
        Self { asset, action: Action::Reduce, effect: Effect::Reducing }
    }

    /// A liquidation in this asset.
    pub fn liquidating(asset: u8) -> Self {
        Self { asset, action: Action::Liquidate, effect: Effect::Reducing }
    }
}

/// A margin account lent to a handler, with its health kept up to date.
pub struct Book<'a> {
    state: &'a mut MarginState,
    board: &'a RiskBoard,
    now: i64,
    action: Action,
    before: Health,
    health: Health,
}

impl GuardedMarginAccount {
    /// Sets up an account that was just created.
    pub fn initialise(&mut self, clearinghouse: Address, owner: Address, sub_account: u16) {
        self.0.state = MarginState::empty(clearinghouse, owner, sub_account);
    }

    /// Names who may trade for the owner; zero for nobody.
    pub fn set_delegate(&mut self, delegate: Address) {
        self.0.state.delegate = delegate;
    }

    /// Adds to a balance.
    pub fn credit(&mut self, asset: u8, amount: Quantity) -> Result<()> {
        require!(amount.0 >= 0, PlimsollError::Overflow);
        Ok(self.0.state.add_balance(asset, amount)?)
    }

    /// Takes from a balance: no more than it holds, and only what margin allows.
    pub fn debit(&mut self, board: &RiskBoard, now: i64, asset: u8, amount: Quantity) -> Result<()> {
        require!(amount.0 >= 0, PlimsollError::Overflow);
        require!(self.balance(asset) >= amount, PlimsollError::InsufficientBalance);
        if self.is_unencumbered() {
            return Ok(self.0.state.add_balance(asset, amount.negated().map_err(PlimsollError::from)?)?);
        }
        self.guarded(board, now, Change::increasing(asset), |book| book.take(asset, amount))
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
        let state = &mut self.0.state;
        let before = account_health(state, board, now, what.action, what.asset)?;
        let mut book = Book { state, board, now, action: what.action, before, health: before };
        let result = change(&mut book)?;
        rule::check(&book.before, &book.health, what.effect).map_err(PlimsollError::from)?;
        Ok(result)
    }
}

impl<'a> Book<'a> {
    /// Health before the change.
    pub fn before(&self) -> &Health {
        &self.before
    }

    /// Health as changed so far.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The position in an asset; flat if there is none.
    pub fn position(&self, asset: u8) -> Position {
        self.state.position(asset)
    }

    pub fn settlement(&self) -> Quote {
        self.state.settlement()
    }

    /// Adds to (or takes from) the settlement balance, which may become a debt.
    pub fn settle(&mut self, amount: Quote) -> Result<()> {
        self.state.add_balance(SETTLEMENT_ASSET, Quantity(amount.0))?;
        self.health = self.health.plus(Health::cash(amount)).map_err(PlimsollError::from)?;
        Ok(())
    }

    /// The row of the asset that is acted on: its price must be good enough for that.
    pub fn row(&self, asset: u8) -> Result<&'a AssetRow> {
        let row = self.board.row(asset)?;
        policy::check(&row.price_state(self.now), &row.price_limits(), self.action)
            .map_err(PlimsollError::from)?;
        Ok(row)
    }

    /// Replaces the position in `asset`.
    pub fn replace_position(&mut self, asset: u8, after: Position) -> Result<()> {
        let row = self.row(asset)?;
        let before = self.state.position(asset);
        self.state.set_position(asset, after)?;
        self.exchange(
            plimsoll_risk::health::perp_health(&before, row.price.get(), &row.perp_risk()),
            plimsoll_risk::health::perp_health(&after, row.price.get(), &row.perp_risk()),
        )
    }

    fn take(&mut self, asset: u8, amount: Quantity) -> Result<()> {
        let negated = amount.negated().map_err(PlimsollError::from)?;
        if asset == SETTLEMENT_ASSET {
            return self.settle(Quote(negated.0));
        }
        let row = self.row(asset)?;
        let (prices, risk) = (row.prices(), row.collateral_risk());
        let before = self.state.balance(asset);
        self.state.add_balance(asset, negated)?;
        let after = self.state.balance(asset);
        self.exchange(
            plimsoll_risk::health::token_health(before, &prices, &risk),
            plimsoll_risk::health::token_health(after, &prices, &risk),
        )
    }

    /// Health is a sum over slots: the old slot goes out, the new one comes in.
    fn exchange(
        &mut self,
        before: plimsoll_risk::Result<Health>,
        after: plimsoll_risk::Result<Health>,
    ) -> Result<()> {
        let exchanged = before.and_then(|b| self.health.minus(b)).and_then(|rest| rest.plus(after?));
        self.health = exchanged.map_err(PlimsollError::from)?;
        Ok(())
    }
}

impl Deref for GuardedMarginAccount {
    type Target = MarginState;

    #[inline(always)]
    fn deref(&self) -> &MarginState {
        &self.0.state
    }
}

impl AnchorAccount for GuardedMarginAccount {
    type Data = MarginState;
    const MIN_DATA_LEN: usize = <Account<MarginAccount> as AnchorAccount>::MIN_DATA_LEN;

    #[inline(always)]
    fn load(view: AccountView) -> Result<Self> {
        Account::load(view).map(Self)
    }

    #[inline(always)]
    unsafe fn load_mut(view: AccountView) -> Result<Self> {
        // SAFETY: the caller's promise (no other live `&mut` to the data) is passed on.
        unsafe { Account::load_mut(view) }.map(Self)
    }

    #[inline(always)]
    unsafe fn load_mut_after_init(view: AccountView) -> Result<Self> {
        // SAFETY: as above.
        unsafe { Account::load_mut_after_init(view) }.map(Self)
    }

    #[inline(always)]
    fn account(&self) -> &AccountView {
        self.0.account()
    }
}

impl AccountInitialize for GuardedMarginAccount {
    type Params<'a> = ();

    fn create_and_initialize<'a>(
        payer: &AccountView,
        account: &AccountView,
        space: usize,
        owner: &Address,
        params: &Self::Params<'a>,
        signer_seeds: Option<&[&[u8]]>,
        payer_signer_seeds: Option<&[&[u8]]>,
    ) -> Result<Self> {
        Account::create_and_initialize(payer, account, space, owner, params, signer_seeds, payer_signer_seeds)
            .map(Self)
    }
}

impl Space for GuardedMarginAccount {
    const INIT_SPACE: usize = <Account<MarginAccount> as Space>::INIT_SPACE;
}

impl AccountClose for GuardedMarginAccount {
    fn close(&mut self, destination: AccountView) -> anchor_lang::pinocchio::ProgramResult {
        self.0.close(destination)
    }
}

#[cfg(feature = "idl-build")]
impl IdlAccountType for GuardedMarginAccount {
    const __IDL_ACCOUNT_ENTRY: Option<&'static str> = <MarginAccount as IdlAccountType>::__IDL_ACCOUNT_ENTRY;

    fn __idl_type_def() -> Option<&'static str> {
        MarginAccount::__idl_type_def()
    }

    fn __register_idl_deps(
        accounts: &mut anchor_lang::__alloc::vec::Vec<&'static str>,
        types: &mut anchor_lang::__alloc::vec::Vec<&'static str>,
    ) {
        MarginAccount::__register_idl_deps(accounts, types)
    }
}
