//! A preview says what the program then does, to the unit, and with the same error where it refuses: in
//! long random runs with every rule on, under governance that changes the rules meanwhile.

mod predict;
mod single;

use plimsoll::error::PlimsollError;
use plimsoll_client::addresses::PROGRAM;
use plimsoll_client::chain::At;
use plimsoll_client::fetch::Places;
use plimsoll_client::preview::Preview;
use plimsoll_client::snapshot::Snapshot;
use plimsoll_testkit::{Svm, World};
use plimsoll_tests::soak::stage::{self, Done};
use plimsoll_tests::soak::{Crowd, step::Step};
use predict::{Expected, figures, predict};
use std::collections::BTreeMap;

/// The deployment of a world, as a client would read it.
fn snapshot(world: &World) -> Snapshot {
    let places = Places::of(&world.clearinghouse, &world.board(), &world.svm.all());
    let accounts = places.list().iter().map(|address| world.svm.vm.get_account(address)).collect();
    Snapshot::read(&places, &At { slot: 0, value: accounts }).expect("a deployment")
}

/// The bytes of every account in a snapshot, oracles apart.
fn bytes(snapshot: &Snapshot) -> Vec<(&'static str, u8, Vec<u8>)> {
    let mut all = vec![
        ("clearinghouse", 0, bytemuck::bytes_of(&snapshot.clearinghouse).to_vec()),
        ("board", 0, bytemuck::bytes_of(&*snapshot.board).to_vec()),
        ("window", 0, bytemuck::bytes_of(&snapshot.window).to_vec()),
    ];
    all.extend(snapshot.pool.iter().map(|pool| ("pool", 0, bytemuck::bytes_of(pool).to_vec())));
    all.extend(snapshot.insurance.iter().map(|fund| ("fund", 0, bytemuck::bytes_of(fund).to_vec())));
    for (asset, accounts) in snapshot.assets.iter().enumerate() {
        let asset = asset as u8;
        all.extend(accounts.bank.iter().map(|(_, bank)| ("bank", asset, bytemuck::bytes_of(bank).to_vec())));
        all.extend(accounts.market.iter().map(|(_, m)| ("market", asset, bytemuck::bytes_of(m).to_vec())));
    }
    all
}

/// Asserts that two snapshots hold the same.
fn assert_same(expected: &Snapshot, found: &Snapshot, of: &str) {
    let (expected, found) = (bytes(expected), bytes(found));
    assert_eq!(expected.len(), found.len(), "{of}: accounts");
    for ((name, asset, expected), (_, _, found)) in expected.iter().zip(&found) {
        let first = expected.iter().zip(found).position(|(a, b)| a != b);
        assert_eq!(first, None, "{of}: {name} {asset} differs from this byte on");
    }
}

/// How often each action went through and was refused.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, [u64; 2]>,
    errors: BTreeMap<String, u64>,
}

impl Tally {
    fn count(&mut self, step: &Step, error: Option<PlimsollError>) {
        self.counts.entry(step.action()).or_default()[usize::from(error.is_some())] += 1;
        if let Some(error) = error {
            *self.errors.entry(format!("{error:?}")).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        for (action, [done, refused]) in other.counts {
            let counts = self.counts.entry(action).or_default();
            (counts[0], counts[1]) = (counts[0] + done, counts[1] + refused);
        }
        for (error, count) in other.errors {
            *self.errors.entry(error).or_default() += count;
        }
    }
}

/// Runs a world and compares every action in it that has a preview.
fn compare(seed: u64, steps: u64, tally: &mut Tally) {
    let mut crowd = Crowd::new(stage::world(Svm::new()), seed);
    // After a refresh, the preview goes on from its own outcome, as for one transaction.
    let mut carried: Option<Preview> = None;
    for number in 0..steps {
        let step = crowd.choose();
        let now = crowd.stage.world.svm.now();
        let fresh = || Preview::new(&snapshot(&crowd.stage.world), now);
        let preview = carried.take().unwrap_or_else(fresh);
        let expected = predict(&crowd.stage, &preview, &step);
        let done = crowd.stage.apply(&step, plimsoll_tests::soak::NO_CHECK);
        let of = format!("seed {seed}, step {number}: {step}");
        let done = done.unwrap_or_else(|broken| panic!("{of}: {broken}"));
        let Some(expected) = expected else { continue };
        match (expected, done) {
            (Ok(expected), Done::Succeeded(outcome)) => {
                check(&expected, &crowd.stage.world, &of);
                let told: Vec<i64> = outcome.events.iter().flat_map(figures).collect();
                assert_eq!(told, expected.figures, "{of}: {:?}", outcome.events);
                tally.count(&step, None);
                carried = Some(expected.after).filter(|_| matches!(step, Step::Refresh { .. }));
            }
            (Err(expected), Done::Refused(error)) => {
                assert_eq!(expected, error, "{of}");
                tally.count(&step, Some(error));
            }
            (Ok(_), done) => panic!("{of}: expected to go through: {done:?}"),
            (Err(error), done) => panic!("{of}: expected {error:?}: {done:?}"),
        }
    }
}

fn check(expected: &Expected, world: &World, of: &str) {
    assert_same(expected.after.snapshot(), &snapshot(world), of);
    for (address, state) in &expected.accounts {
        let account = world.svm.account(address);
        assert_eq!(account.owner, PROGRAM);
        assert_eq!(&account.data[8..], bytemuck::bytes_of(state), "{of}: the margin account {address}");
    }
}

/// Worlds, each run on its own, and steps in each.
const WORLDS: u64 = 32;
const STEPS: u64 = 1_500;
/// Kinds of action, and how often each must at least have been compared.
const KINDS: usize = 19;
const LEAST: u64 = 75;

#[test]
fn previews_and_program_agree_to_the_unit() {
    let mut tally = Tally::default();
    let quarter = WORLDS / 4;
    std::thread::scope(|scope| {
        let run = |first: u64| {
            let mut tally = Tally::default();
            (first..first + quarter).for_each(|world| compare(70_000 + world, STEPS, &mut tally));
            tally
        };
        let quarters: Vec<_> = (0..4).map(|index| scope.spawn(move || run(index * quarter))).collect();
        for quarter in quarters {
            tally.add(quarter.join().expect("a quarter without a difference"));
        }
    });
    // The run is worth something only if it gets everywhere.
    let report = format!("{:#?}\n{:#?}", tally.counts, tally.errors);
    assert_eq!(tally.counts.len(), KINDS, "{report}");
    for (action, [done, refused]) in &tally.counts {
        assert!(*done > 0 && done + refused >= LEAST, "{action} is too seldom: {report}");
    }
    assert!(tally.errors.len() >= 30, "{report}");
}
