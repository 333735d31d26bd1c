//! `redeem`: shares of the liquidity pool back into settlement tokens.
use super::pool::supply;
use super::provide::{less, markets};
use crate::act::Deed;
use crate::desk::{Desk, HowMuch};
use crate::fault::{Fault, Result};
use crate::number::{SHARE_DECIMALS, USD_DECIMALS, amount, parse, parse_percent};
use crate::told::refused;
use plimsoll_client::addresses::associated_token_account;
use plimsoll_client::instructions::redeem_liquidity;
use plimsoll_client::program::state::SETTLEMENT_ASSET;
use plimsoll_client::refresh::Purpose;

#[derive(Debug, clap::Args)]
pub struct Redeem {
    /// How many shares, or `all`
    #[arg(allow_negative_numbers = true)]
    pub shares: HowMuch,
    /// By how much less than what is shown will do
    #[arg(long, value_name = "PERCENT", default_value = "0.5")]
    pub slippage: String,
}

/// # Errors
/// When the wallet has not got so many, or the pool can't be valued.
pub fn deed(desk: &Desk, args: &Redeem) -> Result<Deed> {
    let (pool, (bank, mint, vault)) = (desk.pool()?, desk.settlement()?);
    let (provider, held) = (desk.wallet.address(), desk.in_wallet(&pool.share_mint)?);
    let shares = match &args.shares {
        HowMuch::All | HowMuch::Max => held,
        HowMuch::Number(text) => parse(text, SHARE_DECIMALS, "a share")?,
    };
    if shares == 0 || shares > held {
        let held = amount(held, SHARE_DECIMALS);
        return Err(Fault::missing(format!(
            "the wallet {provider} holds {held} shares: redeem some of them"
        )));
    }
    let fresh = desk.fresh(&[Purpose::Pool])?;
    let supply = supply(desk.session, &pool)?;
    let done = fresh.preview().redeem_liquidity(shares, 0, supply).map_err(refused)?.done;
    let paid = done.amount.magnitude();
    let amount_min = less(paid, parse_percent(&args.slippage)?);
    let (destination, create) = desk.token_account(&provider, &mint)?;
    let redeem = redeem_liquidity::instruction(
        &redeem_liquidity::Accounts {
            provider,
            pool: desk.pool_address(),
            risk_board: desk.board_address(),
            window: desk.window(),
            bank,
            mint,
            destination,
            vault,
            share_mint: pool.share_mint,
            provider_shares: associated_token_account(&provider, &pool.share_mint),
        },
        &redeem_liquidity::Args { shares, amount_min },
        &markets(desk),
    );
    Ok(Deed {
        title: format!(
            "Redeem {} shares of the pool for about {}, at least {}",
            amount(shares, SHARE_DECIMALS),
            desk.shown(paid, SETTLEMENT_ASSET),
            amount(amount_min, USD_DECIMALS)
        ),
        instructions: fresh.then(create.into_iter().chain([redeem])),
        board: fresh.board(),
        watched: Vec::new(),
    })
}
