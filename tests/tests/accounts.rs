//! Margin accounts: opening, closing, delegates, deposits, withdrawals, transfers.

use bytemuck::bytes_of;
use plimsoll::error::PlimsollError;
use plimsoll::events::{AccountClosed, AccountOpened, DelegateSet, Deposited, Transferred, Withdrawn};
use plimsoll::state::{Bank, MarginState};
use plimsoll_client::Event;
use plimsoll_client::decode::Layout;
use plimsoll_testkit::actions::ANY_PRICE;
use plimsoll_testkit::{Wallet, World, presets, tokens};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{
    self, BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, Scene, USD, USDC, only_event, settlement,
};
use solana_address::Address;
use solana_instruction::Instruction;

fn bank(world: &World, asset: u8) -> Bank {
    world.svm.read(&world.bank_address(asset))
}

fn lamports(world: &World, address: Address) -> u64 {
    world.svm.vm.get_account(&address).map_or(0, |account| account.lamports)
}

fn vault(world: &World, asset: u8) -> u64 {
    tokens::amount(&world.svm.account(&world.vault_address(asset)))
}

/// The same instruction, signed by somebody else in place of its first account.
fn signed_by(mut instruction: Instruction, signer: &Wallet) -> Instruction {
    instruction.accounts[0].pubkey = signer.address();
    instruction
}

#[test]
fn an_account_opens_empty_and_its_rent_returns_when_it_closes() {
    let mut world = scene::standard();
    let alice = world.wallet("alice");
    for sub_account in [0, 1, 0x0102, u16::MAX] {
        let (account, before) =
            (world.account_address(&alice, sub_account), lamports(&world, alice.address()));
        let open = world.open_account_instruction(&alice, sub_account);
        let outcome = world.changes(open, &alice, &[alice.address(), account]);
        let opened = AccountOpened {
            account,
            owner: alice.address(),
            sub_account: sub_account as u32,
            isolated_asset: 0,
        };
        assert_eq!(only_event(&outcome), Event::AccountOpened(opened));
        let empty = MarginState::empty(world.clearinghouse, alice.address(), sub_account);
        assert_eq!(bytes_of(&world.margin(&alice, sub_account)), bytes_of(&empty));
        let rent = world.svm.vm.minimum_balance_for_rent_exemption(MarginState::LENGTH);
        assert_eq!(lamports(&world, account), rent);
        assert_eq!(lamports(&world, alice.address()), before - rent);

        let close = world.close_account_instruction(&alice, sub_account);
        let outcome = world.changes(close, &alice, &[alice.address(), account]);
        let closed = AccountClosed { account, owner: alice.address() };
        assert_eq!(only_event(&outcome), Event::AccountClosed(closed));
        assert_eq!(lamports(&world, alice.address()), before);
        assert_eq!(lamports(&world, account), 0);
    }
}

#[test]
fn an_account_that_holds_anything_does_not_close() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 0);
    let close = world.close_account_instruction(&alice, 0);
    world.fund(&alice, 0, USDC, 1);
    world.refused(close.clone(), &alice, PlimsollError::AccountNotEmpty);
    world.must(world.withdraw_instruction(&alice, 0, USDC, 1), &alice);
    world.fund(&alice, 0, SOL, 10 * ONE_SOL as u64);
    world.refused(close.clone(), &alice, PlimsollError::AccountNotEmpty);
    // A position, then a debt of exactly its losses.
    world.trade(&alice, 0, BTC, ONE_BTC / 100).unwrap();
    world.refused(close.clone(), &alice, PlimsollError::AccountNotEmpty);
    world.trade(&alice, 0, BTC, -ONE_BTC / 100).unwrap();
    world.fund(&alice, 0, USDC, settlement(&world.margin(&alice, 0)).unsigned_abs());
    world.must(world.withdraw_instruction(&alice, 0, SOL, 10 * ONE_SOL as u64), &alice);
    world.must(close, &alice);
}

