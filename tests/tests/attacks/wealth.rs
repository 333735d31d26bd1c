//! What somebody owns, all in all, at the oracle's prices.

use plimsoll::state::{AssetRow, Market};
use plimsoll_risk::pool::{VIRTUAL_ASSETS, VIRTUAL_SHARES};
use plimsoll_testkit::{Wallet, World, tokens};
use plimsoll_tests::reference::{self, Position, floor};
use plimsoll_tests::scene::USDC;

/// What the trade back to a skew of zero would earn: `price * skew^2 / (2 * scale)`, the
/// impact paid for the skew there is. Whoever has it to close, owns it, and the pool owes
/// it.
pub fn skew_premium(market: &Market, row: &AssetRow) -> i128 {
    let skew = i64::try_from((market.long_size - market.short_size).unsigned_abs()).expect("a size");
    floor(
        reference::value_floor(skew, reference::oracle(row)) * skew as i128,
        2 * market.terms.skew_scale as i128,
    )
}

/// What the pool owns beyond all it owes its traders.
pub fn pool_value(world: &World) -> i128 {
    let markets = world.assets.iter().filter(|asset| asset.is_market).map(|asset| asset.index);
    let value = |asset| {
        let (market, row) = (world.market(asset), world.row(asset));
        let pnl =
            |size: i64, entry: i64| reference::value_floor(size, reference::oracle(&row)) - entry as i128;
        let owed = pnl(market.long_size, market.long_entry) + pnl(-market.short_size, market.short_entry);
        market.capital as i128 - owed - skew_premium(&market, &row)
    };
    world.pool().unallocated as i128 + markets.map(value).sum::<i128>()
}

/// What `owner`'s shares of the pool are worth without any spread or fee.
pub fn shares_value(world: &mut World, owner: &Wallet) -> i128 {
    let account = world.share_account(owner);
    let shares = tokens::amount(&world.svm.account(&account)) as i128;
    let supply = tokens::supply(&world.svm.account(&world.share_mint())) as i128;
    let value = pool_value(world);
    let with_virtual = floor(shares * (value + VIRTUAL_ASSETS as i128), supply + VIRTUAL_SHARES as i128);
    with_virtual.min(floor(shares * value, supply.max(1)))
}

/// Wallet, accounts and shares of `owner`, who is the only trader: so the skew is all
/// of his making, and the premium for it his to earn back. An account with more debts than
/// assets is worth nothing: he can walk away from it.
pub fn sole_traders_wealth(world: &mut World, owner: &Wallet, sub_accounts: u16) -> i128 {
    let board = world.board();
    let equity = |sub| reference::health(&world.margin(owner, sub), &board).equity.max(0);
    let accounts: i128 = (0..sub_accounts).map(equity).sum();
    let markets = world.assets.iter().filter(|asset| asset.is_market).map(|asset| asset.index);
    let premiums: i128 = markets.map(|asset| skew_premium(&world.market(asset), &world.row(asset))).sum();
    world.wallet_balance(owner, USDC) as i128 + accounts + premiums + shares_value(world, owner)
}

/// The size of an account's position.
pub fn position(world: &World, owner: &Wallet, sub_account: u16, asset: u8) -> Position {
    let position = world.margin(owner, sub_account).position(asset);
    Position { size: position.size.0 as i128, entry: position.entry.0 as i128 }
}

/// Random numbers that are the same in every run (splitmix64).
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1).unsigned_abs()) as i64
    }
}
