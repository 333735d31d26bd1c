//! Accounts that the program of layout 0 wrote, under the present program: refused before
//! their migration, and worth the same to the unit after it.

use bytemuck::Zeroable;
use plimsoll::error::PlimsollError;
use plimsoll::events::{AccountMigrated, ClearinghouseMigrated};
use plimsoll::migration::{BankV0, ClearinghouseV0, MarketV0, OUTFLOW_MAX, OUTFLOW_MIN, RiskBoardV0};
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::{Change, ClearinghouseTerms, RoleHolders};
use plimsoll::state::{
    Bank, InsuranceFund, LAYOUT_VERSION, LiquidityPool, MarginState, Market, OutflowRow, PauseRecord,
    RiskBoard, Role, RoleState, WarmUp,
};
use plimsoll::terms::Terms;
use plimsoll::valuation::displayed_health;
use plimsoll_client::decode::Layout;
use plimsoll_client::{Event, addresses};
use plimsoll_testkit::{Failure, Snapshot, Wallet, World, invariants};
use plimsoll_tests::layout_v0::*;
use plimsoll_tests::reference;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_SOL, SOL, USD, USDC, only_event};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;

/// All accounts of the fixture that have a layout of version 0.
fn old<T: OldLayout>() -> Vec<(Address, T)> {
    let of_type = accounts().into_iter().filter(|(_, a)| a.data.starts_with(&T::New::DISCRIMINATOR));
    of_type.map(|(address, account)| (address, decode(&account))).collect()
}

fn old_board() -> RiskBoardV0 {
    old()[0].1
}

fn old_bank(world: &World, asset: u8) -> (Address, BankV0) {
    let address = world.bank_address(asset);
    old().into_iter().find(|(found, _)| *found == address).expect("a bank of this asset")
}

/// Sends an instruction that must be refused and change nothing.
fn refused(world: &mut World, instruction: Instruction) -> Failure {
    let before = Snapshot::take(&world.svm);
    let failure = send(world, instruction).expect_err("an instruction that is refused");
    before.diff(&world.svm).without_fee().assert_nothing();
    failure
}

fn refused_with(world: &mut World, instruction: Instruction, error: PlimsollError) {
    let failure = refused(world, instruction);
    assert_eq!(failure.plimsoll(), Some(error), "{failure:#?}");
}

/// The same prices as on the board, published anew.
fn freshen(world: &mut World) {
    world.set_prices(&[(SOL, 70 * E8), (BTC, 7_300 * E8), (ETH, 230 * E8)]);
    world.refresh(&[USDC]).expect("the settlement row takes the bank's interest");
}

// --- before -------------------------------------------------------------------

/// What people, keepers and governance do.
fn actions(world: &mut World) -> Vec<Instruction> {
    let [alice, provider, rescuer, newcomer] = ["alice", "provider", "rescuer", "newcomer"].map(Wallet::new);
    let [bobs, daves, erins, graces, keepers] =
        ["bob", "dave", "erin", "grace", "keeper"].map(|name| world.account_address(&Wallet::new(name), 0));
    for who in [&alice, &provider, &rescuer] {
        world.give(who, USDC, 1_000 * USD as u64);
    }
    let role = Change::Role { role: 1, before: Address::default(), after: alice.address() };
    vec![
        world.refresh_instruction(&[BTC]),
        world.open_account_instruction(&newcomer, 0),
        world.deposit_instruction(&alice, 0, USDC, 5),
        world.withdraw_instruction(&alice, 0, USDC, 5),
        world.transfer_instruction(&alice, 0, 1, USDC, 5),
        world.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX)),
        world.liquidate_instruction(bobs, keepers, BTC),
        world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), USD as u64),
        world.start_receivership_instruction(&rescuer, erins, (USDC, SOL), USD as u64),
        world.end_receivership_instruction(&rescuer, USDC),
        world.start_auction_instruction(bobs),
        world.win_auction_instruction(&alice, 0, daves, u64::MAX),
        world.call_margin_instruction(bobs),
        world.settle_loss_instruction(bobs, BTC),
        world.bank_cash_instruction(bobs),
        world.deleverage_instruction(BTC),
        world.resolve_bankruptcy_instruction(graces, USDC),
        world.sweep_insurance_instruction(BTC),
        world.fund_insurance_instruction(&provider, 5),
        world.provide_instruction(&provider, 5, 0),
        world.redeem_instruction(&provider, 5, 0),
        world.rebalance_instruction(BTC),
        world.view_instruction(bobs),
        world.create_pool_instruction(),
        world.launch_instruction(),
        world.propose_instruction(&role),
        world.accept_role_instruction(&alice, Role::Governance),
        world.pause_instruction(BTC, 1, 60),
        world.unpause_instruction(BTC),
        world.tighten_instruction(BTC, 0, &[]),
        world.collect_fees_instruction(BTC, 1),
    ]
}

