//! `provide`: settlement tokens into the liquidity pool, for shares.
use super::pool::supply;
use crate::act::Deed;
use crate::desk::{Desk, HowMuch};
use crate::fault::Result;
use crate::number::{SHARE_DECIMALS, amount as shown_amount, parse_percent};
use crate::told::refused;
use plimsoll_client::addresses::associated_token_account;
use plimsoll_client::instructions::provide_liquidity;
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::Purpose;
use plimsoll_client::risk::Ratio;
use solana_instruction::AccountMeta;

#[derive(Debug, clap::Args)]
pub struct Provide {
    /// How much, in settlement tokens, or `all`
    #[arg(allow_negative_numbers = true)]
    pub amount: HowMuch,
    /// By how much fewer shares than what is shown will do
    #[arg(long, value_name = "PERCENT", default_value = "0.5")]
    pub slippage: String,
}

/// # Errors
/// When the wallet has not got it, or the pool can't be valued.
pub fn deed(desk: &Desk, args: &Provide) -> Result<Deed> {
    let (pool, (bank, mint, vault)) = (desk.pool()?, desk.settlement()?);
    let provider = desk.wallet.address();
    let amount = desk.units(&args.amount, SETTLEMENT_ASSET, || desk.in_wallet(&mint))?;
    desk.require_in_wallet(amount, SETTLEMENT_ASSET, &mint)?;
    let fresh = desk.fresh(&[Purpose::Pool])?;
    let supply = supply(desk.session, &pool)?;
    let shares = fresh.preview().provide_liquidity(amount, 0, supply).map_err(refused)?.done.shares;
    let shares_min = less(shares, parse_percent(&args.slippage)?);
    let (provider_shares, create) = desk.token_account(&provider, &pool.share_mint)?;
    let provide = provide_liquidity::instruction(
        &provide_liquidity::Accounts {
            provider,
            pool: desk.pool_address(),
            risk_board: desk.board_address(),
            bank,
            mint,
            provider_tokens: associated_token_account(&provider, &mint),
            vault,
            share_mint: pool.share_mint,
            provider_shares,
        },
        &provide_liquidity::Args { amount, shares_min },
        &markets(desk),
    );
    Ok(Deed {
        title: format!(
            "Provide {} for about {} shares of the pool, at least {}",
            desk.shown(amount, SETTLEMENT_ASSET),
            shown_amount(shares, SHARE_DECIMALS),
            shown_amount(shares_min, SHARE_DECIMALS)
        ),
        instructions: fresh.then(create.into_iter().chain([provide])),
        board: fresh.board(),
        watched: Vec::new(),
    })
}

/// All markets of the pool, as its instructions want them.
pub fn markets(desk: &Desk) -> Vec<AccountMeta> {
    desk.pool_markets().into_iter().map(|(_, market)| AccountMeta::new_readonly(market, false)).collect()
}

/// `units` less a share of them, rounded down; none if the share is all of them or more.
pub fn less(units: u64, share: Ratio) -> u64 {
    let kept = u128::from(1_000_000u32.saturating_sub(share.0));
    u64::try_from(u128::from(units) * kept / 1_000_000).unwrap_or(units)
}
