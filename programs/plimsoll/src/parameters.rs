//! Every risk parameter: where it is kept, the hard bounds that nothing can pass, and
//! which direction tightens. `docs/parameters.md` is generated from this table.
//!
//! A parameter's place in [`ALL`] is its id in a [`FieldChange`](crate::params::FieldChange).

use core::mem::offset_of;
use core::ops::Range;

use bytemuck::Pod;

use crate::error::PlimsollError;
use crate::params::{ClearinghouseTerms, PoolTerms, PriceTerms};
use crate::state::{BankTerms, MarginTerms, MarketTerms, Weights};

/// Parameters that are changed together, because their checks look at each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    Clearinghouse,
    Pool,
    /// What a row of the risk board asks of its oracle.
    Price,
    Bank,
    /// How a token counts as collateral and as debt; moves by ramp.
    Weights,
    Market,
    /// Moves by ramp.
    Margin,
}

impl Concern {
    /// Whether its parameters move in a straight line over a day or more.
    pub fn is_ramped(self) -> bool {
        matches!(self, Self::Weights | Self::Margin)
    }
}

/// Which way the steward may move a parameter without a delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tightens {
    Lower,
    Higher,
    /// Neither way is harmless to everybody: every change waits.
    Waits,
}

/// A parameter and the closed interval it must lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub concern: Concern,
    pub tightens: Tightens,
    /// Bytes of the value: 4 or 8.
    width: u8,
    offset: u16,
    pub min: i64,
    pub max: i64,
    #[cfg(not(feature = "program"))]
    pub name: &'static str,
    #[cfg(not(feature = "program"))]
    pub unit: &'static str,
    #[cfg(not(feature = "program"))]
    pub meaning: &'static str,
}

macro_rules! parameters {
    ($($concern:ident in $terms:ident {
        $($field:ident: $width:literal, $unit:literal, $min:expr => $max:expr, $tightens:ident, $meaning:literal;)*
    })*) => {
        /// Every parameter; ids are append-only.
        pub static ALL: &[Parameter] = &[$($(Parameter {
            concern: Concern::$concern,
            tightens: Tightens::$tightens,
            width: $width,
            offset: offset_of!($terms, $field) as u16,
            min: $min,
            max: $max,
            #[cfg(not(feature = "program"))]
            name: stringify!($field),
            #[cfg(not(feature = "program"))]
            unit: $unit,
            #[cfg(not(feature = "program"))]
            meaning: $meaning,
        },)*)*];
    };
}

