//! A whole life: deposits, trades, a crash, a liquidation in part, more crash, a
//! liquidation of the rest, a loss; then everybody takes out what is theirs.

use plimsoll::events::Liquidated;
use plimsoll::state::Bank;
use plimsoll_client::Event;
use plimsoll_testkit::svm::TRANSACTION_BYTES_MAX;
use plimsoll_testkit::{Wallet, World, tokens};
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, USD, USDC, only_event, set_calm_prices, settlement,
};

/// Accounts that a transaction with a liquidation may lock.
const ACCOUNTS_MAX: usize = 8;

fn liquidate(world: &mut World, who: &Wallet, asset: u8, keeper: &Wallet) -> Liquidated {
    let (account, keeper) = (world.account_address(who, 0), world.account_address(keeper, 0));
    let outcome = world.liquidate(account, keeper, asset).unwrap_or_else(|f| panic!("{f:#?}"));
    assert!(outcome.bytes <= TRANSACTION_BYTES_MAX && outcome.accounts <= ACCOUNTS_MAX, "{outcome:?}");
    let Event::Liquidated(event) = only_event(&outcome) else { panic!("{outcome:?}") };
    event
}

/// Withdraws all of an account's settlement tokens, and closes the account if it is empty.
fn leave(world: &mut World, who: &Wallet) -> u64 {
    let account = world.margin(who, 0);
    for token in account.tokens() {
        let units = if token.asset == USDC { settlement(&account) } else { token.shares };
        if units > 0 {
            world.give(who, token.asset, 0);
            let withdraw = world.withdraw_instruction(who, 0, token.asset, units as u64);
            world.must(withdraw, who);
        }
    }
    if world.margin(who, 0).cash < 0 {
        let bank_cash = world.bank_cash_instruction(world.account_address(who, 0));
        world.send(&[bank_cash], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    }
    world.must(world.close_account_instruction(who, 0), who);
    world.wallet_balance(who, USDC)
}

/// Redeems all but a dollar of a provider's shares, as the markets give their capital back.
fn redeem_all(world: &mut World, provider: &Wallet) -> u64 {
    for _ in 0..200 {
        for asset in [SOL, BTC, ETH] {
            let rebalance = world.rebalance_instruction(asset);
            world.send(&[rebalance], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
        }
        let shares_of = world.share_account(provider);
        let shares = tokens::amount(&world.svm.account(&shares_of));
        if shares < USD as u64 {
            break;
        }
        // As many as the free capital pays for.
        let (free, book) = (world.pool().unallocated as u128, world.pool().book_capital as u128);
        let supply = tokens::supply(&world.svm.account(&world.share_mint())) as u128;
        let most = u64::try_from(free * supply / book).unwrap();
        let leave = world.redeem_instruction(provider, shares.min(most), 0);
        world.must(leave, provider);
    }
    world.wallet_balance(provider, USDC)
}

#[test]
fn from_the_first_deposit_to_the_last_withdrawal() {
    let mut world = scene::standard();
    let provider = Wallet::new("provider");
    let alice = scene::leveraged(&mut world, "alice", BTC, 10 * ONE_BTC);
    let bob = scene::trader(&mut world, "bob", 20_000);
    let carol = scene::trader(&mut world, "carol", 1_000);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.fund(&carol, 0, SOL, 50 * ONE_SOL as u64);
    world.trade(&bob, 0, BTC, -5 * ONE_BTC).unwrap();
    world.trade(&bob, 0, ETH, 100 * ONE_ETH).unwrap();
    world.trade(&carol, 0, SOL, 30 * ONE_SOL).unwrap();
    let put_in = scene::CAPITAL + 21_000 * USD + settlement(&world.margin(&alice, 0));
    let alices_fee = 40 * USD;

    // The crash: alice sinks, the keeper brings her back to 125%, nothing is lost.
    world.set_prices(&[(SOL, 95 * E8), (BTC, 7_400 * E8), (ETH, 200 * E8)]);
    let partial = liquidate(&mut world, &alice, BTC, &keeper);
    assert!(0 < partial.size_after && partial.size_after < 10 * ONE_BTC);
    assert!(partial.maintenance_before < 0 && partial.maintenance_after > 0);
    assert_eq!((partial.loss_to_insurance, partial.loss_to_capital), (0, 0));
    assert_eq!(partial.bounty, partial.penalty * 4 / 10);

    // The next morning is worse than what she has left.
    set_calm_prices(&mut world, &[(SOL, 80 * E8), (BTC, 6_000 * E8), (ETH, 190 * E8)]);
    let whole = liquidate(&mut world, &alice, BTC, &keeper);
    assert_eq!((whole.size_after, settlement(&world.margin(&alice, 0)), whole.bounty), (0, 0, 0));
    let market = world.market(BTC);
    assert!(whole.loss_to_insurance > 0 && whole.loss_to_capital > 0);
    assert_eq!(market.insurance, 0);
    assert_eq!(
        (market.loss_to_insurance, market.loss_to_capital),
        (whole.loss_to_insurance, whole.loss_to_capital)
    );

    // The others close and go; the profit is paid.
    for (who, asset, size) in
        [(&bob, BTC, 5 * ONE_BTC), (&bob, ETH, -100 * ONE_ETH), (&carol, SOL, -30 * ONE_SOL)]
    {
        world.trade(who, 0, asset, size).unwrap();
    }
    let out: Vec<u64> = [&alice, &bob, &carol, &keeper].map(|who| leave(&mut world, who)).to_vec();
    assert_eq!(out[0], 0);
    assert!(out[1] > 20_000 * USD as u64 && out[3] == partial.bounty as u64);
    assert_eq!(world.wallet_balance(&carol, SOL), 50 * ONE_SOL as u64);
    let provided = redeem_all(&mut world, &provider);

    // What is left is the insurance, and what redemption fees left behind.
    let bank: Bank = world.svm.read(&world.bank_address(USDC));
    let insurance: i64 = [SOL, BTC, ETH].map(|asset| world.market(asset).insurance).iter().sum();
    let capital: i64 = [SOL, BTC, ETH].map(|asset| world.market(asset).capital).iter().sum();
    assert!(tokens::supply(&world.svm.account(&world.share_mint())) < USD as u64);
    assert_eq!(bank.tokens as i64, insurance + capital + world.pool().unallocated);
    assert_eq!(tokens::amount(&world.svm.account(&bank.vault)), bank.tokens);
    let taken_out = out.iter().sum::<u64>() + provided;
    assert_eq!(put_in + alices_fee, taken_out as i64 + bank.tokens as i64);
    assert!(world.svm.all::<plimsoll::state::MarginState>().is_empty());
}
