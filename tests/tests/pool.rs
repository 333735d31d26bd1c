//! The liquidity pool: shares, values, fees and where the capital is.

use bytemuck::bytes_of;
use plimsoll::error::PlimsollError;
use plimsoll::events::{CapitalRebalanced, LiquidityProvided, LiquidityRedeemed};
use plimsoll::state::{LiquidityPool, Market};
use plimsoll_client::Event;
use plimsoll_testkit::{Wallet, World, tokens};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{
    self, BTC, CAPITAL, E8, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC, only_event, set_calm_prices,
    settlement,
};
use solana_address::Address;

/// Shares and micro-USD that are counted as if they had always been there.
const VIRTUAL: i128 = 1_000_000;

fn shares(world: &World, who: &Wallet) -> u64 {
    let address = plimsoll_client::addresses::associated_token_account(&who.address(), &world.share_mint());
    world.svm.vm.get_account(&address).map_or(0, |account| tokens::amount(&account))
}

fn supply(world: &World) -> i128 {
    tokens::supply(&world.svm.account(&world.share_mint())) as i128
}

/// What the traders of a market may be owed, least and most: their profit, and the price
/// impact that closing the skew gives back, at both ends of the span of oracle price with
/// confidence, and slow price; four micro-USD for the rounding.
fn owed(market: &Market, world: &World) -> (i128, i128) {
    if market.long_size == 0 && market.short_size == 0 {
        return (0, 0);
    }
    let row = world.row(market.asset);
    let (oracle, slow) = (reference::oracle(&row), reference::slow(&row));
    let margin = reference::ceil(oracle * row.confidence as i128, 1_000_000);
    let skew = (market.long_size - market.short_size).abs();
    let at = |price| {
        let impact = reference::value_floor(skew, price) * skew as i128;
        reference::value_floor(market.long_size, price) - market.long_entry as i128
            + reference::value_floor(-market.short_size, price)
            - market.short_entry as i128
            + reference::floor(impact, 2 * market.terms.skew_scale as i128)
    };
    let (a, b) = (at(slow.min(oracle - margin)), at(slow.max(oracle + margin)));
    (a.min(b), a.max(b) + 4)
}

/// The pool's value, low and high.
fn value(world: &World) -> (i128, i128) {
    let free = world.pool().unallocated as i128;
    [SOL, BTC, ETH].iter().fold((free, free), |(low, high), asset| {
        let market = world.market(*asset);
        let (least, most) = owed(&market, world);
        (low + market.capital as i128 - most, high + market.capital as i128 - least)
    })
}

fn pool_accounts(world: &World, who: &Wallet) -> [Address; 6] {
    let of_shares = plimsoll_client::addresses::associated_token_account(&who.address(), &world.share_mint());
    [
        world.pool_address(),
        world.bank_address(USDC),
        world.vault_address(USDC),
        world.share_mint(),
        world.token_address(&who.address(), USDC),
        of_shares,
    ]
}

/// Provides and compares with the formulas; the shares issued.
fn provide(world: &mut World, who: &Wallet, amount: i64) -> u64 {
    world.give(who, USDC, amount as u64);
    let (high, supply, pool) = (value(world).1, supply(world), world.pool());
    let expected = amount as i128 * (supply + VIRTUAL) / (high + VIRTUAL);
    let (held, left) = (shares(world, who), world.wallet_balance(who, USDC) - amount as u64);
    let instruction = world.provide_instruction(who, amount as u64, expected as u64 + 1);
    world.refused(instruction, who, PlimsollError::SharesBelowMinimum);
    let instruction = world.provide_instruction(who, amount as u64, expected as u64);
    let outcome = world.changes(instruction, who, &pool_accounts(world, who));
    let unallocated = pool.unallocated + amount;
    let event = LiquidityProvided {
        pool: world.pool_address(),
        provider: who.address(),
        amount: amount as u64,
        shares: expected as u64,
        pool_value: high as i64,
        unallocated_after: unallocated,
    };
    assert_eq!(only_event(&outcome), Event::LiquidityProvided(event));
    let after = LiquidityPool { unallocated, book_capital: pool.book_capital + amount, ..pool };
    assert_eq!(bytes_of(&world.pool()), bytes_of(&after));
    assert_eq!((shares(world, who), world.wallet_balance(who, USDC)), (held + expected as u64, left));
    expected as u64
}