#[test]
fn a_delegate_may_trade_and_nothing_else() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 10_000);
    world.open_account(&alice, 1);
    let (deputy, account) = (world.wallet("deputy"), world.account_address(&alice, 0));
    let by_deputy = world.trade_instruction(&deputy, &alice, 0, BTC, (ONE_BTC, ANY_PRICE));
    world.refused(by_deputy.clone(), &deputy, PlimsollError::NotOwnerOrDelegate);

    let name = world.set_delegate_instruction(&alice, 0, deputy.address());
    let outcome = world.changes(name, &alice, &[account]);
    let set = DelegateSet { account, delegate: deputy.address() };
    assert_eq!(only_event(&outcome), Event::DelegateSet(set));
    let outcome = world.must(by_deputy.clone(), &deputy);
    let Event::Traded(traded) = only_event(&outcome) else { panic!("{outcome:?}") };
    assert_eq!((traded.authority, traded.account), (deputy.address(), account));

    world.give(&alice, USDC, 1);
    for instruction in [
        world.deposit_instruction(&alice, 0, USDC, 1),
        world.withdraw_instruction(&alice, 0, USDC, 1),
        world.transfer_instruction(&alice, 0, 1, USDC, 1),
        world.close_account_instruction(&alice, 0),
        world.set_delegate_instruction(&alice, 0, deputy.address()),
    ] {
        world.refused(signed_by(instruction, &deputy), &deputy, PlimsollError::NotOwner);
    }
    // Of one account only, and only until removed.
    let elsewhere = world.trade_instruction(&deputy, &alice, 1, BTC, (ONE_BTC, ANY_PRICE));
    world.refused(elsewhere, &deputy, PlimsollError::NotOwnerOrDelegate);
    let remove = world.set_delegate_instruction(&alice, 0, Address::default());
    world.changes(remove, &alice, &[account]);
    world.refused(by_deputy, &deputy, PlimsollError::NotOwnerOrDelegate);
}

#[test]
fn deposits_and_withdrawals_move_exactly_the_amount() {
    let mut world = scene::standard();
    let (alice, bob) = (scene::trader(&mut world, "alice", 0), scene::trader(&mut world, "bob", 0));
    world.open_account(&alice, 1);
    for (asset, amount) in [(USDC, 1_234_567u64), (SOL, 987_654_321), (ETH, 1)] {
        world.fund(&bob, 0, asset, 1_000);
        world.give(&alice, asset, amount + 5);
        let (held, bank_before) = (vault(&world, asset), bank(&world, asset).tokens);
        let (account, of_bank) = (world.account_address(&alice, 0), world.bank_address(asset));
        let touched =
            [account, of_bank, world.vault_address(asset), world.token_address(&alice.address(), asset)];
        let deposit = world.deposit_instruction(&alice, 0, asset, amount);
        let outcome = world.changes(deposit, &alice, &touched);
        let expected =
            Deposited { account, bank: of_bank, amount, shares_after: amount as i64, cash_after: 0 };
        assert_eq!(only_event(&outcome), Event::Deposited(expected));
        assert_eq!(world.wallet_balance(&alice, asset), 5);
        assert_eq!((vault(&world, asset), bank(&world, asset).tokens), (held + amount, bank_before + amount));
        assert_eq!(world.margin(&alice, 0).shares(asset).0 as u64, amount);

        let too_much = world.withdraw_instruction(&alice, 0, asset, amount + 1);
        world.refused(too_much, &alice, PlimsollError::InsufficientBalance);
        let withdraw = world.withdraw_instruction(&alice, 0, asset, amount);
        world.svm.advance(1);
        let outcome = world.changes(withdraw, &alice, &[&touched[..], &[world.window_address()]].concat());
        let expected = Withdrawn { account, bank: of_bank, amount, shares_after: 0, cash_after: 0 };
        assert_eq!(only_event(&outcome), Event::Withdrawn(expected));
        assert_eq!(world.wallet_balance(&alice, asset), amount + 5);
        assert_eq!((vault(&world, asset), bank(&world, asset).tokens), (held, bank_before));
    }
    let empty = MarginState::empty(world.clearinghouse, alice.address(), 0);
    assert_eq!(bytes_of(&world.margin(&alice, 0)), bytes_of(&empty));
    for instruction in [
        world.deposit_instruction(&alice, 0, SOL, 0),
        world.withdraw_instruction(&alice, 0, SOL, 0),
        world.transfer_instruction(&alice, 0, 1, SOL, 0),
    ] {
        world.refused(instruction, &alice, PlimsollError::ZeroAmount);
    }
}

