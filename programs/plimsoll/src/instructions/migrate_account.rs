use anchor_lang::prelude::*;

use super::old_account;
use crate::error::PlimsollError;
use crate::events::AccountMigrated;
use crate::migration::{BankV0, MarketV0};
use crate::seeds;
use crate::state::{Bank, Market, RiskBoard};

#[derive(Accounts)]
pub struct MigrateAccount {
    #[account(mut)]
    pub payer: Signer,
    pub risk_board: Account<RiskBoard>,
    /// CHECK: in an older layout; owner, type, length and clearinghouse are checked below.
    #[account(mut)]
    pub account: UncheckedAccount,
    pub system_program: Program<System>,
}

impl MigrateAccount {
    /// Brings a bank or a market from layout 0 to the present one, once its clearinghouse is
    /// there. Nothing is anybody's choice, so anyone may call it, and pays the rent of what is
    /// longer.
    pub fn run(&mut self) -> Result<()> {
        let is_market = self.account.account().try_borrow()?.starts_with(Market::DISCRIMINATOR);
        if is_market {
            self.migrate_market()
        } else {
            self.migrate_bank()
        }
    }

    fn migrate_bank(&mut self) -> Result<()> {
        let (view, board) = (self.account.account(), &*self.risk_board);
        old_account::check::<BankV0, Bank>(view)?;
        let before: BankV0 = old_account::read(view)?;
        require!(before.clearinghouse == board.clearinghouse, PlimsollError::ForeignAccount);
        let mut after = before.converted(board.row(before.asset)?);
        let seeds: &[&[u8]] = &[seeds::BANK, before.clearinghouse.as_ref(), before.mint.as_ref()];
        after.bump = find_program_address(seeds, &crate::ID).1;
        old_account::replace(view, self.payer.account(), &after)?;
        emit!(AccountMigrated {
            account: *view.address(),
            asset: after.asset as u64,
            outflow_max: after.terms.outflow_max,
        });
        Ok(())
    }

    fn migrate_market(&mut self) -> Result<()> {
        let (view, board) = (self.account.account(), &*self.risk_board);
        old_account::check::<MarketV0, Market>(view)?;
        let before: MarketV0 = old_account::read(view)?;
        require!(before.clearinghouse == board.clearinghouse, PlimsollError::ForeignAccount);
        old_account::replace(view, self.payer.account(), &before.converted())?;
        emit!(AccountMigrated { account: *view.address(), asset: before.asset as u64, outflow_max: 0 });
        Ok(())
    }
}