/// Redeems and compares with the formulas; what was paid out.
fn redeem(world: &mut World, who: &Wallet, burnt: u64) -> i64 {
    let (low, supply, pool) = (value(world).0, supply(world), world.pool());
    let (held, before) = (shares(world, who), world.wallet_balance(who, USDC));
    let with_virtual = burnt as i128 * (low + VIRTUAL) / (supply + VIRTUAL);
    let gross = with_virtual.min(burnt as i128 * low / supply);
    let fee = reference::share_ceil(pool.redeem_fee, gross);
    let net = (gross - fee) as i64;
    let instruction = world.redeem_instruction(who, burnt, net as u64 + 1);
    world.refused(instruction, who, PlimsollError::AmountBelowMinimum);
    let instruction = world.redeem_instruction(who, burnt, net as u64);
    world.svm.advance(1);
    let touched = [&pool_accounts(world, who)[..], &[world.window_address()]].concat();
    let outcome = world.changes(instruction, who, &touched);
    let unallocated = pool.unallocated - net;
    let event = LiquidityRedeemed {
        pool: world.pool_address(),
        provider: who.address(),
        amount: net as u64,
        shares: burnt,
        fee: fee as i64,
        pool_value: low as i64,
        unallocated_after: unallocated,
    };
    assert_eq!(only_event(&outcome), Event::LiquidityRedeemed(event));
    let after = LiquidityPool { unallocated, book_capital: pool.book_capital - net, ..pool };
    assert_eq!(bytes_of(&world.pool()), bytes_of(&after));
    assert_eq!((shares(world, who), world.wallet_balance(who, USDC)), (held - burnt, before + net as u64));
    net
}

/// Rebalances and compares with what must have moved.
fn rebalance(world: &mut World, asset: u8, moved: i64) {
    let (pool, market) = (world.pool(), world.market(asset));
    let before = plimsoll_testkit::Snapshot::take(&world.svm);
    let outcome = world.send(&[world.rebalance_instruction(asset)], &[]).unwrap();
    let capital = market.capital + moved;
    let event = CapitalRebalanced {
        pool: world.pool_address(),
        market: world.market_address(asset),
        moved,
        capital_after: capital,
        unallocated_after: pool.unallocated - moved,
    };
    assert_eq!(only_event(&outcome), Event::CapitalRebalanced(event));
    let changed = [world.pool_address(), world.market_address(asset)];
    before.diff(&world.svm).without_fee().except(&changed).assert_nothing();
    let after = Market { capital, capital_counted: capital, ..market };
    assert_eq!(bytes_of(&world.market(asset)), bytes_of(&after));
    // What the market won or lost since it was last counted enters the book.
    let book_capital = pool.book_capital + market.capital - market.capital_counted;
    let after = LiquidityPool { unallocated: pool.unallocated - moved, book_capital, ..pool };
    assert_eq!(bytes_of(&world.pool()), bytes_of(&after));
}

#[test]
fn the_first_provider_gets_a_share_per_micro_usd_and_all_of_it_back() {
    let mut world = World::standard();
    let provider = world.wallet("provider");
    assert_eq!(provide(&mut world, &provider, CAPITAL), CAPITAL as u64);
    // Nothing has happened: the fee of 0.1% is all that it costs.
    assert_eq!(redeem(&mut world, &provider, CAPITAL as u64), CAPITAL / 1_000 * 999);
    assert_eq!((supply(&world), world.pool().unallocated), (0, CAPITAL / 1_000));
}

#[test]
fn a_provider_enters_at_the_high_value_and_leaves_at_the_low() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 50_000);
    let [bob, carol] = ["bob", "carol"].map(|name| world.wallet(name));
    world.trade(&alice, 0, BTC, 20 * ONE_BTC).unwrap();
    world.trade(&alice, 0, SOL, -1_000 * ONE_SOL).unwrap();
    for prices in [[(BTC, 8_300 * E8), (SOL, 99 * E8)], [(BTC, 7_700 * E8), (SOL, 101 * E8)]] {
        world.set_prices(&prices);
        let ((low, high), before) = (value(&world), supply(&world));
        assert!(low < high);
        let issued = provide(&mut world, &bob, 12_345_678_901);
        let paid = redeem(&mut world, &bob, issued / 2);
        assert!(paid < 12_345_678_901 / 2);
        // Who stays does not lose: the value per share of the low value has not fallen.
        let (shares, left) = (supply(&world), value(&world).0);
        assert!(left * before >= low * shares, "{left} {before} {low} {shares}");
        provide(&mut world, &carol, 777 * USD);
    }
}

#[test]
fn shares_follow_the_traders_results() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 50_000);
    let late = world.wallet("late");
    // A loss of the trader makes shares dearer, a profit cheaper.
    for (price, dearer) in [(7_600, true), (8_800, false)] {
        world.trade(&alice, 0, BTC, 10 * ONE_BTC).unwrap();
        let before = (value(&world).1, supply(&world));
        set_calm_prices(&mut world, &[(BTC, price * E8), (SOL, 100 * E8), (ETH, 200 * E8)]);
        world.trade(&alice, 0, BTC, -10 * ONE_BTC).unwrap();
        let (low, high) = value(&world);
        assert_eq!(low, high, "without open interest, the value is certain");
        assert_eq!(high * before.1 > before.0 * supply(&world), dearer);
        let issued = provide(&mut world, &late, 10_000 * USD);
        redeem(&mut world, &late, issued);
        set_calm_prices(&mut world, &[(BTC, 8_000 * E8)]);
    }
}

