//! Every account of every instruction, made wrong in every way: the call must fail with
//! exactly the error that `expected.txt` states and change nothing.

mod swap;
mod table;

use plimsoll_client::instructions;
use plimsoll_testkit::{Snapshot, World};
use plimsoll_tests::attack_stage::{Stage, further_calls, migration_calls, send, valid_calls, verdict};
use solana_address::Address;
use std::collections::BTreeSet;
use swap::{Call, Swap};
use table::Table;

fn calls(stage: &mut Stage) -> Vec<Call> {
    let named = |world: &mut World| {
        let calls = valid_calls(world)
            .into_iter()
            .chain(migration_calls(world))
            .map(|(spec, call)| (spec.name, spec, call));
        calls.chain(further_calls(world)).collect::<Vec<_>>()
    };
    let home = named(&mut stage.home);
    let rival = stage.in_rival(named);
    let pairs = home.into_iter().zip(rival);
    pairs.map(|((name, spec, valid), (_, _, foreign))| Call { name, spec, valid, foreign }).collect()
}

#[test]
fn every_instruction_has_one_valid_call() {
    let mut stage = Stage::new().with_old_layouts();
    let calls = calls(&mut stage);
    let mut names: Vec<&str> =
        calls.iter().map(|call| call.name).filter(|name| !name.contains('/')).collect();
    names.sort_unstable();
    assert_eq!(names, instructions::ALL.map(|spec| spec.name));
    let before = Snapshot::take(&stage.home.svm);
    for call in &calls {
        send(&mut stage, &call.valid).unwrap_or_else(|f| panic!("{}: {f:#?}", call.name));
        before.restore(&mut stage.home.svm);
    }
}

/// One account of one call, made wrong.
struct Trial<'a> {
    call: &'a Call,
    at: usize,
    swap: Swap,
    expected: &'a str,
    /// Accounts that the valid call changes.
    changed: &'a [Address],
}

impl Trial<'_> {
    /// Runs the trial and puts everything back; what was wrong, if anything was.
    fn run(&self, stage: &mut Stage, before: &Snapshot) -> Option<String> {
        let altered = self.call.with(&mut stage.home, self.at, self.swap);
        let prepared = Snapshot::take(&stage.home.svm);
        let got = verdict(&send(stage, &altered));
        let diff = prepared.diff(&stage.home.svm).without_fee();
        before.restore(&mut stage.home.svm);

        let allowed: BTreeSet<Address> = match self.expected {
            "ok" => {
                let (old, new) = (self.call.valid.accounts[self.at].pubkey, altered.accounts[self.at].pubkey);
                self.changed.iter().map(|a| if *a == old { new } else { *a }).collect()
            }
            _ => BTreeSet::new(),
        };
        let changed: BTreeSet<Address> = diff.changes.iter().map(|change| change.address).collect();
        let is_as_stated = got == self.expected || self.expected == "nothing" && got == "ok";
        if is_as_stated && changed == allowed {
            return None;
        }
        Some(format!(
            "{}.{}, {}: expected {}, got {got}; changed:\n{diff}",
            self.call.name,
            self.call.account_name(self.at),
            self.swap,
            self.expected
        ))
    }
}

#[test]
fn every_account_made_wrong_in_every_way_does_what_the_table_says() {
    let mut stage = Stage::new().with_old_layouts();
    let table = Table::read();
    let calls = calls(&mut stage);
    let before = Snapshot::take(&stage.home.svm);
    let (mut failures, mut trials) = (Vec::new(), 0);
    for call in &calls {
        send(&mut stage, &call.valid).unwrap_or_else(|f| panic!("{}: {f:#?}", call.name));
        let diff = before.diff(&stage.home.svm).without_fee();
        let changed: Vec<Address> = diff.changes.iter().map(|change| change.address).collect();
        before.restore(&mut stage.home.svm);
        for at in 0..call.valid.accounts.len() {
            for swap in call.swaps(&stage.home, at) {
                let expected = table.cell(call.name, &call.account_name(at), swap);
                let trial = Trial { call, at, swap, expected, changed: &changed };
                failures.extend(trial.run(&mut stage, &before));
                trials += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{} of {trials} trials:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_table_states_what_can_be_tried_and_nothing_else() {
    let mut stage = Stage::new().with_old_layouts();
    let table = Table::read();
    let calls = calls(&mut stage);
    let mut names = Vec::new();
    for call in &calls {
        for at in 0..call.valid.accounts.len() {
            let swaps = call.swaps(&stage.home, at);
            names.extend(swaps.into_iter().map(|swap| (call.name, call.account_name(at), swap)));
        }
    }
    let tried: BTreeSet<_> =
        names.iter().map(|(name, account, swap)| Table::key(name, account, *swap)).collect();
    assert_eq!(table.stated().collect::<BTreeSet<_>>(), tried);
}
