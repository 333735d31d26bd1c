//! Refreshing prices: what a row takes, what it refuses and why, and the slow price.

use bytemuck::bytes_of;
use plimsoll::error::PlimsollError;
use plimsoll::events::{PriceRefreshed, RefreshRefused};
use plimsoll::oracle::Refusal;
use plimsoll::state::AssetRow;
use plimsoll_client::Event;
use plimsoll_testkit::pyth::{self, LegacyPrice, LegacyStatus, PullUpdate, Quote, Verification};
use plimsoll_testkit::{Snapshot, Wallet, World, presets};
use plimsoll_tests::reference;
use plimsoll_tests::scene::{self, BTC, E8, ETH, SOL, Scene, USDC, only_event};
use solana_address::Address;

/// A quote of 0.01% confidence, published now.
fn quote(world: &World, price_e8: i64) -> Quote {
    Quote {
        price: price_e8,
        confidence: price_e8.unsigned_abs() / 10_000,
        exponent: -8,
        publish_time: world.svm.now(),
    }
}

/// Changes the bytes of an asset's oracle account.
fn rewrite(world: &mut World, asset: u8, data: Vec<u8>) {
    let oracle = world.assets[asset as usize].oracle;
    let mut account = world.svm.account(&oracle);
    account.data = data;
    world.svm.set_account(oracle, account);
}

fn set_owner(world: &mut World, asset: u8, owner: [u8; 32]) {
    let oracle = world.assets[asset as usize].oracle;
    let mut account = world.svm.account(&oracle);
    account.owner = Address::new_from_array(owner);
    world.svm.set_account(oracle, account);
}

/// The event of a row that took a price.
fn taken(world: &World, asset: u8) -> Event {
    let row = world.row(asset);
    Event::PriceRefreshed(PriceRefreshed {
        price: row.price,
        slow_price: row.slow_price,
        publish_time: row.publish_time,
        confidence: row.confidence,
        divergence: row.divergence,
        volatility_multiplier: row.volatility_multiplier,
        asset: asset as u32,
        funding_index: row.funding_index,
    })
}

fn kept(world: &World, asset: u8, reason: Refusal) -> Event {
    Event::RefreshRefused(RefreshRefused {
        risk_board: world.board_address(),
        oracle: world.assets[asset as usize].oracle,
        asset: asset as u32,
        reason: reason as u32,
    })
}

/// Refreshes one row and says why it was refused, if it was.
fn refresh(world: &mut World, asset: u8) -> Option<Refusal> {
    let before = world.row(asset);
    let outcome = world.refresh(&[asset]).unwrap();
    match only_event(&outcome) {
        Event::RefreshRefused(refused) => {
            assert_eq!(bytes_of(&world.row(asset)), bytes_of(&before), "the row keeps what it has");
            Some(Refusal::try_from(refused.reason as u8).unwrap())
        }
        event => {
            assert_eq!(event, taken(world, asset));
            None
        }
    }
}

#[test]
fn a_row_takes_the_price_from_either_program_of_its_provider() {
    for (asset, owners) in
        [(BTC, [pyth::RECEIVER, pyth::RECEIVER_PRO]), (ETH, [pyth::ORACLE_MAINNET, pyth::ORACLE_DEVNET])]
    {
        for owner in owners {
            let mut world = World::standard();
            world.svm.advance(12);
            let quote = Quote {
                publish_time: world.svm.now() - 5,
                confidence: 7_654_321,
                ..quote(&world, 123_4567_8901)
            };
            world.publish_quote(asset, quote);
            set_owner(&mut world, asset, owner);
            let before = Snapshot::take(&world.svm);
            let row = world.row(asset);
            let outcome = world.refresh(&[asset]).unwrap();
            before.diff(&world.svm).without_fee().assert_only(&[world.board_address()]);
            assert_eq!(only_event(&outcome), taken(&world, asset));
            // 123.45678901 USD over 10^8 units; 7,654,321 / 12,345,678,901 is 620.0003 millionths.
            let steps = reference::price(123_4567_8901, 8);
            let price = plimsoll_risk::Price(steps as u128).into();
            let expected = AssetRow {
                price,
                slow_price: price,
                deposit_mark: price,
                deposit_mark_low: price,
                long_mark: steps.into(),
                short_mark: steps.into(),
                confidence: 621,
                divergence: 0,
                publish_time: world.svm.now() - 5,
                refreshed_at: world.svm.now(),
                priced_since: world.svm.now(),
                increase_until: world.svm.now() - 5 + 30,
                liquidate_from: i64::MIN,
                use_until: world.svm.now() - 5 + 120,
                ..row
            };
            assert_eq!(bytes_of(&world.row(asset)), bytes_of(&expected));
        }
    }
}

