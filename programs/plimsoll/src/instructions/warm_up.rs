use anchor_lang::prelude::*;

use crate::bounds::{HISTORY_GAP_SECONDS_MAX, HISTORY_SECONDS};
use crate::error::PlimsollError;
use crate::events::WarmUpStarted;
use crate::state::{Bank, RiskBoard, WarmUp};

#[derive(Accounts)]
pub struct WarmUpCollateral {
    #[account(constraint = risk_board.clearinghouse == bank.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut)]
    pub bank: Account<Bank>,
}

impl WarmUpCollateral {
    /// Lets new collateral begin to count once its price has come in for a week without a gap
    /// of more than a day: weights and caps rise to what was decided, in a straight line.
    /// Anyone may call it.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        let row = self.risk_board.row(self.bank.asset)?;
        require!(self.bank.warm_up == WarmUp::Waiting as u8, PlimsollError::NotWarmingUp);
        let is_known = row.priced_since != 0
            && now >= row.priced_since.saturating_add(HISTORY_SECONDS)
            && now <= row.refreshed_at.saturating_add(HISTORY_GAP_SECONDS_MAX);
        require!(is_known, PlimsollError::HistoryTooShort);
        self.bank.begin_to_count(now);
        emit!(WarmUpStarted { bank: *self.bank.address(), ramp_end: self.bank.ramp_end });
        Ok(())
    }
}
