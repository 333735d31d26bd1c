use core::ops::Deref;

use plimsoll_risk::pool::shares_for_floor;
use plimsoll_risk::Quote;

use super::{pool_value, Result};
use crate::error::{require, PlimsollError};
use crate::state::{groups, Bank, LiquidityPool, Market, RiskBoard, SETTLEMENT_ASSET};

/// Settlement tokens for the pool, and the shares in it that they are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provision {
    pub amount: Quote,
    pub shares: u64,
    /// The higher bound of the pool's value, by which shares are counted.
    pub value: Quote,
}

impl Provision {
    /// Plans to put `amount` of settlement tokens into a pool of `supply` shares and `markets`
    /// (all of it), at the higher bound of the pool's value; refused if the shares would be
    /// fewer than `shares_min`. Shares are rounded down.
    ///
    /// # Errors
    /// [`ZeroAmount`](PlimsollError::ZeroAmount), [`NotLaunched`](PlimsollError::NotLaunched),
    /// [`Paused`](PlimsollError::Paused), those of [`pool_value`](super::pool_value()),
    /// [`SharesBelowMinimum`](PlimsollError::SharesBelowMinimum).
    #[inline(always)]
    pub fn plan<M: Deref<Target = Market>, E: From<PlimsollError>>(
        pool: &LiquidityPool,
        board: &RiskBoard,
        markets: impl Iterator<Item = core::result::Result<M, E>>,
        supply: u64,
        (amount, shares_min): (u64, u64),
        now: i64,
    ) -> core::result::Result<Self, E> {
        require(amount > 0, PlimsollError::ZeroAmount)?;
        require(board.is_launched == 1, PlimsollError::NotLaunched)?;
        board.check_open(SETTLEMENT_ASSET, groups::DEPOSIT, now)?;
        let value = pool_value(pool, board, markets, now)?.high;
        let amount = Quote::from_magnitude(amount).map_err(PlimsollError::from)?;
        let shares = shares_for_floor(amount, supply, value).map_err(PlimsollError::from)?;
        require(shares > 0, PlimsollError::ZeroAmount)?;
        require(shares >= shares_min, PlimsollError::SharesBelowMinimum)?;
        Ok(Self { amount, shares, value })
    }

    /// Books the tokens that come in.
    ///
    /// # Errors
    /// [`DepositCap`](PlimsollError::DepositCap).
    #[inline(always)]
    pub fn execute(&self, pool: &mut LiquidityPool, bank: &mut Bank, now: i64) -> Result<()> {
        bank.receive(self.amount.magnitude(), now)?;
        require(bank.tokens <= bank.terms.deposit_cap, PlimsollError::DepositCap)?;
        pool.add_unallocated(self.amount)
    }
}