#[test]
fn mantissa_exponent_and_decimals_make_the_price() {
    let cases = [
        (5, 1_i64, -6),
        (5, 999_999_999_999, -12),
        (0, 1_234_567, -2),
        (8, 10_000_000, 0),
        (18, 31_415, 3),
        (9, 177, -2),
    ];
    for (decimals, mantissa, exponent) in cases {
        let listing = presets::Listing { decimals, ..presets::standard()[0] };
        let mut world = World::bare().with(&[listing]).launched();
        let quote = Quote { price: mantissa, confidence: 0, exponent, publish_time: world.svm.now() };
        world.publish_quote(SOL, quote);
        assert_eq!(refresh(&mut world, SOL), None);
        // mantissa x 10^exponent USD per token = x 10^(exponent + 6 - decimals) micro-USD per unit
        let shift = exponent + 6 - decimals as i32;
        let scaled = (mantissa as i128) << 64;
        let ten = 10i128.pow(shift.unsigned_abs());
        let steps = if shift < 0 { scaled / ten } else { scaled * ten };
        assert_eq!(reference::oracle(&world.row(SOL)), steps, "{decimals} {mantissa} {exponent}");
    }
}

/// Every way a pull update of BTC can be bad, and why it is refused.
fn bad_pull_updates(world: &World) -> Vec<(Vec<u8>, Refusal)> {
    let feed = world.assets[BTC as usize].feed_id;
    let good = PullUpdate::new(feed, quote(world, 8_100 * E8));
    let with = |change: &dyn Fn(&mut PullUpdate)| {
        let mut update = good;
        change(&mut update);
        pyth::pull_account(&update)
    };
    let mut untyped = pyth::pull_account(&good);
    untyped[0] ^= 1;
    let mut short = pyth::pull_account(&good);
    short.pop();
    let now = world.svm.now();
    vec![
        (untyped, Refusal::WrongType),
        (short, Refusal::WrongType),
        (Vec::new(), Refusal::WrongType),
        (with(&|u| u.verification = Verification::Partial(5)), Refusal::NotFullyVerified),
        (with(&|u| u.verification = Verification::Partial(255)), Refusal::NotFullyVerified),
        (with(&|u| u.feed_id[31] ^= 1), Refusal::WrongFeed),
        (with(&|u| u.quote.price = 0), Refusal::NotPositive),
        (with(&|u| u.quote.price = -1), Refusal::NotPositive),
        (with(&|u| u.quote.confidence = 81 * E8 as u64 + 1), Refusal::TooUncertain),
        (with(&|u| u.quote.confidence = u64::MAX), Refusal::TooUncertain),
        (with(&|u| u.quote.publish_time = now - 1), Refusal::NotNewer),
        (with(&|u| u.quote.publish_time = 1), Refusal::NotNewer),
        (with(&|u| u.quote.publish_time = 0), Refusal::OutOfRange),
        (with(&|u| u.quote.publish_time = now + 31), Refusal::FromTheFuture),
        (with(&|u| u.quote.publish_time = i64::MAX), Refusal::FromTheFuture),
        (with(&|u| u.quote.exponent = -60), Refusal::OutOfRange),
        (with(&|u| u.quote.exponent = 60), Refusal::OutOfRange),
        (with(&|u| u.quote.exponent = i32::MIN), Refusal::OutOfRange),
    ]
}

#[test]
fn a_bad_account_in_a_batch_skips_its_row_and_says_why() {
    for case in 0.. {
        let mut world = scene::standard();
        world.svm.advance(1);
        let Some((data, reason)) = bad_pull_updates(&world).into_iter().nth(case) else { break };
        world.publish(SOL, 101 * E8);
        world.publish(ETH, 201 * E8);
        rewrite(&mut world, BTC, data);
        let row = world.row(BTC);
        let before = Snapshot::take(&world.svm);
        let outcome = world.refresh(&[SOL, BTC, ETH]).unwrap();
        before.diff(&world.svm).without_fee().assert_only(&[world.board_address()]);
        let expected = [taken(&world, SOL), kept(&world, BTC, reason), taken(&world, ETH)];
        assert_eq!(outcome.events, expected);
        assert_eq!(bytes_of(&world.row(BTC)), bytes_of(&row));
        assert_eq!([SOL, ETH].map(|asset| world.row(asset).publish_time), [world.svm.now(); 2]);
    }
}