#[test]
fn nothing_but_a_migration_takes_an_old_account() {
    // What they are called with can only be read from accounts of the present layout.
    let actions = actions(&mut migrated());
    let mut world = world();
    for action in actions {
        let failure = refused(&mut world, action);
        let found = failure.instruction_error();
        assert_eq!(found, Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }
    let alice = Wallet::new("alice");
    for margin_account_only in [
        world.set_delegate_instruction(&alice, 0, Address::default()),
        world.close_account_instruction(&alice, 7),
    ] {
        send(&mut world, margin_account_only).expect("an account whose layout has not changed");
    }
}

#[test]
fn accounts_of_people_pool_and_fund_have_the_same_layout() {
    let world = world();
    let (people, pools, funds) =
        (world.svm.all::<MarginState>(), world.svm.all::<LiquidityPool>(), world.svm.all::<InsuranceFund>());
    assert_eq!((people.len(), pools.len(), funds.len()), (12, 1, 1));
    let alice = world.margin(&Wallet::new("alice"), 0);
    assert_eq!(
        (alice.owner, alice.cash, alice.shares(SOL).0),
        (Wallet::new("alice").address(), -40 * USD, 10 * ONE_SOL)
    );
    assert_eq!((alice.position(BTC).size.0, alice.position(BTC).entry.0), (10 * ONE_BTC, 80_080 * USD));
    assert_eq!(
        (pools[0].1.book_capital, pools[0].1.markets, pools[0].1.redeem_fee),
        (1_000_000 * USD, 0b1110, 1_000)
    );
    assert_eq!(old::<ClearinghouseV0>().len() + old::<BankV0>().len() + old::<MarketV0>().len(), 1 + 4 + 3);
}

// --- the migration --------------------------------------------------------------

/// Fields with one name on both sides, which must be equal.
macro_rules! same {
    ($old:expr, $new:expr, { $($field:ident),* $(,)? }) => {
        $(assert_eq!($old.$field, $new.$field, stringify!($field));)*
    };
}

/// Lamports with which an account of that length pays no rent.
fn rent(world: &World, length: usize) -> u64 {
    world.svm.vm.minimum_balance_for_rent_exemption(length)
}

#[test]
fn a_clearinghouse_and_its_board_keep_everything_and_get_what_they_lack() {
    let mut world = world();
    let before = Snapshot::take(&world.svm);
    let outcome = migrate_clearinghouse(&mut world);
    let (sponsor, board, window) =
        (Wallet::new(SPONSOR).address(), world.board_address(), world.window_address());
    before.diff(&world.svm).without_fee().assert_only(&[world.clearinghouse, board, window, sponsor]);
    for address in [world.clearinghouse, board, window] {
        let account = world.svm.account(&address);
        assert_eq!(account.lamports, rent(&world, account.data.len()), "rent is paid, and no more");
    }

    let (old, new) = (old::<ClearinghouseV0>()[0].1, world.clearinghouse_account());
    same!(old, new, { creator, risk_board, settlement_mint });
    let [governance, steward, guardian, fee_collector] =
        [Role::Governance, Role::Steward, Role::Guardian, Role::FeeCollector]
            .map(|role| world.holder(role).address());
    let holders = [governance, steward, guardian, fee_collector];
    assert_eq!(old.governance, governance);
    assert_eq!(new.roles, holders.map(|holder| RoleState { holder, nominee: Address::default() }));
    assert_eq!((new.outflow_window, new.layout_version, new.change_count), (window, LAYOUT_VERSION, 0));
    assert_eq!((new.change_delay_seconds, new.oracle_delay_seconds), (172_800, 345_600));
    assert_eq!((new.pauses, new.reserved), (PauseRecord::zeroed(), [0; 128]));
    let window = world.svm.all::<plimsoll::state::OutflowWindow>()[0].1;
    assert_eq!((window.clearinghouse, window.taken, window.at), (world.clearinghouse, 0, 0));

    let (old, new) = (old_board(), world.board());
    same!(old.head, new, {
        clearinghouse, asset_count, liquidation_target, margin_call, auction_delay_seconds, auction_seconds,
    });
    assert_eq!((new.is_launched, new.outflow_max), (1, 500_000 * USD as u64));
    assert_eq!((new.paused_groups, new.paused_until, new.padding, new.reserved), (0, 0, [0; 2], [0; 16]));
    for (old, new) in old.rows.iter().zip(&new.rows) {
        assert_eq!(bytemuck::bytes_of(old), bytemuck::bytes_of(new), "rows moved as they were");
        assert_eq!((new.paused_groups, new.paused_until, new.priced_since), (0, 0, 0));
    }
    let event = ClearinghouseMigrated {
        clearinghouse: world.clearinghouse,
        governance,
        steward,
        guardian,
        fee_collector,
        outflow_max: 500_000 * USD as u64,
        change_delay_seconds: 172_800,
        oracle_delay_seconds: 345_600,
        layout_version: 1,
    };
    assert_eq!(only_event(&outcome), Event::ClearinghouseMigrated(event));
}

#[test]
fn banks_keep_everything_and_get_an_outflow_limit() {
    let mut world = world();
    migrate_clearinghouse(&mut world);
    for (address, old) in old::<BankV0>() {
        let outcome = migrate_alone(&mut world, address);
        let new: Bank = world.svm.read(&address);
        same!(old, new, {
            clearinghouse, mint, vault, tokens, deposit_shares, borrow_shares, supply_index, borrow_index, reserve,
            accrued_at, in_flight, losses, ramp_start, ramp_end, asset,
        });
        same!(old.terms, new.terms, {
            deposit_cap, borrow_cap, debt_min, weight_scale_from, utilisation_max, utilisation_kink, rate_at_zero,
            rate_at_kink, rate_at_full, reserve_share, liquidation_bonus, padding,
        });
        let row = &old_board().rows[old.asset as usize];
        for (weights, [initial, maintenance]) in [
            (new.weights, [old.initial_asset_weight, old.maintenance_asset_weight]),
            (new.weights_before, [old.initial_asset_weight_before, old.maintenance_asset_weight_before]),
        ] {
            assert_eq!((weights.initial_asset, weights.maintenance_asset), (initial, maintenance));
            assert_eq!(weights.initial_debt, row.initial_debt_weight);
            assert_eq!(weights.maintenance_debt, row.maintenance_debt_weight);
        }
        let outflow_max = match old.asset {
            USDC => 281_900 * USD as u64,
            SOL => 52_500_000_000,
            _ => 1_000_000,
        };
        assert_eq!((new.terms.outflow_max, new.outflow), (outflow_max, OutflowRow::zeroed()));
        assert_eq!((new.warm_up, new.padding, new.reserved), (WarmUp::Done as u8, [0; 6], [0; 64]));
        let event = AccountMigrated { account: address, asset: old.asset as u64, outflow_max };
        assert_eq!(outcome, Event::AccountMigrated(event));
    }
}

#[test]
fn markets_keep_everything() {
    let mut world = world();
    migrate_clearinghouse(&mut world);
    for (address, old) in old::<MarketV0>() {
        let outcome = migrate_alone(&mut world, address);
        let new: Market = world.svm.read(&address);
        same!(old, new, {
            clearinghouse, long_size, long_entry, short_size, short_entry, capital, capital_counted, insurance,
            fees_collected, loss_to_insurance, loss_to_capital, loss_uncovered, window_started_at, window_taken,
            funding_rate, funding_fraction, funding_at, haircut_long, haircut_short, margin, margin_before,
            ramp_start, ramp_end, asset,
        });
        same!(old.terms, new.terms, {
            skew_scale, open_interest_max, size_min, full_close_notional, trading_fee, insurance_fee_share,
            liquidation_penalty, bounty_share, reserve_ratio, capital_weight, insurance_tranche,
            shared_insurance_max, bounty_share_max, bounty_seconds, funding_rate_max_per_day,
            funding_velocity_max_per_day,
        });
        assert_eq!((new.protocol_fees, new.terms.protocol_fee_share, new.terms.reduce_only), (0, 0, 0));
        assert_eq!((new.warm_up, new.padding, new.reserved), (WarmUp::Done as u8, [0; 6], [0; 64]));
        let event = AccountMigrated { account: address, asset: old.asset as u64, outflow_max: 0 };
        assert_eq!(outcome, Event::AccountMigrated(event));
    }
}

/// Migrates a bank or a market, which must change nothing but it and who pays; what was said
/// about it.
fn migrate_alone(world: &mut World, address: Address) -> Event {
    let before = Snapshot::take(&world.svm);
    let outcome = migrate_account(world, address);
    before.diff(&world.svm).without_fee().assert_only(&[address, Wallet::new(SPONSOR).address()]);
    let account = world.svm.account(&address);
    assert_eq!(account.lamports, rent(world, account.data.len()));
    only_event(&outcome)
}

#[test]
fn who_sent_lamports_before_pays_no_rent_twice() {
    let mut world = world();
    let window = world.window_address();
    world.svm.set_lamports(window, 1);
    let bank = world.bank_address(SOL);
    let rich = Account { lamports: 1_000_000_000, ..world.svm.account(&bank) };
    world.svm.set_account(bank, rich);
    migrate_clearinghouse(&mut world);
    let account = world.svm.account(&window);
    assert_eq!(account.lamports, rent(&world, account.data.len()));
    let before = Snapshot::take(&world.svm);
    migrate_account(&mut world, bank);
    before.diff(&world.svm).without_fee().assert_only(&[bank]);
    assert_eq!(world.svm.account(&bank).lamports, 1_000_000_000);
}

/// The hard bounds of a bank's outflow limit, which a conversion must keep.
#[test]
fn limits_of_migrated_banks_are_within_the_hard_bounds() {
    let bounds =
        ALL.iter().find(|p| p.concern == Concern::Bank && p.name == "outflow_max").expect("a parameter");
    assert_eq!((bounds.min, bounds.max), (OUTFLOW_MIN as i64, OUTFLOW_MAX as i64));
    let limit = |tokens| {
        let bank = BankV0 { tokens, ..BankV0::zeroed() };
        bank.converted(&RiskBoard::zeroed().rows[0]).terms.outflow_max
    };
    assert_eq!([0, 3_999_999, 4_000_003, 4_000_004].map(limit), [1_000_000, 1_000_000, 1_000_000, 1_000_001]);
    assert_eq!(limit(u64::MAX), OUTFLOW_MAX);
}

// --- after ------------------------------------------------------------------------

#[test]
fn every_account_is_worth_the_same_to_the_unit() {
    let old = old_board();
    let mut before = RiskBoard::zeroed();
    (before.asset_count, before.rows) = (old.head.asset_count, old.rows);
    let mut world = migrated();
    let people = world.svm.all::<MarginState>();
    let mut sunk = 0;
    for (address, state) in &people {
        let health = displayed_health(state, &before).expect("a health");
        assert_eq!(displayed_health(state, &world.board()), Ok(health), "{address}");
        let plain = reference::health(state, &before);
        let found = (health.equity.0, health.initial.0, health.maintenance.0);
        assert_eq!(found, (plain.equity as i64, plain.initial as i64, plain.maintenance as i64), "{address}");
        sunk += (health.maintenance.0 < 0) as u32;
    }
    assert_eq!((people.len(), sunk), (12, 4), "bob, dave, erin and grace are below maintenance");
    invariants::check(&mut world);
    freshen(&mut world);
    for (address, state) in &people {
        assert_eq!(world.svm.read::<MarginState>(address).cash, state.cash, "a refresh moves nothing");
    }
}

#[test]
fn people_go_on() {
    let mut world = migrated();
    freshen(&mut world);
    let [alice, keeper, newcomer, provider, rescuer] =
        ["alice", "keeper", "newcomer", "provider", "rescuer"].map(Wallet::new);
    let [bobs, daves, erins, graces, keepers] =
        ["bob", "dave", "erin", "grace", "keeper"].map(|name| world.account_address(&Wallet::new(name), 0));

    world.fund(&alice, 0, USDC, 500 * USD as u64);
    let withdraw = world.withdraw_instruction(&alice, 0, USDC, 700 * USD as u64);
    world.must(withdraw, &alice);
    assert_eq!(world.wallet_balance(&alice, USDC), 700 * USD as u64);
    world.trade(&alice, 0, BTC, -4 * ONE_BTC).expect("a trade");
    assert_eq!(world.margin(&alice, 0).position(BTC).size.0, 6 * ONE_BTC);
    world.open_account(&newcomer, 0);
    world.fund(&newcomer, 0, USDC, 10_000 * USD as u64);
    world.trade(&newcomer, 0, BTC, ONE_BTC).expect("a first position");

    world.liquidate(bobs, keepers, BTC).expect("bob is below maintenance");
    assert!(world.margin(&keeper, 0).cash > 0, "the keeper earns a bounty");
    let rescue = world.liquidate_debt_instruction(&rescuer, erins, (USDC, SOL), 1_000 * USD as u64);
    world.must(rescue, &rescuer);
    world.fund(&rescuer, 0, USDC, 5_000 * USD as u64);
    let win = world.win_auction_instruction(&rescuer, 0, daves, u64::MAX);
    world.must(win, &rescuer);
    let forgive = world.resolve_bankruptcy_instruction(graces, USDC);
    world.svm.advance(1);
    let _ = world.send(&[forgive], &[]);

    world.give(&provider, USDC, 1_000 * USD as u64);
    let provide = world.provide_instruction(&provider, 1_000 * USD as u64, 1);
    world.must(provide, &provider);
    let redeem = world.redeem_instruction(&provider, 2_000 * USD as u64, 1);
    world.must(redeem, &provider);
    let rebalance = world.rebalance_instruction(BTC);
    world.send(&[rebalance], &[]).expect("capital moves");
}

#[test]
fn a_quarter_of_a_bank_may_leave_in_a_day() {
    let mut world = migrated();
    freshen(&mut world);
    let alice = Wallet::new("alice");
    world.fund(&alice, 1, SOL, 100 * ONE_SOL as u64);
    world.svm.advance(1);
    let [most, more] =
        [0, 1].map(|beyond| world.withdraw_instruction(&alice, 1, SOL, 52_500_000_000 + beyond));
    refused_with(&mut world, more, PlimsollError::OutflowLimit);
    world.must(most, &alice);
}

#[test]
fn changes_wait_from_now_on() {
    let mut world = migrated();
    let Terms::Bank(mut terms) = world.terms(Concern::Bank, SOL) else { unreachable!("a bank's") };
    terms.outflow_max *= 2;
    let change = world.terms_change(SOL, &Terms::Bank(terms), 0);
    let pending = world.next_change();
    let (propose, execute) =
        (world.propose_instruction(&change), world.execute_instruction(pending, &change));
    world.govern(propose);
    let failure = world.send(&[execute], &[]).expect_err("a change that waits");
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ChangeWaits));
    world.svm.advance(172_800);
    let execute = world.execute_instruction(pending, &change);
    world.send(&[execute], &[]).expect("a change whose wait is over");
    assert_eq!(world.bank(SOL).terms.outflow_max, 105_000_000_000);
}

