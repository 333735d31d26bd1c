use core::ops::Deref;

use plimsoll_risk::pool::value_of_floor;
use plimsoll_risk::{Quote, Ratio};

use super::outflow::release;
use super::{pool_value, Result};
use crate::error::{require, PlimsollError};
use crate::state::{groups, Bank, LiquidityPool, Market, OutflowWindow, RiskBoard, SETTLEMENT_ASSET};

/// Shares in the pool, and what is paid for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redemption {
    pub amount: Quote,
    /// Taken off already; stays with the pool.
    pub fee: Quote,
    /// The lower bound of the pool's value, by which shares are counted.
    pub value: Quote,
}

impl Redemption {
    /// Plans to redeem `shares` of a pool of `supply` shares and `markets` (all of it), at the
    /// lower bound of the pool's value, less the redemption fee, out of capital that no market
    /// holds; refused if that would pay less than `amount_min`. Rounded down.
    ///
    /// # Errors
    /// [`ZeroAmount`](PlimsollError::ZeroAmount), [`Paused`](PlimsollError::Paused), those of
    /// [`pool_value`](super::pool_value()), [`AmountBelowMinimum`](PlimsollError::AmountBelowMinimum),
    /// [`InsufficientUnallocated`](PlimsollError::InsufficientUnallocated).
    #[inline(always)]
    pub fn plan<M: Deref<Target = Market>, E: From<PlimsollError>>(
        pool: &LiquidityPool,
        board: &RiskBoard,
        markets: impl Iterator<Item = core::result::Result<M, E>>,
        supply: u64,
        (shares, amount_min): (u64, u64),
        now: i64,
    ) -> core::result::Result<Self, E> {
        require(shares > 0, PlimsollError::ZeroAmount)?;
        board.check_open(SETTLEMENT_ASSET, groups::WITHDRAW, now)?;
        let value = pool_value(pool, board, markets, now)?.low;
        let gross = value_of_floor(shares, supply, value).map_err(PlimsollError::from)?;
        let fee = Ratio(pool.redeem_fee).of_ceil(gross).map_err(PlimsollError::from)?;
        let amount = gross.minus(fee).map_err(PlimsollError::from)?;
        require(amount.magnitude() >= amount_min, PlimsollError::AmountBelowMinimum)?;
        require(amount <= Quote(pool.unallocated), PlimsollError::InsufficientUnallocated)?;
        Ok(Self { amount, fee, value })
    }

    /// Books the tokens that leave.
    ///
    /// # Errors
    /// Those of [`release`].
    #[inline(always)]
    pub fn execute(
        &self,
        pool: &mut LiquidityPool,
        board: &RiskBoard,
        window: &mut OutflowWindow,
        bank: &mut Bank,
        now: i64,
    ) -> Result<()> {
        release(bank, window, board, self.amount.magnitude(), now)?;
        pool.add_unallocated(self.amount.negated()?)
    }
}
