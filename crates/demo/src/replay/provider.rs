//! The liquidity providers, and the capital they put behind the markets.

use plimsoll::error::PlimsollError;
use plimsoll::state::SETTLEMENT_ASSET;
use plimsoll_testkit::{Wallet, tokens};
use solana_address::Address;

use super::cast;
use super::desk::Desk;
use super::ledger;
use super::trader::told_amount;
use crate::report::Tone;

/// More rounds of redeeming than this would move hardly anything.
const ROUNDS_MAX: usize = 24;

pub struct Provider {
    pub part: cast::Provider,
    pub wallet: Wallet,
    /// Token account of the pool's shares.
    shares: Address,
}

impl Provider {
    /// Puts the provider's money into the pool.
    ///
    /// # Errors
    /// When the program refuses.
    pub fn provide(part: cast::Provider, desk: &mut Desk) -> Result<Self, String> {
        let wallet = desk.world.wallet(part.name);
        let amount = part.amount.unsigned_abs();
        desk.world.give(&wallet, SETTLEMENT_ASSET, amount);
        let shares = desk.world.share_account(&wallet);
        let provide = desk.world.provide_instruction(&wallet, amount, 0);
        desk.send(&wallet, provide).map_err(|refused| format!("{} can't provide: {refused}", part.name))?;
        let told = told_amount(desk, SETTLEMENT_ASSET, amount);
        desk.tell(Tone::Plain, format!("{} provides {told} of liquidity", part.name));
        Ok(Self { part, wallet, shares })
    }

    /// Shares held.
    pub fn shares(&self, desk: &Desk) -> u64 {
        tokens::amount(&desk.world.svm.account(&self.shares))
    }

    /// Redeems the provider's part, as far as the pool has free capital. Most capital stands behind the markets, and each
    /// rebalancing frees their share of what is still there, so a large part takes several rounds.
    ///
    /// # Errors
    /// When capital can't be rebalanced.
    pub fn redeem(&self, desk: &mut Desk) -> Result<(), String> {
        let (held, name) = (self.shares(desk), self.part.name);
        let mut wanted = u128::from(held) * u128::from(self.part.redeems.unsigned_abs()) / 1_000;
        let mut rounds = 0;
        while wanted > 0 && rounds < ROUNDS_MAX {
            rebalance(desk)?;
            let shares = wanted.min(redeemable(desk)) as u64;
            if shares == 0 {
                break;
            }
            let redeem = desk.world.redeem_instruction(&self.wallet, shares, 0);
            if let Err(refused) = desk.send(&self.wallet, redeem) {
                desk.tell(Tone::Notice, format!("{name} wants to redeem, and is refused: {refused}"));
                break;
            }
            wanted -= u128::from(shares);
            rounds += 1;
        }
        if rounds > 0 {
            let redeemed = held - self.shares(desk);
            let percent = u128::from(redeemed) * 100 / u128::from(held.max(1));
            let paid = desk.flow(&self.wallet, SETTLEMENT_ASSET).went_out;
            let paid = told_amount(desk, SETTLEMENT_ASSET, u64::try_from(paid).unwrap_or(u64::MAX));
            let rest = if wanted > 0 { ", all the free capital there is" } else { "" };
            desk.tell(
                Tone::Plain,
                format!("{name} redeems {percent}% of the shares for {paid} in {rounds} rounds{rest}"),
            );
        }
        Ok(())
    }
}

/// How many shares the pool's free capital would pay for, with a little to spare for what is rounded up.
fn redeemable(desk: &Desk) -> u128 {
    let supply = tokens::supply(&desk.world.svm.account(&desk.world.share_mint()));
    let free = u128::from(desk.world.pool().unallocated.max(0).unsigned_abs());
    let value = ledger::pool_value(desk).max(1).unsigned_abs();
    u128::from(supply) * free.min(value) / value
}

/// Moves every market's capital towards its share of the pool; what can't be priced now waits for the next time.
pub fn rebalance(desk: &mut Desk) -> Result<(), String> {
    let markets: Vec<u8> =
        desk.world.assets.iter().filter(|asset| asset.is_market).map(|asset| asset.index).collect();
    for asset in markets {
        let rebalance = desk.world.rebalance_instruction(asset);
        match desk.crank(rebalance) {
            Ok(_) => (),
            Err(refused)
                if [
                    PlimsollError::PriceDiverged,
                    PlimsollError::PriceUncertain,
                    PlimsollError::PriceAgeing,
                    PlimsollError::PriceExpired,
                ]
                .into_iter()
                .any(|error| refused.is(error)) => {}
            Err(refused) => return Err(format!("capital can't be rebalanced: {refused}")),
        }
    }
    Ok(())
}
