//! Attacks on lenders: rounding, donations, pumped collateral, receiverships, walking away.

use plimsoll::error::PlimsollError;
use plimsoll_testkit::{Failure, Outcome, Snapshot, Wallet, World, tokens};
use plimsoll_tests::full::{borrower, freshen, full, holds, lender, tuned};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, ONE_ETH, ONE_SOL, SOL, Scene, USD, USDC};
use solana_instruction::{AccountMeta, Instruction};

fn withdraw(world: &mut World, who: &Wallet, asset: u8, amount: u64) -> Result<Outcome, Failure> {
    world.give(who, asset, 0);
    let instruction = world.withdraw_instruction(who, 0, asset, amount);
    world.send(&[instruction], &[&who.key])
}

/// Ten minutes later, when the slow price has followed.
fn walk(world: &mut World, prices: &[(u8, i64)]) {
    world.svm.advance(599);
    freshen(world, prices);
}

/// Attack 12: deposits and withdrawals, loans and repayments of whatever size, at indices that
/// are no round numbers: after any number of rounds nobody has more than before.
#[test]
fn attack_collecting_what_rounding_leaves() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let alice = borrower(&mut world, "alice", 1_000 * ONE_SOL, 50_000);
    world.svm.advance(123_456_789);
    world.fund(&alice, 0, USDC, 1);
    let index = world.bank(USDC).borrow_index;
    assert!(index > (1 << 48) * 11 / 10 && !index.is_multiple_of(1 << 40));
    let mallory = lender(&mut world, "mallory", 1_000);
    world.give(&mallory, USDC, 1_000_000 * USD as u64);
    let wealth = |world: &World| {
        world.wallet_balance(&mallory, USDC) as i64 + holds(world, &world.margin(&mallory, 0), USDC)
    };
    let mut before = wealth(&world);
    let mut amount = 1u64;
    for round in 0..400 {
        // Twenty rounds in one transaction, of one unit up to a thousand dollars.
        amount = (amount * 6_364_136_223 + round) % 900_000_000 + 1;
        let amounts = [1, 2, 3, amount % 1_000 + 1, amount];
        let pairs: Vec<_> = amounts
            .iter()
            .flat_map(|amount| {
                [
                    world.deposit_instruction(&mallory, 0, USDC, *amount),
                    world.withdraw_instruction(&mallory, 0, USDC, *amount),
                ]
            })
            .collect();
        match world.send(&pairs, &[&mallory.key]) {
            Ok(_) => {}
            // A unit that buys no share.
            Err(failure) => assert_eq!(failure.plimsoll(), Some(PlimsollError::ZeroAmount)),
        }
        let after = wealth(&world);
        assert!(after <= before, "round {round}: richer by {}", after - before);
        before = after;
    }
}

/// Attack 13: neither a donation nor being first moves the price of a share.
#[test]
fn attack_inflating_a_share() {
    let mut world = full();
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, ETH, 1);
    let (vault, mint) = (world.vault_address(ETH), world.assets[ETH as usize].mint);
    let donated = tokens::account(&mint, &world.bank_address(ETH), 1 + 100 * ONE_ETH as u64);
    world.svm.set_account(vault, donated);
    let victim = lender(&mut world, "victim", 0);
    world.fund(&victim, 0, ETH, 150 * ONE_ETH as u64 - 1);
    assert_eq!(holds(&world, &world.margin(&victim, 0), ETH), 150 * ONE_ETH - 1);
    assert_eq!(holds(&world, &world.margin(&mallory, 0), ETH), 1);
}

/// Attack 14: inside a receivership the debt is moved out of reach, so that its end repays too
/// little. The debt is booked when it starts; nothing of this program may run in between.
#[test]
fn attack_moving_a_debt_out_of_a_receivership() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = borrower(&mut world, "mallory", 1_000 * ONE_SOL, 75_000);
    world.open_account(&mallory, 1);
    walk(&mut world, &[(SOL, 80 * E8)]);
    world.give(&mallory, USDC, 10 * USD as u64);
    world.give(&mallory, SOL, 0);
    let at = world.account_address(&mallory, 0);
    let start = world.start_receivership_instruction(&mallory, at, (USDC, SOL), u64::MAX);
    let end = world.end_receivership_instruction(&mallory, USDC);
    let between = [
        world.transfer_instruction(&mallory, 0, 1, USDC, 1),
        world.withdraw_instruction(&mallory, 0, SOL, 1),
        world.deposit_instruction(&mallory, 0, USDC, 1),
        world.close_account_instruction(&mallory, 1),
        world.liquidate_debt_instruction(&mallory, at, (USDC, SOL), 1),
        world.bank_cash_instruction(at),
        world.fund_insurance_instruction(&mallory, 1),
    ];
    for inner in between {
        let before = Snapshot::take(&world.svm);
        let failure = world.send(&[start.clone(), inner, end.clone()], &[&mallory.key]).unwrap_err();
        assert_eq!(failure.plimsoll(), Some(PlimsollError::ReceivershipForbids));
        before.diff(&world.svm).without_fee().assert_nothing();
    }
    // A smaller receivership in front of the real one.
    let small = world.start_receivership_instruction(&mallory, at, (USDC, SOL), 1);
    let failure = world.send(&[small, start, end], &[&mallory.key]).unwrap_err();
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ReceivershipForbids));
}

