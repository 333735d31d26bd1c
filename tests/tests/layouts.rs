//! Layouts, byte for byte: who reads accounts or events off the chain relies on these.
//!
//! A figure here changes only with a migration of every account that exists.

use bytemuck::Zeroable;
use plimsoll::events::*;
use plimsoll::migration::*;
use plimsoll::params::*;
use plimsoll::state::*;
use plimsoll::view::{AccountView, ViewAsset, ViewHeader};
use plimsoll_client::decode::Layout;
use plimsoll_testkit::World;
use plimsoll_tests::scene::{self, BTC, ONE_BTC, USDC};
use solana_address::Address;
use std::mem::{offset_of, size_of};

/// Size, discriminator and the offset of every field (the pattern names them all: a field
/// that is not listed does not compile).
macro_rules! frozen {
    ($layout:ident, $size:literal, { $($field:ident: $offset:literal),* $(,)? }) => {{
        let $layout { $($field: _),* } = Zeroable::zeroed();
        assert_eq!(size_of::<$layout>(), $size, stringify!($layout));
        $(assert_eq!(offset_of!($layout, $field), $offset, "{}.{}", stringify!($layout), stringify!($field));)*
    }};
    ($layout:ident, $size:literal, $discriminator:expr, { $($fields:tt)* }) => {{
        assert_eq!(<$layout as Layout>::DISCRIMINATOR, $discriminator, stringify!($layout));
        frozen!($layout, $size, { $($fields)* });
    }};
}

#[test]
fn parts_of_accounts_are_frozen() {
    frozen!(FixedPrice, 16, { low: 0, high: 8 });
    frozen!(FixedSigned, 16, { low: 0, high: 8 });
    frozen!(TierRow, 16, { from: 0, initial: 8, maintenance: 12 });
    frozen!(AssetRow, 440, {
        symbol: 0, price: 16, slow_price: 32, publish_time: 48, refreshed_at: 56, oracle: 64,
        feed_id: 96, confidence: 128, divergence: 132, fresh_seconds: 136, expiry_seconds: 140,
        confidence_max: 144, confidence_limit: 148, divergence_max: 152, slow_rate_per_second: 156,
        held_until: 160, increase_until: 168, liquidate_from: 176, use_until: 184, hold_seconds:
        192, parity_ratio: 196, parity_gap_max: 200, parity_asset: 204, is_off_parity: 205,
        oracle_kind: 206, decimals: 207, deposit_mark: 208, deposit_mark_low: 224, supply_index:
        240, borrow_index: 248, initial_asset_weight: 256, maintenance_asset_weight: 260,
        initial_debt_weight: 264, maintenance_debt_weight: 268, long_mark: 272, short_mark: 288,
        initial_margin: 304, maintenance_margin: 308, initial_profit_weight: 312,
        maintenance_profit_weight: 316, tiers: 320, bounty_reserve: 368, funding_index: 376,
        funding_fraction: 392, variance: 408, volatility_multiplier: 416, is_collateral: 420,
        is_market: 421, paused_groups: 422, padding: 423, paused_until: 424, priced_since: 432,
    });
    frozen!(TokenSlot, 16, { shares: 0, asset: 8, padding: 9 });
    frozen!(PerpSlot, 24, { size: 0, entry: 8, asset: 16, padding: 17 });
    frozen!(BankTerms, 72, {
        deposit_cap: 0, borrow_cap: 8, debt_min: 16, weight_scale_from: 24, outflow_max: 32,
        utilisation_max: 40, utilisation_kink: 44, rate_at_zero: 48, rate_at_kink: 52, rate_at_full:
        56, reserve_share: 60, liquidation_bonus: 64, padding: 68,
    });
    frozen!(MarginTerms, 88, {
        initial_margin: 0, maintenance_margin: 4, initial_profit_weight: 8,
        maintenance_profit_weight: 12, tier_1_from: 16, tier_2_from: 24, tier_1_initial: 32,
        tier_1_maintenance: 36, tier_2_initial: 40, tier_2_maintenance: 44, concentration_share: 48,
        concentration_initial: 52, open_interest_low: 56, volatility_memory_seconds: 64,
        volatility_calm_per_day: 68, volatility_multiplier_max: 72, volatility_fall_per_day: 76,
        bounty_reserve: 80, padding: 84,
    });
    frozen!(MarketTerms, 96, {
        skew_scale: 0, open_interest_max: 8, size_min: 16, full_close_notional: 24, trading_fee: 32,
        insurance_fee_share: 36, protocol_fee_share: 40, liquidation_penalty: 44, bounty_share: 48,
        reserve_ratio: 52, capital_weight: 56, reduce_only: 60, insurance_tranche: 64,
        shared_insurance_max: 72, bounty_share_max: 80, bounty_seconds: 84,
        funding_rate_max_per_day: 88, funding_velocity_max_per_day: 92,
    });
    frozen!(RoleState, 72, { holder: 0, nominee: 32, accept_until: 64 });
    frozen!(PauseRecord, 80, { by: 0, first_at: 32, ends_at: 40, began_at: 48 });
    frozen!(Weights, 16, { initial_asset: 0, maintenance_asset: 4, initial_debt: 8, maintenance_debt: 12 });
    frozen!(OutflowRow, 40, { taken: 0, counted: 8, refund: 16, passing: 24, at: 32 });
    frozen!(ViewHeader, 48, {
        equity: 0, initial_health: 8, maintenance_health: 16, margin_ratio: 24, health_factor: 32,
        assets: 40,
    });
    frozen!(ViewAsset, 24, { liquidation_price: 0, asset: 16 });
    frozen!(AccountView, 792, { header: 0, entries: 48 });
}

