//! Addresses and the lives of accounts: collisions, other bumps, second lives, donations.

use plimsoll::seeds;
use plimsoll::state::MarginState;
use plimsoll_client::addresses;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::{Snapshot, Svm, Wallet, World, tokens};
use plimsoll_tests::attack_stage::{DOGE, Stage, send, valid_calls, verdict};
use plimsoll_tests::scene::{BTC, SOL, USD, USDC};
use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use std::collections::BTreeSet;

/// Attack 5: whatever differs in kind, owner, number, mint or clearinghouse has an
/// address of its own.
#[test]
fn attack_two_things_at_one_address() {
    let people = ["a", "b", "c"].map(|name| Wallet::new(name).address());
    let mut all = Vec::new();
    for creator in &people {
        let clearinghouse = addresses::clearinghouse(creator);
        let pool = addresses::liquidity_pool(&clearinghouse);
        all.extend([
            clearinghouse,
            addresses::risk_board(&clearinghouse),
            pool,
            addresses::share_mint(&pool),
            addresses::insurance_fund(&clearinghouse),
            addresses::outflow_window(&clearinghouse),
        ]);
        let numbers = (0..=300).chain([0x1_0000, 0x100_0000, u32::MAX]);
        all.extend(numbers.map(|id| addresses::pending_change(&clearinghouse, id)));
        all.extend((0..=u8::MAX).map(|asset| addresses::market(&clearinghouse, asset)));
        for person in &people {
            let bank = addresses::bank(&clearinghouse, person);
            all.extend([bank, addresses::vault(&bank)]);
            let numbers = (0..64).chain([0x100, 0x101, 0x200, 0xff00, u16::MAX]);
            all.extend(numbers.map(|n| addresses::margin_account(&clearinghouse, person, n)));
        }
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
}

/// What a created account's address is derived from.
fn seeds_of(world: &World, spec: &InstructionSpec, call: &Instruction, at: usize) -> Vec<Vec<u8>> {
    let key = |name: &str| {
        let i = spec.accounts.iter().position(|a| a.name == name).expect("an account of this name");
        call.accounts[i].pubkey.to_bytes().to_vec()
    };
    match (spec.name, spec.accounts[at].name) {
        ("create_clearinghouse", "clearinghouse") => vec![seeds::CLEARINGHOUSE.into(), key("creator")],
        (_, "risk_board") => vec![seeds::RISK_BOARD.into(), key("clearinghouse")],
        (_, "pool") => vec![seeds::LIQUIDITY_POOL.into(), key("clearinghouse")],
        (_, "fund") => vec![seeds::INSURANCE_FUND.into(), key("clearinghouse")],
        (_, "share_mint") => vec![seeds::SHARE_MINT.into(), key("pool")],
        (_, "bank") => vec![seeds::BANK.into(), key("clearinghouse"), key("mint")],
        (_, "vault") => vec![seeds::VAULT.into(), key("bank")],
        (_, "market") => vec![seeds::MARKET.into(), key("clearinghouse"), vec![DOGE]],
        (_, "window") => vec![seeds::OUTFLOW_WINDOW.into(), key("clearinghouse")],
        (_, "change") => {
            let next = world.clearinghouse_account().change_count.to_le_bytes();
            vec![seeds::PENDING_CHANGE.into(), key("clearinghouse"), next.into()]
        }
        (_, "account") => {
            vec![seeds::MARGIN_ACCOUNT.into(), key("clearinghouse"), key("owner"), call.data[8..10].to_vec()]
        }
        (instruction, other) => panic!("{instruction} does not create {other}"),
    }
}

/// The accounts that a call creates.
fn created(svm: &Svm, spec: &InstructionSpec, call: &Instruction) -> Vec<usize> {
    let is_new = |i: &usize| {
        spec.accounts[*i].writable
            && !spec.accounts[*i].signer
            && svm.vm.get_account(&call.accounts[*i].pubkey).is_none()
    };
    (0..spec.accounts.len()).filter(is_new).collect()
}

/// The address of the canonical bump, and that of the next valid one.
fn two_addresses(seeds: &[&[u8]]) -> (Address, Address) {
    let (canonical, bump) = Address::find_program_address(seeds, &plimsoll::ID);
    let other = (0..bump).rev().find_map(|bump| {
        let bump = [bump];
        let bumped: Vec<&[u8]> = seeds.iter().copied().chain([bump.as_slice()]).collect();
        Address::create_program_address(&bumped, &plimsoll::ID).ok()
    });
    (canonical, other.expect("half of all bumps are valid"))
}

/// Attack 5: only the canonical bump gives an address. Any other valid one, for every
/// account that is created, and for the bank that signs for its vault, is refused.
#[test]
fn attack_a_bump_of_ones_own() {
    let mut stage = Stage::new();
    let before = Snapshot::take(&stage.home.svm);
    let (mut kinds, mut tried) = (BTreeSet::new(), 0);
    for (spec, call) in valid_calls(&mut stage.home) {
        for at in created(&stage.home.svm, spec, &call) {
            let seeds = seeds_of(&stage.home, spec, &call, at);
            let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
            let (canonical, other) = two_addresses(&seeds);
            assert_eq!(canonical, call.accounts[at].pubkey);
            let mut bumped = call.clone();
            bumped.accounts[at].pubkey = other;
            assert_eq!(verdict(&send(&mut stage, &bumped)), "InvalidSeeds", "{}", spec.name);
            before.diff(&stage.home.svm).without_fee().assert_nothing();
            tried += 1;
            kinds.insert(spec.accounts[at].name);
        }
    }
    let all = [
        "account",
        "bank",
        "change",
        "clearinghouse",
        "fund",
        "market",
        "pool",
        "risk_board",
        "share_mint",
        "vault",
        "window",
    ];
    assert_eq!((kinds, tried), (BTreeSet::from(all), 11));
    bank_at_another_bump(&mut stage);
}

/// The program never makes such a bank; were there one, it could not sign.
fn bank_at_another_bump(stage: &mut Stage) {
    let paying =
        [("withdraw", USDC), ("redeem_liquidity", USDC), ("collect_fees", USDC), ("start_receivership", SOL)];
    let calls = valid_calls(&mut stage.home);
    for (name, asset) in paying {
        let bank = stage.home.bank_address(asset);
        let (clearinghouse, mint) = (stage.home.clearinghouse, stage.home.assets[asset as usize].mint);
        let (canonical, other) = two_addresses(&[seeds::BANK, clearinghouse.as_ref(), mint.as_ref()]);
        assert_eq!(canonical, bank);
        let copy = stage.home.svm.account(&bank);
        stage.home.svm.set_account(other, copy);
        let before = Snapshot::take(&stage.home.svm);
        let (_, call) = calls.iter().find(|(spec, _)| spec.name == name).expect("an instruction");
        let mut bumped = call.clone();
        let at = call.accounts.iter().position(|meta| meta.pubkey == bank).expect("the bank");
        bumped.accounts[at].pubkey = other;
        assert_eq!(verdict(&send(stage, &bumped)), "PrivilegeEscalation", "{name}");
        before.diff(&stage.home.svm).without_fee().assert_nothing();
    }
}

/// Attack 6: nothing that exists is created a second time, whatever else is as it was before.
#[test]
fn attack_setting_up_again_what_is_in_use() {
    let mut stage = Stage::new();
    let mut again = 0;
    for (spec, call) in valid_calls(&mut stage.home) {
        let first = Snapshot::take(&stage.home.svm);
        let positions = created(&stage.home.svm, spec, &call);
        if positions.is_empty() {
            continue;
        }
        send(&mut stage, &call).unwrap_or_else(|f| panic!("{f:#?}"));
        let address = |i: &usize| call.accounts[*i].pubkey;
        let made: Vec<_> =
            positions.iter().map(|i| (address(i), stage.home.svm.account(&address(i)))).collect();
        first.restore(&mut stage.home.svm);
        for (address, account) in made {
            stage.home.svm.set_account(address, account);
        }
        let before = Snapshot::take(&stage.home.svm);
        assert_eq!(verdict(&send(&mut stage, &call)), "system:0", "{}", spec.name);
        before.diff(&stage.home.svm).without_fee().assert_nothing();
        first.restore(&mut stage.home.svm);
        again += 1;
    }
    assert_eq!(again, 6);
}

/// Pays lamports: instruction 2 of the system program.
fn pay(from: &Address, to: &Address, lamports: u64) -> Instruction {
    let mut data = 2u32.to_le_bytes().to_vec();
    data.extend(lamports.to_le_bytes());
    let accounts = vec![AccountMeta::new(*from, true), AccountMeta::new(*to, false)];
    Instruction { program_id: Address::default(), accounts, data }
}

/// Attack 6: closed, refunded and used again in one transaction: a closed account is no
/// account, and one opened anew has nothing of the old one.
#[test]
fn attack_bringing_a_closed_account_back() {
    let mut stage = Stage::new();
    let world = &mut stage.home;
    let (alice, mallory) = (Wallet::new("alice"), Wallet::new("mallory"));
    let appoint = world.set_delegate_instruction(&alice, 7, mallory.address());
    world.must(appoint, &alice);
    let account = world.account_address(&alice, 7);
    let close = world.close_account_instruction(&alice, 7);
    let refund = pay(&alice.address(), &account, 100_000_000);
    let deposit = world.deposit_instruction(&alice, 7, USDC, 1);
    let trade = world.trade_instruction(&mallory, &alice, 7, BTC, (1, u128::MAX));

    let before = Snapshot::take(&world.svm);
    for (using, signers) in [(deposit, vec![&alice.key]), (trade, vec![&alice.key, &mallory.key])] {
        let result = world.send(&[close.clone(), refund.clone(), using], &signers);
        assert_eq!(verdict(&result), "AccountDataTooSmall", "what is left has no bytes");
        before.diff(&world.svm).without_fee().assert_nothing();
    }

    world.send(&[close.clone(), refund.clone()], &[&alice.key]).expect("a donation to nobody");
    let left = world.svm.account(&account);
    assert_eq!((left.owner, left.data.len()), (Address::default(), 0));
    before.restore(&mut world.svm);

    let open = world.open_account_instruction(&alice, 7);
    world.send(&[close, refund, open], &[&alice.key]).expect("closed and opened anew");
    let anew: MarginState = world.svm.read(&account);
    let empty = MarginState::empty(world.clearinghouse, alice.address(), 7);
    assert_eq!(
        bytemuck::bytes_of(&anew),
        bytemuck::bytes_of(&empty),
        "no delegate, nothing of the old account"
    );
}

/// Attack 6: closing gives the owner the account's lamports, all of them, and nobody
/// else anything.
#[test]
fn attack_rent_of_a_closed_account_to_somebody_else() {
    let mut stage = Stage::new();
    let alice = Wallet::new("alice");
    let account = stage.home.account_address(&alice, 7);
    let rent = stage.home.svm.account(&account).lamports;
    let close = stage.home.close_account_instruction(&alice, 7);
    let before = Snapshot::take(&stage.home.svm);
    stage.home.must(close, &alice);
    let diff = before.diff(&stage.home.svm).without_fee();
    diff.assert_only(&[account, alice.address()]);
    let (held, holds) = diff.of(&alice.address()).expect("a change").lamports;
    assert_eq!(holds, held + rent);
    assert!(stage.home.svm.vm.get_account(&account).is_none());
}

/// Attack 40: lamports sent ahead to an address that is to be created stop nothing: the
/// account comes out byte for byte as it does without them.
#[test]
fn attack_lamports_sent_ahead() {
    let mut stage = Stage::new();
    let before = Snapshot::take(&stage.home.svm);
    for (spec, call) in valid_calls(&mut stage.home) {
        let positions = created(&stage.home.svm, spec, &call);
        send(&mut stage, &call).unwrap_or_else(|f| panic!("{f:#?}"));
        let plain: Vec<Account> =
            positions.iter().map(|i| stage.home.svm.account(&call.accounts[*i].pubkey)).collect();
        before.restore(&mut stage.home.svm);
        for donated in [1, 1_000_000, 10_000_000_000] {
            for i in &positions {
                stage.home.svm.set_lamports(call.accounts[*i].pubkey, donated);
            }
            send(&mut stage, &call).unwrap_or_else(|f| panic!("{} after {donated}: {f:#?}", spec.name));
            for (i, plain) in positions.iter().zip(&plain) {
                let made = stage.home.svm.account(&call.accounts[*i].pubkey);
                assert_eq!((made.owner, &made.data), (plain.owner, &plain.data), "{}", spec.name);
                assert_eq!(made.lamports, plain.lamports.max(donated));
            }
            before.restore(&mut stage.home.svm);
        }
    }
}

/// Attack 40: tokens sent to a vault are nobody's. What everybody can do and gets for it
/// stays the same to the unit.
#[test]
fn attack_tokens_sent_to_a_vault() {
    let mut stage = Stage::new();
    let vault = stage.home.vault_address(USDC);
    let before = Snapshot::take(&stage.home.svm);
    for (spec, call) in valid_calls(&mut stage.home) {
        send(&mut stage, &call).unwrap_or_else(|f| panic!("{f:#?}"));
        let plain = before.diff(&stage.home.svm).except(&[vault]);
        before.restore(&mut stage.home.svm);

        let mut account = stage.home.svm.account(&vault);
        let held = tokens::amount(&account);
        account.data[64..72].copy_from_slice(&(held + 5_000_000 * USD as u64).to_le_bytes());
        stage.home.svm.set_account(vault, account);
        let donated = Snapshot::take(&stage.home.svm);
        send(&mut stage, &call).unwrap_or_else(|f| panic!("{f:#?}"));
        assert_eq!(donated.diff(&stage.home.svm).except(&[vault]), plain, "{}", spec.name);
        before.restore(&mut stage.home.svm);
    }
}
