//! Prices are brought up to date in front of what needs them.
use crate::act::{prepared, read_board};
use crate::desk::Desk;
use crate::fault::Result;
use plimsoll_client::program::state::RiskBoard;
use plimsoll_client::refresh::{Purpose, instruction, needed};
use solana_instruction::Instruction;

/// Seconds that somebody may think before he says yes: prices that are too old by then are refreshed too.
const THINKING_SECONDS: i64 = 60;

/// The refresh that goes first, if one is needed, and the board as it leaves it.
pub struct Fresh {
    pub instructions: Vec<Instruction>,
    pub board: Box<RiskBoard>,
}

impl Fresh {
    /// The refresh and what needs it.
    pub fn then(&self, rest: impl IntoIterator<Item = Instruction>) -> Vec<Instruction> {
        self.instructions.iter().cloned().chain(rest).collect()
    }
}

impl Desk<'_> {
    /// What has to be refreshed for some purposes, and how the board will be then.
    ///
    /// # Errors
    /// When the refresh would fail, or there is no answer.
    pub fn fresh(&self, purposes: &[Purpose]) -> Result<Fresh> {
        let settings = self.session.settings;
        let patience = if settings.yes || settings.dry_run { 0 } else { THINKING_SECONDS };
        let rows = needed(&self.snapshot, purposes, self.snapshot.unix_time.saturating_add(patience));
        self.refreshed(&rows)
    }

    /// The same for rows that are known.
    ///
    /// # Errors
    /// As [`fresh`](Self::fresh).
    pub fn refreshed(&self, rows: &[u8]) -> Result<Fresh> {
        let instructions: Vec<Instruction> = instruction(&self.snapshot, rows).into_iter().collect();
        if instructions.is_empty() {
            return Ok(Fresh { instructions, board: self.snapshot.board.clone() });
        }
        let tried = prepared(self, instructions.clone(), &[self.board_address()])?;
        Ok(Fresh { instructions, board: read_board(tried.simulation.accounts.first())? })
    }
}
