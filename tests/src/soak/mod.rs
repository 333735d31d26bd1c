//! A long random run on the compiled program: people who trade, lend and liquidate, prices
//! that move, jump, age and become uncertain, governance that lists assets. After every
//! step all invariants must hold, and nothing may be refused but for an expected reason.
//!
//! Choosing is apart from doing: a [`Chooser`] draws the next [`Step`], which is plain data,
//! and a [`Stage`] does it. So a run is reproducible from its seed, and one that breaks
//! something is a script that can be replayed, and shrunk to the few steps that matter.
//!
//! A new action is a variant in `step.rs`, its instruction in `act.rs`, a line in `DRAWS` in
//! `choose/mod.rs`, and the errors it may meet in `expected.rs`. What its result must show goes
//! into `promises.rs`; what it must not do to anybody else is in `watch.rs`, who may change a
//! parameter in `charter.rs`, how much may leave in `outflow.rs`. `settle.rs` looks
//! for the way out that there must be for every account.

mod act;
pub mod broken;
pub mod charter;
pub mod choose;
pub mod expected;
mod govern;
mod keep;
mod outflow;
pub mod promises;
pub mod random;
mod settle;
pub mod shrink;
pub mod stage;
pub mod step;
pub mod tally;
mod watch;

use broken::{Broken, Kind};
use choose::Chooser;
use plimsoll_testkit::{Svm, World};
use shrink::{Limits, Shrunk};
use stage::{Check, Done, Stage};
use step::Step;
use tally::Tally;

/// Steps in one world before the run goes on in a fresh one: enough for dust to gather,
/// few enough to replay in seconds.
pub const WORLD_STEPS: u64 = 10_000;

/// No check besides the invariants.
pub const NO_CHECK: Check = &|_| {};

/// A stage and who decides what happens on it.
pub struct Crowd {
    pub stage: Stage,
    chooser: Chooser,
}

impl Crowd {
    /// In a standard world whose transactions are all still to come.
    pub fn new(world: World, seed: u64) -> Self {
        Self { stage: Stage::new(world), chooser: Chooser::new(seed) }
    }

    /// The next thing to do.
    pub fn choose(&mut self) -> Step {
        self.chooser.choose(&self.stage)
    }

    /// Does one thing.
    ///
    /// # Panics
    /// If that breaks something.
    pub fn step(&mut self) -> (Step, Done) {
        let step = self.choose();
        let done = self.stage.apply(&step, NO_CHECK).unwrap_or_else(|broken| panic!("{step}: {broken}"));
        (step, done)
    }
}

/// What to run: world number `k` of a run is the first of the run with seed `seed + k`.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub steps: u64,
    pub world_steps: u64,
}

/// A run that broke something.
#[derive(Debug)]
pub struct Failed {
    /// Of the world in which it happened.
    pub seed: u64,
    /// Everything done in that world; the last step broke it.
    pub script: Vec<Step>,
    pub broken: Broken,
}

/// Runs a plan, counting in `tally` what happens; `after_world` is called between worlds.
///
/// # Errors
/// With the first thing that breaks.
pub fn run(
    plan: Plan,
    tally: &mut Tally,
    check: Check,
    mut after_world: impl FnMut(&Tally),
) -> Result<(), Box<Failed>> {
    let mut left = plan.steps;
    let mut seed = plan.seed;
    while left > 0 {
        let steps = left.min(plan.world_steps);
        run_world(seed, steps, tally, check)?;
        after_world(tally);
        left -= steps;
        seed = seed.wrapping_add(1);
    }
    Ok(())
}

fn run_world(seed: u64, steps: u64, tally: &mut Tally, check: Check) -> Result<(), Box<Failed>> {
    let mut crowd = Crowd::new(stage::world(Svm::new()), seed);
    let mut script = Vec::new();
    for _ in 0..steps {
        let step = crowd.choose();
        script.push(step.clone());
        match crowd.stage.apply(&step, check) {
            Ok(done) => {
                crowd.stage.settling.drain(..).for_each(|(step, done)| tally.count(&step, &done));
                tally.add(&step, &done);
            }
            Err(broken) => return Err(Box::new(Failed { seed, script, broken })),
        }
    }
    tally.settled += crowd.stage.settled;
    Ok(())
}

/// Does the steps of a script in a fresh world, telling `after_step` of each, and stops
/// after one that breaks something more than an expectation.
pub fn replay(script: &[Step], check: Check, mut after_step: impl FnMut(&Step, &Result<Done, Broken>)) {
    let mut stage = Stage::new(stage::world(Svm::new()));
    for step in script {
        let result = stage.apply(step, check);
        after_step(step, &result);
        // A refusal has changed nothing, expected or not.
        if result.is_err_and(|broken| !matches!(broken.kind, Kind::Refusal(_))) {
            return;
        }
    }
}

/// The shortest script found within the limits that breaks the same as `failed`.
pub fn shrink(failed: &Failed, limits: Limits, check: Check) -> Shrunk {
    shrink::shrink(&failed.script, limits, |script| {
        let (mut at, mut index) = (None, 0);
        replay(script, check, |_, result| {
            if at.is_none() && result.as_ref().is_err_and(|broken| broken.kind == failed.broken.kind) {
                at = Some(index);
            }
            index += 1;
        });
        at
    })
}