#[test]
fn an_old_nomination_is_void() {
    let mut world = migrated();
    let heir = Wallet::new("heir");
    assert_eq!(old::<ClearinghouseV0>()[0].1.pending_governance, heir.address());
    let accept = world.accept_role_instruction(&heir, Role::Governance);
    refused_with(&mut world, accept, PlimsollError::NotNominee);
}

// --- what is refused ------------------------------------------------------------

#[test]
fn nothing_is_migrated_twice() {
    let mut world = migrated();
    let again = clearinghouse_instruction(&world);
    refused_with(&mut world, again, PlimsollError::AlreadyMigrated);
    for account in to_migrate() {
        let again = account_instruction(&world, account);
        refused_with(&mut world, again, PlimsollError::AlreadyMigrated);
    }
}

#[test]
fn only_governance_migrates_and_stays_who_it_is() {
    let mut world = world();
    let mallory = Wallet::new("mallory");
    let mut usurped = clearinghouse_instruction(&world);
    usurped.accounts[0].pubkey = mallory.address();
    refused_with(&mut world, usurped, PlimsollError::NotGovernance);

    let heir = Wallet::new("heir").address();
    for governance in [mallory.address(), heir, Address::default()] {
        let roles = RoleHolders { governance, ..world.role_holders() };
        let moved = clearinghouse_with(&world, roles, world.deployment.terms);
        refused_with(&mut world, moved, PlimsollError::GovernanceMoved);
    }
    let mut unsigned = clearinghouse_instruction(&world);
    unsigned.accounts[0].is_signer = false;
    let failure = refused(&mut world, unsigned);
    assert_eq!(failure.instruction_error(), Some(&InstructionError::MissingRequiredSignature));
}

