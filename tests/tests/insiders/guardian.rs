//! What a guardian of mallory's can do: delay what leaves, and keep everything as it is.

use crate::stage::{ALL_ROLES, DAY, LONG_WAIT, Stage};
use plimsoll::error::PlimsollError;
use plimsoll::params::Change;
use plimsoll::state::{ALL_ASSETS, Role, groups};
use plimsoll_testkit::Wallet;
use plimsoll_tests::scene::{BTC, ONE_BTC, SOL, USD, USDC};

#[test]
fn attack_pausing_as_often_as_possible() {
    let mut stage = Stage::new(&ALL_ROLES);
    let before = stage.wealth();
    let lena = Wallet::new("lena");
    let alice = Wallet::new("alice");
    let (mut open, mut longest, mut shut) = (0, 0, 0);
    for _ in 0..30 * 24 {
        // Renewing a pause that runs would only use up what a week allows.
        if stage.world.svm.now() >= stage.world.clearinghouse_account().pauses.ends_at {
            let pause = stage.world.pause_instruction(ALL_ASSETS, groups::ALL, DAY as u32);
            let _ = stage.try_send(&[pause]);
        }
        let withdraw = stage.world.withdraw_instruction(&lena, 0, USDC, USD as u64);
        match stage.world.send(&[withdraw], &[&lena.key]) {
            Ok(_) => (open, shut) = (open + 1, 0),
            Err(failure) => {
                assert_eq!(failure.plimsoll(), Some(PlimsollError::Paused));
                shut += 1;
                longest = longest.max(shut);
            }
        }
        // Getting out of a position and into safety goes on in every hour.
        stage.world.fund(&alice, 0, USDC, USD as u64);
        stage.world.trade(&alice, 0, BTC, -ONE_BTC / 200).expect("reducing is never paused");
        stage.pass(3_600);
    }
    assert_eq!((open, longest), (480, 24), "hours of 720 in which lena could withdraw, and the longest wait");
    assert!(stage.wealth() <= before, "a delay earns nothing: {}", stage.wealth() - before);
}

#[test]
fn attack_cancelling_everything_for_ever() {
    let mut stage = Stage::new(&[Role::Guardian]);
    let (governance, guardian) = (stage.world.holder(Role::Governance), stage.world.holder(Role::Guardian));
    let before = stage.wealth();
    let propose = |stage: &mut Stage, change: &Change| {
        let (at, propose) = (stage.world.next_change(), stage.world.propose_instruction(change));
        stage.world.must(propose, &governance);
        stage.watch.look(&stage.world);
        at
    };
    let steward = stage.world.holder(Role::Steward).address();
    let heir = stage.world.wallet("heir");
    for _ in 0..3 {
        let change = Change::Role { role: Role::Steward as u8, before: steward, after: heir.address() };
        let at = propose(&mut stage, &change);
        let cancel = stage.world.cancel_instruction(at, &guardian);
        stage.send(cancel);
    }
    // But for the change that ends it, which he can't cancel.
    let change =
        Change::Role { role: Role::Guardian as u8, before: guardian.address(), after: heir.address() };
    let at = propose(&mut stage, &change);
    let cancel = stage.world.cancel_instruction(at, &guardian);
    assert_eq!(
        stage.try_send(&[cancel]).unwrap_err().plimsoll(),
        Some(PlimsollError::NotGovernanceOrGuardian)
    );
    stage.pass(LONG_WAIT);
    stage.execute(at, &change);
    let accept = stage.world.accept_role_instruction(&heir, Role::Guardian);
    stage.world.must(accept, &heir);
    let pause = stage.world.pause_instruction(ALL_ASSETS, groups::ALL, 60);
    assert_eq!(stage.try_send(&[pause]).unwrap_err().plimsoll(), Some(PlimsollError::NotGuardian));
    assert!(stage.wealth() <= before);
}

/// Governance can replace an honest guardian, who can't cancel that: from then on nobody cancels
/// anything but governance. It takes as long as what he would cancel, and that has to wait after
/// it once more.
#[test]
fn attack_replacing_the_guardian_first() {
    let mut stage = Stage::new(&[Role::Governance]);
    let (guardian, mallory) = (stage.world.holder(Role::Guardian), stage.mallory.address());
    let change = Change::Role { role: Role::Guardian as u8, before: guardian.address(), after: mallory };
    let begun = stage.world.svm.now();
    let at = stage.propose(&change);
    let cancel = stage.world.cancel_instruction(at, &guardian);
    let refused = stage.world.send(&[cancel], &[&guardian.key]).unwrap_err();
    assert_eq!(refused.plimsoll(), Some(PlimsollError::NotGovernanceOrGuardian));
    stage.pass(LONG_WAIT - 1);
    let execute = stage.world.execute_instruction(at, &change);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeWaits));
    // What is proposed meanwhile the honest guardian cancels until the last second.
    stage.mint_own();
    let oracle =
        Change::Oracle { asset: SOL, before: stage.world.row(SOL).source(), after: stage.own_source() };
    let oracle_at = stage.propose(&oracle);
    let cancel = stage.world.cancel_instruction(oracle_at, &guardian);
    stage.world.must(cancel, &guardian);
    stage.pass(1);
    stage.execute(at, &change);
    let accept = stage.world.accept_role_instruction(&stage.mallory, Role::Guardian);
    stage.send(accept);
    assert_eq!(stage.world.clearinghouse_account().role(Role::Guardian).holder, mallory);
    let oracle_at = stage.propose(&oracle);
    stage.pass(LONG_WAIT - 1);
    let execute = stage.world.execute_instruction(oracle_at, &oracle);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeWaits));
    stage.pass(1);
    stage.execute(oracle_at, &oracle);
    assert_eq!(stage.world.svm.now() - begun, 8 * DAY, "days until an own oracle speaks");
}
