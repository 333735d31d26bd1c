use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::events::AuctionWon;
use crate::guard::GuardedMarginAccount;
use crate::state::{Bank, RiskBoard, SETTLEMENT_ASSET};

#[derive(Accounts)]
pub struct WinAuction {
    #[account(address = winner_account.owner @ PlimsollError::NotOwner)]
    pub winner: Signer,
    #[account(mut, constraint = winner_account.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub winner_account: GuardedMarginAccount,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(
        mut,
        constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
}

impl WinAuction {
    /// Takes over all that an account under auction holds and owes, for its equity less the
    /// discount that has grown by now; at most `price_max` micro-USD. The winner must be
    /// above initial margin afterwards, at fresh prices of everything; the account keeps the
    /// price. What lies in opposite directions in the two accounts must be closed first,
    /// except settlement tokens.
    pub fn run(&mut self, price_max: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        self.bank.accrue(now)?;
        let sale = self.account.sell_to(&mut self.winner_account, &self.risk_board, &mut self.bank, now)?;
        require!(sale.price.magnitude() <= price_max, PlimsollError::LimitPrice);
        emit!(AuctionWon {
            account: *self.account.account().address(),
            winner_account: *self.winner_account.account().address(),
            equity: sale.equity.0,
            price: sale.price.0,
            maintenance_before: sale.maintenance_before.0,
            winner_shares_after: self.winner_account.shares(SETTLEMENT_ASSET).0,
            winner_cash_after: self.winner_account.cash,
        });
        Ok(())
    }
}
