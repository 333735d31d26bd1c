//! What governance does: create and list; and what it can't.

use bytemuck::{Zeroable, bytes_of};
use plimsoll::error::PlimsollError;
use plimsoll::events::*;
use plimsoll::oracle::OracleKind;
use plimsoll::params::{AssetParams, ClearinghouseParams, CollateralParams};
use plimsoll::state::{
    ASSETS_MAX, AssetRow, Bank, Clearinghouse, InsuranceFund, LiquidityPool, MarginTerms, Market, RiskBoard,
    TierRow,
};
use plimsoll_client::instructions as ix;
use plimsoll_client::{Event, addresses};
use plimsoll_risk::Price;
use plimsoll_testkit::{Wallet, World, presets, tokens};
use plimsoll_tests::scene::{Scene, only_event};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

fn governor(world: &World) -> Wallet {
    Wallet::new(&world.governance.name)
}

/// A clearinghouse that `creator` creates around a mint at `mint`.
fn create(creator: &Wallet, mint: Address, params: ClearinghouseParams) -> (Instruction, Address) {
    let clearinghouse = addresses::clearinghouse(&creator.address());
    let accounts = ix::create_clearinghouse::Accounts {
        creator: creator.address(),
        settlement_mint: mint,
        clearinghouse,
        risk_board: addresses::risk_board(&clearinghouse),
    };
    let args = ix::create_clearinghouse::Args { governance: Address::new_from_array([8; 32]), params };
    (ix::create_clearinghouse::instruction(&accounts, &args, &[]), clearinghouse)
}

/// The parameters of a new asset whose oracle is at an address of its own.
fn sol() -> AssetParams {
    presets::asset(&presets::standard()[0], Address::new_from_array([5; 32]), [6; 32])
}

/// Adds a mint that no asset of the world has.
fn stray_mint(world: &mut World, decimals: u8) -> Address {
    let mint = Address::new_from_array([40 + decimals; 32]);
    world.svm.set_account(mint, tokens::mint(decimals, &mint));
    mint
}

/// Lists `asset` as collateral with `mint` in place of its own.
fn list_collateral(world: &World, asset: u8, mint: Address, params: CollateralParams) -> Instruction {
    let bank = addresses::bank(&world.clearinghouse, &mint);
    let accounts = ix::list_collateral::Accounts {
        governance: world.governance.address(),
        clearinghouse: world.clearinghouse,
        risk_board: world.board_address(),
        mint,
        bank,
        vault: addresses::vault(&bank),
    };
    ix::list_collateral::instruction(&accounts, &ix::list_collateral::Args { asset, params }, &[])
}

/// SOL on the board, as neither collateral nor market.
fn with_plain_sol() -> World {
    World::bare().with(&[presets::Listing { collateral: None, market: None, ..presets::standard()[0] }])
}

#[test]
fn a_clearinghouse_begins_with_the_settlement_token_worth_one() {
    let mut world = World::bare();
    let (creator, mint) = (world.wallet("creator"), world.assets[0].mint);
    let params = ClearinghouseParams {
        liquidation_target: 1_010_000,
        margin_call: 1_005_000,
        auction_delay_seconds: 11,
        auction_seconds: 61,
    };
    let (instruction, clearinghouse) = create(&creator, mint, params);
    let risk_board = addresses::risk_board(&clearinghouse);
    let outcome = world.changes(instruction, &creator, &[creator.address(), clearinghouse, risk_board]);
    let governance = Address::new_from_array([8; 32]);
    let created = ClearinghouseCreated {
        clearinghouse,
        governance,
        settlement_mint: mint,
        liquidation_target: 1_010_000,
    };
    assert_eq!(only_event(&outcome), Event::ClearinghouseCreated(created));
    let expected = Clearinghouse {
        creator: creator.address(),
        governance,
        risk_board,
        settlement_mint: mint,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.svm.read::<Clearinghouse>(&clearinghouse)), bytes_of(&expected));
    let mut board = RiskBoard {
        clearinghouse,
        asset_count: 1,
        liquidation_target: 1_010_000,
        margin_call: 1_005_000,
        auction_delay_seconds: 11,
        auction_seconds: 61,
        ..Zeroable::zeroed()
    };
    board.rows[0] = AssetRow {
        symbol: presets::symbol("USDC"),
        price: Price(1 << 64).into(),
        slow_price: Price(1 << 64).into(),
        deposit_mark: Price(1 << 64).into(),
        deposit_mark_low: Price(1 << 64).into(),
        supply_index: 1 << 48,
        borrow_index: 1 << 48,
        publish_time: i64::MAX,
        increase_until: i64::MAX,
        liquidate_from: i64::MIN,
        use_until: i64::MAX,
        initial_asset_weight: 1_000_000,
        maintenance_asset_weight: 1_000_000,
        initial_debt_weight: 1_000_000,
        maintenance_debt_weight: 1_000_000,
        oracle_kind: OracleKind::Settlement as u8,
        decimals: 6,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.svm.read::<RiskBoard>(&risk_board)), bytes_of(&board));
}