#[test]
fn what_is_proposed_is_frozen() {
    frozen!(OracleSource, 68, { oracle: 0, feed_id: 32, kind: 64, padding: 65 });
    frozen!(PriceTerms, 36, {
        fresh_seconds: 0, expiry_seconds: 4, confidence_max: 8, confidence_limit: 12,
        divergence_max: 16, slow_rate_per_second: 20, hold_seconds: 24, parity_ratio: 28,
        parity_gap_max: 32,
    });
    frozen!(AssetParams, 124, {
        symbol: 0, source: 16, price: 84, decimals: 120, parity_asset: 121, padding: 122,
    });
    frozen!(CollateralParams, 88, { weights: 0, terms: 16 });
    frozen!(MarketParams, 184, { margin: 0, terms: 88 });
    frozen!(ClearinghouseTerms, 32, {
        liquidation_target: 0, margin_call: 4, auction_delay_seconds: 8, auction_seconds: 12,
        change_delay_seconds: 16, oracle_delay_seconds: 20, outflow_max: 24,
    });
    frozen!(PoolTerms, 4, { redeem_fee: 0 });
    frozen!(RoleHolders, 128, { governance: 0, steward: 32, guardian: 64, fee_collector: 96 });
    frozen!(FieldChange, 24, { before: 0, after: 8, parameter: 16, padding: 17 });
}

