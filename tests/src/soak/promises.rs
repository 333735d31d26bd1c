//! What the program promises of a single transaction, as far as its result shows it.

use super::expected;
use super::stage::Stage;
use super::step::Step;
use plimsoll::view::AccountView;
use plimsoll_client::Event;
use plimsoll_testkit::Outcome;

/// Looks at a transaction that went through.
///
/// # Panics
/// With the invariant's ID if a promise is broken.
pub fn check(stage: &Stage, step: &Step, outcome: &Outcome) {
    for event in &outcome.events {
        if let Event::Liquidated(e) = event {
            assert!(e.maintenance_before < 0, "INV-12: only below maintenance: {e:?}");
            assert!(e.maintenance_after > e.maintenance_before, "INV-12: health improves: {e:?}");
            assert!(e.bounty <= e.penalty, "INV-12: the bounty is part of the penalty: {e:?}");
        }
    }
    assert_eq!(expected::required(step), None, "{step} must not go through");
    if let Step::View { who, sub } = step {
        let account = stage.world.margin(stage.wallet(*who), *sub);
        let view = AccountView::of(&account, &stage.world.board()).expect("the same view off chain");
        assert_eq!(outcome.return_data, view.bytes(), "the program's view and the client's are one");
    }
}
