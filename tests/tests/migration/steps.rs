//! Each step keeps everything there was, and sets what there was not.

use crate::{old, old_board};
use bytemuck::Zeroable;
use plimsoll::events::{AccountMigrated, ClearinghouseMigrated};
use plimsoll::migration::{BankV0, ClearinghouseV0, MarketV0, OUTFLOW_MAX, OUTFLOW_MIN, RiskBoardV0};
use plimsoll::parameters::{ALL, Concern};
use plimsoll::state::{
    AssetRow, Bank, LAYOUT_VERSION, Market, OutflowRow, PauseRecord, RiskBoard, Role, RoleState, WarmUp,
};
use plimsoll_client::Event;
use plimsoll_testkit::{Snapshot, Wallet, World};
use plimsoll_tests::layout_v0::{SPONSOR, migrate_account, migrate_clearinghouse, world};
use plimsoll_tests::scene::{SOL, USD, USDC, only_event};
use solana_account::Account;
use solana_address::Address;
use std::mem::offset_of;

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
    assert_eq!(
        new.roles,
        holders.map(|holder| RoleState { holder, nominee: Address::default(), accept_until: 0 })
    );
    assert_eq!((new.outflow_window, new.layout_version, new.change_count), (window, LAYOUT_VERSION, 0));
    assert_eq!((new.change_delay_seconds, new.oracle_delay_seconds), (172_800, 345_600));
    assert_eq!((new.pauses, new.reserved), (PauseRecord::zeroed(), [0; 96]));
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
        assert_eq!((new.warm_up, new.padding, new.reserved), (WarmUp::Done as u8, [0; 5], [0; 64]));
        let seeds: &[&[u8]] = &[plimsoll::seeds::BANK, new.clearinghouse.as_ref(), new.mint.as_ref()];
        assert_eq!(new.bump, Address::find_program_address(seeds, &plimsoll::ID).1);
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

#[test]
fn a_clearinghouse_without_a_settlement_bank_has_yet_to_be_launched() {
    let mut world = world();
    let address = world.board_address();
    let mut board = world.svm.account(&address);
    let row = 8 + offset_of!(RiskBoardV0, rows);
    board.data[row + offset_of!(AssetRow, is_collateral)] = 0;
    world.svm.set_account(address, board);
    migrate_clearinghouse(&mut world);
    assert_eq!(world.board().is_launched, 0);
}

#[test]
fn what_rows_leave_behind_is_cleared() {
    let mut world = world();
    let address = world.board_address();
    let mut board = world.svm.account(&address);
    let row = 8 + offset_of!(RiskBoardV0, rows);
    board.data[row..row + 16].fill(b'S');
    world.svm.set_account(address, board);
    migrate_clearinghouse(&mut world);
    let board = world.board();
    assert_eq!(board.rows[0].symbol, [b'S'; 16]);
    assert_eq!(
        (board.paused_groups, board.padding, board.paused_until, board.reserved),
        (0, [0; 2], 0, [0; 16])
    );
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
