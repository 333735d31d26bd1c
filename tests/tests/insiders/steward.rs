//! What a steward of mallory's costs those who do nothing: tightening needs no wait.

use crate::stage::{DAY, Stage, WAIT};
use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern, Tightens};
use plimsoll::params::FieldChange;
use plimsoll::state::Role;
use plimsoll_client::Event;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::Wallet;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, SOL, USDC, health, margin_needed};

/// Everything of a concern that the steward may move, as far as a ramp may.
fn a_quarter_of_everything(stage: &Stage, concern: Concern, asset: u8) -> Vec<FieldChange> {
    let terms = stage.world.terms(concern, asset);
    let all = ALL.iter().enumerate().filter(|(_, p)| p.concern == concern);
    let fields = all.filter_map(|(id, parameter)| {
        let before = parameter.read(terms.bytes());
        let after = match parameter.tightens {
            Tightens::Lower => (before - before / 4).max(parameter.min),
            Tightens::Higher => (before + before / 4).min(parameter.max),
            Tightens::Waits => before,
        };
        (after != before).then(|| field(id as u8, before, after))
    });
    fields.collect()
}

/// A wallet with a position in BTC and `share` percent of the initial margin that it needs.
fn leveraged(stage: &mut Stage, name: &str, size: i64, share: u64) -> Wallet {
    let world = &mut stage.world;
    let who = world.wallet(name);
    world.open_account(&who, 0);
    let margin = margin_needed(world, BTC, size);
    world.fund(&who, 0, USDC, margin * share / 100);
    world.trade(&who, 0, BTC, size).unwrap_or_else(|f| panic!("{f:#?}"));
    who
}

/// Liquidates all that can be liquidated of an account, as mallory's keeper; returns penalties
/// and bounties.
fn liquidate_all(stage: &mut Stage, who: &Wallet) -> (i64, i64) {
    let keeper = stage.world.account_address(&stage.mallory, 2);
    let account = stage.world.account_address(who, 0);
    let mut taken = (0, 0);
    loop {
        let outcome = stage.world.liquidate(account, keeper, BTC).unwrap_or_else(|f| panic!("{f:#?}"));
        let Some(Event::Liquidated(done)) = outcome.events.first() else { return taken };
        taken = (taken.0 + done.penalty, taken.1 + done.bounty);
    }
}

#[test]
fn attack_raising_margins_for_the_bounties() {
    let mut stage = Stage::new(&[Role::Steward]);
    // One trader near maintenance margin after a fall of 4%, one at initial margin, and one at
    // five quarters of it, as prices stand now.
    let near = leveraged(&mut stage, "near", 2 * ONE_BTC, 100);
    stage.say(BTC, 7_680 * E8);
    stage.pass(600);
    let at_initial = leveraged(&mut stage, "at initial", 2 * ONE_BTC, 100);
    let above = leveraged(&mut stage, "above", 2 * ONE_BTC, 125);
    let sunk = health(&stage.world, &near).maintenance < 0;
    assert!(!sunk, "nobody is below maintenance before");
    let equity = health(&stage.world, &near).equity;
    let before = stage.wealth();
    let mut lost = [(0, 0); 3];
    for ramp in 0..2 {
        let fields = a_quarter_of_everything(&stage, Concern::Margin, BTC);
        let tighten = stage.world.tighten_instruction(BTC, DAY as u32, &fields);
        stage.send(tighten);
        let fields = a_quarter_of_everything(&stage, Concern::Margin, BTC);
        let again = stage.world.tighten_instruction(BTC, DAY as u32, &fields);
        assert_eq!(stage.try_send(&[again]).unwrap_err().plimsoll(), Some(PlimsollError::RampRunning));
        for _ in 0..24 {
            stage.pass(3_600);
            for (i, who) in [&near, &at_initial, &above].into_iter().enumerate() {
                let taken = liquidate_all(&mut stage, who);
                lost[i] = (lost[i].0 + taken.0, lost[i].1 + taken.1);
            }
        }
        println!("ramp {ramp}: liquidated {lost:?} bounties {}", stage.wealth() - before);
        println!("maintenance {}", stage.world.row(BTC).maintenance_margin);
    }
    println!("near: equity {equity} -> {}", health(&stage.world, &near).equity);
}

#[test]
fn attack_weights_and_debts_at_once() {
    let mut stage = Stage::new(&[Role::Steward]);
    let carol = Wallet::new("carol");
    let before = (stage.world.bank(SOL).weights, health(&stage.world, &carol).maintenance);
    let fields = a_quarter_of_everything(&stage, Concern::Weights, SOL);
    let tighten = stage.world.tighten_instruction(SOL, DAY as u32, &fields);
    stage.send(tighten);
    stage.pass(DAY);
    println!("{before:?} {:?} {:?}", stage.world.bank(SOL).weights, health(&stage.world, &carol).maintenance);
}

/// The one field of a concern.
fn one(stage: &Stage, concern: Concern, asset: u8, name: &str, after: i64) -> Vec<FieldChange> {
    let id = parameter_id(concern, name).expect("a parameter");
    let before = ALL[id as usize].read(stage.world.terms(concern, asset).bytes());
    vec![field(id, before, after)]
}

#[test]
fn attack_keeping_providers_in_while_a_change_waits() {
    for (concern, name, after) in [
        (Concern::Price, "confidence_max", 100),
        (Concern::Price, "fresh_seconds", 1),
        (Concern::Market, "reserve_ratio", 10_000_000),
    ] {
        let mut stage = Stage::new(&[Role::Steward]);
        for asset in [BTC, ETH] {
            let fields = one(&stage, concern, asset, name, after);
            let tighten = stage.world.tighten_instruction(asset, 0, &fields);
            stage.send(tighten);
        }
        // The provider leaves as far as he can, in small steps, for as long as a change waits.
        let (provider, begun, mut left) = (Wallet::new("provider"), stage.world.svm.now(), 0);
        let mut refused = None;
        while stage.world.svm.now() < begun + WAIT {
            stage.pass(3_600);
            let redeem = stage.world.redeem_instruction(&provider, 10_000_000_000, 0);
            match stage.world.send(&[redeem], &[&provider.key]) {
                Ok(_) => left += 1,
                Err(failure) => refused = failure.plimsoll(),
            }
            for asset in [SOL, BTC, ETH] {
                let rebalance = stage.world.rebalance_instruction(asset);
                let _ = stage.world.send(&[rebalance], &[]);
            }
        }
        println!("{name}: {left} of 48 redemptions of 10,000, then {refused:?}");
    }
}
