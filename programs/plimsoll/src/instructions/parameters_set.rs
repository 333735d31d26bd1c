use anchor_lang::prelude::*;

use crate::events::ParameterSet;
use crate::params::FieldChange;

/// Says of each field what it was and what it is, or will be at `arrives_at`.
#[inline(never)]
pub(super) fn emit_all(clearinghouse: &Address, asset: u8, fields: &[FieldChange], arrives_at: i64) {
    for field in fields {
        emit!(ParameterSet {
            clearinghouse: *clearinghouse,
            before: field.before,
            after: field.after,
            arrives_at,
            parameter: field.parameter as u32,
            asset: asset as u32,
        });
    }
}