#[test]
fn a_legacy_account_must_be_trading_and_of_its_product() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let good = LegacyPrice::new(world.assets[ETH as usize].feed_id, quote(&world, 190 * E8), 7);
    for status in [LegacyStatus::Unknown, LegacyStatus::Halted, LegacyStatus::Auction, LegacyStatus::Ignored]
    {
        rewrite(&mut world, ETH, pyth::legacy_account(&LegacyPrice { status, ..good }));
        assert_eq!(refresh(&mut world, ETH), Some(Refusal::NotTrading));
    }
    let other = LegacyPrice { product: [9; 32], ..good };
    rewrite(&mut world, ETH, pyth::legacy_account(&other));
    assert_eq!(refresh(&mut world, ETH), Some(Refusal::WrongFeed));
    let pull = PullUpdate::new(world.assets[ETH as usize].feed_id, good.quote);
    rewrite(&mut world, ETH, pyth::pull_account(&pull));
    assert_eq!(refresh(&mut world, ETH), Some(Refusal::WrongType));
    rewrite(&mut world, ETH, pyth::legacy_account(&good));
    assert_eq!(refresh(&mut world, ETH), None);
}

#[test]
fn only_the_providers_own_programs_are_believed() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let stranger = Wallet::new("stranger").address().to_bytes();
    for (asset, others) in [
        (BTC, [pyth::ORACLE_MAINNET, pyth::ORACLE_DEVNET, plimsoll::ID.to_bytes(), stranger, [0; 32]]),
        (ETH, [pyth::RECEIVER, pyth::RECEIVER_PRO, plimsoll::ID.to_bytes(), stranger, [0; 32]]),
    ] {
        for owner in others {
            world.publish(asset, 150 * E8);
            set_owner(&mut world, asset, owner);
            assert_eq!(refresh(&mut world, asset), Some(Refusal::WrongOwner));
        }
    }
}

#[test]
fn only_the_pinned_account_is_read() {
    let mut world = scene::standard();
    world.svm.advance(1);
    world.publish(BTC, 8_100 * E8);
    let (pinned, copy) = (world.assets[BTC as usize].oracle, Wallet::new("copy").address());
    world.svm.set_account(copy, world.svm.account(&pinned));
    let mut instruction = world.refresh_instruction(&[BTC]);
    instruction.accounts[1].pubkey = copy;
    let outcome = world.send(&[instruction], &[]).unwrap();
    let refused = RefreshRefused {
        risk_board: world.board_address(),
        oracle: copy,
        asset: BTC as u32,
        reason: Refusal::WrongAddress as u32,
    };
    assert_eq!(only_event(&outcome), Event::RefreshRefused(refused));
}

#[test]
fn the_settlement_row_reads_its_bank_and_keeps_its_price() {
    let mut world = scene::standard();
    world.svm.advance(1_000);
    let before = world.row(USDC);
    assert_eq!(refresh(&mut world, USDC), None);
    let expected = AssetRow { refreshed_at: world.svm.now(), ..before };
    assert_eq!(bytes_of(&world.row(USDC)), bytes_of(&expected));
    assert_eq!(reference::oracle(&world.row(USDC)), 1 << 64);
}

#[test]
fn only_the_assets_own_market_and_bank_are_read() {
    let mut world = scene::standard();
    let alice = world.wallet("alice");
    world.svm.advance(1);
    world.publish(BTC, 8_100 * E8);
    // The board, then oracle, market and bank.
    let good = world.refresh_instruction(&[BTC]);
    for (at, other) in [(2, world.market_address(SOL)), (3, world.bank_address(SOL))] {
        let mut swapped = good.clone();
        swapped.accounts[at].pubkey = other;
        world.refused(swapped, &alice, PlimsollError::ForeignAccount);
    }
    world.send(&[good], &[]).expect("its own accounts");
}

