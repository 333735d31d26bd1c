//! Governance's changes: what they concern, how long they wait, what they would alter.

use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern, Parameter};
use plimsoll::params::{Change, FieldChange};
use plimsoll::state::{Clearinghouse, RiskBoard};
use plimsoll::terms::{Terms, concern_of};

/// All that parameters can concern: the first two once per clearinghouse, the others once per asset.
pub const CONCERNS: [Concern; 7] = [
    Concern::Clearinghouse,
    Concern::Pool,
    Concern::Price,
    Concern::Bank,
    Concern::Weights,
    Concern::Market,
    Concern::Margin,
];

/// The accounts that proposing and executing a change need, beside those that every change
/// needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// Row of the risk board.
    pub asset: u8,
    /// The market of the asset, if it has one.
    pub market: bool,
    pub bank: bool,
    pub pool: bool,
}

impl Target {
    /// What a change concerns. One that the program would refuse for its parameters' ids
    /// concerns nothing.
    pub fn of(change: &Change) -> Self {
        match change {
            Change::Asset(_) | Change::Collateral { .. } | Change::Oracle { .. } | Change::Role { .. } => {
                Self::default()
            }
            Change::Market { asset, .. } => Self { asset: *asset, pool: true, ..Self::default() },
            Change::Parameters { asset, fields, .. } => {
                let at = Self { asset: *asset, ..Self::default() };
                match concern_of(fields) {
                    Ok(Concern::Pool) => Self { pool: true, ..at },
                    Ok(Concern::Bank | Concern::Weights) => Self { bank: true, ..at },
                    Ok(Concern::Price | Concern::Margin) => Self { market: true, ..at },
                    Ok(Concern::Market) => Self { market: true, pool: true, ..at },
                    Ok(Concern::Clearinghouse) | Err(_) => at,
                }
            }
        }
    }
}

/// Seconds that a change proposed now has to wait; none before the launch.
pub fn wait_seconds(clearinghouse: &Clearinghouse, board: &RiskBoard, change: &Change) -> i64 {
    change.wait_seconds(clearinghouse, board)
}

/// The fields in which two terms of one concern differ, in the order of their ids; none if
/// they are of two concerns.
pub fn difference(before: &Terms, after: &Terms) -> Vec<FieldChange> {
    if before.concern() != after.concern() {
        return Vec::new();
    }
    let concerned = ALL.iter().enumerate().filter(|(_, p)| p.concern == before.concern());
    let of = |(id, parameter): (usize, &Parameter)| {
        let (from, to) = (parameter.read(before.bytes()), parameter.read(after.bytes()));
        (from != to).then(|| field(id as u8, from, to))
    };
    concerned.filter_map(of).collect()
}

/// One field of a change.
pub fn field(parameter: u8, before: i64, after: i64) -> FieldChange {
    FieldChange { before, after, parameter, padding: [0; 7] }
}

/// The id of a parameter, by its concern and its name in `docs/parameters.md`.
///
/// # Errors
/// [`UnknownParameter`](PlimsollError::UnknownParameter).
pub fn parameter_id(concern: Concern, name: &str) -> Result<u8, PlimsollError> {
    let found = ALL.iter().position(|p| p.concern == concern && p.name == name);
    found.map(|id| id as u8).ok_or(PlimsollError::UnknownParameter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll::params::PoolTerms;

    #[test]
    fn only_what_differs_is_named() {
        let terms = |redeem_fee| Terms::Pool(PoolTerms { redeem_fee });
        let id = parameter_id(Concern::Pool, "redeem_fee").unwrap();
        assert_eq!(difference(&terms(1), &terms(2)), [field(id, 1, 2)]);
        assert_eq!(difference(&terms(1), &terms(1)), []);
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert_eq!(parameter_id(Concern::Pool, "fee"), Err(PlimsollError::UnknownParameter));
    }
}
