use plimsoll_risk::lending::{Index, Ledger, RateCurve};
use plimsoll_risk::outflow::{BankOutflow, Limits};
use plimsoll_risk::ramp::{on_the_way, Ramp};
use plimsoll_risk::{Price, Quantity, Quote, Ratio};
use solana_address::Address;

use super::{account_layout, part_layout, seconds_since};
use crate::bounds::{WARM_UP_CAP, WARM_UP_SECONDS};
use crate::error::{require, PlimsollError};

const ONE: u32 = 1_000_000;

part_layout! {
    /// What governance sets for a bank. Ratios and yearly rates are in millionths, amounts
    /// in native units.
    #[derive(Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "program", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
    pub struct BankTerms {
        /// Deposits that would take the bank's deposits beyond this are refused.
        pub deposit_cap: u64,
        /// Borrowing that would take the bank's debts beyond this is refused.
        pub borrow_cap: u64,
        /// Borrowing that would leave a smaller debt is refused.
        pub debt_min: u64,
        /// Value of all deposits, in micro-USD, from which on the initial asset weight falls.
        pub weight_scale_from: u64,
        /// What may leave the vault at once, and again per day; see [`plimsoll_risk::outflow`].
        pub outflow_max: u64,
        /// Borrowing beyond this utilisation is refused.
        pub utilisation_max: u32,
        /// Where the curve of the borrow rate bends.
        pub utilisation_kink: u32,
        /// Borrow rate per year at no, at the kink's, and at full utilisation.
        pub rate_at_zero: u32,
        pub rate_at_kink: u32,
        pub rate_at_full: u32,
        /// Part of the interest that the bank keeps against losses.
        pub reserve_share: u32,
        /// What whoever repays a sunk account's debt in another token takes of this one
        /// beyond what he repaid.
        pub liquidation_bonus: u32,
        pub padding: u32,
    }
}

part_layout! {
    /// How a token counts, in millionths: a balance as collateral, a debt as a burden.
    #[derive(Debug, PartialEq, Eq)]
    #[cfg_attr(feature = "program", derive(anchor_lang::AnchorSerialize, anchor_lang::AnchorDeserialize))]
    pub struct Weights {
        pub initial_asset: u32,
        pub maintenance_asset: u32,
        pub initial_debt: u32,
        pub maintenance_debt: u32,
    }
}

part_layout! {
    /// What has left a bank lately; see [`plimsoll_risk::outflow::BankOutflow`].
    #[derive(Debug, PartialEq, Eq)]
    pub struct OutflowRow {
        /// Native units, net of what came back.
        pub taken: u64,
        /// Micro-USD of it in the clearinghouse's window, and what of that came back since.
        pub counted: u64,
        pub refund: u64,
        /// Native units that came in during the very second `at`, beyond what was taken.
        pub passing: u64,
        /// Unix time at which all this holds.
        pub at: i64,
    }
}

account_layout! {
    /// One collateral token of a clearinghouse: its vault, and who lends and borrows.
    pub struct Bank {
        pub clearinghouse: Address,
        pub mint: Address,
        /// Token account that holds all of the bank's tokens; the bank is its authority.
        pub vault: Address,
        /// Native units that the program has put into the vault. What anyone else
        /// sends there is not counted.
        pub tokens: u64,
        pub deposit_shares: u64,
        pub borrow_shares: u64,
        /// Native units per share, [`Index`].
        pub supply_index: u64,
        pub borrow_index: u64,
        /// Native units of interest kept against losses.
        pub reserve: u64,
        /// Until when interest has been charged, unix seconds.
        pub accrued_at: i64,
        /// Native units that the running transaction still has to bring; zero between
        /// transactions.
        pub in_flight: u64,
        /// Native units that lenders have lost to debts nobody could pay.
        pub losses: u64,
        /// Weights that governance has set, before they fall with deposits, and where they come
        /// from while they are on their way.
        pub weights: Weights,
        pub weights_before: Weights,
        /// From when until when they are on their way, unix seconds; of a token that waits to warm
        /// up, since when.
        pub ramp_start: i64,
        pub ramp_end: i64,
        pub terms: BankTerms,
        pub outflow: OutflowRow,
        /// Row of the risk board.
        pub asset: u8,
        /// A [`WarmUp`].
        pub warm_up: u8,
        /// Of the bank's own address, with which it signs for its vault.
        pub bump: u8,
        pub padding: [u8; 5],
        pub reserved: [u8; 64],
    }
}

/// How far new collateral, or a new market, has come. Append-only.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// It counts, or trades, as governance has set.
    Done = 0,
    /// It counts for nothing, or can't be traded, until its price has a history.
    Waiting = 1,
    /// Weights and caps are rising until the end of the ramp.
    Rising = 2,
}

