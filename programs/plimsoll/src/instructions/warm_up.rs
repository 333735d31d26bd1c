use anchor_lang::prelude::*;

use crate::bounds::{HISTORY_GAP_SECONDS_MAX, HISTORY_SECONDS};
use crate::error::PlimsollError;
use crate::events::WarmedUp;
use crate::state::{Bank, Market, RiskBoard, WarmUp};

#[derive(Accounts)]
pub struct WarmUpAsset {
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount)]
    pub bank: Option<Account<Bank>>,
    #[account(mut, constraint = market.clearinghouse == risk_board.clearinghouse @ PlimsollError::ForeignAccount)]
    pub market: Option<Account<Market>>,
}

impl WarmUpAsset {
    /// Lets what was listed after the launch begin to count once its price has come in for a
    /// week since then without a gap of more than a day: weights and caps of a bank rise to what was
    /// decided, in a straight line; a market opens. Anyone may call it, for a bank, a market
    /// or both.
    pub fn run(&mut self) -> Result<()> {
        let now = Clock::get()?.unix_timestamp;
        require!(self.bank.is_some() || self.market.is_some(), PlimsollError::TargetMissing);
        let (board, risk_board) = (&*self.risk_board, *self.risk_board.address());
        if let Some(bank) = self.bank.as_deref_mut() {
            check(board, bank.asset, bank.warm_up, bank.ramp_start, now)?;
            bank.begin_to_count(now);
            emit!(WarmedUp { risk_board, ends_at: bank.ramp_end, asset: bank.asset as u64 });
        }
        if let Some(market) = self.market.as_deref_mut() {
            check(board, market.asset, market.warm_up, market.ramp_start, now)?;
            market.warm_up = WarmUp::Done as u8;
            emit!(WarmedUp { risk_board, ends_at: now, asset: market.asset as u64 });
        }
        Ok(())
    }
}

/// It waits, and its price has a history since it was listed that goes on.
fn check(board: &RiskBoard, asset: u8, warm_up: u8, listed_at: i64, now: i64) -> Result<()> {
    require!(warm_up == WarmUp::Waiting as u8, PlimsollError::NotWarmingUp);
    let row = board.row(asset)?;
    let is_known = row.priced_since != 0
        && now >= row.priced_since.max(listed_at).saturating_add(HISTORY_SECONDS)
        && now <= row.refreshed_at.saturating_add(HISTORY_GAP_SECONDS_MAX);
    require!(is_known, PlimsollError::HistoryTooShort);
    Ok(())
}
