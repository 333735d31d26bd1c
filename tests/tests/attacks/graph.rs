//! Accounts that are not what they are passed off as: mixed, forged, doubled, added,
//! left out.

use plimsoll::error::PlimsollError;
use plimsoll::oracle::Refusal;
use plimsoll_client::addresses::TOKEN_PROGRAM;
use plimsoll_client::instructions;
use plimsoll_client::spec::InstructionSpec;
use plimsoll_testkit::svm::program_path;
use plimsoll_testkit::{Snapshot, Wallet};
use plimsoll_tests::attack_stage::{Stage, refusal, send, valid_calls, verdict};
use plimsoll_tests::scene::{BTC, ETH, ONE_BTC, ONE_SOL, SOL, Scene, USD, USDC};
use solana_account::Account;
use solana_address::{Address, address};
use solana_instruction::{AccountMeta, Instruction};
use std::collections::{BTreeMap, BTreeSet};

/// A program of the attacker's.
const ATTACKER: Address = Address::new_from_array([0xa7; 32]);
const CLOCK: Address = address!("SysvarC1ock11111111111111111111111111111111");
const INSTRUCTIONS: Address = address!("Sysvar1nstructions1111111111111111111111111");

/// Valid calls of the home clearinghouse and the same of the rival.
fn pairs(stage: &mut Stage) -> Vec<(&'static InstructionSpec, Instruction, Instruction)> {
    let home = valid_calls(&mut stage.home);
    let rival = stage.in_rival(valid_calls);
    home.into_iter().zip(rival).map(|((spec, own), (_, foreign))| (spec, own, foreign)).collect()
}

/// Puts another account in the place of one that the call has once.
fn replace(call: &mut Instruction, account: &Address, other: Address) {
    let at = call.accounts.iter().position(|meta| meta.pubkey == *account);
    call.accounts[at.expect("an account of the call")].pubkey = other;
}

/// Every subset of `positions`, neither empty nor all of them.
fn parts(positions: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    (1..(1usize << positions.len()) - 1).map(move |bits| {
        let taken = positions.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
        taken.map(|(_, position)| *position).collect()
    })
}

/// What comes of mixing. The last is the token program's, where only the token account of shares
/// is wrong.
const MIXED: [&str; 7] = [
    "ForeignAccount",
    "InvalidSeeds",
    "NotGovernance",
    "NotSteward",
    "NotGuardian",
    "NotFeeCollector",
    "token:3",
];

/// Attack 2: a self-consistent graph of accounts that the program itself made for the
/// attacker's clearinghouse, with any of the victim's accounts put in its place, in every
/// mixture. Signers are left out: alice is the owner in both. So are destinations: whoever is
/// paid may give it away.
#[test]
fn attack_mixing_the_accounts_of_two_clearinghouses() {
    let mut stage = Stage::new();
    let before = Snapshot::take(&stage.home.svm);
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for (spec, own, foreign) in pairs(&mut stage) {
        let differs = |i: &usize| {
            let is_destination = spec.accounts.get(*i).is_some_and(|account| account.name == "destination");
            let (own, foreign) = (&own.accounts[*i], &foreign.accounts[*i]);
            !own.is_signer && !is_destination && own.pubkey != foreign.pubkey
        };
        let positions: Vec<usize> = (0..own.accounts.len()).filter(differs).collect();
        for part in parts(&positions) {
            let mut call = foreign.clone();
            part.iter().for_each(|i| call.accounts[*i].pubkey = own.accounts[*i].pubkey);
            let got = verdict(&send(&mut stage, &call));
            assert!(
                MIXED.contains(&got.as_str()),
                "{} with {part:?} of the victim's accounts: {got}",
                spec.name
            );
            before.diff(&stage.home.svm).without_fee().assert_nothing();
            *verdicts.entry(got).or_default() += 1;
        }
    }
    let mixtures: usize = verdicts.values().sum();
    assert!(mixtures > 1_000, "{verdicts:?}");
}

