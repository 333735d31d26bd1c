use anchor_lang::prelude::*;
use plimsoll_risk::{Price, Quantity};

use crate::actions;
use crate::error::PlimsollError;
use crate::events::Traded;
use crate::guard::GuardedMarginAccount;
use crate::state::{Market, RiskBoard};

#[derive(Accounts)]
pub struct Trade {
    #[account(
        constraint = *authority.address() == account.owner || *authority.address() == account.delegate
            @ PlimsollError::NotOwnerOrDelegate,
    )]
    pub authority: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = market.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
}

impl Trade {
    /// Buys (`size` > 0) or sells `size` native units against the market's pool, at no
    /// worse than `limit` per native unit; see [`trade`](actions::trade).
    pub fn run(&mut self, size: i64, limit: u128) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (board, market) = (&*self.risk_board, &mut *self.market);
        let (size, limit) = (Quantity(size), Price(limit));
        let fill = actions::trade(self.account.guard(), board, market, size, limit, now)?;

        emit!(Traded {
            account: *self.account.account().address(),
            authority: *self.authority.address(),
            market: *self.market.address(),
            oracle_price: self.risk_board.row(self.market.asset)?.price,
            size: size.0,
            cost: fill.cost.0,
            realised: fill.realised.0,
            fee: fill.fee.0,
            fee_to_insurance: fill.fee_to_insurance.0,
            fee_to_protocol: fill.fee_to_protocol.0,
            size_after: fill.position.size.0,
            entry_after: fill.position.entry.0,
            cash_after: fill.cash.0,
            loss_to_insurance: fill.loss.from_insurance.0,
            loss_to_capital: fill.loss.from_capital.0,
        });
        Ok(())
    }
}
