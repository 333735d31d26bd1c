//! Liquidation: how much is closed, at what price, who gets the penalty, to the unit.

use plimsoll::error::PlimsollError;
use plimsoll_risk::health::Health;
use plimsoll_risk::liquidation::{self, Liquidation};
use plimsoll_risk::{Quantity, Quote};
use plimsoll_testkit::{Wallet, World, presets};
use plimsoll_tests::liquidating::{liquidate, nothing_happens};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, Scene, USD, USDC, health, held, set_calm_prices,
    settlement, top_up_to,
};

const TARGET: i128 = presets::LIQUIDATION_TARGET as i128;

/// What the risk crate plans for an account with `extra` settlement tokens more.
fn preview(world: &World, who: &Wallet, asset: u8, extra: i64) -> Option<Liquidation> {
    let (account, market, row, board) =
        (world.margin(who, 0), world.market(asset), world.row(asset), world.board());
    let health = plimsoll::valuation::displayed_health(&account, &board).unwrap();
    let health = health.plus(Health::cash(Quote(extra))).unwrap();
    let terms = market.liquidation_terms(&row, board.liquidation_target).unwrap();
    liquidation::plan(&health, &account.position(asset), &terms).unwrap()
}

#[test]
fn a_partial_liquidation_stops_at_the_target() {
    for (asset, size, price) in [
        (BTC, ONE_BTC, 7_400 * E8),
        (BTC, 10 * ONE_BTC, 7_400 * E8),
        (BTC, -10 * ONE_BTC, 8_500 * E8),
        (BTC, 95 * ONE_BTC, 7_400 * E8),
        (ETH, 123_4567_8901, 187_6543_2109),
        (ETH, -ONE_ETH, 211 * E8),
        (SOL, -77 * ONE_SOL - 1, 107 * E8 + 1),
    ] {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", asset, size);
        let keeper = scene::trader(&mut world, "keeper", 0);
        set_calm_prices(&mut world, &[(asset, price)]);
        let done = liquidate(&mut world, &alice, asset, &keeper);
        assert!(done.size_after != 0 && done.penalty > 0 && done.bounty > 0);
        // What is missing is of fourth order in the impact over what closing frees, 4% here.
        let ratio = health(&world, &alice).margin_ratio();
        let impact = 1_000_000 * size.abs() as i128 / (2 * world.market(asset).terms.skew_scale as i128);
        let fourth_order = 2 * impact.pow(4) / (40_000i128.pow(4) / 1_000_000) + 2;
        assert!((TARGET - fourth_order..=TARGET).contains(&ratio), "{ratio} for {size} of {asset}");
        // Whoever comes second finds nothing to do.
        nothing_happens(&mut world, &alice, asset, &keeper);
    }
}

#[test]
fn the_figures_of_one_liquidation_worked_out_by_hand() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 1_000);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    set_calm_prices(&mut world, &[(BTC, 7_000 * E8)]);
    // Equity 1,000 - 4 fee - 1,004.4 = -8.4: all of it is closed, nothing is left to take.
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    assert_eq!((done.size, done.size_after, done.penalty, done.bounty), (-ONE_BTC, 0, 0, 0));
    // 7,000 less 3.5 of confidence plus 0.35 of impact, against 8,004.4 paid.
    assert_eq!((done.cost, done.realised), (-6_996_850_000, -1_007_550_000));
    assert_eq!((done.maintenance_before, done.maintenance_after), (-358_400_000, 0));
    // The fund has 20% of the fee of 4.
    assert_eq!((done.loss_to_insurance, done.loss_to_capital), (800_000, 10_750_000));
    // The deposit is what the position lost: the one pays the other, then the account closes.
    let account = world.margin(&alice, 0);
    assert_eq!((account.tokens[0].shares, account.cash), (1_000 * USD, -1_000 * USD));
    let close = world.close_account_instruction(&alice, 0);
    world.refused(close.clone(), &alice, PlimsollError::AccountNotEmpty);
    let bank_cash = world.bank_cash_instruction(world.account_address(&alice, 0));
    world.send(&[bank_cash], &[]).unwrap_or_else(|f| panic!("{f:#?}"));
    world.must(close, &alice);
}

