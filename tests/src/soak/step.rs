//! What can be done in a run, as plain data: a script is a list of steps, one per line.
//!
//! Every number in a step is concrete, so that a step still means the same when others
//! before it are left out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// A field of a step: how it gets simpler.
pub trait Field: Sized {
    /// Simpler values to try instead, the simplest first.
    fn simpler(&self) -> Vec<Self>;
}

/// Which one of several: none is simpler than another.
macro_rules! names {
    ($($type:ty),*) => { $(impl Field for $type {
        fn simpler(&self) -> Vec<Self> {
            Vec::new()
        }
    })* };
}

/// How much: a smaller and a rounder number is simpler.
macro_rules! amounts {
    ($($type:ty),*) => { $(impl Field for $type {
        fn simpler(&self) -> Vec<Self> {
            let magnitude = self.magnitude();
            let leading = 10u64.pow(magnitude.checked_ilog10().unwrap_or(0));
            let mut simpler = vec![1, magnitude / leading * leading, magnitude / 2];
            simpler.retain(|value| (1..magnitude).contains(value));
            simpler.dedup();
            simpler.into_iter().map(|value| self.with_magnitude(value)).collect()
        }
    })* };
}

/// Magnitude and sign of amounts, so that signed and unsigned ones share the rule.
trait Magnitude {
    fn magnitude(&self) -> u64;
    fn with_magnitude(&self, magnitude: u64) -> Self;
}

impl Magnitude for u64 {
    fn magnitude(&self) -> u64 {
        *self
    }

    fn with_magnitude(&self, magnitude: u64) -> Self {
        magnitude
    }
}

impl Magnitude for i64 {
    fn magnitude(&self) -> u64 {
        self.unsigned_abs()
    }

    fn with_magnitude(&self, magnitude: u64) -> Self {
        self.signum() * magnitude as i64
    }
}

names!(u8, u16, u32, u128);
amounts!(u64, i64);

/// Several assets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets(pub Vec<u8>);

impl Field for Assets {
    fn simpler(&self) -> Vec<Self> {
        let without = |index| {
            let mut assets = self.0.clone();
            assets.remove(index);
            Self(assets)
        };
        if self.0.len() > 1 { (0..self.0.len()).map(without).collect() } else { Vec::new() }
    }
}

impl fmt::Display for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(u8::to_string).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Assets {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',').filter(|word| !word.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $action:literal { $($field:ident: $type:ty),* $(,)? })*) => {
        /// One thing to do. People are numbers: see [`Stage`](super::stage::Stage).
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Step { $($(#[$doc])* $name { $($field: $type),* },)* }

        impl Step {
            /// The names of all actions.
            pub const ACTIONS: &'static [&'static str] = &[$($action),*];

            /// The word that a line of a script begins with.
            pub fn action(&self) -> &'static str {
                match self { $(Self::$name { .. } => $action,)* }
            }

            /// The same with one field simpler, in all ways to try.
            pub fn simpler(&self) -> Vec<Self> {
                let mut all = Vec::new();
                match self { $(Self::$name { $($field),* } => {
                    $(for value in Field::simpler($field) {
                        let mut step = self.clone();
                        if let Self::$name { $field, .. } = &mut step {
                            *$field = value;
                        }
                        all.push(step);
                    })*
                })* }
                all
            }
        }

        impl fmt::Display for Step {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.action())?;
                match self { $(Self::$name { $($field),* } => {
                    $(write!(f, concat!(" ", stringify!($field), "={}"), $field)?;)*
                })* }
                Ok(())
            }
        }

        impl FromStr for Step {
            type Err = String;

            fn from_str(line: &str) -> Result<Self, String> {
                let mut words = Words::of(line)?;
                let step = match words.action {
                    $($action => Self::$name { $($field: words.take(stringify!($field))?),* },)*
                    other => return Err(format!("`{other}` is not an action: {}", Self::ACTIONS.join(", "))),
                };
                words.finish()?;
                Ok(step)
            }
        }
    };
}

