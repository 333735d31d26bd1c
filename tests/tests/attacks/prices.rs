//! Prices that an attacker would like to be used: older ones, half verified ones, absurd
//! ones. A row takes none of them and stays as it was, byte for byte.

use plimsoll::oracle::Refusal;
use plimsoll_testkit::pyth::{self, LegacyPrice, LegacyStatus, PullUpdate, Quote, Verification};
use plimsoll_testkit::{Snapshot, World};
use plimsoll_tests::attack_stage::refusal;
use plimsoll_tests::scene::{self, BTC, E8, ETH};

/// Refreshes a row whose oracle account holds what must not be taken.
fn refused(world: &mut World, asset: u8, reason: Refusal, what: &str) {
    let before = Snapshot::take(&world.svm);
    let outcome = world.refresh(&[asset]).expect("a refresh goes on");
    assert_eq!(refusal(&outcome), Some(reason), "{what}");
    before.diff(&world.svm).without_fee().assert_nothing();
}

fn quote(world: &World, price_e8: i64) -> Quote {
    Quote {
        price: price_e8,
        confidence: price_e8.unsigned_abs() / 2_000,
        exponent: -8,
        publish_time: world.svm.now(),
    }
}

fn write(world: &mut World, asset: u8, data: Vec<u8>) {
    let oracle = world.assets[asset as usize].oracle;
    let mut account = world.svm.account(&oracle);
    account.data = data;
    world.svm.set_account(oracle, account);
}

/// Attack 15: among several valid prices, the one that suits: an older one, or another one
/// of the same second.
#[test]
fn attack_choosing_an_older_valid_price() {
    let mut world = scene::standard();
    for asset in [BTC, ETH] {
        let held = world.row(asset).publish_time;
        world.svm.advance(10);
        for (age, price) in
            [(0, 8_100 * E8), (0, 1), (1, 7_000 * E8), (600, 9_000 * E8), (held - 1, 8_000 * E8)]
        {
            let quote = Quote { publish_time: held - age, ..quote(&world, price) };
            world.publish_quote(asset, quote);
            refused(&mut world, asset, Refusal::NotNewer, "a price not newer");
        }
        world.set_price(asset, 8_100 * E8);
        assert_eq!(world.row(asset).publish_time, world.svm.now(), "a newer one is taken");
    }
}

/// Attack 15: a price from the future would keep every honest one out until then.
#[test]
fn attack_a_price_from_the_future() {
    let mut world = scene::standard();
    for asset in [BTC, ETH] {
        world.svm.advance(1);
        let now = world.svm.now();
        for lead in [31, 3_600, i64::MAX - now] {
            let quote = Quote { publish_time: now + lead, ..quote(&world, 8_000 * E8) };
            world.publish_quote(asset, quote);
            refused(&mut world, asset, Refusal::FromTheFuture, "a price from the future");
        }
        let quote = Quote { publish_time: now + 30, ..quote(&world, 8_000 * E8) };
        world.publish_quote(asset, quote);
        assert_eq!(
            refusal(&world.refresh(&[asset]).expect("a refresh")),
            None,
            "the lead that clocks may have"
        );
    }
}

/// Attack 16: an update that only some guardians signed. Its tag is followed by their
/// number, one byte, so that every field stands one byte later than in a full one.
#[test]
fn attack_a_partially_verified_price() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let update = PullUpdate::new(world.assets[BTC as usize].feed_id, quote(&world, 9_000 * E8));
    for signatures in 0..=u8::MAX {
        let partial = PullUpdate { verification: Verification::Partial(signatures), ..update };
        write(&mut world, BTC, pyth::pull_account(&partial));
        refused(&mut world, BTC, Refusal::NotFullyVerified, &format!("{signatures} signatures"));
    }
    // The tags without that byte, and tags that do not exist.
    for tag in 0..=u8::MAX {
        let mut data = pyth::pull_account(&update);
        data[40] = tag;
        write(&mut world, BTC, data);
        match tag {
            0 => refused(&mut world, BTC, Refusal::NotFullyVerified, "a partial tag before full fields"),
            1 => {}
            _ => refused(&mut world, BTC, Refusal::WrongType, &format!("tag {tag}")),
        }
    }
    // A full tag before partial fields: every field is read one byte early.
    let mut data = pyth::pull_account(&PullUpdate { verification: Verification::Partial(13), ..update });
    data[40] = 1;
    write(&mut world, BTC, data);
    refused(&mut world, BTC, Refusal::WrongFeed, "fields out of step");
    write(&mut world, BTC, pyth::pull_account(&update));
    assert_eq!(refusal(&world.refresh(&[BTC]).expect("a refresh")), None);
}

/// Attack 16: a legacy price that its oracle does not vouch for.
#[test]
fn attack_a_price_that_is_not_trading() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let price = LegacyPrice::new(world.assets[ETH as usize].feed_id, quote(&world, 300 * E8), 2);
    for status in [LegacyStatus::Unknown, LegacyStatus::Halted, LegacyStatus::Auction, LegacyStatus::Ignored]
    {
        write(&mut world, ETH, pyth::legacy_account(&LegacyPrice { status, ..price }));
        refused(&mut world, ETH, Refusal::NotTrading, &format!("{status:?}"));
    }
}

/// Attack 17: what no market trades at, in both layouts.
#[test]
fn attack_an_absurd_price() {
    let mut world = scene::standard();
    world.svm.advance(1);
    let good = quote(&world, 8_000 * E8);
    let price = |price| Quote { price, ..good };
    let exponent = |exponent| Quote { exponent, ..good };
    let confidence = |confidence| Quote { confidence, ..good };
    let certain = |price, exponent| Quote { price, exponent, confidence: 0, ..good };
    let one_percent = good.price.unsigned_abs() / 100;
    let cases = [
        (price(0), Refusal::NotPositive),
        (price(-1), Refusal::NotPositive),
        (price(i64::MIN), Refusal::NotPositive),
        (Quote { publish_time: 0, ..good }, Refusal::OutOfRange),
        (Quote { publish_time: i64::MIN, ..good }, Refusal::OutOfRange),
        (confidence(one_percent + 1), Refusal::TooUncertain),
        (confidence(u64::MAX), Refusal::TooUncertain),
        (confidence(u64::MAX / 1_000_000), Refusal::TooUncertain),
        (certain(1, -8 - 12), Refusal::OutOfRange),
        (certain(i64::MAX, 0), Refusal::OutOfRange),
        (exponent(18), Refusal::OutOfRange),
        (exponent(-60), Refusal::OutOfRange),
        (exponent(i32::MAX), Refusal::OutOfRange),
        (exponent(i32::MIN), Refusal::OutOfRange),
    ];
    for asset in [BTC, ETH] {
        for (quote, reason) in cases {
            world.publish_quote(asset, quote);
            refused(&mut world, asset, reason, &format!("{quote:?}"));
        }
    }
    world.publish_quote(BTC, confidence(one_percent));
    assert_eq!(refusal(&world.refresh(&[BTC]).expect("a refresh")), None, "the widest that is taken");
}