#[test]
fn the_settlement_token_has_six_decimals_and_the_target_is_bounded() {
    let mut world = World::bare();
    let (creator, usdc) = (world.wallet("creator"), world.assets[0].mint);
    for decimals in [0, 5, 7, 9] {
        let (instruction, _) = create(&creator, stray_mint(&mut world, decimals), presets::clearinghouse());
        world.refused(instruction, &creator, PlimsollError::SettlementDecimals);
    }
    let target = |liquidation_target: u32| ClearinghouseParams {
        liquidation_target,
        margin_call: 1_000_000,
        ..presets::clearinghouse()
    };
    for beyond in [
        target(1_009_999),
        target(2_000_001),
        ClearinghouseParams { margin_call: 1_250_001, ..target(1_250_000) },
        ClearinghouseParams { auction_seconds: 59, ..target(1_250_000) },
    ] {
        world.refused(create(&creator, usdc, beyond).0, &creator, PlimsollError::ParameterOutOfBounds);
    }
    world.must(create(&creator, usdc, target(2_000_000)).0, &creator);
    let again = world.send(&[create(&creator, usdc, target(2_000_000)).0], &[&creator.key]).unwrap_err();
    assert_eq!(
        again.instruction_error(),
        Some(&InstructionError::Custom(0)),
        "the system program: it exists"
    );
}

#[test]
fn a_pool_is_created_once_with_a_bounded_fee() {
    let mut world = World::bare();
    let pool = LiquidityPool {
        clearinghouse: world.clearinghouse,
        share_mint: world.share_mint(),
        redeem_fee: presets::REDEEM_FEE,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.pool()), bytes_of(&pool));
    let fund = InsuranceFund { clearinghouse: world.clearinghouse, ..Zeroable::zeroed() };
    assert_eq!(bytes_of(&world.fund_account()), bytes_of(&fund));
    let mint = world.svm.account(&world.share_mint());
    assert_eq!(
        (mint.data[44], &mint.data[4..36], &mint.data[46..50]),
        (6, world.pool_address().as_ref(), &[0; 4][..])
    );

    let creator = world.wallet("creator");
    let (instruction, clearinghouse) = create(&creator, world.assets[0].mint, presets::clearinghouse());
    world.must(instruction, &creator);
    let pool = addresses::liquidity_pool(&clearinghouse);
    let create_pool = |governance: Address, redeem_fee: u32| {
        let share_mint = addresses::share_mint(&pool);
        let fund = addresses::insurance_fund(&clearinghouse);
        let accounts = ix::create_pool::Accounts { governance, clearinghouse, pool, share_mint, fund };
        ix::create_pool::instruction(&accounts, &ix::create_pool::Args { redeem_fee }, &[])
    };
    // The creator named another governance and has no right any more.
    world.refused(create_pool(creator.address(), 0), &creator, PlimsollError::NotGovernance);
    let governor = governor(&world);
    world.refused(create_pool(governor.address(), 0), &governor, PlimsollError::NotGovernance);
}

#[test]
fn an_asset_is_listed_with_its_parameters() {
    let mut world = World::bare();
    let (governor, risk_board) = (governor(&world), world.board_address());
    let params = AssetParams { oracle_kind: OracleKind::PythLegacy as u8, decimals: 9, ..sol() };
    let outcome = world.changes(world.list_asset_instruction(params), &governor, &[risk_board]);
    let listed = AssetListed {
        risk_board,
        oracle: params.oracle,
        feed_id: [6; 32],
        symbol: presets::symbol("SOL"),
        asset: 1,
    };
    assert_eq!(only_event(&outcome), Event::AssetListed(listed));
    let expected = AssetRow {
        symbol: presets::symbol("SOL"),
        oracle: params.oracle,
        feed_id: [6; 32],
        fresh_seconds: 30,
        expiry_seconds: 120,
        confidence_max: 5_000,
        confidence_limit: 10_000,
        divergence_max: 100_000,
        slow_rate_per_second: 500,
        hold_seconds: 600,
        oracle_kind: 2,
        decimals: 9,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.row(1)), bytes_of(&expected));
    assert_eq!(world.board().asset_count, 2);
}

#[test]
fn only_governance_lists() {
    let mut world = with_plain_sol();
    let mallory = world.wallet("mallory");
    let collateral = world.list_collateral_instruction(1, presets::volatile_collateral());
    let market = world.list_market_instruction(1, presets::market(1_000, 0));
    for mut instruction in [world.list_asset_instruction(sol()), collateral, market] {
        instruction.accounts[0].pubkey = mallory.address();
        world.refused(instruction, &mallory, PlimsollError::NotGovernance);
    }
}

