//! Sections of a step or a listing: parameters of one concern, by the names and bounds of the program's own table.

use bytemuck::Zeroable;
use plimsoll::parameters::{ALL, Concern, Parameter};
use plimsoll::params::{ClearinghouseTerms, PoolTerms, PriceTerms};
use plimsoll::state::{BankTerms, MarginTerms, MarketTerms, Weights};
use plimsoll::terms::Terms;
use plimsoll_client::governance::{field, parameter_id};
use toml::{Table, Value};

/// What may be left out of a listing: zero for an asset that stands for no other one, and whose market is open.
const ZERO_IF_ABSENT: [&str; 3] = ["parity_gap_max", "parity_ratio", "reduce_only"];

/// What is wanted of some parameters of one concern: id and value, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub concern: Concern,
    pub values: Vec<(u8, i64)>,
}

/// What a concern is called as a section.
pub fn name(concern: Concern) -> &'static str {
    match concern {
        Concern::Clearinghouse => "clearinghouse",
        Concern::Pool => "pool",
        Concern::Price => "price",
        Concern::Bank => "bank",
        Concern::Weights => "weights",
        Concern::Market => "market",
        Concern::Margin => "margin",
    }
}

impl Section {
    /// Reads the parameters that a section names, each inside its hard bounds.
    ///
    /// # Errors
    /// The parameter that is unknown, no whole number or out of bounds, with `place` in front.
    pub fn read(place: &str, concern: Concern, table: &Table) -> Result<Self, String> {
        let mut values = Vec::new();
        for (key, value) in table {
            let id = parameter_id(concern, key).map_err(|_| {
                let known: Vec<&str> = named(concern).map(|(_, p)| p.name).collect();
                format!("{place}: there is no parameter {key}; there are {}", known.join(", "))
            })?;
            let parameter = &ALL[id as usize];
            let Value::Integer(value) = *value else {
                return Err(format!("{place}: {key} must be a whole number of {}", parameter.unit));
            };
            let Parameter { min, max, unit, .. } = parameter;
            if !(*min..=*max).contains(&value) {
                return Err(format!("{place}: {key} = {value} is outside of {min} to {max} {unit}"));
            }
            values.push((id, value));
        }
        values.sort_unstable();
        Ok(Self { concern, values })
    }

    /// The same of a section that names all parameters of its concern.
    ///
    /// # Errors
    /// Those of [`read`](Self::read), and a parameter that is missing.
    pub fn complete(place: &str, concern: Concern, table: &Table) -> Result<Self, String> {
        let mut section = Self::read(place, concern, table)?;
        for (id, parameter) in named(concern) {
            if section.values.iter().all(|(known, _)| *known != id) {
                if !ZERO_IF_ABSENT.contains(&parameter.name) {
                    return Err(format!("{place}: {} is missing", parameter.name));
                }
                section.values.push((id, 0));
            }
        }
        section.values.sort_unstable();
        Ok(section)
    }

    /// All parameters of some terms.
    pub fn of(terms: &Terms) -> Self {
        let concern = terms.concern();
        Self { concern, values: named(concern).map(|(id, p)| (id, p.read(terms.bytes()))).collect() }
    }

    /// The terms of a complete section.
    pub fn terms(&self) -> Terms {
        let mut terms = empty(self.concern);
        for (id, value) in &self.values {
            terms.amend(&[field(*id, 0, *value)]).expect("the section was read inside its bounds");
        }
        terms
    }
}

fn named(concern: Concern) -> impl Iterator<Item = (u8, &'static Parameter)> {
    ALL.iter().enumerate().filter(move |(_, p)| p.concern == concern).map(|(id, p)| (id as u8, p))
}

fn empty(concern: Concern) -> Terms {
    match concern {
        Concern::Clearinghouse => Terms::Clearinghouse(ClearinghouseTerms::zeroed()),
        Concern::Pool => Terms::Pool(PoolTerms::zeroed()),
        Concern::Price => Terms::Price(PriceTerms::zeroed()),
        Concern::Bank => Terms::Bank(BankTerms::zeroed()),
        Concern::Weights => Terms::Weights(Weights::zeroed()),
        Concern::Market => Terms::Market(MarketTerms::zeroed()),
        Concern::Margin => Terms::Margin(MarginTerms::zeroed()),
    }
}
