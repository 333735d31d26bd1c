use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::Quantity;

use crate::error::PlimsollError;
use crate::events::Deposited;
use crate::guard::GuardedMarginAccount;
use crate::state::{groups, Bank, Purpose, RiskBoard, SETTLEMENT_ASSET};
use crate::tokens::Transfer;

#[derive(Accounts)]
pub struct Deposit {
    #[account(address = account.owner @ PlimsollError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: the token program refuses anything but the owner's account of this mint.
    #[account(mut)]
    pub owner_tokens: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Deposit {
    /// Deposits `amount` native units: what the account owes of this token is repaid, the
    /// rest is lent. Needs no price. The bank's cap holds for the rest, except for settlement
    /// tokens that top up an account with positions or debt; a pause for deposits to an
    /// account that has neither.
    pub fn run(&mut self, amount: u64) -> Result<()> {
        require!(amount > 0, PlimsollError::ZeroAmount);
        let asset = self.bank.asset;
        let (now, board) = (Clock::get()?.unix_timestamp, &self.risk_board);
        let tops_up = !self.account.is_unencumbered();
        if !tops_up {
            require!(board.is_launched == 1, PlimsollError::NotLaunched);
            board.check_open(asset, groups::DEPOSIT, now)?;
        }
        let is_rescue = asset == SETTLEMENT_ASSET && tops_up;
        let purpose = if is_rescue { Purpose::Rescue } else { Purpose::Deposit };
        self.bank.accrue(now)?;
        self.bank.receive(amount, now)?;
        let quantity = Quantity::from_magnitude(amount).map_err(PlimsollError::from)?;
        let shares = self.account.credit(&mut self.bank, quantity, purpose)?;

        emit!(Deposited {
            account: *self.account.account().address(),
            bank: *self.bank.address(),
            amount,
            shares_after: shares.0,
            cash_after: self.account.cash,
        });
        Transfer {
            token_program: self.token_program.address(),
            from: self.owner_tokens.try_cpi_handle_mut()?.into(),
            mint: self.mint.cpi_handle(),
            to: self.vault.try_cpi_handle_mut()?.into(),
            authority: self.owner.cpi_handle(),
            amount,
            decimals: self.mint.decimals(),
        }
        .invoke(&[]);
        Ok(())
    }
}
