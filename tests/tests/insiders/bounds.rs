//! What governance of mallory's costs those who stay, when everything is set to its hard bounds.

use crate::stage::{DAY, Stage, WAIT, dollars};
use plimsoll::bounds::RAMP_SECONDS_MIN;
use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::Change;
use plimsoll::state::Role;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::holds;
use plimsoll_tests::scene::{BTC, E8, ONE_BTC, USD, USDC, health, margin_needed};

/// The change of some parameters of a concern of an asset to new values.
fn set(world: &World, concern: Concern, asset: u8, values: &[(&str, i64)]) -> Change {
    let terms = world.terms(concern, asset);
    let mut fields: Vec<_> = values
        .iter()
        .map(|(name, after)| {
            let id = parameter_id(concern, name).expect("a parameter");
            field(id, ALL[id as usize].read(terms.bytes()), *after)
        })
        .filter(|field| field.before != field.after)
        .collect();
    fields.sort_by_key(|field| field.parameter);
    let ramp_seconds = if concern.is_ramped() { RAMP_SECONDS_MIN } else { 0 };
    Change::Parameters { asset, ramp_seconds, fields }
}

#[test]
fn attack_interest_at_the_hard_bound() {
    let mut stage = Stage::new(&[Role::Governance]);
    let carol = Wallet::new("carol");
    let rates = [("rate_at_zero", 4_000_000), ("rate_at_kink", 4_000_000), ("rate_at_full", 4_000_000)];
    let change = set(&stage.world, Concern::Bank, USDC, &rates);
    let at = stage.propose(&change);
    stage.pass(WAIT - 1);
    let before = holds(&stage.world, &stage.world.margin(&carol, 0), USDC);
    stage.pass(1);
    stage.execute(at, &change);
    assert_eq!(holds(&stage.world, &stage.world.margin(&carol, 0), USDC), before, "nothing for the wait");
    stage.pass(DAY);
    let after = holds(&stage.world, &stage.world.margin(&carol, 0), USDC);
    assert_eq!((before, after), (-40_000_000_000, -40_438_356_165), "1.096% in a day");
}

#[test]
fn attack_fees_at_their_hard_bounds() {
    let mut stage = Stage::new(&[Role::Governance, Role::FeeCollector]);
    let fees = [("trading_fee", 10_000), ("insurance_fee_share", 0), ("protocol_fee_share", 500_000)];
    let changes = [
        set(&stage.world, Concern::Market, BTC, &fees),
        set(&stage.world, Concern::Pool, 0, &[("redeem_fee", 10_000)]),
    ];
    stage.enact_all(&changes);
    let alice = Wallet::new("alice");
    let before = stage.world.market(BTC).protocol_fees;
    stage.world.trade(&alice, 0, BTC, -ONE_BTC).expect("a reduction");
    let taken = stage.world.market(BTC).protocol_fees - before;
    assert_eq!(taken, 40 * USD, "half of 1% of 8,000 USD; the other half stays with the pool");
    let collect = stage.world.collect_fees_instruction(BTC, (before + taken + 1) as u64);
    assert!(stage.try_send(&[collect]).is_err(), "no more than was set aside");
    let collect = stage.world.collect_fees_instruction(BTC, (before + taken) as u64);
    stage.send(collect);
}

/// A trader with `share` percent of the initial margin that a long position in BTC needs.
fn leveraged(stage: &mut Stage, name: &str, share: u64) -> Wallet {
    let world = &mut stage.world;
    let who = world.wallet(name);
    world.open_account(&who, 0);
    let margin = margin_needed(world, BTC, 2 * ONE_BTC);
    world.fund(&who, 0, USDC, margin * share / 100);
    world.trade(&who, 0, BTC, 2 * ONE_BTC).unwrap_or_else(|f| panic!("{f:#?}"));
    who
}

/// An honest oracle that goes up and down by an eighth of a percent every ten seconds, for as
/// long as `goes_on`; returns how long that was.
fn vibrate(stage: &mut Stage, mut goes_on: impl FnMut(&Stage, i64) -> bool) -> i64 {
    let begun = stage.world.svm.now();
    let mut is_up = false;
    while goes_on(stage, stage.world.svm.now() - begun) {
        is_up = !is_up;
        stage.say(BTC, 8_000 * E8 + if is_up { 8_000 * E8 / 800 } else { 0 });
        stage.world.svm.advance(9);
        stage.freshen();
    }
    stage.world.svm.now() - begun
}

