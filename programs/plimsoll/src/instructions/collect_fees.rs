use anchor_lang::pinocchio::sysvars::instructions::INSTRUCTIONS_ID;
use anchor_lang::prelude::*;
use anchor_spl::Mint;
use plimsoll_risk::Quote;

use super::authority::refuse_durable_nonce;
use super::outflow::explained;
use crate::actions::outflow::release;
use crate::error::PlimsollError;
use crate::events::FeesCollected;
use crate::state::{groups, Bank, Clearinghouse, Market, OutflowWindow, RiskBoard, Role, SETTLEMENT_ASSET};
use crate::tokens::Payment;

#[derive(Accounts)]
pub struct CollectFees {
    #[account(
        constraint = clearinghouse.is(Role::FeeCollector, fee_collector.address()) @ PlimsollError::NotFeeCollector,
    )]
    pub fee_collector: Signer,
    pub clearinghouse: Account<Clearinghouse>,
    #[account(address = clearinghouse.risk_board @ PlimsollError::ForeignAccount)]
    pub risk_board: Account<RiskBoard>,
    #[account(mut, address = clearinghouse.outflow_window @ PlimsollError::ForeignAccount)]
    pub window: Account<OutflowWindow>,
    #[account(mut, constraint = market.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount)]
    pub market: Account<Market>,
    #[account(
        mut,
        constraint = bank.clearinghouse == *clearinghouse.address() @ PlimsollError::ForeignAccount,
        constraint = bank.asset == SETTLEMENT_ASSET @ PlimsollError::ForeignAccount,
    )]
    pub bank: Account<Bank>,
    #[account(address = bank.mint @ PlimsollError::ForeignAccount)]
    pub mint: Account<Mint>,
    /// CHECK: any token account of this mint, as the fee collector signed.
    #[account(mut)]
    pub destination: UncheckedAccount,
    /// CHECK: the one address the bank holds.
    #[account(mut, address = bank.vault @ PlimsollError::ForeignAccount)]
    pub vault: UncheckedAccount,
    /// CHECK: the one address of the sysvar.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl CollectFees {
    /// Pays `amount` of what a market has set aside of its fees to the fee collector.
    pub fn run(&mut self, amount: u64) -> Result<()> {
        refuse_durable_nonce(self.instructions.account())?;
        require!(amount > 0, PlimsollError::ZeroAmount);
        let now = Clock::get()?.unix_timestamp;
        self.risk_board.check_open(SETTLEMENT_ASSET, groups::WITHDRAW, now)?;
        let taken = Quote::from_magnitude(amount).map_err(PlimsollError::from)?;
        let left = Quote(self.market.protocol_fees).minus(taken).map_err(PlimsollError::from)?;
        require!(left.0 >= 0, PlimsollError::InsufficientBalance);
        self.market.protocol_fees = left.0;
        release(&mut self.bank, &mut self.window, &self.risk_board, amount, now)
            .map_err(|error| explained(error, &self.bank, &self.window, &self.risk_board, amount, now))?;
        emit!(FeesCollected {
            market: *self.market.address(),
            fee_collector: *self.fee_collector.address(),
            amount,
            fees_after: left.0,
        });
        Payment {
            token_program: self.token_program.address(),
            bank: &self.bank,
            vault: &mut self.vault,
            mint: &self.mint,
            destination: &mut self.destination,
            amount,
        }
        .make()
    }
}