/// Attack 2: the same bytes in accounts of the attacker's own program, in every
/// combination with real ones.
#[test]
fn attack_accounts_made_up_by_another_program() {
    let mut stage = Stage::new();
    for (spec, own, _) in pairs(&mut stage) {
        let forgeable = |i: &usize| {
            let account = stage.home.svm.vm.get_account(&own.accounts[*i].pubkey);
            account.is_some_and(|account| account.owner == plimsoll::ID)
        };
        let positions: Vec<usize> = (0..own.accounts.len()).filter(forgeable).collect();
        for (i, position) in positions.iter().enumerate() {
            let original = stage.home.svm.account(&own.accounts[*position].pubkey);
            stage.home.svm.set_account(forgery(i), Account { owner: ATTACKER, ..original });
        }
        let before = Snapshot::take(&stage.home.svm);
        for part in parts(&positions).chain([positions.clone()]).filter(|part| !part.is_empty()) {
            let mut call = own.clone();
            for position in &part {
                let i = positions.iter().position(|p| p == position).expect("one of them");
                call.accounts[*position].pubkey = forgery(i);
            }
            // Seeds of what is to be created come first.
            let got = verdict(&send(&mut stage, &call));
            assert!(
                got == "IllegalOwner" || got == "InvalidSeeds",
                "{} with {part:?} forged: {got}",
                spec.name
            );
            before.diff(&stage.home.svm).without_fee().assert_nothing();
        }
    }
}

fn forgery(i: usize) -> Address {
    Address::new_from_array([0xf0 + i as u8; 32])
}

/// Attack 3: an account that pays itself a bounty, or itself the tokens it gives; that takes
/// over its own debt, or itself.
#[test]
fn attack_one_account_as_both_sides() {
    let mut stage = Stage::new();
    let [alice, bob, dave, erin] = ["alice", "bob", "dave", "erin"].map(Wallet::new);
    let [bobs, daves, erins] = [&bob, &dave, &erin].map(|owner| stage.home.account_address(owner, 0));
    let liquidate = stage.home.liquidate_instruction(bobs, bobs, BTC);
    let transfer = stage.home.transfer_instruction(&alice, 0, 0, USDC, 1);
    let own_debt = stage.home.liquidate_debt_instruction(&erin, erins, (USDC, SOL), u64::MAX);
    let win = stage.home.win_auction_instruction(&dave, 0, daves, u64::MAX);
    let before = Snapshot::take(&stage.home.svm);
    for call in [liquidate, transfer, own_debt, win] {
        assert_eq!(verdict(&send(&mut stage, &call)), "ConstraintDuplicateMutableAccount");
        before.diff(&stage.home.svm).without_fee().assert_nothing();
    }
}

/// Attack 3: shares priced with a market counted twice, left out, out of order or added.
#[test]
fn attack_choosing_the_markets_that_price_a_share() {
    let mut stage = Stage::new();
    let provider = Wallet::new("provider");
    let provide = stage.home.provide_instruction(&provider, 100 * USD as u64, 0);
    let redeem = stage.home.redeem_instruction(&provider, 100 * USD as u64, 0);
    let before = Snapshot::take(&stage.home.svm);
    for call in [provide, redeem] {
        let first = call.accounts.len() - 3;
        for markets in
            [vec![], vec![0], vec![0, 1], vec![0, 0, 2], vec![0, 1, 1], vec![1, 0, 2], vec![0, 1, 2, 2]]
        {
            let mut altered = call.clone();
            altered.accounts.truncate(first);
            altered.accounts.extend(markets.iter().map(|i| call.accounts[first + i].clone()));
            assert_eq!(verdict(&send(&mut stage, &altered)), "MarketsMissing", "{markets:?}");
            before.diff(&stage.home.svm).without_fee().assert_nothing();
        }
    }
}

/// Attack 2: the pool deals in settlement tokens. With a bank of another token, whose
/// accounts all belong together, its shares would be had for that token, or pay it out.
#[test]
fn attack_shares_for_another_token() {
    let mut stage = Stage::new();
    let (alice, provider) = (Wallet::new("alice"), Wallet::new("provider"));
    stage.home.give(&provider, SOL, 100 * ONE_SOL as u64);
    let provide = stage.home.provide_instruction(&provider, ONE_SOL as u64, 0);
    let redeem = stage.home.redeem_instruction(&provider, USD as u64, 0);
    let world = &stage.home;
    let tokens = [USDC, SOL].map(|asset| {
        let tokens = world.token_address(&provider.address(), asset);
        [world.bank_address(asset), world.assets[asset as usize].mint, tokens, world.vault_address(asset)]
    });
    for mut call in [provide, redeem] {
        for (settlement, other) in tokens[0].iter().zip(tokens[1]) {
            replace(&mut call, settlement, other);
        }
        stage.home.refused(call, &provider, PlimsollError::ForeignAccount);
    }
    // Nor does one bank's vault stand in for another's.
    let vault = stage.home.vault_address(SOL);
    for mut call in [
        stage.home.deposit_instruction(&alice, 0, USDC, 1),
        stage.home.withdraw_instruction(&alice, 0, USDC, 1),
    ] {
        replace(&mut call, &stage.home.vault_address(USDC), vault);
        stage.home.refused(call, &alice, PlimsollError::ForeignAccount);
    }
}