/// Attack 14, from outside: what looks like the end of a receivership is not this program's.
#[test]
fn attack_ending_a_receivership_with_another_program() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = borrower(&mut world, "mallory", 1_000 * ONE_SOL, 75_000);
    walk(&mut world, &[(SOL, 80 * E8)]);
    let at = world.account_address(&mallory, 0);
    let start = world.start_receivership_instruction(&mallory, at, (USDC, SOL), u64::MAX);
    let end = world.end_receivership_instruction(&mallory, USDC);
    let token_program = end.accounts.last().expect("the token program").pubkey;
    let same_data = Instruction { program_id: token_program, ..end };
    let same_accounts = Instruction { data: vec![0], ..same_data.clone() };
    for last in [same_data, same_accounts] {
        let before = Snapshot::take(&world.svm);
        let failure = world.send(&[start.clone(), last], &[&mallory.key]).unwrap_err();
        assert_eq!(failure.plimsoll(), Some(PlimsollError::ReceivershipNotLast), "{failure:#?}");
        before.diff(&world.svm).without_fee().assert_nothing();
    }
}

/// Where the program is that calls others on request.
const CALLER: solana_address::Address = solana_address::Address::new_from_array([0x70; 32]);

/// The same instruction, sent through that program.
fn through_another_program(instruction: &Instruction) -> Instruction {
    let mut accounts = instruction.accounts.clone();
    accounts.push(AccountMeta::new_readonly(instruction.program_id, false));
    Instruction { program_id: CALLER, accounts, data: [&[2][..], &instruction.data].concat() }
}

/// Attack 14: start or end are called by another program, where what surrounds them in the
/// transaction says nothing about what surrounds them in the call.
#[test]
fn attack_a_receivership_inside_another_program() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = borrower(&mut world, "mallory", 1_000 * ONE_SOL, 75_000);
    walk(&mut world, &[(SOL, 80 * E8)]);
    world.give(&mallory, USDC, 75_000 * USD as u64);
    world.give(&mallory, SOL, 0);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/v0/sbf_probe.so");
    let program = std::fs::read(path).expect("`cargo xtask test` builds it");
    world.svm.vm.add_program(CALLER, &program).expect("the runtime loads the program");
    let at = world.account_address(&mallory, 0);
    let start = world.start_receivership_instruction(&mallory, at, (USDC, SOL), u64::MAX);
    let end = world.end_receivership_instruction(&mallory, USDC);
    let (start_inside, end_inside) = (through_another_program(&start), through_another_program(&end));
    for (instructions, error) in [
        (vec![start_inside.clone(), end.clone()], PlimsollError::ReceivershipNested),
        (vec![start_inside, end_inside.clone()], PlimsollError::ReceivershipNested),
        (vec![start.clone(), end_inside.clone()], PlimsollError::ReceivershipNotLast),
        (vec![start.clone(), end_inside, end.clone()], PlimsollError::ReceivershipNested),
    ] {
        let before = Snapshot::take(&world.svm);
        let failure = world.send(&instructions, &[&mallory.key]).unwrap_err();
        assert_eq!(failure.plimsoll(), Some(error), "{failure:#?}");
        before.diff(&world.svm).without_fee().assert_nothing();
    }
    // The way through the other program does work: what is refused is the receivership.
    let view = through_another_program(&world.view_instruction(at));
    world.send(&[view], &[]).expect("an instruction that may be called");
    world.send(&[start, end], &[&mallory.key]).expect("an honest receivership");
    // What it pays out counts as an outflow, which nothing refuses it for.
    assert!(world.bank(SOL).outflow.taken > 0 && world.bank(SOL).outflow.counted > 0);
}

