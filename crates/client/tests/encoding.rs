//! Instructions are encoded as the program decodes them.
use plimsoll_client::instructions::{self, list_asset, list_market, rebalance, refresh_prices, trade};
use plimsoll_client::program::params::{AssetParams, MarketParams};
use plimsoll_client::program::state::MarketTerms;
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
    ];
    assert_eq!(
        hex(&list_asset::instruction(&accounts, &list_asset::Args { params }, &[])),
        expected.concat()
    );
}

#[test]
fn list_market_is_encoded_as_the_framework_does() {
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
    };
    let params = MarketParams {
        initial_margin: 100_000,
        maintenance_margin: 50_000,
        initial_profit_weight: 900_000,
        maintenance_profit_weight: 1_000_000,
        terms,
    };
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
        "ffffffffffffffff020000000000000003000000000000000400000000000000",
        "05000000060000000700000008000000090000000a000000",
    ];
    let args = list_market::Args { asset: 2, params };
    assert_eq!(hex(&list_market::instruction(&accounts, &args, &[])), expected.concat());
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