#[test]
fn accounts_are_frozen() {
    frozen!(Bank, 400, [142, 49, 166, 242, 50, 66, 97, 188], {
        clearinghouse: 0, mint: 32, vault: 64, tokens: 96, deposit_shares: 104, borrow_shares: 112,
        supply_index: 120, borrow_index: 128, reserve: 136, accrued_at: 144, in_flight: 152, losses:
        160, weights: 168, weights_before: 184, ramp_start: 200, ramp_end: 208, terms: 216, outflow:
        288, asset: 328, warm_up: 329, bump: 330, padding: 331, reserved: 336,
    });
    frozen!(Clearinghouse, 608, [132, 239, 37, 188, 215, 221, 100, 94], {
        creator: 0, risk_board: 32, settlement_mint: 64, outflow_window: 96, roles: 128, pauses: 416,
        change_count: 496, change_delay_seconds: 500, oracle_delay_seconds: 504, layout_version: 508,
        reserved: 512,
    });
    frozen!(InsuranceFund, 96, [43, 134, 170, 87, 102, 16, 142, 147], {
        clearinghouse: 0, balance: 32, paid: 40, reserved: 48,
    });
    frozen!(LiquidityPool, 224, [66, 38, 17, 64, 188, 80, 68, 129], {
        clearinghouse: 0, share_mint: 32, unallocated: 64, book_capital: 72, markets: 80,
        redeem_fee: 84, capital_weights: 88, padding: 92, reserved: 96,
    });
    frozen!(MarginState, 808, [133, 220, 173, 213, 179, 211, 43, 238], {
        clearinghouse: 0, owner: 32, delegate: 64, sub_account: 96, token_count: 98, perp_count: 99,
        isolated_asset: 100, padding: 101, cash: 104, called_at: 112, sunk_at: 120, auction_at: 128,
        tokens: 136, perps: 392, reserved: 776,
    });
    frozen!(Market, 568, [219, 190, 213, 55, 0, 227, 198, 154], {
        clearinghouse: 0, long_size: 32, long_entry: 40, short_size: 48, short_entry: 56, capital:
        64, capital_counted: 72, insurance: 80, fees_collected: 88, protocol_fees: 96,
        loss_to_insurance: 104, loss_to_capital: 112, loss_uncovered: 120, window_started_at: 128,
        window_taken: 136, funding_rate: 144, funding_fraction: 152, funding_at: 168, haircut_long:
        176, haircut_short: 192, margin: 208, margin_before: 296, ramp_start: 384, ramp_end: 392,
        terms: 400, asset: 496, warm_up: 497, padding: 498, reserved: 504,
    });
    frozen!(OutflowWindow, 80, [93, 213, 8, 75, 13, 220, 87, 3], {
        clearinghouse: 0, taken: 32, at: 40, reserved: 48,
    });
    frozen!(PendingChange, 424, [232, 183, 176, 196, 15, 195, 115, 147], {
        clearinghouse: 0, payer: 32, proposed_at: 64, ready_at: 72, expires_at: 80, id: 88,
        ramp_seconds: 92, kind: 96, asset: 97, field_count: 98, was_launched: 99, padding: 100,
        payload: 104, reserved: 392,
    });
    frozen!(RiskBoard, 9768, [165, 133, 243, 129, 185, 106, 112, 56], {
        clearinghouse: 0, asset_count: 32, liquidation_target: 36, margin_call: 40,
        auction_delay_seconds: 44, auction_seconds: 48, paused_groups: 52, is_launched: 53, padding:
        54, paused_until: 56, outflow_max: 64, reserved: 72, rows: 88,
    });
}

#[test]
fn layouts_of_version_0_are_frozen() {
    frozen!(ClearinghouseV0, 416, {
        creator: 0, governance: 32, pending_governance: 64, risk_board: 96, settlement_mint:
        128, reserved: 160,
    });
    frozen!(RiskBoardHeadV0, 64, {
        clearinghouse: 0, asset_count: 32, liquidation_target: 36, margin_call: 40,
        auction_delay_seconds: 44, auction_seconds: 48, padding: 52, reserved: 56,
    });
    frozen!(RiskBoardV0, 9744, {
        head: 0, rows: 64,
    });
    frozen!(BankTermsV0, 64, {
        deposit_cap: 0, borrow_cap: 8, debt_min: 16, weight_scale_from: 24, utilisation_max: 32,
        utilisation_kink: 36, rate_at_zero: 40, rate_at_kink: 44, rate_at_full: 48,
        reserve_share: 52, liquidation_bonus: 56, padding: 60,
    });
    frozen!(BankV0, 336, {
        clearinghouse: 0, mint: 32, vault: 64, tokens: 96, deposit_shares: 104, borrow_shares:
        112, supply_index: 120, borrow_index: 128, reserve: 136, accrued_at: 144, in_flight:
        152, losses: 160, initial_asset_weight: 168, maintenance_asset_weight: 172,
        initial_asset_weight_before: 176, maintenance_asset_weight_before: 180, ramp_start: 184,
        ramp_end: 192, terms: 200, asset: 264, padding: 265, reserved: 272,
    });
    frozen!(MarketTermsV0, 88, {
        skew_scale: 0, open_interest_max: 8, size_min: 16, full_close_notional: 24, trading_fee:
        32, insurance_fee_share: 36, liquidation_penalty: 40, bounty_share: 44, reserve_ratio:
        48, capital_weight: 52, insurance_tranche: 56, shared_insurance_max: 64,
        bounty_share_max: 72, bounty_seconds: 76, funding_rate_max_per_day: 80,
        funding_velocity_max_per_day: 84,
    });
    frozen!(MarketV0, 552, {
        clearinghouse: 0, long_size: 32, long_entry: 40, short_size: 48, short_entry: 56,
        capital: 64, capital_counted: 72, insurance: 80, fees_collected: 88, loss_to_insurance:
        96, loss_to_capital: 104, loss_uncovered: 112, window_started_at: 120, window_taken:
        128, funding_rate: 136, funding_fraction: 144, funding_at: 160, haircut_long: 168,
        haircut_short: 184, margin: 200, margin_before: 288, ramp_start: 376, ramp_end: 384,
        terms: 392, asset: 480, padding: 481, reserved: 488,
    });
}