/// Attack 18: a thin token is pumped tenfold and everything is borrowed against it. At once
/// nothing more can be borrowed than before; whoever keeps the pump up gets no more than the
/// scale of the token's deposits and the lenders' caps let him.
#[test]
fn attack_pumping_a_token_and_borrowing_against_it() {
    let mut world = full();
    lender(&mut world, "lender", 1_000_000);
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, ETH, 100 * ONE_ETH as u64);
    freshen(&mut world, &[(ETH, 200 * E8)]);
    // 20,000 USD at 80%.
    let before = Snapshot::take(&world.svm);
    world.set_price(ETH, 2_000 * E8);
    let pumped = withdraw(&mut world, &mallory, USDC, 16_000 * USD as u64 + 1).unwrap_err();
    assert_eq!(pumped.plimsoll(), Some(PlimsollError::PriceDiverged));
    assert!(!before.diff(&world.svm).without_fee().changes.is_empty());
    // The slow price follows by 3% a minute at most; while it does, it is what counts.
    let mut most = 0;
    for _ in 0..200 {
        world.svm.advance(59);
        freshen(&mut world, &[(ETH, 2_000 * E8)]);
        if world.row(ETH).divergence > world.row(ETH).divergence_max {
            continue;
        }
        most += 1;
    }
    assert!(most > 0, "ten-fold takes more than an hour to be believed");
    // Believed at last, it is worth what it sells for: nobody can tell a pump from a price then.
    // What the lenders lose is bounded by the utilisation that the bank allows.
    let all = withdraw(&mut world, &mallory, USDC, 950_000 * USD as u64).unwrap_err();
    assert_eq!(all.plimsoll(), Some(PlimsollError::UtilisationCap));
    withdraw(&mut world, &mallory, USDC, 150_000 * USD as u64).unwrap();
}

/// Attack 18, the other half: where deposits are worth more than governance trusts the market
/// to absorb, more of them carry no larger loan, whatever their price.
#[test]
fn attack_pumping_beyond_the_scale_of_deposits() {
    use plimsoll_testkit::{Svm, presets};
    let mut listings = presets::full();
    listings[2].collateral.as_mut().unwrap().terms.weight_scale_from = 50_000 * USD as u64;
    let mut world =
        World::deployed_by("governance", Svm::new(), presets::full_deployment()).with(&listings).launched();
    world.set_prices(&[(SOL, 100 * E8), (BTC, 8_000 * E8), (ETH, 200 * E8)]);
    lender(&mut world, "lender", 1_000_000);
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, ETH, 1_000 * ONE_ETH as u64);
    for price in [200, 250, 320, 410, 530, 680, 880, 1_140, 1_480, 1_920] {
        walk(&mut world, &[(ETH, price * E8)]);
        // 80% of 50,000, less by rounding of the weight.
        let free = plimsoll::valuation::displayed_health(&world.margin(&mallory, 0), &world.board());
        let free = free.unwrap().initial.0;
        assert!(free <= 40_000 * USD && free > 38_000 * USD, "{price}: {free}");
        let more = withdraw(&mut world, &mallory, USDC, free as u64 + 1).unwrap_err();
        assert_eq!(more.plimsoll(), Some(PlimsollError::InitialMargin));
    }
}

/// Attack 24: a debt too small to be worth anybody's while. None can be made; what is left of
/// a larger one is repaid whole.
#[test]
fn attack_leaving_debts_too_small_to_liquidate() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, SOL, ONE_SOL as u64);
    let small = withdraw(&mut world, &mallory, USDC, USD as u64 - 1).unwrap_err();
    assert_eq!(small.plimsoll(), Some(PlimsollError::DebtTooSmall));
    withdraw(&mut world, &mallory, USDC, USD as u64).unwrap();
    // A dollar needs 1.25 in SOL: 0.0125 of it.
    withdraw(&mut world, &mallory, SOL, (ONE_SOL - ONE_SOL * 126 / 10_000) as u64).unwrap();
    let keeper = lender(&mut world, "keeper", 100);
    walk(&mut world, &[(SOL, 85 * E8)]);
    walk(&mut world, &[(SOL, 75 * E8)]);
    let at = world.account_address(&mallory, 0);
    let done = world.must(world.liquidate_debt_instruction(&keeper, at, (USDC, SOL), u64::MAX), &keeper);
    let plimsoll_client::Event::DebtLiquidated(event) = done.events[0] else { panic!("{done:#?}") };
    assert!(event.debt_shares_after == 0 || event.asset_shares_after == 0, "{event:?}");
}

