//! Four thousand random steps: every invariant holds after each, and nothing is refused
//! but for the reasons it may be; and for every account below maintenance there is a way
//! out. `cargo xtask soak` does the same for as long as one likes.

use plimsoll_testkit::{Svm, World};
use plimsoll_tests::scene::BTC;
use plimsoll_tests::soak::broken::Kind;
use plimsoll_tests::soak::shrink::Limits;
use plimsoll_tests::soak::stage;
use plimsoll_tests::soak::step::Step;
use plimsoll_tests::soak::tally::Tally;
use plimsoll_tests::soak::{self, Crowd, NO_CHECK, Plan};
use std::cell::Cell;

const PLAN: Plan = Plan { seed: 1, steps: 4_000, world_steps: 1_000 };

#[test]
fn four_thousand_steps_keep_every_invariant() {
    let mut tally = Tally::default();
    if let Err(failed) = soak::run(PLAN, &mut tally, NO_CHECK, |_| {}) {
        panic!("seed {}, step {}: {}", failed.seed, failed.script.len(), failed.broken);
    }
    // The run is worth something only if it gets everywhere.
    for action in Step::ACTIONS {
        assert!(tally.done(action) > 0, "{action} never succeeded:\n{tally}");
    }
    let least = [
        ("Liquidated", 20),
        ("Liquidated in part", 2),
        ("Liquidated at a loss", 5),
        ("DebtLiquidated", 5),
        ("BankruptcyResolved", 2),
        ("Deleveraged", 3),
        ("LossSettled", 3),
        ("AuctionWon", 5),
        ("ReceivershipEnded", 3),
        ("ChangeExecuted", 10),
        ("ParameterSet", 10),
        ("CollateralListed", 1),
        ("MarketListed", 1),
        ("WarmedUp", 2),
        ("RoleAccepted", 2),
        ("Paused", 5),
        ("FeesCollected", 5),
    ];
    for (event, least) in least {
        assert!(tally.event(event) >= least, "{event} is too seldom:\n{tally}");
    }
    for (error, least) in [("Paused", 5), ("OutflowLimit", 3), ("ChangeWaits", 1)] {
        assert!(tally.refused(error) >= least, "{error} is too seldom:\n{tally}");
    }
}

/// From some hundred accounts below maintenance, in states that random steps and storms of
/// prices led to: with prices standing still, steps that need nobody's permission bring each
/// above maintenance or to its end.
#[test]
fn every_unhealthy_state_has_a_way_out() {
    let (mut settled, mut states) = (0, 0);
    for seed in 1_000..1_036 {
        let mut crowd = Crowd::new(stage::world(Svm::new()), seed);
        for steps in [60, 80, 100, 120, 140, 160, 180, 200, 220, 240] {
            for _ in 0..steps {
                crowd.step();
            }
            let result = crowd.stage.apply(&Step::SettleAll {}, NO_CHECK);
            result.unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
            states += 1;
        }
        settled += crowd.stage.settled;
    }
    assert!(states >= 200 && settled >= 200, "{settled} accounts in {states} states");
}

#[test]
fn the_same_seed_does_the_same() {
    let plan = Plan { steps: 200, ..PLAN };
    let tallies = [(); 2].map(|()| {
        let mut tally = Tally::default();
        soak::run(plan, &mut tally, NO_CHECK, |_| {}).expect("nothing breaks");
        tally
    });
    assert_eq!(tallies[0], tallies[1]);
}

/// Pretends that a short position of somebody who also holds bitcoin breaks an invariant.
fn no_short_with_bitcoin(world: &World) {
    for (_, account) in world.svm.all::<plimsoll::state::MarginState>() {
        let is_short = account.perps().iter().any(|position| position.size < 0);
        let has_bitcoin = account.tokens().iter().any(|token| token.asset == BTC);
        assert!(!is_short || !has_bitcoin, "INV-99: planted");
    }
}

#[test]
fn a_long_failure_shrinks_to_the_steps_that_matter() {
    let (mut tally, plan) = (Tally::default(), Plan { seed: 5, steps: 2_000, world_steps: 2_000 });
    let failed = soak::run(plan, &mut tally, &no_short_with_bitcoin, |_| {}).expect_err("a failure");
    assert_eq!(failed.broken.kind, Kind::Invariant("INV-99".into()));
    let shrunk = soak::shrink(&failed, Limits::default(), &no_short_with_bitcoin);
    // Somebody who has settlement tokens from the start: bitcoin in, sell.
    let actions: Vec<&str> = shrunk.script.iter().map(Step::action).collect();
    assert!(actions.len() <= 5, "{}", plimsoll_tests::soak::step::script(&shrunk.script));
    assert!(actions.contains(&"trade") && actions.contains(&"deposit"), "{actions:?}");
    let broke = Cell::new(false);
    soak::replay(&shrunk.script, &no_short_with_bitcoin, |_, result| broke.set(result.is_err()));
    assert!(broke.get(), "the short script breaks the same, at its last step");
}