impl WarmUp {
    /// That of something listed before or after the launch.
    pub fn of_new(is_launched: bool) -> Self {
        if is_launched {
            Self::Waiting
        } else {
            Self::Done
        }
    }
}

/// What a balance is moved for, which decides what caps it must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A deposit keeps the deposit cap.
    Deposit,
    /// A withdrawal leaves to lenders and borrowers what is theirs, and keeps the caps of
    /// borrowing and the minimum debt.
    Withdrawal,
    /// A top-up, a rescue or a liquidation: no cap stands in its way.
    Rescue,
}

impl Weights {
    /// The same, where a balance counts for nothing.
    fn of_debt_only(&self) -> Self {
        Self { initial_asset: 0, maintenance_asset: 0, ..*self }
    }
}

impl Bank {
    pub fn ledger(&self) -> Ledger {
        Ledger {
            deposit_shares: self.deposit_shares,
            borrow_shares: self.borrow_shares,
            supply: Index(self.supply_index),
            borrow: Index(self.borrow_index),
            reserve: self.reserve,
        }
    }

    pub fn set_ledger(&mut self, ledger: &Ledger) {
        self.deposit_shares = ledger.deposit_shares;
        self.borrow_shares = ledger.borrow_shares;
        self.supply_index = ledger.supply.0;
        self.borrow_index = ledger.borrow.0;
        self.reserve = ledger.reserve;
    }

    /// The ledger with all interest up to unix time `now`.
    #[inline(never)]
    pub fn ledger_at(&self, now: i64) -> Result<Ledger, PlimsollError> {
        let elapsed = seconds_since(self.accrued_at, now);
        if elapsed == 0 || self.borrow_shares == 0 {
            return Ok(self.ledger());
        }
        let curve = RateCurve {
            kink: Ratio(self.terms.utilisation_kink),
            at_zero: Ratio(self.terms.rate_at_zero),
            at_kink: Ratio(self.terms.rate_at_kink),
            at_full: Ratio(self.terms.rate_at_full),
        };
        Ok(self.ledger().accrued(elapsed, &curve, Ratio(self.terms.reserve_share))?)
    }

    /// Charges interest up to unix time `now`. A clock that went back charges nothing.
    #[inline(never)]
    pub fn accrue(&mut self, now: i64) -> Result<(), PlimsollError> {
        if self.borrow_shares != 0 {
            let ledger = self.ledger_at(now)?;
            self.set_ledger(&ledger);
        }
        self.accrued_at = self.accrued_at.max(now);
        Ok(())
    }

    /// Adds native units to (or takes them from) a balance of `shares`; returns the shares
    /// afterwards. Interest must have been accrued.
    #[inline(never)]
    pub fn move_balance(
        &mut self,
        shares: Quantity,
        delta: Quantity,
        purpose: Purpose,
    ) -> Result<Quantity, PlimsollError> {
        let (ledger, after) = self.ledger().moved(shares, delta)?;
        match purpose {
            Purpose::Deposit if ledger.deposit_shares > self.deposit_shares => {
                let deposits = ledger.deposits_ceil()?;
                require(deposits <= self.caps().0, PlimsollError::DepositCap)?;
            }
            Purpose::Withdrawal if ledger.borrow_shares > 0 => self.check_withdrawal(&ledger, after)?,
            _ => {}
        }
        self.set_ledger(&ledger);
        Ok(after)
    }

    /// Whether a withdrawal that leaves `ledger` and a balance of `after` shares is allowed.
    fn check_withdrawal(&self, ledger: &Ledger, after: Quantity) -> Result<(), PlimsollError> {
        let borrows = ledger.borrow.amount_ceil(ledger.borrow_shares)?;
        if ledger.borrow_shares <= self.borrow_shares {
            let deposits = ledger.supply.amount_floor(ledger.deposit_shares)?;
            return require(borrows <= deposits, PlimsollError::InsufficientVault);
        }
        require(self.terms.borrow_cap > 0, PlimsollError::InsufficientBalance)?;
        require(borrows <= self.caps().1, PlimsollError::BorrowCap)?;
        let utilisation = ledger.utilisation_ceil()?;
        require(utilisation.0 <= self.terms.utilisation_max, PlimsollError::UtilisationCap)?;
        let owed = ledger.amount_floor(after)?.magnitude();
        require(owed >= self.terms.debt_min, PlimsollError::DebtTooSmall)
    }

    /// Counts tokens that enter the vault.
    pub fn take_in(&mut self, amount: u64) -> Result<(), PlimsollError> {
        self.tokens = self.tokens.checked_add(amount).ok_or(PlimsollError::Overflow)?;
        Ok(())
    }

