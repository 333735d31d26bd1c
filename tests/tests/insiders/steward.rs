//! What a steward of mallory's costs those who do nothing: tightening needs no wait.

use crate::stage::{DAY, Stage, WAIT};
use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern, Tightens};
use plimsoll::params::FieldChange;
use plimsoll::state::Role;
use plimsoll_client::Event;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::Wallet;
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, SOL, USD, USDC, health, margin_needed};

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
            for (lost, who) in lost.iter_mut().zip([&near, &at_initial, &above]) {
                let (penalty, bounty) = liquidate_all(&mut stage, who);
                *lost = (lost.0 + penalty, lost.1 + bounty);
            }
        }
        assert_eq!(stage.world.row(BTC).maintenance_margin, [62_500, 78_125][ramp]);
    }
    // Of a position of 15,360 USD; it stays open with what was closed of it.
    assert_eq!(lost, [(56_132_621, 5_613_262), (0, 0), (0, 0)], "penalties and bounties of two days");
    assert!(equity - health(&stage.world, &near).equity < 57 * USD as i128);
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
    let after = stage.world.bank(SOL).weights;
    assert_eq!((before.0.maintenance_asset, after.maintenance_asset), (900_000, 675_000));
    assert_eq!((before.0.maintenance_debt, after.maintenance_debt), (1_100_000, 1_375_000));
    // Against settlement tokens only one of the two counts: three quarters of 90,000, less 40,000.
    assert_eq!((before.1, health(&stage.world, &carol).maintenance), (49_999_999_999, 27_499_999_999));
}

/// The one field of a concern.
fn one(stage: &Stage, concern: Concern, asset: u8, name: &str, after: i64) -> Vec<FieldChange> {
    let id = parameter_id(concern, name).expect("a parameter");
    let before = ALL[id as usize].read(stage.world.terms(concern, asset).bytes());
    vec![field(id, before, after)]
}

/// What is not loosened at once can still keep providers from redeeming as long as there is open
/// interest: a price that is too uncertain to increase risk is too uncertain to redeem by.
#[test]
fn attack_keeping_providers_in_while_a_change_waits() {
    let cases = [
        (Concern::Price, "confidence_max", 100, 0, PlimsollError::PriceUncertain),
        (Concern::Price, "fresh_seconds", 1, 46, PlimsollError::OutflowLimit),
        (Concern::Market, "reserve_ratio", 10_000_000, 30, PlimsollError::InsufficientUnallocated),
    ];
    for (concern, name, after, redeemed, error) in cases {
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
        assert_eq!((left, refused), (redeemed, Some(error)), "{name}: redemptions of 10,000 USD in 48 hours");
    }
}
