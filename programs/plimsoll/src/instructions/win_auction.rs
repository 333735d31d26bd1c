use anchor_lang::prelude::*;

use crate::actions;
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
    /// Takes over all that an account under auction holds and owes, for at most `price_max`
    /// micro-USD; see [`win_auction`](actions::win_auction).
    pub fn run(&mut self, price_max: u64) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let (account, winner) = (self.account.guard(), self.winner_account.guard());
        let (board, bank) = (&*self.risk_board, &mut *self.bank);
        let sale = actions::win_auction(account, winner, board, bank, price_max, now)?;
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