#[test]
fn parameters_beyond_their_bounds_are_refused() {
    let mut world = with_plain_sol();
    let governor = governor(&world);
    let volatile = presets::volatile_collateral();
    let market = presets::market(10_000_000_000, 300_000);
    let mut fee = market;
    fee.terms.trading_fee = 10_001;
    let margin = |change: fn(&mut MarginTerms)| {
        let mut params = market;
        change(&mut params.margin);
        params
    };
    for instruction in [
        world.list_asset_instruction(AssetParams { fresh_seconds: 0, ..sol() }),
        world.list_asset_instruction(AssetParams { symbol: [0; 16], ..sol() }),
        world.list_asset_instruction(AssetParams { oracle_kind: 0, ..sol() }),
        world.list_collateral_instruction(1, CollateralParams { initial_debt_weight: 999_999, ..volatile }),
        world.list_market_instruction(1, margin(|m| m.maintenance_margin = 35_000)),
        world.list_market_instruction(1, fee),
        // The target of 125% that the clearinghouse was created with.
        world.list_market_instruction(1, margin(|m| m.initial_margin = 62_499)),
    ] {
        world.refused(instruction, &governor, PlimsollError::ParameterOutOfBounds);
    }
    world.must(world.list_market_instruction(1, margin(|m| m.initial_margin = 62_500)), &governor);
}

#[test]
fn the_board_has_twenty_two_rows() {
    let mut world = World::bare();
    let governor = governor(&world);
    for _ in 1..ASSETS_MAX {
        world.must(world.list_asset_instruction(sol()), &governor);
    }
    assert_eq!(world.board().asset_count, 22);
    world.refused(world.list_asset_instruction(sol()), &governor, PlimsollError::BoardFull);
    // The last row is as good as any: the pool's mask has a bit for its market.
    let mut params = presets::market(10_000_000_000, 0);
    params.terms.capital_weight = 1;
    let market = world.list_market_instruction(21, params);
    world.check_invariants = false;
    world.must(market, &governor);
    assert_eq!(world.pool().markets, 1 << 21);
}

#[test]
fn collateral_is_listed_with_a_bank_and_its_vault() {
    let mut world = with_plain_sol();
    let (governor, bank, vault) = (governor(&world), world.bank_address(1), world.vault_address(1));
    let params = presets::volatile_collateral();
    let row = world.row(1);
    let instruction = world.list_collateral_instruction(1, params);
    let touched = [governor.address(), world.board_address(), bank, vault];
    let outcome = world.changes(instruction, &governor, &touched);
    let mint = world.assets[1].mint;
    let listed = CollateralListed { bank, mint, asset: 1, deposit_cap: params.terms.deposit_cap };
    assert_eq!(only_event(&outcome), Event::CollateralListed(listed));
    let expected = Bank {
        clearinghouse: world.clearinghouse,
        mint,
        vault,
        supply_index: 1 << 48,
        borrow_index: 1 << 48,
        accrued_at: world.svm.now(),
        initial_asset_weight: 800_000,
        maintenance_asset_weight: 900_000,
        terms: params.terms,
        asset: 1,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.svm.read::<Bank>(&bank)), bytes_of(&expected));
    assert_eq!(world.svm.account(&vault).data, tokens::account(&mint, &bank, 0).data);
    let expected = AssetRow {
        initial_asset_weight: 800_000,
        maintenance_asset_weight: 900_000,
        initial_debt_weight: 1_200_000,
        maintenance_debt_weight: 1_100_000,
        supply_index: 1 << 48,
        borrow_index: 1 << 48,
        is_collateral: 1,
        ..row
    };
    assert_eq!(bytes_of(&world.row(1)), bytes_of(&expected));
}

#[test]
fn collateral_is_the_assets_own_token_once() {
    let mut world = with_plain_sol();
    let (governor, usdc, sol) = (governor(&world), world.assets[0].mint, world.assets[1].mint);
    let other = stray_mint(&mut world, 9);
    let [params, settlement] = [presets::volatile_collateral(), presets::settlement()];
    let (coarse, imitation) = (stray_mint(&mut world, 8), stray_mint(&mut world, 6));
    let wrong = list_collateral(&world, 1, coarse, params);
    world.refused(wrong, &governor, PlimsollError::DecimalsMismatch);
    for unknown in [2, 22, 255] {
        let unlisted = list_collateral(&world, unknown, other, params);
        world.refused(unlisted, &governor, PlimsollError::AssetNotOnBoard);
    }
    world.must(list_collateral(&world, 1, sol, params), &governor);
    let second = list_collateral(&world, 1, other, params);
    world.refused(second, &governor, PlimsollError::AlreadyListed);
    let second = list_collateral(&world, 0, imitation, settlement);
    world.refused(second, &governor, PlimsollError::AlreadyListed);
    // The same mint would have the same bank.
    let again = world.send(&[list_collateral(&world, 0, usdc, settlement)], &[&governor.key]).unwrap_err();
    assert_eq!(again.instruction_error(), Some(&InstructionError::Custom(0)));
}

