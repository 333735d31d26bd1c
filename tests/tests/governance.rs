//! What governance does: create and list; and what it can't.

use bytemuck::{Zeroable, bytes_of};
use plimsoll::error::PlimsollError;
use plimsoll::events::*;
use plimsoll::oracle::OracleKind;
use plimsoll::params::{
    AssetParams, Change, ClearinghouseTerms, CollateralParams, OracleSource, PoolTerms, PriceTerms,
    RoleHolders,
};
use plimsoll::state::{
    ASSETS_MAX, AssetRow, Bank, Clearinghouse, InsuranceFund, LAYOUT_VERSION, LiquidityPool, MarginTerms,
    Market, OutflowWindow, RiskBoard, Role, RoleState, TierRow, Weights,
};
use plimsoll_client::instructions as ix;
use plimsoll_client::{Event, addresses};
use plimsoll_risk::Price;
use plimsoll_testkit::{Outcome, Wallet, World, presets, tokens};
use plimsoll_tests::scene::{Scene, only_event};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

fn governor(world: &World) -> Wallet {
    Wallet::new(&world.governance.name)
}

/// Four addresses that hold the roles.
fn holders() -> RoleHolders {
    let [governance, steward, guardian, fee_collector] =
        [8, 9, 10, 11].map(|n| Address::new_from_array([n; 32]));
    RoleHolders { governance, steward, guardian, fee_collector }
}

/// A clearinghouse that `creator` creates around a mint at `mint`.
fn create(creator: &Wallet, mint: Address, terms: ClearinghouseTerms) -> (Instruction, Address) {
    let clearinghouse = addresses::clearinghouse(&creator.address());
    let accounts = ix::create_clearinghouse::Accounts {
        creator: creator.address(),
        settlement_mint: mint,
        clearinghouse,
        risk_board: addresses::risk_board(&clearinghouse),
        window: addresses::outflow_window(&clearinghouse),
    };
    let args = ix::create_clearinghouse::Args { roles: holders(), terms };
    (ix::create_clearinghouse::instruction(&accounts, &args, &[]), clearinghouse)
}

/// Proposes a change and executes it at once; the execution changes exactly the accounts in
/// `changed`, and clears the change away.
fn enacted(world: &mut World, change: &Change, changed: &[Address]) -> Outcome {
    let (governor, pending) = (governor(world), world.next_change());
    let propose = world.propose_instruction(change);
    world.changes(propose, &governor, &[world.clearinghouse, pending]);
    let execute = world.execute_instruction(pending, change);
    world.changes(execute, &governor, &[changed, &[pending]].concat())
}

