//! Parameters come into force.

use anchor_lang::prelude::*;

use crate::events::ParameterSet;
use crate::params::FieldChange;
use crate::terms::{PlaceMut, Terms};

/// Puts the new values of `fields` into force, checked as things stand now, and says of each
/// what it was and what it is, or will be after `ramp_seconds`.
#[inline(never)]
pub(super) fn set_parameters(
    place: &mut PlaceMut,
    clearinghouse: &Address,
    fields: &[FieldChange],
    ramp_seconds: u32,
    now: i64,
) -> Result<()> {
    let asset = place.asset;
    Terms::amended(&place.shared(), fields, now)?.store(place, now, ramp_seconds)?;
    for field in fields {
        emit!(ParameterSet {
            clearinghouse: *clearinghouse,
            before: field.before,
            after: field.after,
            arrives_at: now.saturating_add(ramp_seconds as i64),
            parameter: field.parameter as u32,
            asset: asset as u32,
        });
    }
    Ok(())
}
