//! Instructions are encoded as the program decodes them.
use plimsoll_client::instructions::{
    self, create_clearinghouse, list_asset, list_collateral, list_market, rebalance, refresh_prices, trade,
};
use plimsoll_client::program::params::{AssetParams, ClearinghouseParams, CollateralParams, MarketParams};
use plimsoll_client::program::state::{BankTerms, MarginTerms, MarketTerms};
use plimsoll_client::spec::AccountSpec;
use plimsoll_client::{accounts, addresses, events};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};

fn hex(instruction: &Instruction) -> String {
    instruction.data.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn address(byte: u8) -> Address {
    Address::new_from_array([byte; 32])
}

// The expected bytes were printed by the on-chain framework's own encoder (anchor-lang 2.0.0-rc.2,
// `InstructionData::data` of the program's generated instruction types) for these values.

#[test]
fn list_asset_is_encoded_as_the_framework_does() {
    let params = AssetParams {
        symbol: *b"SOL\0\0\0\0\0\0\0\0\0\0\0\0\0",
        oracle: address(3),
        feed_id: [4; 32],
        oracle_kind: 1,
        decimals: 9,
        fresh_seconds: 10,
        expiry_seconds: 60,
        confidence_max: 5_000,
        confidence_limit: 20_000,
        divergence_max: 100_000,
        slow_rate_per_second: 500,
        hold_seconds: 600,
        parity_ratio: 1_100_000,
        parity_gap_max: 50_000,
        parity_asset: 7,
    };
    let accounts =
        list_asset::Accounts { governance: address(1), clearinghouse: address(2), risk_board: address(5) };
    let expected = [
        "0b19fecd3dfc170f",
        "534f4c00000000000000000000000000",
        &"03".repeat(32),
        &"04".repeat(32),
        "0109",
        "0a0000003c00000088130000204e0000a0860100f4010000",
        "58020000e0c8100050c3000007",
    ];
    assert_eq!(
        hex(&list_asset::instruction(&accounts, &list_asset::Args { params }, &[])),
        expected.concat()
    );
}

#[test]
fn list_market_is_encoded_as_the_framework_does() {
    let margin = MarginTerms {
        initial_margin: 100_000,
        maintenance_margin: 50_000,
        initial_profit_weight: 900_000,
        maintenance_profit_weight: 1_000_000,
        tier_1_from: -1,
        tier_2_from: 2,
        tier_1_initial: 3,
        tier_1_maintenance: 4,
        tier_2_initial: 5,
        tier_2_maintenance: 6,
        concentration_share: 7,
        concentration_initial: 8,
        open_interest_low: 9,
        volatility_memory_seconds: 10,
        volatility_calm_per_day: 11,
        volatility_multiplier_max: 12,
        volatility_fall_per_day: 13,
        bounty_reserve: 14,
        padding: 15,
    };
    let terms = MarketTerms {
        skew_scale: -1,
        open_interest_max: 2,
        size_min: 3,
        full_close_notional: 4,
        trading_fee: 5,
        insurance_fee_share: 6,
        liquidation_penalty: 7,
        bounty_share: 8,
        reserve_ratio: 9,
        capital_weight: 10,
        insurance_tranche: 11,
        shared_insurance_max: -12,
        bounty_share_max: 13,
        bounty_seconds: 14,
        funding_rate_max_per_day: 15,
        funding_velocity_max_per_day: 16,
    };
    let params = MarketParams { margin, terms };
    let accounts = list_market::Accounts {
        governance: address(1),
        clearinghouse: address(2),
        risk_board: address(3),
        pool: address(4),
        market: address(5),
    };
    let expected = [
        "a15d0335be714320",
        "02",
        "a086010050c30000a0bb0d0040420f00",
        "ffffffffffffffff0200000000000000",
        "03000000040000000500000006000000",
        "07000000080000000900000000000000",
        "0a0000000b0000000c0000000d0000000e0000000f000000",
        "ffffffffffffffff020000000000000003000000000000000400000000000000",
        "05000000060000000700000008000000090000000a000000",
        "0b00000000000000f4ffffffffffffff",
        "0d0000000e0000000f00000010000000",
    ];
    let args = list_market::Args { asset: 2, params };
    assert_eq!(hex(&list_market::instruction(&accounts, &args, &[])), expected.concat());
}

#[test]
fn list_collateral_is_encoded_as_the_framework_does() {
    let terms = BankTerms {
        deposit_cap: u64::MAX,
        borrow_cap: 2,
        debt_min: 3,
        weight_scale_from: 4,
        utilisation_max: 5,
        utilisation_kink: 6,
        rate_at_zero: 7,
        rate_at_kink: 8,
        rate_at_full: 9,
        reserve_share: 10,
        liquidation_bonus: 11,
        padding: 12,
    };
    let params = CollateralParams {
        initial_asset_weight: 1,
        maintenance_asset_weight: 2,
        initial_debt_weight: 3,
        maintenance_debt_weight: 4,
        terms,
    };
    let accounts = list_collateral::Accounts {
        governance: address(1),
        clearinghouse: address(2),
        risk_board: address(3),
        mint: address(4),
        bank: address(5),
        vault: address(6),
    };
    let expected = [
        "9be82fab7cce851b",
        "03",
        "01000000020000000300000004000000",
        "ffffffffffffffff020000000000000003000000000000000400000000000000",
        "05000000060000000700000008000000090000000a0000000b0000000c000000",
    ];
    let args = list_collateral::Args { asset: 3, params };
    assert_eq!(hex(&list_collateral::instruction(&accounts, &args, &[])), expected.concat());
}

#[test]
fn create_clearinghouse_is_encoded_as_the_framework_does() {
    let accounts = create_clearinghouse::Accounts {
        creator: address(2),
        settlement_mint: address(3),
        clearinghouse: address(4),
        risk_board: address(5),
    };
    let params = ClearinghouseParams {
        liquidation_target: 1,
        margin_call: 2,
        auction_delay_seconds: 3,
        auction_seconds: 4,
    };
    let args = create_clearinghouse::Args { governance: address(1), params };
    let expected = ["ce24a130cf777b76", &"01".repeat(32), "01000000020000000300000004000000"];
    assert_eq!(hex(&create_clearinghouse::instruction(&accounts, &args, &[])), expected.concat());
}

#[test]
fn numbers_and_lists_are_encoded_as_the_framework_does() {
    let trade_accounts = trade::Accounts {
        authority: address(1),
        account: address(2),
        risk_board: address(3),
        market: address(4),
    };
    let args = trade::Args { size: -5, limit: 1 << 64 };
    assert_eq!(
        hex(&trade::instruction(&trade_accounts, &args, &[])),
        "b2901ad8f1bbce82fbffffffffffffff00000000000000000100000000000000"
    );
    let board = refresh_prices::Accounts { risk_board: address(1) };
    let args = refresh_prices::Args { assets: vec![1, 2, 3] };
    let oracles = [AccountMeta::new_readonly(address(9), false)];
    let refresh = refresh_prices::instruction(&board, &args, &oracles);
    assert_eq!(hex(&refresh), "1a88848fec34b20c03000000010203");
    assert_eq!(refresh.accounts, [AccountMeta::new(address(1), false), oracles[0].clone()]);
    let rebalanced = rebalance::Accounts { pool: address(1), risk_board: address(2), market: address(3) };
    assert_eq!(hex(&rebalance::instruction(&rebalanced, &rebalance::Args {}, &[])), "6c9e4d09d234583e");
}

#[test]
fn accounts_come_in_the_programs_order_with_its_flags() {
    let accounts = trade::Accounts {
        authority: address(1),
        account: address(2),
        risk_board: address(3),
        market: address(4),
    };
    let built = trade::instruction(&accounts, &trade::Args { size: 1, limit: 1 }, &[]);
    assert_eq!(built.program_id, addresses::PROGRAM);
    assert_eq!(
        built.accounts,
        [
            AccountMeta::new_readonly(address(1), true),
            AccountMeta::new(address(2), false),
            AccountMeta::new_readonly(address(3), false),
            AccountMeta::new(address(4), false),
        ]
    );
}

#[test]
fn discriminators_are_hashes_of_the_names() {
    let first = |text: String| solana_sha256_hasher::hash(text.as_bytes()).to_bytes()[..8].to_vec();
    for spec in instructions::ALL {
        assert_eq!(spec.discriminator, first(format!("global:{}", spec.name)), "{}", spec.name);
    }
    for (name, discriminator) in accounts::ALL {
        assert_eq!(discriminator.as_slice(), first(format!("account:{name}")), "{name}");
    }
    for (name, discriminator) in events::ALL {
        assert_eq!(discriminator.as_slice(), first(format!("event:{name}")), "{name}");
    }
    // One of them by heart: sha256("global:deposit").
    assert_eq!(instructions::deposit::SPEC.discriminator, [242, 35, 198, 137, 82, 225, 242, 182]);
}

#[test]
fn programs_are_never_asked_for() {
    let is_program = |account: &&AccountSpec| account.name.ends_with("_program");
    for spec in instructions::ALL {
        for program in spec.accounts.iter().filter(is_program) {
            assert!(program.address.is_some() && !program.writable && !program.signer, "{}", spec.name);
        }
    }
}
