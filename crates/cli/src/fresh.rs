//! Prices are brought up to date in front of what needs them.
use crate::desk::Desk;
use crate::fault::Result;
use crate::standing::unvalued;
use plimsoll_client::preview::Preview;
use plimsoll_client::program::state::RiskBoard;
use plimsoll_client::refresh::{LANDING_SECONDS, Purpose, instruction, needed};
use solana_instruction::Instruction;

/// Seconds that somebody may think before he says yes: prices that are too old by then are refreshed too.
const THINKING_SECONDS: i64 = 60;

/// The refresh that goes first, if one is needed, and the deployment as it leaves it.
pub struct Fresh {
    pub instructions: Vec<Instruction>,
    preview: Preview,
    /// The rows in the refresh.
    rows: Vec<u8>,
}

impl Fresh {
    /// The refresh and what needs it.
    pub fn then(&self, rest: impl IntoIterator<Item = Instruction>) -> Vec<Instruction> {
        self.instructions.iter().cloned().chain(rest).collect()
    }

    /// The board as the refresh leaves it.
    pub fn board(&self) -> Box<RiskBoard> {
        self.preview.snapshot().board.clone()
    }

    /// The deployment at the time of its snapshot.
    pub fn preview(&self) -> &Preview {
        &self.preview
    }
}

impl Desk<'_> {
    /// What has to be refreshed for some purposes, and how the deployment will be then.
    ///
    /// # Errors
    /// When a value does not fit its unit.
    pub fn fresh(&self, purposes: &[Purpose]) -> Result<Fresh> {
        let settings = self.session.settings;
        let patience = if settings.yes || settings.dry_run { 0 } else { THINKING_SECONDS };
        let now = self.snapshot.unix_time;
        let rows = needed(&self.snapshot, purposes, now.saturating_add(patience));
        let instructions = instruction(&self.snapshot, &rows).into_iter().collect();
        let preview = Preview::new(&self.snapshot, now).refreshing(&rows).map_err(unvalued)?;
        Ok(Fresh { instructions, preview, rows })
    }

    /// The same deployment when the transaction has had time to land: interest runs on until then.
    ///
    /// # Errors
    /// When a value does not fit its unit.
    pub fn landed(&self, fresh: &Fresh) -> Result<Preview> {
        let then = self.snapshot.unix_time.saturating_add(LANDING_SECONDS);
        Preview::new(&self.snapshot, then).refreshing(&fresh.rows).map_err(unvalued)
    }
}