#[test]
fn a_migration_changes_no_term_and_keeps_the_hard_bounds() {
    use PlimsollError::{ParameterOutOfBounds, TermsChanged};
    let mut world = world();
    let cases: [(fn(&mut ClearinghouseTerms), PlimsollError); 9] = [
        (|t| t.liquidation_target += 1, TermsChanged),
        (|t| t.margin_call -= 1, TermsChanged),
        (|t| t.auction_delay_seconds += 1, TermsChanged),
        (|t| t.auction_seconds -= 1, TermsChanged),
        (|t| t.change_delay_seconds = 172_799, ParameterOutOfBounds),
        (|t| t.oracle_delay_seconds = 345_599, ParameterOutOfBounds),
        (|t| t.oracle_delay_seconds = 2_592_001, ParameterOutOfBounds),
        (|t| t.outflow_max = 999_999_999, ParameterOutOfBounds),
        (|t| t.outflow_max = -1, ParameterOutOfBounds),
    ];
    for (change, error) in cases {
        let mut terms = world.deployment.terms;
        change(&mut terms);
        let migrate = clearinghouse_with(&world, world.role_holders(), terms);
        refused_with(&mut world, migrate, error);
    }
}

#[test]
fn a_transaction_with_a_durable_nonce_migrates_no_clearinghouse() {
    let mut world = world();
    let migrate = clearinghouse_instruction(&world);
    let advance = Instruction { program_id: Address::default(), accounts: vec![], data: vec![4, 0, 0, 0] };
    let (governance, sponsor) = (Wallet::new("governance"), Wallet::new(SPONSOR));
    let before = Snapshot::take(&world.svm);
    let failure = world.svm.send(&[migrate, advance], &[&governance.key, &sponsor.key]).expect_err("a nonce");
    assert_eq!(failure.plimsoll(), Some(PlimsollError::DurableNonce), "{failure:#?}");
    before.diff(&world.svm).without_fee().assert_nothing();
}