#[test]
fn an_account_that_owes_nothing_withdraws_at_any_price() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 100);
    world.fund(&alice, 0, SOL, ONE_SOL as u64);
    world.open_account(&alice, 1);
    world.svm.advance(1_000_000);
    world.must(world.withdraw_instruction(&alice, 0, SOL, ONE_SOL as u64 / 2), &alice);
    world.must(world.transfer_instruction(&alice, 0, 1, SOL, ONE_SOL as u64 / 2), &alice);
    world.must(world.withdraw_instruction(&alice, 0, USDC, 100 * USD as u64), &alice);
}

#[test]
fn an_encumbered_account_withdraws_down_to_its_initial_margin() {
    for (asset, dollars, sol) in [(USDC, 2_000, 1), (SOL, 100, 100)] {
        let mut world = scene::standard();
        let alice = scene::trader(&mut world, "alice", dollars);
        world.open_account(&alice, 1);
        world.fund(&alice, 0, SOL, (sol * ONE_SOL) as u64);
        world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
        world.trade(&alice, 0, ETH, -10 * ONE_ETH).unwrap();
        let initial = |world: &World, less: i64| {
            let mut account = world.margin(&alice, 0);
            account.tokens[asset as usize].shares -= less;
            reference::health(&account, &world.board()).initial
        };
        let (mut most, mut over) = (0, world.margin(&alice, 0).shares(asset).0 + 1);
        while over - most > 1 {
            let middle = most + (over - most) / 2;
            if initial(&world, middle) >= 0 { most = middle } else { over = middle }
        }
        assert_eq!(initial(&world, most), 0);
        for beyond in [
            world.withdraw_instruction(&alice, 0, asset, over as u64),
            world.transfer_instruction(&alice, 0, 1, asset, over as u64),
        ] {
            world.refused(beyond, &alice, PlimsollError::InitialMargin);
        }
        let part = most as u64 / 3;
        world.must(world.withdraw_instruction(&alice, 0, asset, part), &alice);
        world.must(world.transfer_instruction(&alice, 0, 1, asset, most as u64 - part), &alice);
        world.svm.advance(31);
        for late in [
            world.withdraw_instruction(&alice, 0, asset, 1),
            world.transfer_instruction(&alice, 0, 1, asset, 1),
        ] {
            world.refused(late, &alice, PlimsollError::PriceAgeing);
        }
    }
}

#[test]
fn tokens_move_between_accounts_of_one_owner() {
    let mut world = scene::standard();
    let (alice, bob) = (scene::trader(&mut world, "alice", 10), scene::trader(&mut world, "bob", 0));
    world.fund(&alice, 0, SOL, 7);
    let (from, to) = (world.account_address(&alice, 0), world.open_account(&alice, 9));
    for (asset, amount, left) in [(USDC, 4_000_000u64, 6 * USD), (SOL, 7, 0)] {
        let transfer = world.transfer_instruction(&alice, 0, 9, asset, amount);
        let outcome = world.changes(transfer, &alice, &[from, to]);
        let expected = Transferred {
            from,
            to,
            amount,
            asset: asset as u64,
            from_shares_after: left,
            from_cash_after: 0,
            to_shares_after: amount as i64,
            to_cash_after: 0,
        };
        assert_eq!(only_event(&outcome), Event::Transferred(expected));
        assert_eq!(world.margin(&alice, 0).shares(asset).0, left);
        assert_eq!(world.margin(&alice, 9).shares(asset).0, amount as i64);
    }
    let too_much = world.transfer_instruction(&alice, 0, 9, USDC, 6 * USD as u64 + 1);
    world.refused(too_much, &alice, PlimsollError::InsufficientBalance);
    let not_held = world.transfer_instruction(&alice, 0, 9, ETH, 1);
    world.refused(not_held, &alice, PlimsollError::InsufficientBalance);
    let mut elsewhere = world.transfer_instruction(&alice, 0, 9, USDC, 1);
    elsewhere.accounts[2].pubkey = world.account_address(&bob, 0);
    world.refused(elsewhere, &alice, PlimsollError::NotSameOwner);
}