/// Attack 4: a margin check takes no accounts of positions or oracles: all it reads is the
/// margin account and the board. Accounts added change not a byte of what a call does,
/// and none can be left out.
#[test]
fn attack_hiding_a_losing_position() {
    let mut stage = Stage::new();
    let rival = &stage.rival;
    let decoys = [rival.board_address(), rival.market_address(BTC), stage.home.assets[ETH as usize].oracle];
    let before = Snapshot::take(&stage.home.svm);
    for (spec, call) in valid_calls(&mut stage.home) {
        let mut short = call.clone();
        short.accounts.truncate(spec.accounts.len() - 1);
        assert_eq!(verdict(&send(&mut stage, &short)), "NotEnoughAccountKeys", "{}", spec.name);
        before.diff(&stage.home.svm).without_fee().assert_nothing();
        if call.accounts.len() > spec.accounts.len() {
            continue; // Reads remaining accounts: oracles or markets, each checked.
        }
        send(&mut stage, &call).unwrap_or_else(|f| panic!("{f:#?}"));
        let plain = before.diff(&stage.home.svm).without_fee();
        before.restore(&mut stage.home.svm);
        let mut long = call.clone();
        long.accounts.extend(decoys.map(|address| AccountMeta::new_readonly(address, false)));
        send(&mut stage, &long).unwrap_or_else(|f| panic!("{f:#?}"));
        assert_eq!(before.diff(&stage.home.svm).without_fee(), plain, "{}", spec.name);
        before.restore(&mut stage.home.svm);
    }
    // The losing position counts, whatever comes with the call.
    let alice = Wallet::new("alice");
    let mut greedy = stage.home.withdraw_instruction(&alice, 0, USDC, 15_000 * USD as u64);
    greedy.accounts.extend(decoys.map(|address| AccountMeta::new(address, false)));
    stage.home.refused(greedy, &alice, PlimsollError::InitialMargin);
}

/// Attack 7: another program in the token program's place, which would say that it had moved
/// tokens.
#[test]
fn attack_a_token_program_of_ones_own() {
    let mut stage = Stage::new();
    let program = std::fs::read(program_path()).expect("the compiled program");
    stage.home.svm.vm.add_program(ATTACKER, &program).expect("any executable");
    let before = Snapshot::take(&stage.home.svm);
    let mut tried = BTreeSet::new();
    for (spec, call) in valid_calls(&mut stage.home) {
        let Some(at) = call.accounts.iter().position(|meta| meta.pubkey == TOKEN_PROGRAM) else { continue };
        let mut spoofed = call.clone();
        spoofed.accounts[at].pubkey = ATTACKER;
        assert_eq!(verdict(&send(&mut stage, &spoofed)), "IncorrectProgramId", "{}", spec.name);
        before.diff(&stage.home.svm).without_fee().assert_nothing();
        tried.insert(spec.name);
    }
    let movers = [
        "collect_fees",
        "create_pool",
        "deposit",
        "end_receivership",
        "fund_insurance",
        "list_collateral",
        "provide_liquidity",
        "redeem_liquidity",
        "start_receivership",
        "withdraw",
    ];
    assert_eq!(tried, BTreeSet::from(movers));
}