#[test]
fn what_the_markets_hold_is_redeemed_after_rebalancing() {
    let mut world = scene::standard();
    let provider = Wallet::new("provider");
    // 100,000 are free; the fee is kept back from what is paid out.
    let most = (CAPITAL / 10 * 1_000 / 999) as u64;
    let instruction = world.redeem_instruction(&provider, most + 10_000, 0);
    world.refused(instruction, &provider, PlimsollError::InsufficientUnallocated);
    redeem(&mut world, &provider, most - 10_000);
    let instruction = world.redeem_instruction(&provider, 100_000, 0);
    world.refused(instruction, &provider, PlimsollError::InsufficientUnallocated);
    for asset in [SOL, BTC, ETH] {
        let target = world.pool().book_capital * 3 / 10;
        let moved = target - world.market(asset).capital;
        assert!(moved < 0);
        rebalance(&mut world, asset, moved);
    }
    redeem(&mut world, &provider, 50_000 * USD as u64);
}

#[test]
fn capital_moves_towards_the_markets_weights() {
    let mut world = World::standard();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    provide(&mut world, &provider, CAPITAL);
    for asset in [SOL, BTC, ETH] {
        rebalance(&mut world, asset, CAPITAL * 3 / 10);
        rebalance(&mut world, asset, 0);
    }
    // What a market loses is made up from the free capital, as far as that goes.
    let alice = scene::trader(&mut world, "alice", 100_000);
    world.trade(&alice, 0, SOL, 9_000 * ONE_SOL).unwrap();
    set_calm_prices(&mut world, &[(SOL, 125 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    world.trade(&alice, 0, SOL, -9_000 * ONE_SOL).unwrap();
    let market = world.market(SOL);
    let lost = market.capital_counted - market.capital;
    assert!(lost > 200_000 * USD);
    let target = (world.pool().book_capital - lost) as i128 * 3 / 10;
    assert!(target as i64 - market.capital > world.pool().unallocated);
    rebalance(&mut world, SOL, CAPITAL / 10);
    assert_eq!(world.pool().unallocated, 0);
    // The others give up theirs, then the loser gets its share.
    for asset in [BTC, ETH] {
        rebalance(&mut world, asset, target as i64 - CAPITAL * 3 / 10);
    }
    let missing = target as i64 - world.market(SOL).capital;
    rebalance(&mut world, SOL, missing);
}

#[test]
fn a_market_keeps_what_its_traders_may_need() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 100_000);
    world.trade(&alice, 0, SOL, 9_000 * ONE_SOL).unwrap();
    world.set_price(SOL, 101 * E8);
    // Most of the provider's money leaves: the market has more than its share now.
    let provider = Wallet::new("provider");
    for _ in 0..16 {
        let free = world.pool().unallocated as u64 / 100 * 97;
        redeem(&mut world, &provider, free);
        for asset in [BTC, ETH] {
            world.send(&[world.rebalance_instruction(asset)], &[]).unwrap();
        }
    }
    let (market, row) = (world.market(SOL), world.row(SOL));
    let highest = reference::oracle(&row).max(reference::slow(&row));
    let reserve = reference::share_ceil(300_000, reference::value_ceil(market.long_size, highest));
    let needed = reserve + owed(&market, &world).1.max(0);
    let target = world.pool().book_capital as i128 * 3 / 10;
    assert!(target < needed && needed < market.capital as i128, "{target} {needed} {}", market.capital);
    rebalance(&mut world, SOL, needed as i64 - market.capital);
    rebalance(&mut world, SOL, 0);
    // Such an amount needs a good price; what flows in does not.
    world.svm.advance(31);
    let trader = Wallet::new("alice");
    world.refused(world.rebalance_instruction(SOL), &trader, PlimsollError::PriceAgeing);
    world.send(&[world.rebalance_instruction(BTC)], &[]).unwrap();
}

#[test]
fn every_market_is_named_once_and_in_order() {
    let mut world = scene::standard();
    let bob = world.wallet("bob");
    let provider = Wallet::new("provider");
    world.give(&bob, USDC, USD as u64);
    for who in [&bob, &provider] {
        let full = match who.name.as_str() {
            "bob" => world.provide_instruction(who, USD as u64, 0),
            _ => world.redeem_instruction(who, USD as u64, 0),
        };
        let first = full.accounts.len() - 3;
        let rearranged = |order: &[usize]| {
            let mut instruction = full.clone();
            instruction.accounts.truncate(first);
            instruction.accounts.extend(order.iter().map(|market| full.accounts[first + market].clone()));
            instruction
        };
        for order in [
            &[][..],
            &[0, 1],
            &[1, 2],
            &[0, 2],
            &[1, 0, 2],
            &[0, 2, 1],
            &[0, 1, 1],
            &[0, 1, 2, 2],
            &[0, 1, 2, 0],
        ] {
            world.refused(rearranged(order), who, PlimsollError::MarketsMissing);
        }
        world.must(full.clone(), who);
    }
}

#[test]
fn shares_are_priced_at_good_prices_only() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 10_000);
    let (bob, provider) = (world.wallet("bob"), Wallet::new("provider"));
    world.give(&bob, USDC, USD as u64);
    world.svm.advance(1_000);
    // Without open interest no price is needed.
    let leave = world.redeem_instruction(&provider, USD as u64, 0);
    world.must(leave, &provider);
    world.set_price(BTC, 8_000 * E8);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    let (enter, leave) =
        (world.provide_instruction(&bob, USD as u64, 0), world.redeem_instruction(&provider, USD as u64, 0));
    let both = |world: &mut World, error: PlimsollError| {
        world.refused(enter.clone(), &bob, error);
        world.refused(leave.clone(), &provider, error);
    };
    world.svm.advance(31);
    both(&mut world, PlimsollError::PriceAgeing);
    world.svm.advance(90);
    both(&mut world, PlimsollError::PriceExpired);
    world.set_price(BTC, 9_500 * E8);
    both(&mut world, PlimsollError::PriceDiverged);
    world.set_price(BTC, 8_000 * E8);
    world.must(enter, &bob);
    world.must(leave, &provider);
}

