//! `collect-fees`: the protocol's part of a market's fees.
use crate::act::Deed;
use crate::config::address;
use crate::desk::{Desk, HowMuch};
use crate::fault::Result;
use crate::names::market;
use plimsoll_client::instructions::collect_fees;
use plimsoll_client::program::state::SETTLEMENT_ASSET;

#[derive(Debug, clap::Args)]
pub struct CollectFees {
    /// Which market
    pub market: String,
    /// How much, in settlement tokens, or `all`
    #[arg(default_value = "all", allow_negative_numbers = true)]
    pub amount: HowMuch,
    /// To whose wallet [default: one's own]
    #[arg(long, value_name = "ADDRESS")]
    pub to: Option<String>,
}

/// # Errors
/// When there is no such market, or it has no fees.
pub fn deed(desk: &Desk, args: &CollectFees) -> Result<Deed> {
    let asset = market(desk.board(), &args.market)?;
    let ((market_address, market), (bank, mint, vault)) = (desk.market(asset)?, desk.settlement()?);
    let there = u64::try_from(market.protocol_fees).unwrap_or(0);
    let amount = desk.units(&args.amount, SETTLEMENT_ASSET, || Ok(there))?;
    let to = args.to.as_deref().map_or(Ok(desk.wallet.address()), address)?;
    let (destination, create) = desk.token_account(&to, &mint)?;
    let collect = collect_fees::instruction(
        &collect_fees::Accounts {
            fee_collector: desk.wallet.address(),
            clearinghouse: desk.snapshot.address,
            risk_board: desk.board_address(),
            window: desk.window(),
            market: market_address,
            bank,
            mint,
            destination,
            vault,
        },
        &collect_fees::Args { amount },
        &[],
    );
    Ok(Deed {
        title: format!(
            "Collect {} of the fees of {} to {to}",
            desk.shown(amount, SETTLEMENT_ASSET),
            desk.symbol(asset)
        ),
        instructions: create.into_iter().chain([collect]).collect(),
        board: desk.snapshot.board.clone(),
        watched: Vec::new(),
    })
}
