//! What most tests begin with: the standard world with prices, capital and a trader.
use crate::world::{Wallet, World};

/// Assets of the standard world, in the order in which they are listed.
pub const USDC: u8 = 0;
pub const SOL: u8 = 1;
pub const BTC: u8 = 2;
pub const ETH: u8 = 3;

/// One dollar in micro-USD.
pub const USD: i64 = 1_000_000;
/// One dollar in the unit that prices are published in.
pub const E8: i64 = 100_000_000;
/// One token in native units.
pub const ONE_SOL: i64 = 1_000_000_000;
pub const ONE_BTC: i64 = 100_000_000;
pub const ONE_ETH: i64 = 100_000_000;

/// What the provider of the standard scene put into the pool: three tenths are allocated
/// to each market.
pub const CAPITAL: i64 = 1_000_000 * USD;

/// The standard world with SOL at 100, BTC at 8,000 and ETH at 200 USD, and a pool with
/// [`CAPITAL`].
pub fn standard() -> World {
    let mut world = World::standard();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, CAPITAL as u64);
    world
}

/// A wallet whose first account holds `usd` dollars of the settlement token.
pub fn trader(world: &mut World, name: &str, usd: i64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    if usd > 0 {
        world.fund(&wallet, 0, USDC, (usd * USD) as u64);
    }
    wallet
}
