//! `fund-insurance`: gives tokens to the shared fund, for good.
use crate::act::Deed;
use crate::desk::{Desk, HowMuch};
use crate::fault::Result;
use plimsoll_client::addresses::associated_token_account;
use plimsoll_client::instructions::fund_insurance;
use plimsoll_client::program::state::SETTLEMENT_ASSET;

#[derive(Debug, clap::Args)]
pub struct FundInsurance {
    /// How much, in settlement tokens
    #[arg(allow_negative_numbers = true)]
    pub amount: HowMuch,
}

/// # Errors
/// When the wallet has not got it.
pub fn deed(desk: &Desk, args: &FundInsurance) -> Result<Deed> {
    let ((bank, mint, vault), donor) = (desk.settlement()?, desk.wallet.address());
    let amount = desk.units(&args.amount, SETTLEMENT_ASSET, || desk.in_wallet(&mint))?;
    desk.require_in_wallet(amount, SETTLEMENT_ASSET, &mint)?;
    let accounts = fund_insurance::Accounts {
        donor,
        fund: desk.fund(),
        bank,
        mint,
        donor_tokens: associated_token_account(&donor, &mint),
        vault,
    };
    Ok(Deed {
        title: format!("Give {} to the insurance fund, for good", desk.shown(amount, SETTLEMENT_ASSET)),
        instructions: vec![fund_insurance::instruction(&accounts, &fund_insurance::Args { amount }, &[])],
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