#[test]
fn a_position_of_small_notional_is_closed_whole() {
    // At 92 USD, 50 USD are 543,478,260 units and a bit.
    for (size, whole) in [(543_478_260, true), (543_478_261, false)] {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", SOL, size);
        let keeper = scene::trader(&mut world, "keeper", 0);
        world.set_price(SOL, 92 * E8);
        top_up_to(&mut world, &alice, -1);
        assert_eq!(liquidate(&mut world, &alice, SOL, &keeper).size_after == 0, whole, "{size}");
    }
}

#[test]
fn an_account_at_less_than_half_its_margin_is_closed_whole() {
    for (less, whole) in [(0, false), (1, true)] {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", BTC, ONE_BTC);
        let keeper = scene::trader(&mut world, "keeper", 0);
        set_calm_prices(&mut world, &[(BTC, 7_000 * E8)]);
        let now = health(&world, &alice);
        let required = now.equity - now.maintenance;
        top_up_to(&mut world, &alice, reference::ceil(required, 2) - less - required);
        let done = liquidate(&mut world, &alice, BTC, &keeper);
        assert_eq!(done.size_after == 0, whole);
    }
}

#[test]
fn no_position_below_the_minimum_is_left() {
    let mut listings = presets::standard();
    listings[1].market.as_mut().unwrap().terms.size_min = ONE_BTC;
    let stage = || {
        let mut world = World::bare().with(&listings).launched();
        world.set_price(BTC, 8_000 * E8);
        let provider = world.wallet("provider");
        world.capitalise(&provider, scene::CAPITAL as u64);
        let alice = scene::leveraged(&mut world, "alice", BTC, 3 * ONE_BTC / 2);
        let keeper = scene::trader(&mut world, "keeper", 0);
        world.set_price(BTC, 7_400 * E8);
        (world, alice, keeper)
    };
    // The least top-up with which a whole position of the minimum remains.
    let (world, alice, _) = stage();
    let (mut low, mut high) = (0, -health(&world, &alice).maintenance as i64 - 1);
    let left = |extra| preview(&world, &alice, BTC, extra).unwrap().position.size.0;
    assert!(left(low) == 0 && left(high) >= ONE_BTC);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if left(middle) == 0 { low = middle } else { high = middle }
    }
    assert!((ONE_BTC..ONE_BTC + 10).contains(&left(high)));
    for (extra, expected) in [(low, 0), (high, left(high))] {
        let (mut world, alice, keeper) = stage();
        world.fund(&alice, 0, USDC, extra as u64);
        assert_eq!(liquidate(&mut world, &alice, BTC, &keeper).size_after, expected);
    }
}

#[test]
fn the_preview_is_what_the_program_does() {
    for (asset, size, price) in
        [(BTC, 7 * ONE_BTC, 7_399 * E8), (ETH, -33 * ONE_ETH, 216 * E8 + 7), (SOL, 40 * ONE_SOL, 80 * E8)]
    {
        let mut world = scene::standard();
        let alice = scene::leveraged(&mut world, "alice", asset, size);
        let keeper = scene::trader(&mut world, "keeper", 0);
        set_calm_prices(&mut world, &[(asset, price)]);
        let plan = preview(&world, &alice, asset, 0).unwrap();
        let done = liquidate(&mut world, &alice, asset, &keeper);
        assert_eq!(Quantity(done.size), plan.delta);
        assert_eq!(
            [done.cost, done.realised, done.penalty],
            [plan.cost, plan.realised, plan.penalty].map(|q| q.0)
        );
        assert_eq!(world.margin(&alice, 0).position(asset), plan.position);
        if done.loss_to_insurance == 0 {
            assert_eq!(done.maintenance_after, plan.health_after.maintenance.0);
        }
    }
}