#[test]
fn a_pool_with_a_market_that_owes_more_than_it_has_prices_no_shares() {
    let mut world = scene::standard();
    let (alice, bob) = (scene::trader(&mut world, "alice", 400_000), world.wallet("bob"));
    world.trade(&alice, 0, SOL, 9_000 * ONE_SOL).unwrap();
    let provider = Wallet::new("provider");
    world.give(&bob, USDC, USD as u64);
    let enter = world.provide_instruction(&bob, USD as u64, 0);
    let leave = world.redeem_instruction(&provider, USD as u64, 0);
    // First the market owes more than its share of the capital, then more than all of it.
    for (prices, is_under_water) in [(&[129, 136][..], false), (&[166, 214], true)] {
        for price in prices {
            set_calm_prices(&mut world, &[(SOL, price * E8)]);
        }
        assert_eq!(value(&world).0 < 0, is_under_water, "{:?}", value(&world));
        world.refused(enter.clone(), &bob, PlimsollError::MarketInsolvent);
        world.refused(leave.clone(), &provider, PlimsollError::MarketInsolvent);
    }
}

#[test]
fn what_borrowers_owe_can_not_be_withdrawn() {
    // A small pool, a trader who lost more than he had in cash, and one who won it.
    let mut world = World::standard();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, 20_000 * USD as u64);
    let (loser, winner) = (scene::trader(&mut world, "loser", 0), scene::trader(&mut world, "winner", 5_000));
    world.fund(&loser, 0, SOL, 200 * ONE_SOL as u64);
    world.trade(&winner, 0, BTC, -2 * ONE_BTC).unwrap();
    world.trade(&loser, 0, BTC, 2 * ONE_BTC).unwrap();
    set_calm_prices(&mut world, &[(BTC, 6_000 * E8), (SOL, 100 * E8), (ETH, 200 * E8)]);
    world.trade(&loser, 0, BTC, -2 * ONE_BTC).unwrap();
    world.trade(&winner, 0, BTC, 2 * ONE_BTC).unwrap();
    let owed = -settlement(&world.margin(&loser, 0));
    assert!(owed > 4_000 * USD);
    // The provider leaves, as far as there are tokens and capital.
    for _ in 0..40 {
        let free = world.pool().unallocated as u64;
        let burnt = free.min(shares(&world, &provider)) * 9 / 10;
        let leave = world.redeem_instruction(&provider, burnt, 0);
        world.must(leave, &provider);
        for asset in [SOL, BTC, ETH] {
            world.send(&[world.rebalance_instruction(asset)], &[]).unwrap();
        }
    }
    let tokens = world.svm.read::<plimsoll::state::Bank>(&world.bank_address(USDC)).tokens;
    let claim = settlement(&world.margin(&winner, 0)) as u64;
    assert!(tokens < claim);
    let all = world.withdraw_instruction(&winner, 0, USDC, claim);
    world.give(&winner, USDC, 0);
    world.refused(all.clone(), &winner, PlimsollError::InsufficientVault);
    world.fund(&loser, 0, USDC, owed as u64);
    world.must(all, &winner);
}
