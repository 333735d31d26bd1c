//! What governance of mallory's costs those who stay, when everything is set to its hard bounds.

use crate::stage::{DAY, Stage, WAIT};
use plimsoll::bounds::RAMP_SECONDS_MIN;
use plimsoll::parameters::{ALL, Concern};
use plimsoll::params::Change;
use plimsoll::state::Role;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Wallet, World};
use plimsoll_tests::full::holds;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, USD, USDC, health, margin_needed};

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
    println!("interest of a day: {} of {before}", after - before);
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
    println!("fee on 8000: protocol {}", stage.world.market(BTC).protocol_fees - before);
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

/// Auctions as short as they may be, and a volatility rule as strict as it may be. The rule's own
/// terms do not move by ramp; margins follow the price.
#[test]
fn attack_the_volatility_rule_and_short_auctions() {
    let mut stage = Stage::new(&[Role::Governance]);
    let who = leveraged(&mut stage, "who", 125);
    let volatility = [("volatility_calm_per_day", 1_000), ("volatility_multiplier_max", 5_000_000)];
    let auctions = [("auction_delay_seconds", 10), ("auction_seconds", 60)];
    let changes = [
        set(&stage.world, Concern::Margin, BTC, &volatility),
        set(&stage.world, Concern::Clearinghouse, 0, &auctions),
    ];
    stage.enact_all(&changes);
    let (begun, equity) = (stage.world.svm.now(), health(&stage.world, &who).equity);
    // An honest oracle that goes up and down by four basis points a second.
    let mut sunk_after = None;
    for second in 0..2 * DAY {
        let price = if second % 2 == 0 { 8_000 * E8 } else { 8_000 * E8 + 8_000 * E8 / 2_500 };
        stage.say(BTC, price);
        stage.freshen();
        if health(&stage.world, &who).maintenance < 0 {
            sunk_after = Some(stage.world.svm.now() - begun);
            break;
        }
    }
    println!("sunk after {sunk_after:?} seconds, multiplier {}", stage.world.row(BTC).volatility_multiplier);
    if sunk_after.is_none() {
        return;
    }
    let account = stage.world.account_address(&who, 0);
    let call = stage.world.call_margin_instruction(account);
    println!("{:?}", stage.try_send(&[call]).map(|_| ()).map_err(|f| f.plimsoll()));
    let start = stage.world.start_auction_instruction(account);
    for _ in 0..30 {
        stage.freshen();
        if let Ok(o) = stage.try_send(std::slice::from_ref(&start)) {
            println!("auction after {} {:?}", stage.world.svm.now() - begun, o.events);
        }
    }
    for _ in 0..61 {
        stage.freshen();
    }
    println!("equity {equity} now {}", health(&stage.world, &who).equity);
    let win = stage.world.win_auction_instruction(&stage.mallory, 0, account, u64::MAX);
    println!("{:?}", stage.try_send(&[win]).map(|o| o.events).map_err(|f| f.plimsoll()));
    let _ = (ETH, USD);
}

/// A position opened while the price impact was small, and closed when it is large, gets more for
/// the skew than it has paid.
#[test]
fn attack_the_scale_of_the_price_impact() {
    let mut stage = Stage::new(&[Role::Governance]);
    let before = stage.wealth();
    stage.world.fund(&stage.mallory, 0, USDC, 400_000 * USD as u64);
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
    println!("scale {scale} -> {after}");
    stage.pass(WAIT - 1);
    let mut size = 60 * ONE_BTC;
    while stage.world.trade(&stage.mallory, 0, BTC, size).is_err() {
        size -= ONE_BTC;
    }
    let opened = stage.wealth();
    stage.pass(1);
    stage.execute(at, &change);
    stage.world.trade(&stage.mallory, 0, BTC, -size).expect("a close");
    println!("size {size}, wealth {before} {opened} {}: cash gain", stage.wealth());
}