steps! {
    /// Seconds pass.
    Wait = "wait" { seconds: u64 }
    /// An oracle publishes, unix time now less `lag` seconds: a price in 1e-8 USD per token, and
    /// its confidence in millionths of it.
    Quote = "quote" { asset: u8, price: i64, confidence: u32, lag: i64 }
    /// Somebody sends tokens straight into a vault.
    Donate = "donate" { asset: u8, amount: u64 }
    Refresh = "refresh_prices" { assets: Assets }
    /// Isolated to one market, or to none (zero).
    Open = "open_account" { who: u8, sub: u16, market: u8 }
    Close = "close_account" { who: u8, sub: u16 }
    SetDelegate = "set_delegate" { who: u8, sub: u16, delegate: u8 }
    Deposit = "deposit" { who: u8, sub: u16, asset: u8, amount: u64 }
    Withdraw = "withdraw" { who: u8, sub: u16, asset: u8, amount: u64 }
    Transfer = "transfer" { who: u8, from: u16, to: u16, asset: u8, amount: u64 }
    /// `by` trades in an account of `who`.
    Trade = "trade" { by: u8, who: u8, sub: u16, asset: u8, size: i64, limit: u128 }
    Liquidate = "liquidate" { who: u8, sub: u16, asset: u8, keeper: u8 }
    CallMargin = "call_margin" { who: u8, sub: u16 }
    /// A keeper takes over a debt and collateral for it.
    LiquidateDebt = "liquidate_debt" { who: u8, sub: u16, debt: u8, asset: u8, most: u64, keeper: u8 }
    /// The same without capital, in one transaction; `order` is how it is put together: see
    /// [`ORDERS`](super::expected::ORDERS).
    Receivership = "receivership" { who: u8, sub: u16, debt: u8, asset: u8, most: u64, keeper: u8, order: u8 }
    StartAuction = "start_auction" { who: u8, sub: u16 }
    WinAuction = "win_auction" { who: u8, sub: u16, winner: u8, into: u16, most: u64 }
    SettleLoss = "settle_loss" { who: u8, sub: u16, asset: u8 }
    BankCash = "bank_cash" { who: u8, sub: u16 }
    Deleverage = "deleverage" { asset: u8 }
    Resolve = "resolve_bankruptcy" { who: u8, sub: u16, debt: u8 }
    Sweep = "sweep_insurance" { asset: u8 }
    FundInsurance = "fund_insurance" { who: u8, amount: u64 }
    /// Prices stand still, and keepers do all that anybody may do for accounts below
    /// maintenance, until there are none: see `settle.rs`.
    SettleAll = "settle_all" {}
    Provide = "provide_liquidity" { who: u8, amount: u64 }
    Redeem = "redeem_liquidity" { who: u8, shares: u64 }
    Rebalance = "rebalance" { asset: u8 }
    View = "view_account" { who: u8, sub: u16 }
    /// Governance proposes to list the next of [`NEW_ASSETS`](super::stage::NEW_ASSETS).
    ProposeAsset = "propose_asset" {}
    ProposeCollateral = "propose_collateral" { asset: u8 }
    ProposeMarket = "propose_market" { asset: u8 }
    /// Another account of the same provider for an asset's price.
    ProposeOracle = "propose_oracle" { asset: u8 }
    /// Margins, or weights, in millionths, to arrive `seconds` after the change is executed.
    ProposeMargin = "propose_margin" { asset: u8, initial: u32, maintenance: u32, seconds: u32 }
    ProposeWeights = "propose_weights" { asset: u8, initial: u32, maintenance: u32, seconds: u32 }
    /// Another value of one parameter, by its id.
    ProposeTerms = "propose_terms" { asset: u8, parameter: u8, value: i64 }
    /// Another holder of a role; nobody, if there is no such person.
    ProposeRole = "propose_role" { role: u8, who: u8 }
    /// Anybody executes a change, by its id.
    Execute = "execute_change" { id: u32 }
    Cancel = "cancel_change" { who: u8, id: u32 }
    Accept = "accept_role" { who: u8, role: u8 }
    /// The steward gives one parameter another value, by ramp if `seconds` are not zero.
    Tighten = "tighten" { asset: u8, parameter: u8, value: i64, seconds: u32 }
    Pause = "pause" { scope: u8, groups: u8, seconds: u32 }
    Unpause = "unpause" { scope: u8 }
    WarmUp = "warm_up" { asset: u8 }
    CollectFees = "collect_fees" { asset: u8, amount: u64 }
    /// Somebody creates a clearinghouse of his own.
    Found = "create_clearinghouse" { who: u8 }
    /// And its pool.
    FoundPool = "create_pool" { who: u8 }
}