#[test]
fn events_of_changes_and_roles_are_frozen() {
    frozen!(Launched, 32, [209, 127, 29, 152, 129, 212, 189, 183], { clearinghouse: 0 });
    frozen!(ChangeProposed, 88, [170, 10, 10, 8, 244, 196, 146, 151], {
        clearinghouse: 0, change: 32, ready_at: 64, expires_at: 72, id: 80, kind: 84, asset: 85,
        padding: 86,
    });
    frozen!(ChangeExecuted, 72, [50, 115, 8, 12, 139, 8, 191, 26], {
        clearinghouse: 0, change: 32, id: 64,
    });
    frozen!(ChangeCancelled, 104, [139, 179, 97, 81, 214, 21, 119, 93], {
        clearinghouse: 0, change: 32, by: 64, id: 96,
    });
    frozen!(ParameterSet, 64, [254, 176, 130, 184, 81, 83, 106, 94], {
        clearinghouse: 0, before: 32, after: 40, arrives_at: 48, parameter: 56, asset: 60,
    });
    frozen!(OracleSet, 104, [115, 135, 7, 243, 213, 60, 174, 119], {
        risk_board: 0, oracle: 32, feed_id: 64, asset: 96,
    });
    frozen!(RoleNominated, 72, [235, 144, 249, 197, 126, 71, 224, 192], {
        clearinghouse: 0, nominee: 32, role: 64,
    });
    frozen!(RoleAccepted, 72, [130, 219, 17, 167, 202, 238, 104, 50], {
        clearinghouse: 0, holder: 32, role: 64,
    });
    frozen!(Paused, 80, [172, 248, 5, 253, 49, 255, 255, 232], {
        clearinghouse: 0, by: 32, until: 64, scope: 72, groups: 76,
    });
    frozen!(Unpaused, 72, [156, 150, 47, 174, 120, 216, 93, 117], { clearinghouse: 0, by: 32, scope: 64 });
    frozen!(OutflowRefused, 56, [132, 108, 191, 165, 197, 244, 168, 229], {
        bank: 0, asked: 32, room: 40, open_at: 48,
    });
    frozen!(FeesCollected, 80, [233, 23, 117, 225, 107, 178, 254, 8], {
        market: 0, fee_collector: 32, amount: 64, fees_after: 72,
    });
    frozen!(WarmedUp, 48, [145, 217, 205, 56, 246, 126, 215, 102], {
        risk_board: 0, ends_at: 32, asset: 40,
    });
}

