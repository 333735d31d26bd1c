//! Provides 500 USDC to the pool, and redeems half of the shares.
pub mod shared;

use plimsoll_client::refresh::Purpose;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::{addresses, instructions as ix, tokens};
use shared::{As, Place, Result, USDC};
use solana_instruction::AccountMeta;

pub fn main() -> Result<()> {
    shared::print(&run(&Place::open(As::Trader)?)?);
    Ok(())
}

pub fn run(place: &Place) -> Result<Vec<String>> {
    let (snapshot, provider) = (place.snapshot()?, place.owner());
    let pool = addresses::liquidity_pool(&place.clearinghouse);
    let share_mint = addresses::share_mint(&pool);
    let shares = addresses::associated_token_account(&provider, &share_mint);
    let (bank, state) = snapshot.assets[usize::from(USDC)].bank.as_ref().ok_or("there is no such bank")?;
    let wallet_tokens = addresses::associated_token_account(&provider, &state.mint);
    let risk_board = addresses::risk_board(&place.clearinghouse);
    let provide = ix::provide_liquidity::instruction(
        &ix::provide_liquidity::Accounts {
            provider,
            pool,
            risk_board,
            bank: *bank,
            mint: state.mint,
            provider_tokens: wallet_tokens,
            vault: state.vault,
            share_mint,
            provider_shares: shares,
        },
        &ix::provide_liquidity::Args { amount: 500_000_000, shares_min: 1 },
        &markets(&snapshot),
    );
    let create = tokens::create_associated_account(&provider, &provider, &share_mint);
    let mut lines = place.send(&snapshot, &[Purpose::Pool], vec![create, provide])?;

    let held = place.chain().accounts(&[shares])?.value[0].as_ref().and_then(|a| tokens::amount(&a.data));
    let redeem = ix::redeem_liquidity::instruction(
        &ix::redeem_liquidity::Accounts {
            provider,
            pool,
            risk_board,
            window: addresses::outflow_window(&place.clearinghouse),
            bank: *bank,
            mint: state.mint,
            destination: wallet_tokens,
            vault: state.vault,
            share_mint,
            provider_shares: shares,
        },
        &ix::redeem_liquidity::Args { shares: held.unwrap_or_default() / 2, amount_min: 1 },
        &markets(&snapshot),
    );
    lines.extend(place.send(&snapshot.again(place.chain())?, &[Purpose::Pool], vec![redeem])?);
    Ok(lines)
}

/// All markets of the pool, in the order of their assets.
fn markets(snapshot: &Snapshot) -> Vec<AccountMeta> {
    let markets = snapshot.assets.iter().filter_map(|asset| asset.market.as_ref());
    markets.map(|(address, _)| AccountMeta::new_readonly(*address, false)).collect()
}
