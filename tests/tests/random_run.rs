//! Two thousand actions of a crowd: every invariant holds after each, and nothing fails
//! but for the reasons it may.

use plimsoll_client::Event;
use plimsoll_testkit::World;
use plimsoll_tests::random::{Crowd, expected};
use std::collections::BTreeMap;

#[test]
fn two_thousand_actions_keep_every_invariant() {
    let mut counts: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
    let (mut liquidations, mut losses) = (0, 0);
    for seed in 0..4 {
        let mut crowd = Crowd::new(World::standard(), seed);
        for step in 0..500 {
            let done = crowd.step();
            counts.entry(done.action).or_default()[usize::from(done.result.is_err())] += 1;
            match done.result {
                Ok(outcome) => {
                    for event in outcome.events {
                        let Event::Liquidated(event) = event else { continue };
                        liquidations += 1;
                        losses += u32::from(event.loss_to_insurance > 0);
                        assert!(event.maintenance_after > event.maintenance_before, "{event:?}");
                        assert!(event.maintenance_before < 0 && event.bounty <= event.penalty, "{event:?}");
                    }
                }
                Err(failure) => {
                    let known = failure.plimsoll().is_some_and(|e| expected(done.action).contains(&e));
                    assert!(known, "seed {seed}, step {step}: {} failed with {failure:#?}", done.action);
                }
            }
        }
    }
    // The run is worth something only if it gets everywhere.
    for (action, [done, _]) in &counts {
        assert!(*done >= 3, "{action}: {counts:?}");
    }
    assert!(liquidations >= 20 && losses >= 3, "{liquidations} {losses} {counts:?}");
}
