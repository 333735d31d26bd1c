//! Attack 34: the price of an honest asset taken from an oracle of mallory's, and limits raised.

use crate::listings::{drain, win};
use crate::stage::{DAY, LIMIT_TOTAL, LIMIT_USDC, LONG_WAIT, Stage, WAIT, dollars};
use plimsoll::bounds::CHANGE_VALID_SECONDS_MAX;
use plimsoll::error::PlimsollError;
use plimsoll::parameters::Concern;
use plimsoll::params::Change;
use plimsoll::state::Role;
use plimsoll::terms::Terms;
use plimsoll_client::governance::{field, parameter_id};
use plimsoll_tests::scene::{E8, ONE_SOL, SOL, USDC};

/// The change that takes the price of SOL from mallory's oracle.
fn own_oracle(stage: &mut Stage) -> Change {
    stage.mint_own();
    Change::Oracle { asset: SOL, before: stage.world.row(SOL).source(), after: stage.own_source() }
}

/// Mallory's oracle speaks for SOL: it is where prices of SOL are published from now on.
fn take_over(stage: &mut Stage) {
    let source = stage.own_source();
    let sol = &mut stage.world.assets[SOL as usize];
    (sol.oracle, sol.feed_id) = (source.oracle, source.feed_id);
    stage.freshen();
}

#[test]
fn attack_an_oracle_of_ones_own_for_an_honest_asset() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
    let before = stage.wealth();
    let change = own_oracle(&mut stage);
    let at = stage.propose(&change);
    stage.pass(LONG_WAIT - 1);
    let execute = stage.world.execute_instruction(at, &change);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeWaits));
    assert!(stage.wealth() <= before, "nothing before the wait is over");
    stage.pass(1);
    stage.execute(at, &change);
    take_over(&mut stage);
    let capital = stage.world.market(SOL).capital;
    win(&mut stage, SOL, capital);
    // What he has won is his, whatever the price is afterwards.
    stage.say(SOL, 100 * E8);
    stage.pass(3_600);
    let gain = stage.wealth() - before;
    assert!(gain <= capital as i128, "one market's capital, and no other's: {gain}");
    assert_eq!(dollars(gain), 227_011);
    assert_eq!(drain(&mut stage).map(dollars), [312_243, 571_755, 571_755]);
}

#[test]
fn attack_a_slow_pump_of_collateral_by_ones_own_oracle() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
    let change = own_oracle(&mut stage);
    stage.enact(&change);
    take_over(&mut stage);
    // As fast as the divergence band lets the slow price follow: 5% a hundred seconds.
    stage.world.fund(&stage.mallory, 0, SOL, 4_000 * ONE_SOL as u64);
    let (before, begun) = (stage.wealth(), stage.world.svm.now());
    let mut price = 100 * E8;
    while stage.world.svm.now() < begun + 3_600 {
        price += price / 25;
        stage.say(SOL, price);
        stage.world.svm.advance(99);
        stage.freshen();
    }
    assert_eq!(price / E8, 410, "slow and oracle price rise together");
    // Mallory's own 4,500 SOL and 300,000 USDC are in it.
    assert_eq!(drain(&mut stage).map(dollars), [233_523, 444_123, 1_050_979]);
    // He walks away from the debt.
    stage.say(SOL, 100 * E8);
    stage.pass(3_600);
    assert_eq!(dollars(stage.wealth() - before), 300_979);
}

#[test]
fn attack_an_oracle_against_an_honest_guardian() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward]);
    let before = stage.wealth();
    let change = own_oracle(&mut stage);
    let at = stage.propose(&change);
    stage.pass(LONG_WAIT - DAY);
    let guardian = stage.world.holder(Role::Guardian);
    let cancel = stage.world.cancel_instruction(at, &guardian);
    stage.world.must(cancel, &guardian);
    stage.pass(2 * DAY);
    let execute = stage.world.execute_instruction(at, &change);
    assert!(stage.try_send(&[execute]).is_err(), "there is nothing to execute");
    assert_eq!(stage.world.row(SOL).source().oracle, stage.world.assets[SOL as usize].oracle);
    assert!(stage.wealth() <= before);
}

fn limits(stage: &Stage) -> (u64, i64) {
    let Terms::Bank(bank) = stage.world.terms(Concern::Bank, USDC) else { unreachable!() };
    let Terms::Clearinghouse(all) = stage.world.terms(Concern::Clearinghouse, 0) else { unreachable!() };
    (bank.outflow_max, all.outflow_max)
}

/// The change of the limit of the settlement bank from one value to another.
fn limit_change(before: u64, after: u64) -> Change {
    let id = parameter_id(Concern::Bank, "outflow_max").expect("a parameter");
    let fields = vec![field(id, before as i64, after as i64)];
    Change::Parameters { asset: USDC, ramp_seconds: 0, fields }
}

#[test]
fn attack_raising_the_outflow_limits() {
    let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
    assert_eq!(limits(&stage), (LIMIT_USDC, LIMIT_TOTAL));
    let refused = |stage: &mut Stage, change: &Change, error| {
        let propose = stage.world.propose_instruction(change);
        assert_eq!(stage.try_send(&[propose]).unwrap_err().plimsoll(), Some(error));
    };
    let more = limit_change(LIMIT_USDC, 2 * LIMIT_USDC + 1);
    refused(&mut stage, &more, PlimsollError::StepTooLarge);
    // What follows on a doubling can't be proposed before it has taken effect, and of two
    // doublings of the same value the second is stale.
    let double = limit_change(LIMIT_USDC, 2 * LIMIT_USDC);
    let next = limit_change(2 * LIMIT_USDC, 4 * LIMIT_USDC);
    refused(&mut stage, &next, PlimsollError::ChangeStale);
    let (first, second) = (stage.propose(&double), stage.propose(&double));
    stage.pass(WAIT);
    stage.execute(first, &double);
    let execute = stage.world.execute_instruction(second, &double);
    assert_eq!(stage.try_send(&[execute]).unwrap_err().plimsoll(), Some(PlimsollError::ChangeStale));
    assert_eq!(limits(&stage).0, 2 * LIMIT_USDC);

    // One doubling per wait, however hard he tries.
    for doublings in 2..=4 {
        let change = limit_change(LIMIT_USDC << (doublings - 1), LIMIT_USDC << doublings);
        stage.enact(&change);
        assert_eq!(limits(&stage).0, LIMIT_USDC << doublings);
    }
}

/// A limit can be lowered while its doubling waits, and be doubled twice in one second later:
/// each doubling had its own wait, before everybody's eyes.
#[test]
fn attack_doubling_a_limit_twice_at_once() {
    let mut stage = Stage::new(&[Role::Governance]);
    let up = limit_change(LIMIT_USDC, 2 * LIMIT_USDC);
    let down = limit_change(LIMIT_USDC, LIMIT_USDC / 2);
    let expires_at = stage.world.svm.now() + WAIT + CHANGE_VALID_SECONDS_MAX;
    let (up_at, propose) = (stage.world.next_change(), stage.world.propose_until(&up, expires_at));
    stage.send(propose);
    let down_at = stage.propose(&down);
    stage.pass(WAIT);
    stage.execute(down_at, &down);
    let back = limit_change(LIMIT_USDC / 2, LIMIT_USDC);
    let back_at = stage.propose(&back);
    stage.pass(WAIT);
    stage.execute(back_at, &back);
    stage.execute(up_at, &up);
    assert_eq!(limits(&stage).0, 2 * LIMIT_USDC, "four times what it was a second before");
}
