//! The guarded account as Anchor loads, creates and closes it.

use core::ops::Deref;

use anchor_lang::prelude::*;
use anchor_lang::{AccountInitialize, Space};

use super::MarginGuard;
use crate::state::MarginState;

/// A margin account of one owner: balances and positions.
#[account]
struct MarginAccount {
    pub state: MarginState,
}

/// A margin account as handlers see it.
pub struct GuardedMarginAccount(Account<MarginAccount>);

impl GuardedMarginAccount {
    /// What the account is changed through.
    #[inline(always)]
    pub fn guard(&mut self) -> MarginGuard<'_> {
        MarginGuard { state: &mut self.0.state }
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

    #[inline(never)]
    fn load(view: AccountView) -> Result<Self> {
        Account::load(view).map(Self)
    }

    #[inline(never)]
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
