//! Attack 22: a search for a way to get richer from one's own accounts alone, by trading,
//! skewing the market, liquidating oneself, and being the pool one trades against.

use crate::wealth::{Random, position, sole_traders_wealth};
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{self, BTC, E8, ONE_BTC, USD, USDC};
use solana_instruction::Instruction;

/// Accounts of the attacker; the last one receives bounties.
const ACCOUNTS: u16 = 3;
const KEEPER: u16 = ACCOUNTS - 1;
/// By how much rounding in what is measured may hide or feign a gain, in micro-USD.
const ROUNDING: i128 = 8;

/// A pool of others' money, and mallory, the only trader, with accounts and a full wallet.
fn stage() -> (World, Wallet) {
    let mut world = scene::standard();
    let mallory = world.wallet("mallory");
    for sub_account in 0..ACCOUNTS {
        world.open_account(&mallory, sub_account);
    }
    world.fund(&mallory, 0, USDC, 40_000 * USD as u64);
    world.fund(&mallory, 1, USDC, 40_000 * USD as u64);
    world.give(&mallory, USDC, 2_000_000 * USD as u64);
    world.share_account(&mallory);
    (world, mallory)
}

/// One random move; `None` if it is not one.
fn random_move(
    world: &mut World,
    who: &Wallet,
    random: &mut Random,
    is_provider: bool,
) -> Option<Instruction> {
    let sub_account = random.between(0, 1) as u16;
    let amount = (random.between(1, 20_000) * USD) as u64;
    let trade = |world: &World, size: i64| {
        let limit = if size > 0 { ANY_PRICE } else { 0 };
        (size != 0).then(|| world.trade_instruction(who, who, sub_account, BTC, (size, limit)))
    };
    let held = position(world, who, sub_account, BTC).size as i64;
    match random.between(0, if is_provider { 11 } else { 7 }) {
        0 => trade(world, random.between(-60 * ONE_BTC, 60 * ONE_BTC)),
        1 => trade(world, largest(world, who, sub_account) * random.between(80, 99) / 100 - held),
        2 => trade(world, -held),
        3 => trade(world, -held / random.between(2, 5)),
        4 | 5 => {
            let (sunk, keeper) =
                (world.account_address(who, sub_account), world.account_address(who, KEEPER));
            Some(world.liquidate_instruction(sunk, keeper, BTC))
        }
        6 => {
            let to = (sub_account + random.between(1, 2) as u16) % ACCOUNTS;
            Some(world.transfer_instruction(who, sub_account, to, USDC, amount))
        }
        7 => Some(match random.between(0, 1) {
            0 => world.deposit_instruction(who, sub_account, USDC, amount),
            _ => world.withdraw_instruction(who, random.between(0, 2) as u16, USDC, amount),
        }),
        8 => Some(world.provide_instruction(who, amount * 20, 0)),
        9 => Some(world.redeem_instruction(who, amount * 10, 0)),
        _ => Some(world.rebalance_instruction(random.between(1, 3) as u8)),
    }
}

/// About the largest position that an account's equity carries, on a side of its own.
fn largest(world: &World, who: &Wallet, sub_account: u16) -> i64 {
    let board = world.board();
    let equity = reference::health(&world.margin(who, sub_account), &board).equity.max(0);
    let size = equity * 10 * (1 << 64) / reference::oracle(&board.rows[BTC as usize]);
    let side = if sub_account == 0 { 1 } else { -1 };
    side * i64::try_from(size).expect("a size")
}

/// Moves at random while prices stand still: no move may make mallory richer. Returns how
/// many went through, and how many of them were liquidations that took something.
fn search(
    world: &mut World,
    mallory: &Wallet,
    random: &mut Random,
    moves: u32,
    is_provider: bool,
) -> (u32, u32) {
    let (mut done, mut liquidated) = (0, 0);
    let mut wealth = sole_traders_wealth(world, mallory, ACCOUNTS);
    for _ in 0..moves {
        let Some(instruction) = random_move(world, mallory, random, is_provider) else { continue };
        let signs = instruction.accounts.iter().any(|meta| meta.is_signer);
        let signers = if signs { vec![&mallory.key] } else { vec![] };
        let Ok(outcome) = world.send(&[instruction], &signers) else { continue };
        let after = sole_traders_wealth(world, mallory, ACCOUNTS);
        assert!(after <= wealth + ROUNDING, "richer by {} micro-USD: {:#?}", after - wealth, outcome.events);
        wealth = after;
        done += 1;
        liquidated += outcome.events.iter().filter(|e| e.name() == "Liquidated").count() as u32;
    }
    (done, liquidated)
}

fn episodes(count: u64, is_provider: bool) -> (u32, u32) {
    let mut totals = (0, 0);
    for seed in 0..count {
        let mut random = Random(seed);
        let (mut world, mallory) = stage();
        let mut price = 8_000 * E8;
        for _ in 0..6 {
            let (done, liquidated) = search(&mut world, &mallory, &mut random, 20, is_provider);
            totals = (totals.0 + done, totals.1 + liquidated);
            for sub_account in 0..KEEPER {
                let size = largest(&world, &mallory, sub_account) / 100 * 98;
                let held = position(&world, &mallory, sub_account, BTC).size as i64;
                let _ = world.trade(&mallory, sub_account, BTC, size - held);
            }
            price += price / 1_000 * (random.between(50, 90) * [-1, 1][random.between(0, 1) as usize]);
            // The slow price follows: liquidations do not wait.
            world.svm.advance(600);
            world.set_prices(&[(BTC, price)]);
        }
    }
    totals
}

#[test]
fn attack_liquidating_oneself_for_profit() {
    let (done, liquidated) = episodes(25, false);
    assert!(done > 500 && liquidated > 10, "a search that found something to do: {done}, {liquidated}");
}

#[test]
fn attack_being_trader_and_pool_at_once() {
    let (done, liquidated) = episodes(25, true);
    assert!(done > 500 && liquidated > 10, "a search that found something to do: {done}, {liquidated}");
}