parameters! {
    Clearinghouse in ClearinghouseTerms {
        liquidation_target: 4, "millionths", 1_010_000 => 2_000_000, Waits,
            "Margin ratio to which a liquidation brings an account back; may only be lowered";
        margin_call: 4, "millionths", 1_000_000 => 2_000_000, Waits,
            "Margin ratio below which a margin call may be raised (at most the liquidation target)";
        auction_delay_seconds: 4, "seconds", 10 => 3_600, Waits,
            "Time under water after which an account may be put up for auction";
        auction_seconds: 4, "seconds", 60 => 86_400, Waits,
            "Time in which the discount of an auction grows to the whole equity";
        change_delay_seconds: 4, "seconds", 172_800 => 2_592_000, Waits,
            "Wait between the proposal of a change and its execution";
        oracle_delay_seconds: 4, "seconds", 345_600 => 2_592_000, Waits,
            "The same for assets, their oracles, new collateral and the guardian (at least as long)";
        outflow_max: 8, "micro-USD", 1_000_000_000 => 1 << 60, Waits,
            "Value that may leave all banks at once, and again per day (at most doubled or halved by a change)";
    }
    Pool in PoolTerms {
        redeem_fee: 4, "millionths", 0 => 10_000, Waits,
            "Charged on what a redemption of pool shares pays; stays with the pool";
    }
    Price in PriceTerms {
        fresh_seconds: 4, "seconds", 1 => 120, Waits,
            "Oldest price that may increase risk";
        expiry_seconds: 4, "seconds", 10 => 600, Waits,
            "Oldest price that may be used at all";
        confidence_max: 4, "millionths", 100 => 50_000, Waits,
            "Widest confidence interval over price that may increase risk";
        confidence_limit: 4, "millionths", 100 => 100_000, Waits,
            "Widest confidence interval over price that a refresh accepts";
        divergence_max: 4, "millionths", 5_000 => 500_000, Waits,
            "Distance of oracle and slow price beyond which risk can't be increased and liquidations hold";
        slow_rate_per_second: 4, "millionths", 10 => 10_000, Waits,
            "Share of itself by which the slow price may move per second";
        hold_seconds: 4, "seconds", 0 => 3_600, Waits,
            "Longest time for which liquidations hold while oracle and slow price diverge";
        parity_ratio: 4, "millionths", 0 => 3_000_000, Waits,
            "Most that a wrapped or staked asset is worth of what it stands for; zero for any other asset";
        parity_gap_max: 4, "millionths", 0 => 200_000, Waits,
            "Gap to what it stands for beyond which a wrapped or staked asset can't increase risk";
    }
    Bank in BankTerms {
        deposit_cap: 8, "native units", 0 => 1 << 56, Lower,
            "Deposits of a bank, interest included, beyond which it takes no more";
        borrow_cap: 8, "native units", 0 => 1 << 56, Lower,
            "Debts of a bank beyond which it lends no more; zero if its token can't be borrowed";
        debt_min: 8, "native units", 0 => 1 << 50, Waits,
            "Smallest debt that borrowing may leave";
        weight_scale_from: 8, "micro-USD", 1_000_000 => i64::MAX, Waits,
            "Value of a bank's deposits from which its initial asset weight falls in inverse proportion";
        outflow_max: 8, "native units", 1_000_000 => 1 << 56, Waits,
            "Native units that may leave the bank at once, and again per day (at most doubled or halved by a change)";
        utilisation_max: 4, "millionths", 0 => 950_000, Lower,
            "Part of a bank's deposits that may be lent out";
        utilisation_kink: 4, "millionths", 100_000 => 950_000, Waits,
            "Utilisation at which the borrow rate's curve bends";
        rate_at_zero: 4, "millionths", 0 => 4_000_000, Waits,
            "Interest per year at no utilisation";
        rate_at_kink: 4, "millionths", 0 => 4_000_000, Waits,
            "Interest per year at the kink's utilisation (at least that at none)";
        rate_at_full: 4, "millionths", 0 => 4_000_000, Waits,
            "Interest per year at full utilisation (at least that at the kink)";
        reserve_share: 4, "millionths", 0 => 500_000, Waits,
            "Part of the interest that a bank keeps against losses";
        liquidation_bonus: 4, "millionths", 0 => 150_000, Waits,
            "Collateral seized beyond the debt that is repaid for it";
    }
    Weights in Weights {
        initial_asset: 4, "millionths", 0 => 1_000_000, Lower,
            "Part of a balance that counts as collateral for more risk (at most the maintenance weight)";
        maintenance_asset: 4, "millionths", 0 => 1_000_000, Lower,
            "Part of a balance that counts as collateral against liquidation";
        initial_debt: 4, "millionths", 1_000_000 => 3_000_000, Higher,
            "Multiple at which a debt counts for more risk (at least the maintenance weight)";
        maintenance_debt: 4, "millionths", 1_000_000 => 3_000_000, Higher,
            "Multiple at which a debt counts against liquidation";
    }
    Market in MarketTerms {
        skew_scale: 8, "native units", 10 => 1 << 60, Waits,
            "Skew at which the price impact would be 100%";
        open_interest_max: 8, "native units", 1 => 1 << 56, Lower,
            "Cap on the open interest of each side";
        size_min: 8, "native units", 1 => 1 << 56, Waits,
            "Smallest position";
        full_close_notional: 8, "micro-USD", 1_000_000 => 10_000_000_000, Waits,
            "Positions of at most this notional are liquidated whole";
        trading_fee: 4, "millionths", 0 => 10_000, Waits,
            "Part of the notional traded";
        insurance_fee_share: 4, "millionths", 0 => 1_000_000, Waits,
            "Part of the trading fee that goes to the market's insurance";
        protocol_fee_share: 4, "millionths", 0 => 500_000, Waits,
            "Part of the trading fee that goes to the fee collector (with the insurance's part at most the whole)";
        liquidation_penalty: 4, "millionths", 100 => 100_000, Waits,
            "Part of the notional closed by a liquidation";
        bounty_share: 4, "millionths", 10_000 => 1_000_000, Waits,
            "Part of the penalty that goes to the keeper of an account that has just sunk";
        bounty_share_max: 4, "millionths", 10_000 => 1_000_000, Waits,
            "Most of the penalty that goes to the keeper";
        bounty_seconds: 4, "seconds", 0 => 86_400, Waits,
            "Time under water after which the keeper's part of the penalty is at its most";
        reserve_ratio: 4, "millionths", 10_000 => 10_000_000, Waits,
            "Capital needed behind the larger side, over its notional";
        capital_weight: 4, "millionths", 0 => 1_000_000, Waits,
            "Part of the pool's capital to be allocated to a market";
        reduce_only: 4, "0 or 1", 0 => 1, Higher,
            "1 while positions may only be reduced";
        insurance_tranche: 8, "micro-USD", 0 => 1 << 60, Waits,
            "Insurance that a market keeps for itself; what is beyond goes to the shared fund";
        shared_insurance_max: 8, "micro-USD", 0 => 1 << 60, Waits,
            "What a market may draw from the shared fund per day";
        funding_rate_max_per_day: 4, "millionths", 0 => 100_000, Waits,
            "Bound of the daily funding rate; zero: no funding";
        funding_velocity_max_per_day: 4, "millionths", 0 => 1_000_000, Waits,
            "Bound of the daily funding rate's change per day, reached at full skew scale";
    }
    Margin in MarginTerms {
        initial_margin: 4, "millionths", 10_000 => 1_000_000, Higher,
            "Part of a position's notional needed to open or increase it";
        maintenance_margin: 4, "millionths", 5_000 => 500_000, Higher,
            "Part of a position's notional below which the account is liquidated";
        initial_profit_weight: 4, "millionths", 0 => 1_000_000, Lower,
            "Part of unrealised profit that counts for more risk (at most the maintenance weight)";
        maintenance_profit_weight: 4, "millionths", 0 => 1_000_000, Lower,
            "Part of unrealised profit that counts against liquidation";
        tier_1_from: 8, "micro-USD", 0 => 1 << 60, Waits,
            "Notional from which the first bracket's surcharge applies; zero: not used";
        tier_2_from: 8, "micro-USD", 0 => 1 << 60, Waits,
            "Notional from which the second bracket's surcharge applies; zero: not used";
        tier_1_initial: 4, "millionths", 0 => 500_000, Higher,
            "Surcharge on initial margin beyond the first bracket's start (at least that on maintenance margin)";
        tier_1_maintenance: 4, "millionths", 0 => 500_000, Higher,
            "Surcharge on maintenance margin beyond the first bracket's start";
        tier_2_initial: 4, "millionths", 0 => 500_000, Higher,
            "Surcharge on initial margin beyond the second bracket's start (at least that on maintenance margin)";
        tier_2_maintenance: 4, "millionths", 0 => 500_000, Higher,
            "Surcharge on maintenance margin beyond the second bracket's start";
        concentration_share: 4, "millionths", 0 => 1_000_000, Waits,
            "Share of open interest beyond which a position's initial margin is higher; zero: not used";
        concentration_initial: 4, "millionths", 0 => 1_000_000, Higher,
            "Surcharge on initial margin for the part beyond that share";
        open_interest_low: 8, "native units", 0 => 1 << 56, Lower,
            "Open interest of the larger side from which initial margin rises, to 100% at the cap";
        volatility_memory_seconds: 4, "seconds", 60 => 604_800, Waits,
            "Memory of the volatility estimate";
        volatility_calm_per_day: 4, "millionths", 1_000 => 1_000_000, Waits,
            "Daily volatility up to which margins are not raised";
        volatility_multiplier_max: 4, "millionths", 1_000_000 => 5_000_000, Waits,
            "Most that volatility multiplies margins by; 1,000,000 switches the rule off";
        volatility_fall_per_day: 4, "millionths", 10_000 => 5_000_000, Waits,
            "Fastest fall of that multiple";
        bounty_reserve: 4, "micro-USD", 0 => 10_000_000, Waits,
            "Required of every position whatever its size: the least that its liquidation pays";
    }
}

