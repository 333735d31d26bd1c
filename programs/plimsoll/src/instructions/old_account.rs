//! Accounts in an older layout, which the framework's account types can't hold.

use anchor_lang::pinocchio::account::AccountView as View;
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::PlimsollError;

const DISCRIMINATOR_BYTES: usize = 8;

/// Length of an account with the layout `T`.
const fn length<T>() -> usize {
    DISCRIMINATOR_BYTES + size_of::<T>()
}

/// Checks that an account is one of the program's, has the type of `New` and the length of `Old`.
///
/// # Errors
/// [`UnknownLayout`](PlimsollError::UnknownLayout), or
/// [`AlreadyMigrated`](PlimsollError::AlreadyMigrated) if it has the length of `New`.
pub(super) fn check<Old, New: Discriminator>(view: &View) -> Result<()> {
    require!(view.owned_by(&crate::ID), PlimsollError::UnknownLayout);
    require!(view.try_borrow()?.starts_with(New::DISCRIMINATOR), PlimsollError::UnknownLayout);
    let found = view.data_len();
    require!(found != length::<New>(), PlimsollError::AlreadyMigrated);
    require!(found == length::<Old>(), PlimsollError::UnknownLayout);
    Ok(())
}

/// A copy of what follows the discriminator, as far as `T` reaches.
///
/// # Errors
/// [`UnknownLayout`](PlimsollError::UnknownLayout) if the account is shorter.
#[inline(never)]
pub(super) fn read<T: Pod + Zeroable>(view: &View) -> Result<T> {
    let data = view.try_borrow()?;
    let body = data.get(DISCRIMINATOR_BYTES..length::<T>());
    Ok(bytemuck::pod_read_unaligned(body.ok_or(PlimsollError::UnknownLayout)?))
}

/// Brings an account to the length of `New`, with zeros, and lets `payer` add the rent that it
/// lacks; then lets `write` at what follows the discriminator.
#[inline(never)]
pub(super) fn grow<New>(
    view: &View,
    payer: &View,
    write: impl FnOnce(&mut [u8]) -> core::result::Result<(), PlimsollError>,
) -> Result<()> {
    let mut view = *view;
    anchor_lang::realloc_account(&mut view, length::<New>(), payer, false)?;
    write(&mut view.try_borrow_mut()?[DISCRIMINATOR_BYTES..])?;
    Ok(())
}

/// Replaces an account by `new`.
pub(super) fn replace<New: Pod>(view: &View, payer: &View, new: &New) -> Result<()> {
    grow::<New>(view, payer, |body| {
        body.copy_from_slice(bytemuck::bytes_of(new));
        Ok(())
    })
}