#[test]
fn nothing_happens_to_an_account_that_is_not_below_its_line() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, ONE_BTC);
    let (keeper, bob) = (scene::trader(&mut world, "keeper", 0), scene::trader(&mut world, "bob", 10));
    nothing_happens(&mut world, &alice, BTC, &keeper);
    nothing_happens(&mut world, &bob, BTC, &keeper);
    world.set_price(BTC, 7_500 * E8);
    top_up_to(&mut world, &alice, -1);
    // No position in these markets.
    nothing_happens(&mut world, &alice, SOL, &keeper);
    nothing_happens(&mut world, &bob, BTC, &keeper);
    liquidate(&mut world, &alice, BTC, &keeper);
}

#[test]
fn the_keeper_needs_no_signature_and_no_money() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, 5 * ONE_BTC);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.set_price(BTC, 7_450 * E8);
    let (account, of_keeper) = (world.account_address(&alice, 0), world.account_address(&keeper, 0));
    let instruction = world.liquidate_instruction(account, of_keeper, BTC);
    assert!(instruction.accounts.iter().all(|a| !a.is_signer));
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    // Two fifths of 1.5% of the notional closed, and the keeper may take it home.
    let notional = reference::value_ceil(-done.size, reference::price(7_450 * E8, 8));
    assert_eq!(done.penalty as i128, reference::ceil(notional * 15, 1_000));
    assert_eq!(done.bounty, done.penalty * 4 / 10);
    world.give(&keeper, USDC, 0);
    world.must(world.withdraw_instruction(&keeper, 0, USDC, done.bounty as u64), &keeper);
    assert_eq!(world.wallet_balance(&keeper, USDC), done.bounty as u64);
}

#[test]
fn a_frozen_vault_does_not_stop_a_liquidation() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, ONE_BTC);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.set_price(BTC, 7_450 * E8);
    let vault = world.vault_address(USDC);
    let mut frozen = world.svm.account(&vault);
    frozen.data[108] = 2;
    world.svm.set_account(vault, frozen);
    // The token program's "account is frozen".
    world.give(&alice, USDC, 1);
    let deposit = world.deposit_instruction(&alice, 0, USDC, 1);
    assert_eq!(world.send(&[deposit], &[&alice.key]).unwrap_err().code(), Some(0x11));
    liquidate(&mut world, &alice, BTC, &keeper);
}

#[test]
fn an_account_of_several_positions_and_tokens_is_brought_back_to_the_target() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 400);
    let keeper = scene::trader(&mut world, "keeper", 0);
    world.fund(&alice, 0, SOL, 30 * ONE_SOL as u64);
    for (asset, size) in [(BTC, 3 * ONE_BTC / 2), (ETH, -40 * ONE_ETH), (SOL, 50 * ONE_SOL)] {
        world.trade(&alice, 0, asset, size).unwrap();
    }
    set_calm_prices(&mut world, &[(SOL, 92 * E8), (BTC, 7_250 * E8), (ETH, 205 * E8)]);
    let before = world.margin(&alice, 0);
    assert!(health(&world, &alice).maintenance < 0);
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    let ratio = health(&world, &alice).margin_ratio();
    assert!(done.size_after > 0 && (TARGET - 20..=TARGET).contains(&ratio), "{ratio}");
    let after = world.margin(&alice, 0);
    for asset in [ETH, SOL] {
        assert_eq!(held(&after, asset), held(&before, asset));
        nothing_happens(&mut world, &alice, asset, &keeper);
    }
    assert_eq!(after.shares(SOL).0, 30 * ONE_SOL);
}

#[test]
fn the_penalty_takes_no_more_than_is_left() {
    let mut world = scene::standard();
    let alice = scene::leveraged(&mut world, "alice", BTC, ONE_BTC);
    let keeper = scene::trader(&mut world, "keeper", 0);
    set_calm_prices(&mut world, &[(BTC, 7_000 * E8)]);
    let now = health(&world, &alice);
    top_up_to(&mut world, &alice, 50 * USD as i128 - (now.equity - now.maintenance));
    let done = liquidate(&mut world, &alice, BTC, &keeper);
    // 50 of equity, less the 3.15 that closing costs; 1.5% would have been 105.
    assert_eq!((done.penalty, done.bounty), (46_850_000, 18_740_000));
    assert_eq!(settlement(&world.margin(&alice, 0)), 0);
    assert_eq!((done.loss_to_insurance, done.loss_to_capital), (0, 0));
}