#[test]
fn events_of_governance_and_oracles_are_frozen() {
    frozen!(ClearinghouseCreated, 192, [240, 96, 43, 205, 22, 95, 175, 184], {
        clearinghouse: 0, settlement_mint: 32, governance: 64, steward: 96, guardian: 128,
        fee_collector: 160,
    });
    frozen!(ClearinghouseMigrated, 184, [0, 91, 20, 54, 140, 55, 159, 18], {
        clearinghouse: 0, governance: 32, steward: 64, guardian: 96, fee_collector: 128,
        outflow_max: 160, change_delay_seconds: 168, oracle_delay_seconds: 172, layout_version: 176,
    });
    frozen!(AccountMigrated, 48, [153, 121, 252, 128, 30, 241, 166, 101], { account: 0, asset: 32, outflow_max: 40 });
    frozen!(PoolCreated, 72, [202, 44, 41, 88, 104, 220, 157, 82], {
        pool: 0, share_mint: 32, redeem_fee: 64,
    });
    frozen!(AssetListed, 120, [39, 64, 97, 162, 189, 150, 150, 2], {
        risk_board: 0, oracle: 32, feed_id: 64, symbol: 96, asset: 112,
    });
    frozen!(CollateralListed, 80, [29, 63, 81, 178, 255, 208, 149, 10], {
        bank: 0, mint: 32, asset: 64, deposit_cap: 72,
    });
    frozen!(MarketListed, 40, [29, 11, 143, 239, 139, 12, 79, 19], { market: 0, asset: 32 });
    frozen!(PriceRefreshed, 72, [64, 39, 28, 72, 53, 221, 84, 139], {
        price: 0, slow_price: 16, publish_time: 32, confidence: 40, divergence: 44,
        volatility_multiplier: 48, asset: 52, funding_index: 56,
    });
    frozen!(RefreshRefused, 72, [204, 117, 111, 132, 1, 230, 7, 142], {
        risk_board: 0, oracle: 32, asset: 64, reason: 68,
    });
}

#[test]
fn events_of_people_and_their_money_are_frozen() {
    frozen!(AccountOpened, 72, [250, 89, 39, 67, 35, 119, 126, 63], {
        account: 0, owner: 32, sub_account: 64, isolated_asset: 68,
    });
    frozen!(AccountClosed, 64, [19, 250, 79, 236, 91, 80, 148, 48], { account: 0, owner: 32 });
    frozen!(DelegateSet, 64, [103, 126, 239, 131, 201, 31, 212, 253], { account: 0, delegate: 32 });
    frozen!(Deposited, 88, [111, 141, 26, 45, 161, 35, 100, 57], {
        account: 0, bank: 32, amount: 64, shares_after: 72, cash_after: 80,
    });
    frozen!(Withdrawn, 88, [20, 89, 223, 198, 194, 124, 219, 13], {
        account: 0, bank: 32, amount: 64, shares_after: 72, cash_after: 80,
    });
    frozen!(Transferred, 112, [21, 132, 239, 64, 146, 239, 166, 68], {
        from: 0, to: 32, amount: 64, asset: 72, from_shares_after: 80, from_cash_after: 88,
        to_shares_after: 96, to_cash_after: 104,
    });
    frozen!(Traded, 200, [225, 202, 73, 175, 147, 43, 160, 150], {
        account: 0, authority: 32, market: 64, oracle_price: 96, size: 112, cost: 120, realised:
        128, fee: 136, fee_to_insurance: 144, fee_to_protocol: 152, size_after: 160, entry_after:
        168, cash_after: 176, loss_to_insurance: 184, loss_to_capital: 192,
    });
    frozen!(Liquidated, 208, [231, 57, 55, 75, 0, 170, 246, 68], {
        account: 0, keeper_account: 32, market: 64, oracle_price: 96, size: 112, cost: 120,
        realised: 128, penalty: 136, bounty: 144, maintenance_before: 152, maintenance_after: 160,
        size_after: 168, entry_after: 176, cash_after: 184, loss_to_insurance: 192, loss_to_capital:
        200,
    });
    frozen!(LiquidityProvided, 96, [94, 97, 39, 34, 15, 96, 79, 135], {
        pool: 0, provider: 32, amount: 64, shares: 72, pool_value: 80, unallocated_after: 88,
    });
    frozen!(LiquidityRedeemed, 104, [78, 81, 213, 176, 1, 84, 138, 65], {
        pool: 0, provider: 32, amount: 64, shares: 72, fee: 80, pool_value: 88, unallocated_after:
        96,
    });
    frozen!(CapitalRebalanced, 88, [215, 94, 6, 149, 197, 240, 229, 158], {
        pool: 0, market: 32, moved: 64, capital_after: 72, unallocated_after: 80,
    });
}

