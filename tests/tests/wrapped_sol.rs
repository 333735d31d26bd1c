//! SOL itself as collateral, through the native mint.

use plimsoll::state::Bank;
use plimsoll_client::addresses::TOKEN_PROGRAM;
use plimsoll_testkit::{Wallet, World, presets, tokens};
use plimsoll_tests::scene::{self, E8, ONE_SOL, SOL, settlement};
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};

const NATIVE_MINT: Address = address!("So11111111111111111111111111111111111111112");

/// Rent of a token account, which a native one holds on top of its amount.
const RENT: u64 = 2_039_280;

/// Gives a wallet wrapped SOL: a native token account whose lamports back its amount.
fn wrap(world: &mut World, who: &Wallet, amount: u64) -> Address {
    let at = world.token_address(&who.address(), SOL);
    let mut account = tokens::account(&NATIVE_MINT, &who.address(), amount);
    account.data[109..113].copy_from_slice(&1u32.to_le_bytes());
    account.data[113..121].copy_from_slice(&RENT.to_le_bytes());
    account.lamports = RENT + amount;
    world.svm.set_account(at, account);
    at
}

#[test]
fn wrapped_sol_is_deposited_traded_against_and_unwrapped() {
    let listings = presets::standard();
    let mut world = World::bare().with(&[presets::Listing { collateral: None, ..listings[0] }, listings[1]]);
    let mut mint = tokens::mint(9, &Address::default());
    // The native mint has no authority.
    mint.data[..4].fill(0);
    world.svm.set_account(NATIVE_MINT, mint);
    world.assets[SOL as usize].mint = NATIVE_MINT;
    world.list_collateral(SOL, presets::volatile_collateral());
    world.launch();
    world.set_prices(&[(SOL, 100 * E8), (2, 8_000 * E8)]);
    let provider = world.wallet("provider");
    world.capitalise(&provider, scene::CAPITAL as u64);

    let alice = scene::trader(&mut world, "alice", 0);
    let amount = 30 * ONE_SOL as u64;
    let wrapped = wrap(&mut world, &alice, amount + 5);
    world.must(world.deposit_instruction(&alice, 0, SOL, amount), &alice);
    let bank: Bank = world.svm.read(&world.bank_address(SOL));
    let vault = world.svm.account(&bank.vault);
    assert_eq!((tokens::amount(&vault), bank.tokens), (amount, amount));
    assert_eq!(vault.lamports, world.svm.vm.minimum_balance_for_rent_exemption(165) + amount);
    assert_eq!(tokens::amount(&world.svm.account(&wrapped)), 5);

    world.trade(&alice, 0, 2, 10_000_000).unwrap();
    world.trade(&alice, 0, 2, -10_000_000).unwrap();
    let owed = settlement(&world.margin(&alice, 0)).unsigned_abs();
    world.fund(&alice, 0, 0, owed);
    world.must(world.withdraw_instruction(&alice, 0, SOL, amount), &alice);
    // Closing the token account turns it back into lamports.
    let before = world.svm.account(&alice.address()).lamports;
    let accounts = vec![
        AccountMeta::new(wrapped, false),
        AccountMeta::new(alice.address(), false),
        AccountMeta::new_readonly(alice.address(), true),
    ];
    world.must(Instruction { program_id: TOKEN_PROGRAM, accounts, data: vec![9] }, &alice);
    assert_eq!(world.svm.account(&alice.address()).lamports, before + RENT + amount + 5);
}