#[test]
fn confidence_and_publish_time_are_accepted_up_to_their_limits() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let now = world.svm.now();
    let mut ask = |later: i64, confidence: u64, publish_time: i64| {
        world.svm.advance(later);
        world.publish_quote(BTC, Quote { price: 8_000 * E8, confidence, exponent: -8, publish_time });
        (refresh(&mut world, BTC), world.row(BTC).confidence)
    };
    assert_eq!(ask(0, 0, now), (None, 0));
    assert_eq!(ask(0, 1, now + 1), (Some(Refusal::NotNewer), 0), "a second price of the same second");
    assert_eq!(ask(1, 1, now), (Some(Refusal::NotNewer), 0));
    assert_eq!(ask(0, 1, now - 1), (Some(Refusal::NotNewer), 0));
    assert_eq!(ask(0, 1, now + 1), (None, 1));
    assert_eq!(ask(1, 80 * E8 as u64, now + 30), (None, 10_000));
    assert_eq!(ask(1, 80 * E8 as u64 + 1, now + 33), (Some(Refusal::TooUncertain), 10_000));
    assert_eq!(ask(0, 80_0000, now + 34), (Some(Refusal::FromTheFuture), 10_000));
    assert_eq!(ask(0, 80_0000, now + 33), (None, 1));
}

#[test]
fn each_row_has_its_accounts() {
    let mut world = scene::standard();
    let alice = world.wallet("alice");
    let full = world.refresh_instruction(&[SOL, BTC]);
    let mut fewer = full.clone();
    fewer.accounts.pop();
    let mut more = full.clone();
    more.accounts.push(more.accounts[1].clone());
    let mut one_row = full.clone();
    one_row.accounts.truncate(4);
    let mut none = full;
    none.accounts.truncate(1);
    for instruction in [fewer, more, one_row, none] {
        world.refused(instruction, &alice, PlimsollError::OracleCountMismatch);
    }
    // One unknown row refuses all of them: the caller has made a mistake.
    for unknown in [4, 21, 22, 255] {
        world.svm.advance(1);
        world.publish(SOL, 101 * E8);
        let mut instruction = world.refresh_instruction(&[SOL, BTC]);
        let row = instruction.data.len() - 1;
        instruction.data[row] = unknown;
        world.refused(instruction, &alice, PlimsollError::AssetNotOnBoard);
    }
    // Twice the same row counts once.
    let outcome = world.refresh(&[SOL, SOL]).unwrap();
    assert_eq!(outcome.events, [taken(&world, SOL), kept(&world, SOL, Refusal::NotNewer)]);
    assert_eq!(world.refresh(&[]).unwrap().events, []);
}

/// The slow price after `seconds`: towards the oracle's by at most 0.05% of itself per
/// second, over ten minutes at most; rounded down.
fn slowed(slow: i128, oracle: i128, seconds: i64) -> i128 {
    let step = slow * (500 * seconds.min(600)).min(1_000_000) as i128 / 1_000_000;
    if oracle > slow { (slow + step).min(oracle) } else { (slow - step).max(oracle) }
}

#[test]
fn the_slow_price_follows_at_a_bounded_rate() {
    let mut world = scene::standard();
    world.set_price(BTC, 8_000 * E8);
    let mut slow = reference::slow(&world.row(BTC));
    assert_eq!(slow, 80 << 64);
    let path = [
        (1, 9_000),
        (1, 9_000),
        (10, 9_000),
        (3, 4_000),
        (100, 4_000),
        (7, 7_777),
        (599, 20_000),
        (601, 90_000),
        (5_000, 90_000),
        (50_000, 3),
    ];
    for (seconds, price) in path {
        world.svm.advance(seconds - 1);
        world.set_price(BTC, price * E8);
        let row = world.row(BTC);
        slow = slowed(slow, reference::price(price * E8, 8), seconds);
        assert_eq!(reference::slow(&row), slow, "after {seconds} seconds at {price}");
        // The distance is never understated, and overstated by two millionths at most.
        let exact = reference::ceil((reference::oracle(&row) - slow).abs() * 1_000_000, slow);
        assert!((exact..exact + 2).contains(&(row.divergence as i128)), "{exact} {}", row.divergence);
    }
}

#[test]
fn a_row_takes_one_price_in_a_second() {
    let mut world = scene::standard();
    world.svm.advance(2);
    let now = world.svm.now();
    let push = |world: &mut World, publish_time: i64| {
        world.publish_quote(BTC, Quote { price: 12_000 * E8, confidence: 0, exponent: -8, publish_time });
        (refresh(world, BTC), reference::slow(&world.row(BTC)))
    };
    let once = slowed(80 << 64, 120 << 64, 2);
    assert_eq!(push(&mut world, now), (None, once));
    for later in 1..30 {
        assert_eq!(push(&mut world, now + later), (Some(Refusal::NotNewer), once));
    }
    world.svm.advance(1);
    assert_eq!(push(&mut world, now + 31), (None, slowed(once, 120 << 64, 1)));
}