#[test]
fn events_of_rescues_and_losses_are_frozen() {
    frozen!(StockTaken, 72, [15, 85, 93, 217, 226, 61, 119, 183], {
        account: 0, equity: 32, maintenance: 40, called_at: 48, sunk_at: 56, auction_at: 64,
    });
    frozen!(DebtLiquidated, 192, [199, 165, 141, 58, 121, 11, 222, 60], {
        account: 0, keeper: 32, debt_bank: 64, asset_bank: 96, repaid: 128, seized: 136,
        debt_shares_after: 144, asset_shares_after: 152, cash_after: 160, keeper_debt_shares_after:
        168, keeper_asset_shares_after: 176, keeper_cash_after: 184,
    });
    frozen!(ReceivershipEnded, 72, [89, 139, 68, 18, 213, 57, 223, 54], {
        bank: 0, keeper: 32, amount: 64,
    });
    frozen!(AuctionStarted, 64, [126, 97, 193, 56, 72, 162, 162, 64], {
        account: 0, equity: 32, maintenance: 40, sunk_at: 48, auction_at: 56,
    });
    frozen!(AuctionWon, 104, [193, 70, 98, 82, 231, 131, 229, 100], {
        account: 0, winner_account: 32, equity: 64, price: 72, maintenance_before: 80,
        winner_shares_after: 88, winner_cash_after: 96,
    });
    frozen!(LossSettled, 88, [72, 169, 89, 164, 169, 182, 219, 102], {
        account: 0, market: 32, loss: 64, entry_after: 72, cash_after: 80,
    });
    frozen!(CashBanked, 80, [246, 178, 137, 124, 196, 98, 213, 209], {
        account: 0, bank: 32, moved: 64, shares_after: 72,
    });
    frozen!(Deleveraged, 104, [34, 71, 31, 45, 212, 184, 131, 185], {
        market: 0, from_insurance: 32, from_fund: 40, from_traders: 48, haircut_long: 56,
        haircut_short: 72, capital_after: 88, asset: 96,
    });
    frozen!(BankruptcyResolved, 88, [94, 86, 196, 195, 106, 72, 227, 169], {
        account: 0, bank: 32, owed: 64, from_fund: 72, supply_index_after: 80,
    });
    frozen!(InsuranceSwept, 64, [71, 241, 247, 53, 59, 217, 227, 251], {
        market: 0, moved: 32, insurance_after: 40, capital_after: 48, fund_after: 56,
    });
    frozen!(InsuranceFunded, 80, [158, 72, 23, 80, 138, 56, 33, 206], {
        fund: 0, donor: 32, amount: 64, fund_after: 72,
    });
}

fn bytes_at<const N: usize>(world: &World, address: Address, offset: usize) -> [u8; N] {
    world.svm.account(&address).data[offset..][..N].try_into().expect("as many bytes")
}

#[test]
fn the_program_writes_these_layouts() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 1_000);
    world.trade(&alice, 0, BTC, ONE_BTC / 10).unwrap();
    let account = world.account_address(&alice, 0);
    let (bank, board, market) = (world.bank_address(USDC), world.board_address(), world.market_address(BTC));
    for (address, length) in [
        (world.clearinghouse, 616),
        (board, 9_776),
        (bank, 408),
        (market, 576),
        (world.pool_address(), 232),
        (world.fund_address(), 104),
        (account, 816),
        (world.window_address(), 88),
    ] {
        assert_eq!(world.svm.account(&address).data.len(), length);
    }
    // Discriminator, then the offsets above.
    assert_eq!(bytes_at(&world, world.clearinghouse, 8 + 128), world.governance.address().to_bytes());
    assert_eq!(bytes_at(&world, bank, 8 + 32), world.assets[0].mint.to_bytes());
    assert_eq!(bytes_at(&world, market, 8 + 32), (ONE_BTC / 10).to_le_bytes());
    assert_eq!(bytes_at(&world, market, 8 + 496), [BTC]);
    assert_eq!(bytes_at(&world, account, 8 + 32), alice.address().to_bytes());
    assert_eq!(bytes_at(&world, account, 8 + 98), [1, 1]);
    assert_eq!(bytes_at(&world, account, 8 + 392), (ONE_BTC / 10).to_le_bytes());
    // 80 micro-USD per native unit, in steps of 2^-64: the high word of row 2's price.
    assert_eq!(bytes_at(&world, board, 8 + 88 + 2 * 440 + 24), 80u64.to_le_bytes());
    assert_eq!(bytes_at(&world, board, 8 + 88 + 2 * 440), *b"BTC\0");
}