/// Proposes what must be refused with exactly this error.
fn not_proposed(world: &mut World, change: &Change, error: PlimsollError) {
    let governor = governor(world);
    let propose = world.propose_instruction(change);
    world.refused(propose, &governor, error);
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

/// SOL on the board, as neither collateral nor market.
fn with_plain_sol() -> World {
    World::bare().with(&[presets::Listing { collateral: None, market: None, ..presets::standard()[0] }])
}

#[test]
fn a_clearinghouse_begins_with_the_settlement_token_worth_one() {
    let mut world = World::bare();
    let (creator, mint) = (world.wallet("creator"), world.assets[0].mint);
    let params = ClearinghouseTerms {
        liquidation_target: 1_010_000,
        margin_call: 1_005_000,
        auction_delay_seconds: 11,
        auction_seconds: 61,
        change_delay_seconds: 172_801,
        oracle_delay_seconds: 345_601,
        outflow_max: 1_000_000_001,
    };
    let (instruction, clearinghouse) = create(&creator, mint, params);
    let risk_board = addresses::risk_board(&clearinghouse);
    let window = addresses::outflow_window(&clearinghouse);
    let outcome =
        world.changes(instruction, &creator, &[creator.address(), clearinghouse, risk_board, window]);
    let RoleHolders { governance, steward, guardian, fee_collector } = holders();
    let created = ClearinghouseCreated {
        clearinghouse,
        settlement_mint: mint,
        governance,
        steward,
        guardian,
        fee_collector,
    };
    assert_eq!(only_event(&outcome), Event::ClearinghouseCreated(created));
    let expected = Clearinghouse {
        creator: creator.address(),
        risk_board,
        settlement_mint: mint,
        outflow_window: window,
        roles: [governance, steward, guardian, fee_collector].map(|holder| RoleState {
            holder,
            nominee: Address::default(),
            accept_until: 0,
        }),
        change_delay_seconds: 172_801,
        oracle_delay_seconds: 345_601,
        layout_version: LAYOUT_VERSION,
        ..Zeroable::zeroed()
    };
    assert_eq!(bytes_of(&world.svm.read::<Clearinghouse>(&clearinghouse)), bytes_of(&expected));
    let expected = OutflowWindow { clearinghouse, ..Zeroable::zeroed() };
    assert_eq!(bytes_of(&world.svm.read::<OutflowWindow>(&window)), bytes_of(&expected));
    let mut board = RiskBoard {
        clearinghouse,
        outflow_max: 1_000_000_001,
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
    let target = |liquidation_target: u32| ClearinghouseTerms {
        liquidation_target,
        margin_call: 1_000_000,
        ..presets::clearinghouse()
    };
    for beyond in [
        target(1_009_999),
        target(2_000_001),
        ClearinghouseTerms { margin_call: 1_250_001, ..target(1_250_000) },
        ClearinghouseTerms { auction_seconds: 59, ..target(1_250_000) },
        ClearinghouseTerms { oracle_delay_seconds: 345_599, ..target(1_250_000) },
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
    let create_pool = |governance: Address| {
        let share_mint = addresses::share_mint(&pool);
        let fund = addresses::insurance_fund(&clearinghouse);
        let accounts = ix::create_pool::Accounts { governance, clearinghouse, pool, share_mint, fund };
        let terms = PoolTerms { redeem_fee: 0 };
        ix::create_pool::instruction(&accounts, &ix::create_pool::Args { terms }, &[])
    };
    // The creator named another governance and has no right any more.
    world.refused(create_pool(creator.address()), &creator, PlimsollError::NotGovernance);
    let governor = governor(&world);
    world.refused(create_pool(governor.address()), &governor, PlimsollError::NotGovernance);
}

#[test]
fn an_asset_is_listed_with_its_parameters() {
    let mut world = World::bare();
    let risk_board = world.board_address();
    let source = OracleSource { kind: OracleKind::PythLegacy as u8, ..sol().source };
    let params = AssetParams { source, decimals: 9, ..sol() };
    let outcome = enacted(&mut world, &Change::Asset(params), &[risk_board]);
    let listed = AssetListed {
        risk_board,
        oracle: source.oracle,
        feed_id: [6; 32],
        symbol: presets::symbol("SOL"),
        asset: 1,
    };
    assert_eq!(only_event(&outcome), Event::AssetListed(listed));
    let expected = AssetRow {
        symbol: presets::symbol("SOL"),
        oracle: source.oracle,
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
fn only_governance_proposes() {
    let mut world = with_plain_sol();
    let mallory = world.wallet("mallory");
    let changes = [
        Change::Asset(sol()),
        world.collateral_change(1, presets::volatile_collateral()),
        Change::Market { asset: 1, params: presets::market(1_000, 0) },
    ];
    for outsider in [mallory, world.holder(Role::Steward), world.holder(Role::Guardian)] {
        for change in &changes {
            let mut propose = world.propose_instruction(change);
            propose.accounts[0].pubkey = outsider.address();
            world.refused(propose, &outsider, PlimsollError::NotGovernance);
        }
    }
}

#[test]
fn parameters_beyond_their_bounds_are_refused() {
    let mut world = with_plain_sol();
    let volatile = presets::volatile_collateral();
    let market = presets::market(10_000_000_000, 300_000);
    let mut fee = market;
    fee.terms.trading_fee = 10_001;
    let margin = |change: fn(&mut MarginTerms)| {
        let mut params = market;
        change(&mut params.margin);
        Change::Market { asset: 1, params }
    };
    let light = Weights { initial_debt: 999_999, ..volatile.weights };
    for change in [
        Change::Asset(AssetParams { price: PriceTerms { fresh_seconds: 0, ..sol().price }, ..sol() }),
        Change::Asset(AssetParams { symbol: [0; 16], ..sol() }),
        Change::Asset(AssetParams { source: OracleSource { kind: 0, ..sol().source }, ..sol() }),
        world.collateral_change(1, CollateralParams { weights: light, ..volatile }),
        margin(|m| m.maintenance_margin = 35_000),
        Change::Market { asset: 1, params: fee },
        // The target of 125% that the clearinghouse was created with.
        margin(|m| m.initial_margin = 62_499),
    ] {
        not_proposed(&mut world, &change, PlimsollError::ParameterOutOfBounds);
    }
    world.enact(&margin(|m| m.initial_margin = 62_500));
}

#[test]
fn the_board_has_twenty_two_rows() {
    let mut world = World::bare();
    for _ in 1..ASSETS_MAX {
        world.enact(&Change::Asset(sol()));
    }
    assert_eq!(world.board().asset_count, 22);
    not_proposed(&mut world, &Change::Asset(sol()), PlimsollError::BoardFull);
    // The last row is as good as any: the pool's mask has a bit for its market.
    let mut params = presets::market(10_000_000_000, 0);
    params.terms.capital_weight = 1;
    world.check_invariants = false;
    world.enact(&Change::Market { asset: 21, params });
    assert_eq!(world.pool().markets, 1 << 21);
}

#[test]
fn collateral_is_listed_with_a_bank_and_its_vault() {
    let mut world = with_plain_sol();
    let (bank, vault) = (world.bank_address(1), world.vault_address(1));
    let params = presets::volatile_collateral();
    let row = world.row(1);
    let change = world.collateral_change(1, params);
    let touched = [world.board_address(), bank, vault];
    let outcome = enacted(&mut world, &change, &touched);
    let mint = world.assets[1].mint;
    let listed = CollateralListed { bank, mint, asset: 1, deposit_cap: params.terms.deposit_cap };
    assert_eq!(only_event(&outcome), Event::CollateralListed(listed));
    let seeds: &[&[u8]] = &[plimsoll::seeds::BANK, world.clearinghouse.as_ref(), mint.as_ref()];
    let expected = Bank {
        bump: Address::find_program_address(seeds, &plimsoll::ID).1,
        clearinghouse: world.clearinghouse,
        mint,
        vault,
        supply_index: 1 << 48,
        borrow_index: 1 << 48,
        accrued_at: world.svm.now(),
        ramp_start: world.svm.now(),
        weights: params.weights,
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
    let (usdc, sol) = (world.assets[0].mint, world.assets[1].mint);
    let other = stray_mint(&mut world, 9);
    let [params, settlement] = [presets::volatile_collateral(), presets::settlement()];
    let (coarse, imitation) = (stray_mint(&mut world, 8), stray_mint(&mut world, 6));
    // The mint is looked at when the bank is created.
    let wrong = Change::Collateral { asset: 1, mint: coarse, params };
    let failure = world.try_enact(&wrong).unwrap_err();
    assert_eq!(failure.plimsoll(), Some(PlimsollError::DecimalsMismatch));
    for unknown in [2, 22, 255] {
        let unlisted = Change::Collateral { asset: unknown, mint: other, params };
        not_proposed(&mut world, &unlisted, PlimsollError::AssetNotOnBoard);
    }
    world.enact(&Change::Collateral { asset: 1, mint: sol, params });
    for (asset, mint, params) in [(1, other, params), (0, imitation, settlement), (0, usdc, settlement)] {
        let second = Change::Collateral { asset, mint, params };
        not_proposed(&mut world, &second, PlimsollError::AlreadyListed);
    }
}

#[test]
fn a_listing_takes_the_mint_that_was_proposed() {
    let mut world = with_plain_sol();
    let (governor, other) = (governor(&world), stray_mint(&mut world, 9));
    let change = world.collateral_change(1, presets::volatile_collateral());
    let pending = world.next_change();
    let propose = world.propose_instruction(&change);
    world.must(propose, &governor);
    let Change::Collateral { asset, params, .. } = change else { unreachable!("as proposed") };
    let swapped = world.execute_instruction(pending, &Change::Collateral { asset, mint: other, params });
    world.refused(swapped, &governor, PlimsollError::ForeignAccount);
}

#[test]
fn the_settlement_token_counts_at_its_face() {
    let mut world = World::bare();
    // A second clearinghouse, whose settlement token is not collateral yet.
    let (creator, usdc) = (world.wallet("creator"), world.assets[0].mint);
    world.clearinghouse = addresses::clearinghouse(&creator.address());
    world.governance = Wallet::new(&creator.name);
    let create = world.create_clearinghouse_instruction();
    world.must(create, &creator);
    let face = presets::settlement();
    let weights = |change: fn(&mut Weights)| {
        let mut params = face;
        change(&mut params.weights);
        Change::Collateral { asset: 0, mint: usdc, params }
    };
    for change in [
        weights(|w| w.initial_asset = 999_999),
        weights(|w| w.initial_debt = 1_000_001),
        weights(|w| (w.initial_debt, w.maintenance_debt) = (1_000_001, 1_000_001)),
        weights(|w| (w.initial_asset, w.maintenance_asset) = (999_999, 999_999)),
    ] {
        not_proposed(&mut world, &change, PlimsollError::ParameterOutOfBounds);
    }
    let other = stray_mint(&mut world, 6);
    let imitation = Change::Collateral { asset: 0, mint: other, params: face };
    not_proposed(&mut world, &imitation, PlimsollError::ForeignAccount);
    world.enact(&weights(|_| ()));
}

#[test]
fn a_market_is_listed_with_its_terms() {
    let mut world = with_plain_sol();
    let market = world.market_address(1);
    let params = presets::market(10_000_000_000, 300_000);
    let (row, pool) = (world.row(1), world.pool());
    let touched = [world.board_address(), world.pool_address(), market];
    let outcome = enacted(&mut world, &Change::Market { asset: 1, params }, &touched);
    assert_eq!(only_event(&outcome), Event::MarketListed(MarketListed { market, asset: 1 }));
    let expected = Market {
        clearinghouse: world.clearinghouse,
        margin: params.margin,
        terms: params.terms,
        funding_at: world.svm.now(),
        ramp_start: world.svm.now(),
        ramp_end: world.svm.now(),
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
    world.enact(&Change::Asset(sol()));
    world.enact(&Change::Asset(sol()));
    let market = |asset, weight| Change::Market { asset, params: presets::market(10_000_000_000, weight) };
    not_proposed(&mut world, &market(0, 0), PlimsollError::SettlementHasNoMarket);
    for unknown in [3, 22, 255] {
        not_proposed(&mut world, &market(unknown, 0), PlimsollError::AssetNotOnBoard);
    }
    world.enact(&market(1, 900_000));
    not_proposed(&mut world, &market(2, 50_001), PlimsollError::ParameterOutOfBounds);
    not_proposed(&mut world, &market(1, 0), PlimsollError::AlreadyListed);
    world.enact(&market(2, 50_000));
    assert_eq!(world.pool().capital_weights, 950_000);
}

#[test]
fn no_money_comes_in_before_the_launch() {
    let mut world = World::bare().with(&presets::standard());
    let (governor, alice) = (governor(&world), world.wallet("alice"));
    world.open_account(&alice, 0);
    world.give(&alice, 0, 1_000_000_000);
    let deposit = world.deposit_instruction(&alice, 0, 0, 1_000_000);
    let provide = world.provide_instruction(&alice, 1_000_000, 1);
    for instruction in [deposit.clone(), provide.clone()] {
        world.refused(instruction, &alice, PlimsollError::NotLaunched);
    }
    let (launch, board) = (world.launch_instruction(), world.board_address());
    let outcome = world.changes(launch.clone(), &governor, &[board]);
    let launched = Launched { clearinghouse: world.clearinghouse };
    assert_eq!(only_event(&outcome), Event::Launched(launched));
    assert_eq!(world.board().is_launched, 1);
    world.refused(launch, &governor, PlimsollError::AlreadyLaunched);
    world.must(deposit, &alice);
    world.must(provide, &alice);
}

#[test]
fn a_clearinghouse_without_its_settlement_token_is_not_launched() {
    let mut world = World::bare();
    let creator = world.wallet("creator");
    world.clearinghouse = addresses::clearinghouse(&creator.address());
    world.governance = Wallet::new(&creator.name);
    for instruction in [world.create_clearinghouse_instruction(), world.create_pool_instruction()] {
        world.must(instruction, &creator);
    }
    let launch = world.launch_instruction();
    world.refused(launch, &creator, PlimsollError::SettlementMissing);
    let mut stolen = world.launch_instruction();
    let mallory = world.wallet("mallory");
    stolen.accounts[0].pubkey = mallory.address();
    world.refused(stolen, &mallory, PlimsollError::NotGovernance);
    world.list_collateral(0, presets::settlement());
    world.launch();
}
