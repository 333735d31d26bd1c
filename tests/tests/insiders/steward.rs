//! What a steward of mallory's costs those who do nothing: tightening needs no wait.

use crate::stage::{DAY, DOGE, Stage, WAIT};
use plimsoll::error::PlimsollError;
use plimsoll::parameters::{ALL, Concern, Tightens};
use plimsoll::params::FieldChange;
use plimsoll::state::{ALL_ASSETS, Role, groups};
use plimsoll_client::Event;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_testkit::{Wallet, tokens};
use plimsoll_tests::scene::{BTC, E8, ETH, ONE_BTC, SOL, USD, USDC, health, margin_needed};

/// Everything of a concern that the steward may move, as far as he may: what moves by ramp by a
/// quarter, the rest to its bound.
fn all_he_may(stage: &Stage, concern: Concern, asset: u8) -> Vec<FieldChange> {
    let terms = stage.world.terms(concern, asset);
    let all = ALL.iter().enumerate().filter(|(_, p)| p.concern == concern);
    let fields = all.filter_map(|(id, parameter)| {
        let before = parameter.read(terms.bytes());
        let after = match parameter.tightens {
            Tightens::Lower if !concern.is_ramped() => parameter.min,
            Tightens::Higher if !concern.is_ramped() => parameter.max,
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
        let fields = all_he_may(&stage, Concern::Margin, BTC);
        let tighten = stage.world.tighten_instruction(BTC, DAY as u32, &fields);
        stage.send(tighten);
        let fields = all_he_may(&stage, Concern::Margin, BTC);
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
    let fields = all_he_may(&stage, Concern::Weights, SOL);
    let tighten = stage.world.tighten_instruction(SOL, DAY as u32, &fields);
    stage.send(tighten);
    stage.pass(DAY);
    let after = stage.world.bank(SOL).weights;
    assert_eq!((before.0.maintenance_asset, after.maintenance_asset), (900_000, 675_000));
    assert_eq!((before.0.maintenance_debt, after.maintenance_debt), (1_100_000, 1_375_000));
    // Against settlement tokens only one of the two counts: three quarters of 90,000, less 40,000.
    assert_eq!((before.1, health(&stage.world, &carol).maintenance), (49_999_999_999, 27_499_999_999));
}

/// What would keep providers in waits, however it is moved.
#[test]
fn attack_tightening_what_keeps_providers_in() {
    let mut stage = Stage::new(&[Role::Steward]);
    let kept = [
        (Concern::Price, "fresh_seconds"),
        (Concern::Price, "confidence_max"),
        (Concern::Price, "parity_gap_max"),
        (Concern::Bank, "weight_scale_from"),
        (Concern::Market, "reserve_ratio"),
    ];
    for (concern, name) in kept {
        let id = parameter_id(concern, name).expect("a parameter");
        let parameter = ALL[id as usize];
        for asset in [SOL, BTC, ETH] {
            let before = parameter.read(stage.world.terms(concern, asset).bytes());
            for after in [parameter.min, before.saturating_sub(1), before.saturating_add(1), parameter.max] {
                if after == before || !(parameter.min..=parameter.max).contains(&after) {
                    continue;
                }
                let tighten = stage.world.tighten_instruction(asset, 0, &[field(id, before, after)]);
                let refused = stage.try_send(&[tighten]).unwrap_err().plimsoll();
                assert_eq!(refused, Some(PlimsollError::NotTightening), "{name} of {asset}: {after}");
            }
        }
    }
}

/// Redeems as much as can be redeemed now, and frees what markets do not need. In the end
/// nothing but an outflow limit or a pause stands in the way.
fn leave(stage: &mut Stage, provider: &Wallet) {
    let world = &mut stage.world;
    for asset in [SOL, BTC, ETH, DOGE] {
        let rebalance = world.rebalance_instruction(asset);
        let _ = world.send(&[rebalance], &[]);
    }
    let account = world.share_account(provider);
    let mut shares = tokens::amount(&world.svm.account(&account));
    let mut refused = None;
    while shares > USD as u64 {
        let redeem = world.redeem_instruction(provider, shares, 0);
        if let Err(failure) = world.send(&[redeem], &[&provider.key]) {
            refused = failure.plimsoll();
            shares /= 2;
        }
    }
    assert!(
        matches!(refused, Some(PlimsollError::OutflowLimit | PlimsollError::Paused)),
        "{refused:?} at {shares}"
    );
}

/// Everything that the steward may move, each alone where one could stand in the way of another.
fn tighten_everything(stage: &mut Stage) {
    let mut done = 0;
    for asset in [USDC, SOL, BTC, ETH, DOGE] {
        for concern in [Concern::Price, Concern::Bank, Concern::Weights, Concern::Market, Concern::Margin] {
            let exists = match concern {
                Concern::Bank => asset != DOGE,
                Concern::Weights => ![USDC, DOGE].contains(&asset),
                _ => asset != USDC,
            };
            let fields = if exists { all_he_may(stage, concern, asset) } else { Vec::new() };
            let (at_once, ramp_seconds) =
                if concern.is_ramped() { (fields.len(), DAY as u32) } else { (1, 0) };
            for fields in fields.chunks(at_once.max(1)) {
                let tighten = stage.world.tighten_instruction(asset, ramp_seconds, fields);
                done += stage.try_send(&[tighten]).is_ok() as u32;
            }
        }
    }
    assert_eq!(done, 23, "what he tightened at once");
}

/// Whatever a steward tightens when a change is proposed, providers leave during its wait as fast
/// as the outflow limit lets them. A guardian can hold them for a day of it.
#[test]
fn attack_keeping_providers_in_while_a_change_waits() {
    let both = [Role::Steward, Role::Guardian];
    let cases: [(&[Role], i64, i64); 4] = [
        (&[], 0, 591_777),
        (&[Role::Steward], 0, 591_777),
        (&both, 0, 395_887),
        // It ends when the wait does.
        (&both, DAY + 3_600, 395_889),
    ];
    for (roles, pause_at, expected) in cases {
        let mut stage = Stage::new(roles);
        if stage.has(Role::Steward) {
            tighten_everything(&mut stage);
        }
        let (provider, begun) = (Wallet::new("provider"), stage.world.svm.now());
        let before = stage.world.wallet_balance(&provider, USDC);
        for seconds in (0..WAIT).step_by(3_600) {
            stage.pass(begun + seconds - stage.world.svm.now());
            if stage.has(Role::Guardian) && seconds >= pause_at {
                // Whether there is one already or not.
                let pause = stage.world.pause_instruction(ALL_ASSETS, groups::ALL, DAY as u32);
                let _ = stage.try_send(&[pause]);
            }
            leave(&mut stage, &provider);
        }
        stage.pass(begun + WAIT - 1 - stage.world.svm.now());
        leave(&mut stage, &provider);
        let left = (stage.world.wallet_balance(&provider, USDC) - before) as i64;
        // Of 600,000 that the limit lets out in two days, asked for every hour.
        assert_eq!(left / USD, expected, "{roles:?}, a pause after {pause_at} seconds");
    }
}