/// Attack 7: a price that another program wrote into the pinned account, or one that
/// the provider wrote with its other program's layout.
#[test]
fn attack_a_price_program_of_ones_own() {
    let mut stage = Stage::new();
    stage.home.publish(ETH, 300_0000_0000);
    let foreign =
        |asset, stage: &Stage| stage.home.svm.account(&stage.home.assets[asset as usize].oracle).owner;
    let (pull, legacy) = (foreign(BTC, &stage), foreign(ETH, &stage));
    for (asset, owners) in [(BTC, [ATTACKER, legacy]), (ETH, [ATTACKER, pull])] {
        let oracle = stage.home.assets[asset as usize].oracle;
        for owner in owners {
            let genuine = stage.home.svm.account(&oracle);
            stage.home.svm.set_account(oracle, Account { owner, ..genuine });
            let before = Snapshot::take(&stage.home.svm);
            let outcome = stage.home.refresh(&[asset]).expect("a refresh goes on");
            assert_eq!(refusal(&outcome), Some(Refusal::WrongOwner));
            before.diff(&stage.home.svm).without_fee().assert_nothing();
        }
    }
}

/// Attack 8: the time comes from a system call. No instruction takes a sysvar but those that
/// look at the whole transaction, which pin the list of instructions: the two halves of a
/// receivership and what a role signs. A clock or a list passed all the same is not looked at.
#[test]
fn attack_a_clock_of_ones_own() {
    let takers = |wanted: Address| -> BTreeSet<&str> {
        let takes = |spec: &&InstructionSpec| spec.accounts.iter().any(|a| a.address == Some(wanted));
        instructions::ALL.into_iter().filter(takes).map(|spec| spec.name).collect()
    };
    let pinned: BTreeSet<Address> = instructions::ALL
        .iter()
        .flat_map(|spec| spec.accounts)
        .filter_map(|account| account.address)
        .collect();
    assert_eq!(pinned, BTreeSet::from([TOKEN_PROGRAM, Address::default(), INSTRUCTIONS]));
    let lookers = [
        "accept_role",
        "cancel_change",
        "collect_fees",
        "create_pool",
        "end_receivership",
        "launch",
        "migrate_clearinghouse",
        "pause",
        "propose",
        "start_receivership",
        "tighten",
        "unpause",
    ];
    assert_eq!(takers(INSTRUCTIONS), BTreeSet::from(lookers));

    let mut stage = Stage::new();
    let now = stage.home.svm.now();
    let mut fake = stage.home.svm.account(&CLOCK);
    let forged_clock = forgery(0);
    fake.data[32..40].copy_from_slice(&now.to_le_bytes());
    fake.owner = ATTACKER;
    stage.home.svm.set_account(forged_clock, fake);
    stage.home.svm.advance(1_000);
    let alice = Wallet::new("alice");
    let withdraw = stage.home.withdraw_instruction(&alice, 0, USDC, 1);
    let trade = stage.home.trade_instruction(&alice, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX));
    for mut call in [withdraw, trade] {
        for sysvar in [forged_clock, CLOCK, INSTRUCTIONS] {
            call.accounts.push(AccountMeta::new_readonly(sysvar, false));
            stage.home.refused(call.clone(), &alice, PlimsollError::PriceExpired);
        }
    }
}

/// Attack 1: a delegate may trade. He may not take anything out, nor pass it on.
#[test]
fn attack_a_delegate_who_takes_the_money() {
    let mut stage = Stage::new();
    let (alice, mallory) = (Wallet::new("alice"), Wallet::new("mallory"));
    let appoint = stage.home.set_delegate_instruction(&alice, 0, mallory.address());
    stage.home.must(appoint, &alice);
    let world = &stage.home;
    let calls = [
        world.withdraw_instruction(&alice, 0, USDC, 1),
        world.transfer_instruction(&alice, 0, 1, USDC, 1),
        world.set_delegate_instruction(&alice, 0, mallory.address()),
        world.close_account_instruction(&alice, 7),
    ];
    for mut call in calls {
        replace(&mut call, &alice.address(), mallory.address());
        stage.home.refused(call, &mallory, PlimsollError::NotOwner);
    }
    let mut gift = stage.home.transfer_instruction(&alice, 0, 1, USDC, 1);
    replace(&mut gift, &stage.home.account_address(&alice, 1), stage.home.account_address(&mallory, 0));
    stage.home.refused(gift, &alice, PlimsollError::NotSameOwner);
    let trade = stage.home.trade_instruction(&mallory, &alice, 0, BTC, (ONE_BTC / 10, u128::MAX));
    stage.home.must(trade.clone(), &mallory);
    let dismiss = stage.home.set_delegate_instruction(&alice, 0, Address::default());
    stage.home.must(dismiss, &alice);
    stage.home.refused(trade, &mallory, PlimsollError::NotOwnerOrDelegate);
}