/// An account of the world copied to another address and changed.
fn copied(world: &mut World, from: Address, change: fn(&mut Account)) -> Address {
    let mut account = world.svm.account(&from);
    change(&mut account);
    let address = Address::new_from_array([0x77; 32]);
    world.svm.set_account(address, account);
    address
}

#[test]
fn a_clearinghouse_is_migrated_with_its_own_board() {
    let mut world = world();
    let board = world.board_address();
    let mut migrate = clearinghouse_instruction(&world);
    migrate.accounts[3].pubkey = copied(&mut world, board, |_| ());
    refused_with(&mut world, migrate, PlimsollError::ForeignAccount);

    let mut migrate = clearinghouse_instruction(&world);
    migrate.accounts[4].pubkey = Address::new_from_array([0x78; 32]);
    let failure = refused(&mut world, migrate);
    assert_eq!(failure.instruction_error(), Some(&InstructionError::InvalidSeeds), "another window");
}

#[test]
fn what_is_no_old_account_is_not_migrated() {
    let changes: [fn(&mut Account); 5] = [
        |a| a.owner = Address::new_from_array([9; 32]),
        |a| a.data[0] ^= 1,
        |a| a.data.truncate(a.data.len() - 1),
        |a| a.data.push(0),
        |a| a.data.truncate(7),
    ];
    for change in changes {
        let mut world = world();
        let places = [world.board_address(), world.bank_address(SOL), world.market_address(BTC)];
        for (place, address) in places.into_iter().enumerate() {
            if place == 1 {
                migrate_clearinghouse(&mut world);
            }
            let whole = world.svm.account(&address);
            let mut broken = whole.clone();
            change(&mut broken);
            world.svm.set_account(address, broken);
            let migrate = match place {
                0 => clearinghouse_instruction(&world),
                _ => account_instruction(&world, address),
            };
            refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
            world.svm.set_account(address, whole);
        }
    }
    let mut world = world();
    let mut migrate = clearinghouse_instruction(&world);
    let clearinghouse = world.clearinghouse;
    let stranger = copied(&mut world, clearinghouse, |a| a.owner = Address::new_from_array([9; 32]));
    migrate.accounts[2].pubkey = stranger;
    migrate.accounts[4].pubkey = addresses::outflow_window(&stranger);
    refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
    migrate_clearinghouse(&mut world);
    let alices = world.account_address(&Wallet::new("alice"), 0);
    for other in [clearinghouse, alices, world.pool_address(), world.fund_address()] {
        let migrate = account_instruction(&world, other);
        refused_with(&mut world, migrate, PlimsollError::UnknownLayout);
    }
}