/// A line of a script: an action and `field=value` words.
struct Words<'a> {
    action: &'a str,
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> Words<'a> {
    fn of(line: &'a str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let action = words.next().ok_or("an empty line is not a step")?;
        let field = |word: &'a str| word.split_once('=').ok_or(format!("`{word}` is not `field=value`"));
        Ok(Self { action, fields: words.map(field).collect::<Result<_, _>>()? })
    }

    fn take<T: FromStr<Err: fmt::Display>>(&mut self, field: &str) -> Result<T, String> {
        let text = self.fields.remove(field).ok_or(format!("{} needs `{field}=`", self.action))?;
        text.parse().map_err(|e| format!("{field}={text}: {e}"))
    }

    fn finish(self) -> Result<(), String> {
        match self.fields.keys().next() {
            Some(field) => Err(format!("{} has no field `{field}`", self.action)),
            None => Ok(()),
        }
    }
}

/// The steps of a script: one per line; empty lines and what follows a `#` do not count.
///
/// # Errors
/// With the line that is not a step.
pub fn parse(script: &str) -> Result<Vec<Step>, String> {
    let lines = script.lines().enumerate().map(|(index, line)| {
        let (line, _) = line.split_once('#').unwrap_or((line, ""));
        (index + 1, line.trim())
    });
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| line.parse().map_err(|e| format!("line {number}: {e}")))
        .collect()
}

/// The script of these steps.
pub fn script(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("{step}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_parsed_back() {
        let steps = vec![
            Step::Quote { asset: 2, price: -5, confidence: 500, lag: -3 },
            Step::Refresh { assets: Assets(vec![1, 2]) },
            Step::Trade { by: 1, who: 0, sub: 7, asset: 3, size: -12, limit: u128::MAX },
            Step::ProposeAsset {},
        ];
        assert_eq!(parse(&format!("# a comment\n\n{}", script(&steps))), Ok(steps));
    }

    #[test]
    fn a_line_that_is_not_a_step_is_named() {
        for (line, complaint) in [
            ("jump", "`jump` is not an action"),
            ("wait", "wait needs `seconds=`"),
            ("wait seconds=x", "seconds=x: invalid digit"),
            ("wait seconds=1 who=2", "wait has no field `who`"),
            ("wait 1", "`1` is not `field=value`"),
        ] {
            let error = parse(&format!("wait seconds=1\n{line}\n")).unwrap_err();
            assert!(error.starts_with(&format!("line 2: {complaint}")), "{error}");
        }
    }

    #[test]
    fn simpler_amounts_are_smaller_and_end_at_one() {
        assert_eq!(Field::simpler(&1_234u64), [1, 1_000, 617]);
        assert_eq!(Field::simpler(&-20i64), [-1, -10]);
        assert_eq!(Field::simpler(&1u64), [0u64; 0]);
        assert_eq!(Field::simpler(&i64::MIN).len(), 3);
        let simpler = Step::Deposit { who: 1, sub: 0, asset: 0, amount: 3 }.simpler();
        assert_eq!(simpler, [Step::Deposit { who: 1, sub: 0, asset: 0, amount: 1 }]);
    }
}