    /// Counts tokens that leave the vault.
    pub fn pay_out(&mut self, amount: u64) -> Result<(), PlimsollError> {
        self.tokens = self.tokens.checked_sub(amount).ok_or(PlimsollError::InsufficientVault)?;
        Ok(())
    }

    /// Counts tokens that enter the vault at unix time `now`, where they make room for as
    /// many that have left it lately.
    #[inline(never)]
    pub fn receive(&mut self, amount: u64, now: i64) -> Result<(), PlimsollError> {
        self.take_in(amount)?;
        self.set_outflow(self.outflow().after_inflow(amount, now));
        Ok(())
    }

    pub fn outflow(&self) -> BankOutflow {
        let OutflowRow { taken, counted, refund, passing, at } = self.outflow;
        BankOutflow { taken, counted, refund, passing, at }
    }

    pub fn set_outflow(&mut self, outflow: BankOutflow) {
        let BankOutflow { taken, counted, refund, passing, at } = outflow;
        self.outflow = OutflowRow { taken, counted, refund, passing, at };
    }

    /// Limits of the bank's window and of the clearinghouse's.
    pub fn outflow_limits(&self, total_max: u64) -> Limits {
        Limits { bank: self.terms.outflow_max, total: total_max }
    }

    /// Deposit cap and borrow cap in force when interest was last charged: new collateral
    /// begins with small ones.
    fn caps(&self) -> (u64, u64) {
        let (deposits, borrows) = (self.terms.deposit_cap, self.terms.borrow_cap);
        let share = |cap: u64, of: u32| (cap as u128 * of as u128 / ONE as u128) as u64;
        if self.warm_up == WarmUp::Waiting as u8 {
            return (share(deposits, WARM_UP_CAP), 0);
        }
        if !self.is_warming_up(self.accrued_at) {
            return (deposits, borrows);
        }
        let progress = self.ramp().progress_floor(self.accrued_at).0;
        let rise = share((ONE - WARM_UP_CAP) as u64, progress) as u32;
        (share(deposits, WARM_UP_CAP + rise), share(borrows, progress))
    }

    /// Whether the token is new and does not yet count as governance has set.
    pub fn is_warming_up(&self, now: i64) -> bool {
        self.warm_up == WarmUp::Waiting as u8 || (self.warm_up == WarmUp::Rising as u8 && now < self.ramp_end)
    }

    fn ramp(&self) -> Ramp {
        Ramp { start: self.ramp_start, end: self.ramp_end }
    }

    /// Weights in force at unix time `now`, before they fall with deposits.
    #[inline(never)]
    pub fn weights_at(&self, now: i64) -> Weights {
        if self.warm_up == WarmUp::Waiting as u8 {
            return self.weights.of_debt_only();
        }
        if now >= self.ramp_end {
            return self.weights;
        }
        let progress = self.ramp().progress_floor(now);
        let weight = |of: fn(&Weights) -> u32| {
            on_the_way(of(&self.weights_before) as i64, of(&self.weights) as i64, progress) as u32
        };
        Weights {
            initial_asset: weight(|w| w.initial_asset),
            maintenance_asset: weight(|w| w.maintenance_asset),
            initial_debt: weight(|w| w.initial_debt),
            maintenance_debt: weight(|w| w.maintenance_debt),
        }
    }

    /// Sends the weights on their way from where they are at `now`.
    pub fn set_weights(&mut self, weights: &Weights, now: i64, seconds: i64) {
        self.weights_before = self.weights_at(now);
        self.weights = *weights;
        self.ramp_start = now;
        self.ramp_end = now.saturating_add(seconds);
        self.warm_up = WarmUp::Done as u8;
    }

    /// Lets a new token's weights and caps rise from nothing.
    pub fn begin_to_count(&mut self, now: i64) {
        let weights = self.weights;
        self.set_weights(&weights, now, WARM_UP_SECONDS);
        self.warm_up = WarmUp::Rising as u8;
    }

    /// An initial asset weight of `weight` at a token price of `price`: full up to the value
    /// of deposits where it begins to fall, then in inverse proportion to it. Rounded down.
    pub fn scaled_weight(&self, weight: u32, ledger: &Ledger, price: Price) -> Result<u32, PlimsollError> {
        let from = self.terms.weight_scale_from;
        let deposits = Quantity::from_magnitude(ledger.deposits_ceil()?)?;
        let value = price.value_ceil(deposits).unwrap_or(Quote(i64::MAX)).magnitude();
        if value <= from {
            return Ok(weight);
        }
        let scaled = weight as u128 * from as u128 / value as u128;
        Ok(scaled as u32)
    }
}