#[test]
fn banks_and_markets_are_migrated_with_their_own_board() {
    let mut world = migrated();
    // Another clearinghouse of the present layout, whose board knows no such asset's weights.
    let rival = World::created_by("rival", std::mem::take(&mut world.svm));
    let (board, svm) = (rival.board_address(), rival.svm);
    world.svm = svm;
    for (address, account) in accounts() {
        if to_migrate().contains(&address) {
            world.svm.set_account(address, account);
            let mut migrate = account_instruction(&world, address);
            migrate.accounts[1].pubkey = board;
            refused_with(&mut world, migrate, PlimsollError::ForeignAccount);
        }
    }
}

// --- half-way ---------------------------------------------------------------------

#[test]
fn accounts_wait_for_their_clearinghouse() {
    let mut world = world();
    for account in to_migrate() {
        let migrate = account_instruction(&world, account);
        let failure = refused(&mut world, migrate);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }
}

#[test]
fn between_two_steps_what_is_migrated_works_and_the_rest_is_refused() {
    let mut world = world();
    migrate_clearinghouse(&mut world);
    let [bank, market] = [world.bank_address(SOL), world.market_address(ETH)];
    for account in to_migrate().into_iter().filter(|a| ![bank, market].contains(a)) {
        migrate_account(&mut world, account);
    }
    // What is not migrated can't be read, let alone checked.
    world.check_invariants = false;
    world.svm.advance(1);
    for (asset, price) in [(SOL, 70 * E8), (BTC, 7_300 * E8), (ETH, 230 * E8)] {
        world.publish(asset, price);
    }
    for asset in [SOL, ETH] {
        let refresh = world.refresh_instruction(&[asset]);
        let failure = refused(&mut world, refresh);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall));
    }
    world.refresh(&[USDC, BTC]).expect("both are migrated");

    let (alice, provider) = (Wallet::new("alice"), Wallet::new("provider"));
    world.fund(&alice, 0, USDC, 500 * USD as u64);
    world.trade(&alice, 0, BTC, -ONE_BTC).expect("a market that is migrated");
    let bobs = world.account_address(&Wallet::new("bob"), 0);
    let keepers = world.account_address(&Wallet::new("keeper"), 0);
    world.liquidate(bobs, keepers, BTC).expect("bob is below maintenance");
    world.give(&provider, USDC, 5);
    for refused_now in [
        world.withdraw_instruction(&alice, 0, SOL, 5),
        world.trade_instruction(&alice, &alice, 0, ETH, (1_000_000, u128::MAX)),
        world.provide_instruction(&provider, 5, 0),
    ] {
        let failure = refused(&mut world, refused_now);
        assert_eq!(failure.instruction_error(), Some(&InstructionError::AccountDataTooSmall), "{failure:#?}");
    }

    for account in [bank, market] {
        migrate_account(&mut world, account);
    }
    world.check_invariants = true;
    freshen(&mut world);
    let (_, old) = old_bank(&world, SOL);
    assert_eq!(world.bank(SOL).deposit_shares, old.deposit_shares);
}
