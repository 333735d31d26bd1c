use anchor_lang::pinocchio::account::AccountView as View;
use anchor_lang::pinocchio::sysvars::instructions::{Instructions, IntrospectedInstruction, INSTRUCTIONS_ID};
use anchor_lang::prelude::*;
use anchor_lang::Discriminator;
use anchor_spl::Mint;

use crate::actions;
use crate::error::PlimsollError;
use crate::events::DebtLiquidated;
use crate::guard::GuardedMarginAccount;
use crate::instruction;
use crate::state::{Bank, OutflowWindow, RiskBoard};
use crate::tokens::Payment;

/// The compute budget program, whose instructions may come first in any transaction.
const COMPUTE_BUDGET: Address = Address::from_str_const("ComputeBudget111111111111111111111111111111");

/// Position of `debt_bank` among the accounts of `end_receivership`.
const END_DEBT_BANK: usize = 1;

#[derive(Accounts)]
pub struct StartReceivership {
    pub keeper: Signer,
    #[account(mut)]
    pub account: GuardedMarginAccount,
    #[account(constraint = risk_board.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, constraint = window.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub window: Account<OutflowWindow>,
    #[account(mut, constraint = debt_bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount)]
    pub debt_bank: Account<Bank>,
    #[account(
        mut, constraint = asset_bank.clearinghouse == account.clearinghouse @ PlimsollError::ForeignAccount,
    )]
    pub asset_bank: Account<Bank>,
    #[account(address = asset_bank.mint @ PlimsollError::ForeignAccount)]
    pub asset_mint: Account<Mint>,
    /// CHECK: any token account of this mint, as the keeper signed.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = asset_bank.vault @ PlimsollError::ForeignAccount)]
    pub asset_vault: UncheckedAccount,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl StartReceivership {
    /// Pays out collateral of an account below maintenance against a debt that
    /// `end_receivership`, the last instruction of the same transaction, must repay: the
    /// keeper needs no capital, only a swap in between. Amounts are those of
    /// `liquidate_debt`; the account's side of both is booked here, so that nothing that
    /// happens in between can touch it.
    ///
    /// Must be the first instruction but for price refreshes and compute limits; of this
    /// program, only price refreshes may follow before the end; neither start nor end can be
    /// called by another program. An account that is not below maintenance is an error here,
    /// so that the swap does not run on its own.
    pub fn run(&mut self, repaid_max: u64) -> Result<()> {
        check_transaction(self.instructions.account(), self.debt_bank.address())?;
        let now = Clock::get()?.unix_timestamp;
        let (board, window) = (&*self.risk_board, &mut *self.window);
        let (account, debt, asset) = (self.account.guard(), &mut *self.debt_bank, &mut *self.asset_bank);
        let plan = actions::start_receivership(account, board, window, debt, asset, repaid_max, now)?;
        emit!(DebtLiquidated {
            account: *self.account.account().address(),
            keeper: *self.keeper.address(),
            debt_bank: *self.debt_bank.address(),
            asset_bank: *self.asset_bank.address(),
            repaid: plan.repaid.magnitude(),
            seized: plan.seized.magnitude(),
            debt_shares_after: self.account.shares(self.debt_bank.asset).0,
            asset_shares_after: self.account.shares(self.asset_bank.asset).0,
            cash_after: self.account.cash,
            keeper_debt_shares_after: 0,
            keeper_asset_shares_after: 0,
            keeper_cash_after: 0,
        });
        Payment {
            token_program: self.token_program.address(),
            bank: &self.asset_bank,
            vault: &mut self.asset_vault,
            mint: &self.asset_mint,
            destination: &mut self.destination,
            amount: plan.seized.magnitude(),
        }
        .make()
    }
}

/// The instruction that runs is one of the transaction itself.
pub(super) fn check_top_level(instructions: &View) -> Result<()> {
    let all = Instructions::try_from(instructions)?;
    let current = all.load_instruction_at(all.load_current_index() as usize)?;
    require!(*current.get_program_id() == crate::ID, PlimsollError::ReceivershipNested);
    Ok(())
}

fn check_transaction(instructions: &View, debt_bank: &Address) -> Result<()> {
    check_top_level(instructions)?;
    let all = Instructions::try_from(instructions)?;
    let (current, last) = (all.load_current_index() as usize, all.num_instructions().saturating_sub(1));
    for index in 0..current {
        let earlier = all.load_instruction_at(index)?;
        let allowed = *earlier.get_program_id() == COMPUTE_BUDGET || is_refresh(&earlier);
        require!(allowed, PlimsollError::ReceivershipNotFirst);
    }
    for index in current + 1..last {
        let inner = all.load_instruction_at(index)?;
        let allowed = *inner.get_program_id() != crate::ID || is_refresh(&inner);
        require!(allowed, PlimsollError::ReceivershipForbids);
    }
    require!(last > current, PlimsollError::ReceivershipNotLast);
    let end = all.load_instruction_at(last)?;
    let ends = is_ours(&end, instruction::EndReceivership::DISCRIMINATOR)
        && end.get_instruction_account_at(END_DEBT_BANK)?.key == *debt_bank;
    require!(ends, PlimsollError::ReceivershipNotLast);
    Ok(())
}

fn is_refresh(instruction: &IntrospectedInstruction) -> bool {
    is_ours(instruction, instruction::RefreshPrices::DISCRIMINATOR)
}

fn is_ours(instruction: &IntrospectedInstruction, discriminator: &[u8]) -> bool {
    *instruction.get_program_id() == crate::ID
        && instruction.get_instruction_data().starts_with(discriminator)
}