/// Attack 26: between insolvency and its resolution nothing leaves the account.
#[test]
fn attack_taking_collateral_out_of_an_insolvent_account() {
    let mut world = full();
    lender(&mut world, "lender", 100_000);
    let mallory = borrower(&mut world, "mallory", 1_000 * ONE_SOL, 75_000);
    world.open_account(&mallory, 1);
    world.give(&mallory, SOL, 0);
    let mut sunk_at = None;
    for price in [80, 60, 45] {
        walk(&mut world, &[(SOL, price * E8), (BTC, 8_000 * E8)]);
        for instruction in [
            world.withdraw_instruction(&mallory, 0, SOL, 1),
            world.withdraw_instruction(&mallory, 0, USDC, USD as u64),
            world.transfer_instruction(&mallory, 0, 1, SOL, 1),
            world.trade_instruction(&mallory, &mallory, 0, BTC, (1_000, u128::MAX)),
        ] {
            world.refused(instruction, &mallory, PlimsollError::BelowMaintenance);
        }
        let close = world.close_account_instruction(&mallory, 0);
        world.refused(close, &mallory, PlimsollError::AccountNotEmpty);
        // With a friend who takes the debt over at the bonus there is nothing to be had that
        // an honest keeper would not get, and never more than the equity that is left.
        let equity = plimsoll::valuation::displayed_health(&world.margin(&mallory, 0), &world.board());
        let equity = equity.unwrap().equity.0;
        let friend = lender(&mut world, &format!("friend {price}"), 20_000);
        let at = world.account_address(&mallory, 0);
        let part = world.liquidate_debt_instruction(&friend, at, (USDC, SOL), 1_000 * USD as u64);
        world.must(part, &friend);
        let found = *sunk_at.get_or_insert(world.svm.now());
        assert_eq!(world.margin(&mallory, 0).sunk_at, found, "the first of them sets the time");
        let after = plimsoll::valuation::displayed_health(&world.margin(&mallory, 0), &world.board());
        let lost = equity - after.unwrap().equity.0;
        assert!(lost <= equity.clamp(0, 50 * USD) + 1, "{price}: {lost} of {equity}");
    }
}

/// Attack 26: the time since which an account is known to be under water, which bounties and
/// auctions count from, is cleared with a collateral whose price nobody knows.
#[test]
fn attack_clearing_a_record_with_a_price_in_doubt() {
    let mut world = tuned(|market| market.margin.volatility_multiplier_max = 1_000_000);
    let mallory = lender(&mut world, "mallory", 0);
    world.fund(&mallory, 0, SOL, 12 * ONE_SOL as u64);
    world.trade(&mallory, 0, BTC, ONE_BTC).unwrap();
    walk(&mut world, &[(BTC, 7_250 * E8), (SOL, 100 * E8)]);
    let stock = world.call_margin_instruction(world.account_address(&mallory, 0));
    world.send(std::slice::from_ref(&stock), &[]).unwrap();
    let found = world.svm.now();
    assert_eq!(world.margin(&mallory, 0).sunk_at, found);
    // Worth enough at a price that has just jumped, if it is one.
    world.svm.advance(1);
    freshen(&mut world, &[(BTC, 7_250 * E8), (SOL, 130 * E8)]);
    world.refused(stock, &mallory, PlimsollError::PriceDiverged);
    world.trade(&mallory, 0, BTC, -ONE_BTC / 100).unwrap();
    let account = world.margin(&mallory, 0);
    assert_eq!((account.sunk_at, account.called_at), (found, found));
}

/// Attack 27: an auction of an account that needs none, a takeover that makes a debt vanish
/// against a deposit of the same token, and one that is paid for by the account's creditors.
#[test]
fn attack_taking_over_what_is_not_to_be_had() {
    let mut world = tuned(|market| market.margin.volatility_multiplier_max = 1_000_000);
    let mallory = lender(&mut world, "mallory", 5_000);
    let other = lender(&mut world, "lender", 5_000);
    world.fund(&other, 0, SOL, 10 * ONE_SOL as u64);
    withdraw(&mut world, &mallory, SOL, ONE_SOL as u64).unwrap();
    let alice = lender(&mut world, "alice", 1_000);
    world.fund(&alice, 0, SOL, ONE_SOL as u64);
    world.trade(&alice, 0, BTC, ONE_BTC).unwrap();
    let at = world.account_address(&alice, 0);
    let start = world.start_auction_instruction(at);
    world.refused(start.clone(), &mallory, PlimsollError::NotBelowMaintenance);
    let fallen = [(BTC, 7_250 * E8), (SOL, 100 * E8)];
    walk(&mut world, &fallen);
    world.send(&[world.call_margin_instruction(at)], &[]).unwrap();
    walk(&mut world, &fallen);
    world.send(&[start], &[]).unwrap();
    let opposite = world.win_auction_instruction(&mallory, 0, at, u64::MAX);
    world.refused(opposite, &mallory, PlimsollError::OppositeHoldings);
    walk(&mut world, &[(BTC, 6_700 * E8), (SOL, 100 * E8)]);
    let worthless = world.win_auction_instruction(&other, 0, at, u64::MAX);
    world.refused(worthless, &other, PlimsollError::NothingToAuction);
}
