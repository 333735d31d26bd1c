//! How a balance in shares changes when native units are added or taken.

use crate::lending::Ledger;
use crate::units::{Overflow, Quantity, Result};

impl Ledger {
    /// Native units that a balance of `shares` is worth: a deposit rounded down, a debt
    /// (negative) rounded away from zero.
    pub fn amount_floor(&self, shares: Quantity) -> Result<Quantity> {
        let magnitude = shares.magnitude();
        if shares.0 < 0 {
            Quantity::from_magnitude(self.borrow.amount_ceil(magnitude)?)?.negated()
        } else {
            Quantity::from_magnitude(self.supply.amount_floor(magnitude)?)
        }
    }

    /// Adds `delta` native units to a balance of `shares`, or takes them from it. What is
    /// added repays a debt before it becomes a deposit; what is taken beyond the deposit
    /// becomes a debt. Shares of deposits are issued rounded down and retired rounded up,
    /// shares of debts the other way round; a balance that is taken or repaid in full
    /// leaves no share. Returns the ledger and the shares afterwards.
    pub fn moved(&self, shares: Quantity, delta: Quantity) -> Result<(Self, Quantity)> {
        let amount = delta.magnitude();
        let held = self.amount_floor(shares)?.magnitude();
        // Shares that are worth nothing go with it when nothing, which is all there is, is taken.
        let takes = delta.0 < 0 || (delta.0 == 0 && held == 0);
        match (shares.0 < 0, takes) {
            (false, false) => self.deposited(shares.magnitude(), amount),
            (true, false) if amount >= held => {
                self.without_debt(shares.magnitude())?.deposited(0, amount - held)
            }
            (true, false) => {
                let repaid = self.borrow.shares_floor(amount)?;
                let left = shares.magnitude().checked_sub(repaid).ok_or(Overflow)?;
                Ok((self.without_debt(repaid)?, Quantity::from_magnitude(left)?.negated()?))
            }
            (false, true) if amount >= held => {
                self.without_deposit(shares.magnitude())?.borrowed(0, amount - held)
            }
            (false, true) => {
                let retired = self.supply.shares_ceil(amount)?.min(shares.magnitude());
                let left = Quantity::from_magnitude(shares.magnitude() - retired)?;
                Ok((self.without_deposit(retired)?, left))
            }
            (true, true) => self.borrowed(shares.magnitude(), amount),
        }
    }

    fn deposited(self, shares: u64, amount: u64) -> Result<(Self, Quantity)> {
        let issued = self.supply.shares_floor(amount)?;
        let deposit_shares = self.deposit_shares.checked_add(issued).ok_or(Overflow)?;
        let shares = shares.checked_add(issued).ok_or(Overflow)?;
        Ok((Self { deposit_shares, ..self }, Quantity::from_magnitude(shares)?))
    }

    fn borrowed(self, shares: u64, amount: u64) -> Result<(Self, Quantity)> {
        let issued = self.borrow.shares_ceil(amount)?;
        let borrow_shares = self.borrow_shares.checked_add(issued).ok_or(Overflow)?;
        let shares = shares.checked_add(issued).ok_or(Overflow)?;
        Ok((Self { borrow_shares, ..self }, Quantity::from_magnitude(shares)?.negated()?))
    }

    fn without_deposit(&self, shares: u64) -> Result<Self> {
        let deposit_shares = self.deposit_shares.checked_sub(shares).ok_or(Overflow)?;
        Ok(Self { deposit_shares, ..*self })
    }

    fn without_debt(&self, shares: u64) -> Result<Self> {
        let borrow_shares = self.borrow_shares.checked_sub(shares).ok_or(Overflow)?;
        Ok(Self { borrow_shares, ..*self })
    }
}
