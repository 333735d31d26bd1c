//! Borrowing against collateral, and what it costs.

use plimsoll::state::SETTLEMENT_ASSET;
use plimsoll_client::Event;

use super::{Trader, told_amount};
use crate::replay::chronicle::Note;
use crate::replay::desk::Desk;
use crate::report::{Mechanism, Tone};

impl Trader {
    /// Borrows settlement tokens against the stake, which go to the wallet; `false` if that is refused now.
    ///
    /// # Errors
    /// When the account can't be valued.
    pub(super) fn borrow(&mut self, desk: &mut Desk) -> Result<bool, String> {
        let wanted = u64::try_from(self.thousandths(self.role.borrows) / 1_000).unwrap_or(0);
        // Whole dollars.
        let amount = wanted / 1_000_000 * 1_000_000;
        let told = told_amount(desk, SETTLEMENT_ASSET, amount);
        let withdraw = desk.world.withdraw_instruction(&self.wallet, 0, SETTLEMENT_ASSET, amount);
        let outcome = match desk.send(&self.wallet, withdraw) {
            Ok(outcome) => outcome,
            Err(refused) => {
                self.tell_refusal(desk, &format!("borrow {told}"), refused.to_string());
                return Ok(false);
            }
        };
        let lent = outcome.events.iter().find_map(|event| match event {
            Event::Withdrawn(withdrawn) => Some(withdrawn.amount),
            _ => None,
        });
        self.principal = lent.unwrap_or(0);
        self.record(desk)?;
        let after = self.series.last().and_then(|sample| sample.margin_ratio_ppm);
        let after = after.map_or("-".to_string(), crate::money::ratio);
        desk.happened(Note {
            mechanism: Mechanism::Loan,
            address: self.account,
            name: self.role.name.to_string(),
            amounts: vec![("borrowed".to_string(), self.principal.into())],
            tone: Tone::Plain,
            text: format!("{} borrows {told} and takes them away; margin ratio {after}", self.role.name),
            is_told: true,
        });
        Ok(true)
    }

    /// What is told of interest when `owed` micro-USD are: nothing for who never borrowed.
    pub fn told_interest(&self, desk: &Desk, owed: u64) -> String {
        match owed.saturating_sub(self.principal) {
            interest if self.principal > 0 && interest > 0 => {
                format!(", {} of it interest", told_amount(desk, SETTLEMENT_ASSET, interest))
            }
            _ => String::new(),
        }
    }
}
