//! Lending: balances as shares of a bank, and the interest between the two sides.
//!
//! A balance is a number of shares; a side's index says what one share is worth and only
//! interest and losses move it (the scheme of Compound v2). Debts round up, claims round down,
//! and interest is credited only after it was charged, to the native unit: what lenders
//! and reserve gain together is what the borrowers owe more.

use crate::price::Price;
use crate::units::{Overflow, Ratio, Result};

/// Native units per share, Q16.48 fixed point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Index(pub u64);

/// Interest of borrowers per year over utilisation: two straight lines that meet at the
/// kink. Rates must not fall with utilisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateCurve {
    /// Utilisation at which the curve gets steeper; more than zero, less than one.
    pub kink: Ratio,
    pub at_zero: Ratio,
    pub at_kink: Ratio,
    pub at_full: Ratio,
}

/// The two sides of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub deposit_shares: u64,
    pub borrow_shares: u64,
    /// What a deposit share is worth.
    pub supply: Index,
    /// What a borrow share owes.
    pub borrow: Index,
    /// Interest kept by the protocol, in native units; the first to bear a loss.
    pub reserve: u64,
}

const FRACTION_BITS: u32 = 48;
const MILLION: u64 = 1_000_000;

impl Index {
    /// One native unit per share, where every index begins.
    pub const ONE: Self = Self(1 << FRACTION_BITS);
    const MAX: Self = Self(u64::MAX);

    /// What `shares` are worth in native units, rounded down: a claim.
    pub fn amount_floor(self, shares: u64) -> Result<u64> {
        u64::try_from(self.product(shares) >> FRACTION_BITS).map_err(|_| Overflow)
    }

    /// What `shares` are worth in native units, rounded up: a debt.
    pub fn amount_ceil(self, shares: u64) -> Result<u64> {
        if self == Self::ONE {
            return Ok(shares);
        }
        let product = self.product(shares);
        let inexact = product << (128 - FRACTION_BITS) != 0;
        u64::try_from((product >> FRACTION_BITS) + inexact as u128).map_err(|_| Overflow)
    }

    /// Shares for `amount` native units, rounded down: what a deposit is given, or a
    /// repayment takes off. [`Overflow`] if the index is zero.
    pub fn shares_floor(self, amount: u64) -> Result<u64> {
        Ok(self.shares(amount)?.0)
    }

    /// Shares for `amount` native units, rounded up: what a withdrawal costs, or a loan
    /// is charged. [`Overflow`] if the index is zero.
    pub fn shares_ceil(self, amount: u64) -> Result<u64> {
        let (shares, inexact) = self.shares(amount)?;
        shares.checked_add(inexact as u64).ok_or(Overflow)
    }

    /// Price of one share, if one native unit costs `price`, rounded down.
    pub fn price_floor(self, price: Price) -> Result<Price> {
        Ok(self.price(price)?.0)
    }

    /// Price of one share, if one native unit costs `price`, rounded up.
    pub fn price_ceil(self, price: Price) -> Result<Price> {
        let (floor, inexact) = self.price(price)?;
        floor.0.checked_add(inexact as u128).map(Price).ok_or(Overflow)
    }

    fn product(self, shares: u64) -> u128 {
        self.0 as u128 * shares as u128
    }

    /// `amount / self`, rounded down, and whether anything was cut off.
    #[inline(never)]
    fn shares(self, amount: u64) -> Result<(u64, bool)> {
        if self == Self::ONE {
            return Ok((amount, false));
        }
        let amount = (amount as u128) << FRACTION_BITS;
        let shares = u64::try_from(amount.checked_div(self.0 as u128).ok_or(Overflow)?);
        let shares = shares.map_err(|_| Overflow)?;
        // The product costs less than a second division for the remainder.
        Ok((shares, self.product(shares) != amount))
    }

    /// `price * self`, rounded down, and whether anything was cut off.
    #[inline(never)]
    fn price(self, price: Price) -> Result<(Price, bool)> {
        if self == Self::ONE {
            return Ok((price, false));
        }
        let low = self.product(price.0 as u64);
        let high = self.product((price.0 >> 64) as u64);
        if high >> 112 != 0 {
            return Err(Overflow);
        }
        let floor = (high << 16).checked_add(low >> FRACTION_BITS).ok_or(Overflow)?;
        Ok((Price(floor), low << (128 - FRACTION_BITS) != 0))
    }

    /// The index after growing by `growth` (2^-48), rounded up.
    fn grown_ceil(self, growth: u64) -> Result<Self> {
        let increase = self.amount_ceil(growth)?;
        self.0.checked_add(increase).map(Self).ok_or(Overflow)
    }

    /// The highest index at which `shares` (not zero) are worth at most `amount`. It
    /// stops at [`Self::MAX`]: the last dust of a side must not freeze its bank.
    fn worth_floor(amount: u64, shares: u64) -> Self {
        let index = ((amount as u128) << FRACTION_BITS) / shares as u128;
        u64::try_from(index).map_or(Self::MAX, Self)
    }
}

impl RateCurve {
    /// Interest per year at `utilisation` (more than one counts as one), rounded up.
    /// [`Overflow`] if the curve falls.
    pub fn rate_per_year_ceil(&self, utilisation: Ratio) -> Result<Ratio> {
        let utilisation = utilisation.min(Ratio::ONE).0;
        if utilisation == 0 {
            Ok(self.at_zero)
        } else if utilisation <= self.kink.0 {
            between_ceil(self.at_zero, self.at_kink, utilisation, self.kink.0)
        } else {
            // The kink is below the utilisation, and that is at most one.
            let (beyond, width) = (utilisation - self.kink.0, Ratio::ONE.0 - self.kink.0);
            between_ceil(self.at_kink, self.at_full, beyond, width)
        }
    }
}

