//! Attack 33: whatever a role signs, and whatever its holder does beside it, nothing is his
//! before the wait is over; and what takes effect afterwards had its notice.

use crate::moves::{Proposed, random_bundle};
use crate::stage::{ALL_ROLES, DAY, LONG_WAIT, Stage, WAIT};
use crate::wealth::Random;
use plimsoll::state::Role;

/// What rounding in the measure of wealth may hide or feign, in micro-USD.
const ROUNDING: i128 = 40;

/// Each role alone, any two, and all.
fn coalitions() -> Vec<Vec<Role>> {
    let mut coalitions: Vec<Vec<Role>> = ALL_ROLES.iter().map(|role| vec![*role]).collect();
    for (i, first) in ALL_ROLES.iter().enumerate() {
        coalitions.extend(ALL_ROLES[i + 1..].iter().map(|second| vec![*first, *second]));
    }
    coalitions.push(ALL_ROLES.to_vec());
    coalitions
}

/// What a search did: transactions that went through, and those of them that a role signed.
#[derive(Default)]
struct Tally {
    done: u32,
    signed: u32,
    proposed: u32,
}

/// Random transactions until `seconds` have passed, the honest doing nothing.
fn search(
    stage: &mut Stage,
    random: &mut Random,
    moves: u32,
    seconds: i64,
    mut after: impl FnMut(&mut Stage),
) -> Tally {
    let (begun, mut known, mut tally) = (stage.world.svm.now(), Proposed::new(), Tally::default());
    for step in 0..moves {
        let (bundle, proposed) = random_bundle(stage, random, &known);
        if let Ok(outcome) = stage.try_send(&bundle) {
            tally.done += 1;
            tally.proposed += outcome.events.iter().filter(|e| e.name() == "ChangeProposed").count() as u32;
            let of_roles = ["ParameterSet", "Paused", "Unpaused", "ChangeCancelled", "FeesCollected"];
            tally.signed += outcome.events.iter().any(|e| of_roles.contains(&e.name())) as u32;
            known.extend(proposed);
            after(stage);
        }
        let due = begun + seconds * (step as i64 + 1) / moves as i64;
        let now = stage.world.svm.now();
        // Often in one second, sometimes after hours; never past the end.
        if due - now > DAY / 8 || random.between(0, 3) == 0 {
            stage.pass((due - now).clamp(1, DAY / 4));
            after(stage);
            known.retain(|(at, _)| stage.world.svm.vm.get_account(at).is_some_and(|a| a.lamports > 0));
            for (at, change) in &known {
                let execute = stage.world.execute_instruction(*at, change);
                if stage.try_send(&[execute]).is_ok() {
                    after(stage);
                }
            }
        }
    }
    tally
}

/// Every coalition, three times: whatever it does until shortly before the wait is over, mallory
/// is no richer than he was.
fn nothing_before(wait: i64, is_patient: bool) -> Tally {
    let mut total = Tally::default();
    for (seed, roles) in coalitions().into_iter().cycle().take(33).enumerate() {
        let mut stage = Stage::new(&roles);
        stage.is_patient = is_patient;
        stage.mint_own();
        let before = stage.wealth();
        let mut random = Random(seed as u64);
        let done = search(&mut stage, &mut random, 200, wait - 120, |stage| {
            let now = stage.wealth();
            assert!(now <= before + ROUNDING, "{:?}: richer by {} micro-USD", stage.roles, now - before);
        });
        assert!(done.done > 10, "{roles:?}: a search that found something to do: {}", done.done);
        total.done += done.done;
        total.signed += done.signed;
        total.proposed += done.proposed;
    }
    total
}

#[test]
fn attack_taking_anything_before_the_wait_is_over() {
    let total = nothing_before(WAIT, false);
    assert!(total.signed > 500 && total.proposed > 200, "{}, {}", total.signed, total.proposed);
}

#[test]
fn attack_taking_anything_before_oracles_and_listings_are_ready() {
    let total = nothing_before(LONG_WAIT, true);
    assert!(total.signed > 500 && total.proposed > 200, "{}, {}", total.signed, total.proposed);
}

#[test]
fn attack_changing_anything_without_notice() {
    let mut changed = 0;
    for seed in 0..6 {
        let mut stage = Stage::new(&[Role::Governance, Role::Steward, Role::Guardian]);
        stage.mint_own();
        let mut random = Random(100 + seed);
        search(&mut stage, &mut random, 400, 16 * DAY, |_| {});
        changed += stage.watch.changed;
    }
    assert!(changed > 50, "changes that took effect: {changed}");
}
