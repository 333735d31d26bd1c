//! The standard assets with every rule on: brackets, volatility, funding, lending.

use crate::scene::{BTC, E8, ETH, SOL, USD, USDC};
use plimsoll::oracle::OracleKind;
use plimsoll::params::{CollateralParams, MarketParams};
use plimsoll::state::{BankTerms, MarginState};
use plimsoll_testkit::presets::{self, Listing};
use plimsoll_testkit::{Svm, Wallet, World};

/// What the provider put into the pool: three tenths are allocated to each market.
pub const CAPITAL: i64 = 1_000_000 * USD;

/// SOL at 100, BTC at 8,000 and ETH at 200 USD, and a pool with [`CAPITAL`].
pub fn full() -> World {
    opened(World::full())
}

/// The same with the BTC market's parameters changed by `tune`.
pub fn tuned(tune: impl Fn(&mut MarketParams)) -> World {
    let mut listings = presets::full();
    tune(listings[1].market.as_mut().expect("BTC has a market"));
    opened(
        World::deployed_by("governance", Svm::new(), presets::full_deployment()).with(&listings).launched(),
    )
}

/// The same with the settlement bank's terms changed by `tune`.
pub fn banked(tune: impl Fn(&mut BankTerms)) -> World {
    let mut deployment = presets::full_deployment();
    tune(&mut deployment.settlement.terms);
    opened(World::deployed_by("governance", Svm::new(), deployment).with(&presets::full()).launched())
}

fn opened(mut world: World) -> World {
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    world.refresh(&[USDC]).expect("the settlement row takes the bank's interest");
    let provider = world.wallet("provider");
    world.capitalise(&provider, CAPITAL as u64);
    world
}

/// Publishes and refreshes the same prices again, and brings in the interest of the
/// settlement token: everything is fresh.
pub fn freshen(world: &mut World, prices: &[(u8, i64)]) {
    world.set_prices(prices);
    world.refresh(&[USDC]).expect("the settlement row takes the bank's interest");
}

/// A wallet with an account that lends `usd` dollars of the settlement token, if any.
pub fn lender(world: &mut World, name: &str, usd: i64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    if usd > 0 {
        world.fund(&wallet, 0, USDC, (usd * USD) as u64);
    }
    wallet
}

/// A wallet whose first account holds SOL and has borrowed `usd` dollars of the settlement
/// token against it.
///
/// # Panics
/// If the loan is refused.
pub fn borrower(world: &mut World, name: &str, sol: i64, usd: i64) -> Wallet {
    let wallet = world.wallet(name);
    world.open_account(&wallet, 0);
    world.fund(&wallet, 0, SOL, sol as u64);
    world.give(&wallet, USDC, 0);
    let borrow = world.withdraw_instruction(&wallet, 0, USDC, (usd * USD) as u64);
    world.must(borrow, &wallet);
    wallet
}

/// Native units of a token that an account owns or owes, cash included, with interest until
/// now.
pub fn holds(world: &World, account: &MarginState, asset: u8) -> i64 {
    let ledger = world.bank(asset).ledger_at(world.svm.now()).expect("a ledger");
    let cash = if asset == USDC { account.cash } else { 0 };
    ledger.amount_floor(account.shares(asset)).expect("an amount").0 + cash
}

/// A token that stands for SOL, one to one, and is off parity beyond 2%.
pub fn wrapped_sol() -> Listing {
    Listing {
        symbol: "WSOL",
        decimals: 9,
        kind: OracleKind::PythPull,
        collateral: Some(CollateralParams { ..presets::volatile_collateral() }),
        market: None,
    }
}