#[test]
fn the_settlement_token_counts_at_its_face() {
    let mut world = World::bare();
    // A second clearinghouse, whose settlement token is not collateral yet.
    let (creator, usdc) = (world.wallet("creator"), world.assets[0].mint);
    let (mut instruction, clearinghouse) = create(&creator, usdc, presets::clearinghouse());
    // The governance comes before the four words of the parameters.
    let at = instruction.data.len() - 16 - 32;
    instruction.data[at..at + 32].copy_from_slice(creator.address().as_ref());
    world.must(instruction, &creator);
    let first = std::mem::replace(&mut world.clearinghouse, clearinghouse);
    assert_ne!(first, clearinghouse);
    let listing = |world: &World, mint: Address, params: CollateralParams| {
        let mut instruction = list_collateral(world, 0, mint, params);
        instruction.accounts[0].pubkey = creator.address();
        instruction
    };
    let face = presets::settlement();
    for params in [
        CollateralParams { initial_asset_weight: 999_999, ..face },
        CollateralParams { initial_debt_weight: 1_000_001, ..face },
        CollateralParams { initial_debt_weight: 1_000_001, maintenance_debt_weight: 1_000_001, ..face },
        CollateralParams { initial_asset_weight: 999_999, maintenance_asset_weight: 999_999, ..face },
    ] {
        world.refused(listing(&world, usdc, params), &creator, PlimsollError::ParameterOutOfBounds);
    }
    let other = stray_mint(&mut world, 6);
    world.refused(listing(&world, other, face), &creator, PlimsollError::ForeignAccount);
    world.must(listing(&world, usdc, face), &creator);
}

#[test]
fn a_market_is_listed_with_its_terms() {
    let mut world = with_plain_sol();
    let (governor, market) = (governor(&world), world.market_address(1));
    let params = presets::market(10_000_000_000, 300_000);
    let (row, pool) = (world.row(1), world.pool());
    let touched = [governor.address(), world.board_address(), world.pool_address(), market];
    let outcome = world.changes(world.list_market_instruction(1, params), &governor, &touched);
    assert_eq!(only_event(&outcome), Event::MarketListed(MarketListed { market, asset: 1 }));
    let expected = Market {
        clearinghouse: world.clearinghouse,
        margin: params.margin,
        terms: params.terms,
        funding_at: world.svm.now(),
        asset: 1,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.market(1)), bytes_of(&expected));
    let expected = AssetRow {
        initial_margin: 100_000,
        maintenance_margin: 50_000,
        initial_profit_weight: 1_000_000,
        maintenance_profit_weight: 1_000_000,
        tiers: [TierRow::NONE; 3],
        volatility_multiplier: 1_000_000,
        is_market: 1,
        ..row
    };
    assert_eq!(bytes_of(&world.row(1)), bytes_of(&expected));
    let expected = LiquidityPool { markets: 0b10, capital_weights: 300_000, ..pool };
    assert_eq!(bytes_of(&world.pool()), bytes_of(&expected));
}

#[test]
fn markets_have_an_asset_each_and_share_the_capital() {
    let mut world = World::bare();
    let governor = governor(&world);
    world.must(world.list_asset_instruction(sol()), &governor);
    world.must(world.list_asset_instruction(sol()), &governor);
    let market = |weight| presets::market(10_000_000_000, weight);
    world.refused(
        world.list_market_instruction(0, market(0)),
        &governor,
        PlimsollError::SettlementHasNoMarket,
    );
    for unknown in [3, 22, 255] {
        let unlisted = world.list_market_instruction(unknown, market(0));
        world.refused(unlisted, &governor, PlimsollError::AssetNotOnBoard);
    }
    world.must(world.list_market_instruction(1, market(900_000)), &governor);
    world.refused(
        world.list_market_instruction(2, market(50_001)),
        &governor,
        PlimsollError::ParameterOutOfBounds,
    );
    let again = world.send(&[world.list_market_instruction(1, market(0))], &[&governor.key]).unwrap_err();
    assert_eq!(again.instruction_error(), Some(&InstructionError::Custom(0)));
    world.must(world.list_market_instruction(2, market(50_000)), &governor);
    assert_eq!(world.pool().capital_weights, 950_000);
}
