use anchor_lang::pinocchio::cpi::set_return_data;
use anchor_lang::prelude::*;

use crate::error::PlimsollError;
use crate::guard::GuardedMarginAccount;
use crate::state::RiskBoard;
use crate::view::AccountView as View;

#[derive(Accounts)]
pub struct ViewAccount {
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
}

impl ViewAccount {
    /// Returns the account's equity, health, ratios and liquidation prices as return
    /// data (see `view::AccountView`), at the board's prices however old they are.
    pub fn run(&mut self) -> Result<()> {
        let view = View::of(&self.account, &self.risk_board)?;
        set_return_data(view.bytes());
        Ok(())
    }
}