/// Auctions as short as they may be, at once; and a volatility rule as strict as it may be, by ramp.
#[test]
fn attack_the_volatility_rule_and_short_auctions() {
    let mut stage = Stage::new(&[Role::Governance]);
    let [who, careful] =
        [("who", 125), ("careful", 200)].map(|(name, share)| leveraged(&mut stage, name, share));
    let volatility = [("volatility_calm_per_day", 1_000), ("volatility_multiplier_max", 5_000_000)];
    let too_short = set(&stage.world, Concern::Clearinghouse, 0, &[("auction_delay_seconds", 9)]);
    let propose = stage.world.propose_instruction(&too_short);
    assert_eq!(stage.try_send(&[propose]).unwrap_err().plimsoll(), Some(PlimsollError::ParameterOutOfBounds));
    let auctions = [("auction_delay_seconds", 10), ("auction_seconds", 60)];
    let changes = [
        set(&stage.world, Concern::Margin, BTC, &volatility),
        set(&stage.world, Concern::Clearinghouse, 0, &auctions),
    ];
    let at = changes.each_ref().map(|change| stage.propose(change));
    stage.pass(WAIT);
    // The rule in force is at its most, and he is far from maintenance margin.
    vibrate(&mut stage, |_, seconds| seconds < 7_200);
    let row = stage.world.row(BTC);
    assert_eq!((row.volatility_multiplier, row.maintenance_margin), (2_000_000, 100_000));
    assert!(health(&stage.world, &who).maintenance >= 0);
    for (at, change) in at.into_iter().zip(&changes) {
        stage.execute(at, change);
    }
    let (begun, equity) = (stage.world.svm.now(), health(&stage.world, &who).equity);
    let sunk_after = vibrate(&mut stage, |stage, _| health(&stage.world, &who).maintenance >= 0);
    // From twice to five times in a day: two and a half times after a sixth of it.
    assert_eq!(sunk_after, 14_720, "seconds until five quarters of initial margin are not enough");
    assert_eq!(stage.world.row(BTC).volatility_multiplier, 2_511_110);
    // Nobody else looks: the first to find it takes it all.
    let account = stage.world.account_address(&who, 0);
    let call = stage.world.call_margin_instruction(account);
    stage.send(call);
    stage.world.svm.advance(9);
    stage.freshen();
    let start = stage.world.start_auction_instruction(account);
    stage.send(start);
    stage.world.svm.advance(59);
    stage.freshen();
    let win = stage.world.win_auction_instruction(&stage.mallory, 0, account, 0);
    stage.send(win);
    assert!(equity > 2_000 * USD as i128, "{equity}");
    assert_eq!(health(&stage.world, &who).equity, 0, "all of it, for nothing");
    vibrate(&mut stage, |stage, _| health(&stage.world, &careful).maintenance >= 0);
    assert_eq!(stage.world.svm.now() - begun, 58_970, "seconds until twice the initial margin is not enough");
}

/// A position opened while the price impact was small, and closed when it is large, gets more for
/// the skew than it has paid.
#[test]
fn attack_the_scale_of_the_price_impact() {
    let mut stage = Stage::new(&[Role::Governance]);
    stage.world.fund(&stage.mallory, 0, USDC, 400_000 * USD as u64);
    let before = stage.wealth();
    let market = stage.world.market(BTC);
    let scale = market.terms.skew_scale;
    // The largest impact that the margin in force allows.
    let mut change = None;
    for tenths in (1..100).rev() {
        let after = scale * tenths / 100;
        let tried = set(&stage.world, Concern::Market, BTC, &[("skew_scale", after)]);
        let propose = stage.world.propose_instruction(&tried);
        let at = stage.world.next_change();
        if stage.try_send(&[propose]).is_ok() {
            change = Some((at, tried, after));
        } else {
            break;
        }
    }
    let (at, change, after) = change.expect("a change");
    assert_eq!(after, scale / 100 * 41, "maintenance margin covers the impact of closing");
    stage.pass(WAIT - 1);
    let mut size = 60 * ONE_BTC;
    while stage.world.trade(&stage.mallory, 0, BTC, size).is_err() {
        size -= ONE_BTC;
    }
    let opened = stage.wealth();
    stage.pass(1);
    stage.execute(at, &change);
    stage.world.trade(&stage.mallory, 0, BTC, -size).expect("a close");
    assert!(opened <= before, "nothing before the wait is over");
    assert_eq!((size / ONE_BTC, dollars(stage.wealth() - before)), (60, 1_678), "0.35% of the notional");
}