/// The value at `position` of `width` (not zero) on the line from `low` to `high`.
fn between_ceil(low: Ratio, high: Ratio, position: u32, width: u32) -> Result<Ratio> {
    let rise = high.0.checked_sub(low.0).ok_or(Overflow)?;
    // At most the rise, as the position is at most the width.
    let part = (rise as u64 * position as u64).div_ceil(width as u64) as u32;
    low.plus(Ratio(part))
}

impl Ledger {
    /// What is owed to lenders, in native units, rounded up.
    pub fn deposits_ceil(&self) -> Result<u64> {
        self.supply.amount_ceil(self.deposit_shares)
    }

    /// What borrowers owe, in native units, rounded down.
    pub fn borrows_floor(&self) -> Result<u64> {
        self.borrow.amount_floor(self.borrow_shares)
    }

    /// Borrows over deposits, at most one; zero if nothing is borrowed. Rounded up, and
    /// from 2^44 native units of borrows on at most one millionth more than that.
    pub fn utilisation_ceil(&self) -> Result<Ratio> {
        Ok(utilisation_ceil(self.borrows_floor()?, self.deposits_ceil()?))
    }

    /// The ledger `elapsed_seconds` later. Interest is linear within the interval, at the
    /// rate of the utilisation at its beginning, and compounds from call to call.
    ///
    /// The borrow index is rounded up, by less than 2^-48 of the index and 2^-48. Of what
    /// the borrows (rounded down) grew by, the reserve gets `reserve_share` rounded up,
    /// the lenders the rest through their index rounded down, and the reserve what that
    /// rounding leaves. [`Overflow`] if the borrow index or an amount does not fit.
    pub fn accrued(&self, elapsed_seconds: u64, curve: &RateCurve, reserve_share: Ratio) -> Result<Self> {
        if elapsed_seconds == 0 || self.borrow_shares == 0 {
            return Ok(*self);
        }
        let (borrows, deposits) = (self.borrows_floor()?, self.deposits_ceil()?);
        let rate = curve.rate_per_year_ceil(utilisation_ceil(borrows, deposits))?;
        let borrow = self.borrow.grown_ceil(growth_ceil(rate, elapsed_seconds)?)?;
        let interest = borrow.amount_floor(self.borrow_shares)?.checked_sub(borrows).ok_or(Overflow)?;
        let kept = share_ceil(interest, reserve_share.min(Ratio::ONE));
        let reserve = self.reserve.checked_add(kept).ok_or(Overflow)?;
        let charged = Self { borrow, reserve, ..*self };
        if interest == kept {
            return Ok(charged);
        }
        charged.with_deposits_floor(deposits.checked_add(interest - kept).ok_or(Overflow)?)
    }

    /// The ledger after a loss of `loss` native units, and what nobody was left to bear. The
    /// reserve bears it first, then every lender in proportion; their index is rounded
    /// down, and what that takes beyond the loss stays in the reserve. An index of zero
    /// takes no more deposits.
    pub fn socialised(&self, loss: u64) -> Result<(Self, u64)> {
        let rest = loss.saturating_sub(self.reserve);
        let spared = Self { reserve: self.reserve.saturating_sub(loss), ..*self };
        if rest == 0 {
            return Ok((spared, 0));
        }
        let deposits = self.deposits_ceil()?;
        let borne = rest.min(deposits);
        Ok((spared.with_deposits_floor(deposits - borne)?, rest - borne))
    }

    /// The ledger with the lenders owed `amount`: their index rounded down, and what that
    /// leaves in the reserve.
    fn with_deposits_floor(&self, amount: u64) -> Result<Self> {
        let supply = match self.deposit_shares {
            0 => self.supply,
            shares => Index::worth_floor(amount, shares),
        };
        let left = amount.checked_sub(supply.amount_ceil(self.deposit_shares)?).ok_or(Overflow)?;
        Ok(Self { supply, reserve: self.reserve.checked_add(left).ok_or(Overflow)?, ..*self })
    }
}

/// See [`Ledger::utilisation_ceil`].
fn utilisation_ceil(borrows: u64, deposits: u64) -> Ratio {
    if borrows >= deposits {
        return if borrows == 0 { Ratio::ZERO } else { Ratio::ONE };
    }
    // The deposits are the larger, so 2^20 of either is little beside them.
    let (part, whole) = match borrows >> 44 {
        0 => (borrows, deposits),
        _ => ((borrows >> 20) + 1, deposits >> 20),
    };
    Ratio((part * MILLION).div_ceil(whole) as u32).min(Ratio::ONE)
}

/// Interest on one in 2^-48, rounded up, at `rate` per year of 365 days.
fn growth_ceil(rate: Ratio, elapsed_seconds: u64) -> Result<u64> {
    // A millionth per year is 2^48 / (1e6 * 31_536_000) = 2^35 / DIVISOR a second. The bits
    // are shifted in by and by, as they don't fit in front of a remainder at once.
    const DIVISOR: u64 = 3_849_609_375;
    let product = elapsed_seconds.checked_mul(rate.0 as u64).ok_or(Overflow)?;
    let (whole, rest) = (product / DIVISOR, (product % DIVISOR) << 32);
    if whole >> 28 != 0 {
        return Err(Overflow);
    }
    Ok((whole << 35) + ((rest / DIVISOR) << 3) + ((rest % DIVISOR) << 3).div_ceil(DIVISOR))
}

/// `share` (at most one) of `amount`, rounded up. Split by the million to stay in 64 bits.
fn share_ceil(amount: u64, share: Ratio) -> u64 {
    let share = share.0 as u64;
    amount / MILLION * share + (amount % MILLION * share).div_ceil(MILLION)
}