#[test]
fn the_deposit_cap_holds_except_for_a_rescue() {
    let mut world = scene::standard();
    let alice = scene::trader(&mut world, "alice", 1_000);
    world.trade(&alice, 0, BTC, ONE_BTC / 10).unwrap();
    let bob = scene::trader(&mut world, "bob", 0);
    let cap = presets::settlement().terms.deposit_cap;
    // Fill the banks up to three units below their caps.
    for asset in [USDC, SOL] {
        let room = cap - bank(&world, asset).deposit_shares - 3;
        world.fund(&bob, 0, asset, room);
        world.give(&bob, asset, 10);
        world.give(&alice, asset, 10);
        let beyond = world.deposit_instruction(&bob, 0, asset, 4);
        world.refused(beyond, &bob, PlimsollError::DepositCap);
        world.must(world.deposit_instruction(&bob, 0, asset, 3), &bob);
        let beyond = world.deposit_instruction(&bob, 0, asset, 1);
        world.refused(beyond, &bob, PlimsollError::DepositCap);
    }
    world.give(&bob, USDC, 1_000);
    let provide = world.provide_instruction(&bob, 1_000, 0);
    world.refused(provide, &bob, PlimsollError::DepositCap);
    // An account with a position may be topped up, in settlement tokens.
    let collateral = world.deposit_instruction(&alice, 0, SOL, 1);
    world.refused(collateral, &alice, PlimsollError::DepositCap);
    world.must(world.deposit_instruction(&alice, 0, USDC, 10), &alice);
    // It takes the fee that alice owes out of her deposit.
    assert_eq!(world.margin(&alice, 0).cash, 0);
    assert_eq!(bank(&world, USDC).deposit_shares, cap + 10 - 400_000);
}

#[test]
fn sixteen_tokens_fit_and_no_seventeenth() {
    let mut world = World::wide(16);
    let alice = scene::trader(&mut world, "alice", 1);
    for asset in 1..16 {
        world.fund(&alice, 0, asset, asset as u64);
    }
    world.give(&alice, 16, 1);
    let one_more = world.deposit_instruction(&alice, 0, 16, 1);
    world.refused(one_more.clone(), &alice, PlimsollError::TokenSlotsFull);
    world.fund(&alice, 0, 15, 1);
    // A token that is withdrawn entirely makes room; the settlement token's slot stays.
    world.must(world.withdraw_instruction(&alice, 0, USDC, USD as u64), &alice);
    world.refused(one_more.clone(), &alice, PlimsollError::TokenSlotsFull);
    world.must(world.withdraw_instruction(&alice, 0, 7, 7), &alice);
    world.must(one_more, &alice);
    let held: Vec<(u8, i64)> = world.margin(&alice, 0).tokens().iter().map(|t| (t.asset, t.shares)).collect();
    let expected = [0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14, 16];
    let balance = |asset: u8| match asset {
        15 => 16,
        16 => 1,
        other => other as i64,
    };
    assert_eq!(held, expected.map(|asset| (asset, balance(asset))));
}

#[test]
fn sixteen_positions_fit_and_no_seventeenth() {
    let mut listings = presets::wide(16);
    listings.push(presets::Listing { symbol: "A17", ..listings[0] });
    let mut world = World::bare().with(&listings).launched();
    world.set_prices(&(1..=17).map(|asset| (asset, E8)).collect::<Vec<_>>());
    let provider = world.wallet("provider");
    world.capitalise(&provider, scene::CAPITAL as u64);
    let alice = scene::trader(&mut world, "alice", 100);
    for asset in 1..=16 {
        world.trade(&alice, 0, asset, USD).unwrap();
    }
    let one_more = world.trade_instruction(&alice, &alice, 0, 17, (USD, ANY_PRICE));
    world.refused(one_more.clone(), &alice, PlimsollError::PositionSlotsFull);
    world.trade(&alice, 0, 16, -3 * USD).unwrap();
    world.trade(&alice, 0, 5, -USD).unwrap();
    world.must(one_more, &alice);
    let held: Vec<u8> = world.margin(&alice, 0).perps().iter().map(|p| p.asset).collect();
    assert_eq!(held, [1, 2, 3, 4, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17]);
}