impl Parameter {
    /// The parameter of that id.
    pub fn get(id: u8) -> Result<&'static Self, PlimsollError> {
        ALL.get(id as usize).ok_or(PlimsollError::UnknownParameter)
    }

    /// Where its value stands in the bytes of its concern's terms.
    pub fn place(&self) -> Range<usize> {
        let at = self.offset as usize;
        at..at + self.width as usize
    }

    /// Its value in the bytes of its concern's terms.
    pub fn read(&self, terms: &[u8]) -> i64 {
        let bytes = &terms[self.place()];
        match self.width {
            4 => bytemuck::pod_read_unaligned::<u32>(bytes) as i64,
            _ => bytemuck::pod_read_unaligned(bytes),
        }
    }

    /// Sets its value in the bytes of its concern's terms.
    ///
    /// # Errors
    /// [`ParameterOutOfBounds`](PlimsollError::ParameterOutOfBounds).
    pub fn write(&self, terms: &mut [u8], value: i64) -> Result<(), PlimsollError> {
        self.check(value)?;
        terms[self.place()].copy_from_slice(&value.to_le_bytes()[..self.width as usize]);
        Ok(())
    }

    /// Whether moving from `before` to `after` tightens.
    pub fn is_tightened(&self, before: i64, after: i64) -> bool {
        match self.tightens {
            Tightens::Lower => after < before,
            Tightens::Higher => after > before,
            Tightens::Waits => false,
        }
    }

    #[inline(never)]
    fn check(&self, value: i64) -> Result<(), PlimsollError> {
        if value >= self.min && value <= self.max {
            Ok(())
        } else {
            Err(PlimsollError::ParameterOutOfBounds)
        }
    }
}

/// Checks every parameter of a concern against its bounds.
pub fn check<T: Pod>(concern: Concern, terms: &T) -> Result<(), PlimsollError> {
    let bytes = bytemuck::bytes_of(terms);
    ALL.iter().filter(|p| p.concern == concern).try_for_each(|p| p.check(p.read(bytes)))
}
