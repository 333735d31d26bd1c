use anchor_lang::prelude::*;
use plimsoll_risk::{Position, Quote};

use crate::error::PlimsollError;
use crate::events::LossSettled;
use crate::guard::{Book, Change, GuardedMarginAccount};
use crate::state::{Market, RiskBoard};

#[derive(Accounts)]
pub struct SettleLoss {
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

impl SettleLoss {
    /// Realises the loss of an open position, so that the market can pay those in profit;
    /// anyone may, while the market's capital does not cover the profits of both sides. The
    /// position, and the account's health, stay what they are: the loss moves from the
    /// position's entry to cash. An account below maintenance is liquidated instead.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, market) = (&*self.risk_board, &mut *self.market);
        market.accrue_funding(now)?;
        let asset = market.asset;
        let (position, cash, loss) =
            self.account.guarded(board, now, Change::moving(asset), |book| settle(book, market, asset))?;
        emit!(LossSettled {
            account: *self.account.account().address(),
            market: *self.market.address(),
            loss: loss.0,
            entry_after: position.entry.0,
            cash_after: cash.0,
        });
        Ok(())
    }
}

fn settle(book: &mut Book, market: &mut Market, asset: u8) -> Result<(Position, Quote, Quote)> {
    require!(book.before().maintenance.0 >= 0, PlimsollError::LiquidateInstead);
    let row = book.row(asset)?;
    let marks = row.perp_marks();
    let (long, short) = market.open_interest().sides_pnl_floor(&marks).map_err(PlimsollError::from)?;
    let profits = long.or_zero().plus(short.or_zero()).map_err(PlimsollError::from)?;
    require!(profits.0 > market.capital, PlimsollError::NothingToSettle);

    let before = book.position(asset);
    let value = marks.of(before.size).value_floor(before.size).map_err(PlimsollError::from)?;
    let pnl = value.minus(before.entry).map_err(PlimsollError::from)?;
    require!(pnl.0 < 0, PlimsollError::NothingToSettle);
    let after = Position { entry: value, ..before };
    market.replace_position(&before, &after)?;
    market.pay(pnl)?;
    book.replace_position(asset, after, &row.perp_risk())?;
    book.settle(pnl)?;
    Ok((after, book.cash(), pnl.negated().map_err(PlimsollError::from)?))
}
