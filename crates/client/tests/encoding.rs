//! Instructions are encoded as the program decodes them.
use plimsoll_client::instructions::{
    self, create_clearinghouse, propose, rebalance, refresh_prices, tighten, trade,
};
use plimsoll_client::program::params::{
    AssetParams, Change, ClearinghouseTerms, CollateralParams, FieldChange, MarketParams, OracleSource,
    PriceTerms, RoleHolders,
};
use plimsoll_client::program::state::{BankTerms, MarginTerms, MarketTerms, Weights};
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

// Little endian, without padding but that of the structs themselves, lists behind a `u32` length, enums
// behind a one-byte tag: what the on-chain framework reads (Borsh, for these types).

/// The arguments of a proposal, without the end: when it expires.
fn proposed(change: Change) -> String {
    let accounts = propose::Accounts {
        governance: address(1),
        payer: address(2),
        clearinghouse: address(3),
        risk_board: address(4),
        change: address(5),
        market: None,
        bank: None,
        pool: None,
    };
    let built = propose::instruction(&accounts, &propose::Args { change, expires_at: -2 }, &[]);
    let text = hex(&built);
    let text = text.strip_prefix("5dfd52a87621665a").unwrap_or_else(|| panic!("{text}"));
    text.strip_suffix("feffffffffffffff").expect("when it expires").into()
}

#[test]
fn an_asset_is_proposed() {
    let source = OracleSource { oracle: address(3), feed_id: [4; 32], kind: 1, padding: [0; 3] };
    let price = PriceTerms {
        fresh_seconds: 10,
        expiry_seconds: 60,
        confidence_max: 5_000,
        confidence_limit: 20_000,
        divergence_max: 100_000,
        slow_rate_per_second: 500,
        hold_seconds: 600,
        parity_ratio: 1_100_000,
        parity_gap_max: 50_000,
    };
    let symbol = *b"SOL\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let params = AssetParams { symbol, source, price, decimals: 9, parity_asset: 7, padding: [0; 2] };
    let expected = [
        "00",
        "534f4c00000000000000000000000000",
        &"03".repeat(32),
        &"04".repeat(32),
        "01000000",
        "0a0000003c00000088130000204e0000a0860100f4010000",
        "58020000e0c8100050c30000",
        "09070000",
    ];
    assert_eq!(proposed(Change::Asset(params)), expected.concat());
}

#[test]
fn collateral_is_proposed() {
    let terms = BankTerms {
        deposit_cap: u64::MAX,
        borrow_cap: 2,
        debt_min: 3,
        weight_scale_from: 4,
        outflow_max: 5,
        utilisation_max: 6,
        utilisation_kink: 7,
        rate_at_zero: 8,
        rate_at_kink: 9,
        rate_at_full: 10,
        reserve_share: 11,
        liquidation_bonus: 12,
        padding: 13,
    };
    let weights = Weights { initial_asset: 1, maintenance_asset: 2, initial_debt: 3, maintenance_debt: 4 };
    let change =
        Change::Collateral { asset: 3, mint: address(6), params: CollateralParams { weights, terms } };
    let expected = [
        "0103",
        &"06".repeat(32),
        "01000000020000000300000004000000",
        "ffffffffffffffff020000000000000003000000000000000400000000000000",
        "0500000000000000",
        "060000000700000008000000090000000a0000000b0000000c0000000d000000",
    ];
    assert_eq!(proposed(change), expected.concat());
}

#[test]
fn a_market_is_proposed() {
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
        protocol_fee_share: 7,
        liquidation_penalty: 8,
        bounty_share: 9,
        reserve_ratio: 10,
        capital_weight: 11,
        reduce_only: 1,
        insurance_tranche: 12,
        shared_insurance_max: -13,
        bounty_share_max: 14,
        bounty_seconds: 15,
        funding_rate_max_per_day: 16,
        funding_velocity_max_per_day: 17,
    };
    let expected = [
        "0202",
        "a086010050c30000a0bb0d0040420f00",
        "ffffffffffffffff0200000000000000",
        "03000000040000000500000006000000",
        "07000000080000000900000000000000",
        "0a0000000b0000000c0000000d0000000e0000000f000000",
        "ffffffffffffffff020000000000000003000000000000000400000000000000",
        "05000000060000000700000008000000090000000a0000000b00000001000000",
        "0c00000000000000f3ffffffffffffff",
        "0e0000000f0000001000000011000000",
    ];
    let change = Change::Market { asset: 2, params: MarketParams { margin, terms } };
    assert_eq!(proposed(change), expected.concat());
}

#[test]
fn oracles_roles_and_parameters_are_proposed() {
    let source =
        |byte, kind| OracleSource { oracle: address(byte), feed_id: [byte; 32], kind, padding: [0; 3] };
    let oracle = Change::Oracle { asset: 4, before: source(1, 1), after: source(2, 2) };
    let expected = ["0304", &"01".repeat(64), "01000000", &"02".repeat(64), "02000000"];
    assert_eq!(proposed(oracle), expected.concat());
    let role = Change::Role { role: 2, before: address(8), after: address(9) };
    assert_eq!(proposed(role), ["0402", &"08".repeat(32), &"09".repeat(32)].concat());
    let fields = vec![FieldChange { before: 1, after: -2, parameter: 65, padding: [0; 7] }];
    let expected = ["0501", "80510100", "01000000", "0100000000000000feffffffffffffff4100000000000000"];
    let parameters = Change::Parameters { asset: 1, ramp_seconds: 86_400, fields: fields.clone() };
    assert_eq!(proposed(parameters), expected.concat());
    let steward = tighten::Accounts {
        steward: address(1),
        clearinghouse: address(2),
        risk_board: address(3),
        market: Some(address(4)),
        bank: None,
    };
    let args = tighten::Args { asset: 1, ramp_seconds: 86_400, fields };
    let built = tighten::instruction(&steward, &args, &[]);
    assert!(hex(&built).ends_with(&expected.concat()[2..]), "the same, without a tag");
    // What is left out is the program itself.
    assert_eq!(built.accounts[4], AccountMeta::new_readonly(addresses::PROGRAM, false));
}

#[test]
fn a_clearinghouse_is_created() {
    let accounts = create_clearinghouse::Accounts {
        creator: address(2),
        settlement_mint: address(3),
        clearinghouse: address(4),
        risk_board: address(5),
        window: address(6),
    };
    let roles = RoleHolders {
        governance: address(1),
        steward: address(2),
        guardian: address(3),
        fee_collector: address(4),
    };
    let terms = ClearinghouseTerms {
        liquidation_target: 1,
        margin_call: 2,
        auction_delay_seconds: 3,
        auction_seconds: 4,
        change_delay_seconds: 5,
        oracle_delay_seconds: 6,
        outflow_max: -7,
    };
    let expected = [
        "ce24a130cf777b76",
        &"01".repeat(32),
        &"02".repeat(32),
        &"03".repeat(32),
        &"04".repeat(32),
        "010000000200000003000000040000000500000006000000",
        "f9ffffffffffffff",
    ];
    let args = create_clearinghouse::Args { roles, terms };
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
