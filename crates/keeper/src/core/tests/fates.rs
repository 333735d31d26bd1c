//! Nothing is sent twice while an earlier one may still land, and what fails waits.
use super::super::backoff::Backoff;
use super::super::inflight::{Fate, InFlight, Known, Resolved};
use super::*;
use solana_instruction::error::InstructionError;
use solana_transaction_error::TransactionError;

const KEY: Key = Key::Sweep(3);
const OTHER: Key = Key::Deleverage(3);
const KNOWN: Known = Known { height: 900, slot: 1_000, slot_max: 1_512 };

/// One transaction that may land up to block 1,050.
fn sent() -> InFlight {
    let mut flights = InFlight::default();
    let claim = flights.claim(KEY, 7, 8, 5_000);
    let sent = flights.sign(claim, signature(1), 1_050, 900).unwrap();
    assert_eq!(sent, Sent { key: KEY, signature: signature(1), last_valid_block_height: 1_050 });
    flights
}

fn resolved(fate: Fate) -> Option<Resolved> {
    Some(Resolved { key: KEY, subject: 7, full: 8, fate })
}

fn error(code: u32) -> TransactionError {
    TransactionError::InstructionError(1, InstructionError::Custom(code))
}

#[test]
fn keys_and_lines_of_a_journal_are_read_back() {
    let keys = [
        Key::Liquidate(address(1)),
        Key::TakeDebt(address(2)),
        Key::CallMargin(address(3)),
        Key::StartAuction(address(4)),
        Key::WinAuction(address(5)),
        Key::Resolve(address(6)),
        Key::SettleLoss(address(7)),
        Key::Deleverage(21),
        Key::Sweep(0),
        Key::WarmUp(1),
        Key::Refresh(2),
    ];
    for key in keys {
        assert_eq!(key.to_string().parse(), Ok(key));
        let sent = Sent { key, signature: signature(9), last_valid_block_height: u64::MAX };
        assert_eq!(sent.to_string().parse(), Ok(sent));
    }
    assert_eq!(Key::Deleverage(21).to_string(), "deleverage:21");
    for wrong in ["", "sweep", "sweep:", "sweep:256", "sweep:-1", "liquidate:1", "mow:1"] {
        assert_eq!(wrong.parse::<Key>(), Err(NotAKey), "{wrong}");
    }
    let line = Sent { key: KEY, signature: signature(9), last_valid_block_height: 5 }.to_string();
    for wrong in [&line[..line.len() - 2], &format!("{line} 1"), &line.replace("sweep", "swoop")] {
        assert_eq!(wrong.parse::<Sent>(), Err(NotAKey), "{wrong}");
    }
}

#[test]
fn tasks_about_the_same_thing_have_one_subject() {
    assert_eq!(Key::Liquidate(address(1)).subject(), Key::CallMargin(address(1)).subject());
    assert_ne!(Key::Liquidate(address(1)).subject(), Key::Liquidate(address(2)).subject());
    assert_eq!(KEY.subject(), OTHER.subject());
    assert_eq!(Key::Refresh(1).subject(), Key::Refresh(2).subject());
    assert!(sent().is_busy(&OTHER.subject()));
}

#[test]
fn who_signs_too_late_must_not_send() {
    let mut flights = InFlight::default();
    let late = flights.claim(KEY, 7, 8, 5_000);
    flights.expire_claims(4_999);
    assert!(flights.is_busy(&KEY.subject()));
    flights.expire_claims(5_000);
    assert!(!flights.is_busy(&KEY.subject()));
    assert_eq!(flights.sign(late, signature(1), 1_050, 900), None);
    let again = flights.claim(KEY, 7, 8, 9_000);
    assert_eq!(flights.sign(late, signature(1), 1_050, 900), None);
    assert!(flights.sign(again, signature(2), 1_050, 900).is_some());
    assert_eq!(flights.sign(again, signature(3), 1_050, 900), None, "once is enough");
}

#[test]
fn a_transaction_is_lost_when_nodes_deny_it_after_its_blockhash_has_died() {
    let mut flights = sent();
    let deny = |flights: &mut InFlight, slot| flights.status(&signature(1), slot, None, &KNOWN);
    flights.rise(1_050, 1_150);
    assert_eq!(deny(&mut flights, 1_160), None, "it may land in this block");
    flights.rise(1_051, 1_151);
    assert_eq!(deny(&mut flights, 1_150), None, "a node that is behind");
    assert_eq!(deny(&mut flights, 1_151), None, "one answer may be wrong");
    assert_eq!(deny(&mut flights, 1_152), resolved(Fate::Lost));
    assert!(flights.is_busy(&KEY.subject()), "and it is looked at before anything is sent");
    flights.seen(&KEY.subject(), 1_151);
    assert!(flights.is_busy(&KEY.subject()));
    flights.seen(&KEY.subject(), 1_152);
    assert!(!flights.is_busy(&KEY.subject()));
}

#[test]
fn what_has_landed_is_looked_at_before_anything_else_is_sent() {
    let mut flights = sent();
    let processed = Some(Status { commitment: Commitment::Processed, ..landed(1_100).unwrap() });
    assert_eq!(flights.status(&signature(1), 1_100, processed, &KNOWN), None);
    assert_eq!(flights.sent().len(), 1);
    let fate = flights.status(&signature(1), 1_101, landed(1_100), &KNOWN);
    assert_eq!(fate, resolved(Fate::Landed { slot: 1_100 }));
    assert_eq!(flights.sent(), []);
    assert_eq!(flights.settling().collect::<Vec<_>>(), [KEY.subject()]);
    flights.seen(&KEY.subject(), 1_099);
    assert!(flights.is_busy(&KEY.subject()));
    flights.seen(&KEY.subject(), 1_100);
    assert!(!flights.is_busy(&KEY.subject()));
}

#[test]
fn a_refusal_frees_only_what_nobody_can_have() {
    let refused = || SendOutcome::Refused(Refusal::Other);
    assert_eq!(sent().handed_over(&signature(1), refused()), resolved(Fate::Refused(Refusal::Other)));
    for outcome in [SendOutcome::Taken, SendOutcome::Unavailable] {
        let mut flights = sent();
        assert_eq!(flights.handed_over(&signature(1), outcome), None);
        assert_eq!(flights.handed_over(&signature(1), refused()), None);
        assert!(flights.is_busy(&KEY.subject()));
    }
}

#[test]
fn no_journal_and_no_node_makes_a_subject_wait_for_ever() {
    let mut flights = InFlight::default();
    flights.adopt(&Sent { key: KEY, signature: signature(1), last_valid_block_height: u64::MAX }, 0);
    assert_eq!(flights.sent()[0].last_valid_block_height, u64::MAX);
    flights.rise(900, 1_000);
    assert_eq!(flights.sent()[0].last_valid_block_height, 1_200);
    let fate = flights.status(&signature(1), 1_000, landed(u64::MAX), &KNOWN).unwrap().fate;
    assert_eq!(fate, Fate::Landed { slot: u64::MAX });
    flights.seen(&KEY.subject(), KNOWN.slot_max);
    assert!(!flights.is_busy(&KEY.subject()));
}

#[test]
fn waits_double_up_to_a_maximum_and_are_forgotten() {
    let mut backoff = Backoff::new(500, 3_000);
    let failure = Resolved { key: KEY, subject: 7, full: 8, fate: Fate::Refused(Refusal::Other) };
    let mut now = 10_000;
    for wait in [500, 1_000, 2_000, 3_000, 3_000] {
        backoff.note(&failure, now);
        assert!(!backoff.allows(&KEY, 7, 8, now + wait - 1));
        assert!(backoff.allows(&KEY, 7, 8, now + wait));
        assert!(backoff.allows(&OTHER, 7, 8, now));
        now += wait;
    }
    assert!(backoff.allows(&KEY, 7, 8, now + 3_000));
    backoff.note(&failure, now + 3_000);
    assert!(backoff.allows(&KEY, 7, 8, now + 3_500), "the first wait again");
}

#[test]
fn what_is_refused_for_good_waits_for_other_prices_or_another_account() {
    let mut backoff = Backoff::new(500, 3_000);
    let fate = Fate::Failed { slot: 1, error: error(6001) };
    backoff.note(&Resolved { key: KEY, subject: 7, full: 8, fate }, 0);
    assert!(!backoff.allows(&KEY, 7, 8, 1_000_000));
    assert!(!backoff.allows(&KEY, 7, 9, 499), "not before the wait is over");
    assert!(backoff.allows(&KEY, 7, 9, 500));
    // `PriceDiverged` passes with time.
    let fate = Fate::Failed { slot: 1, error: error(6017) };
    backoff.note(&Resolved { key: OTHER, subject: 7, full: 8, fate }, 0);
    assert!(backoff.allows(&OTHER, 7, 8, 500));
}

#[test]
fn what_landed_and_changed_nothing_counts_as_a_failure() {
    let mut backoff = Backoff::new(500, 3_000);
    let landed = Resolved { key: KEY, subject: 7, full: 8, fate: Fate::Landed { slot: 1 } };
    backoff.note(&landed, 0);
    assert!(backoff.allows(&KEY, 6, 8, 0), "it has changed something");
    backoff.note(&landed, 0);
    assert!(!backoff.allows(&KEY, 7, 9, 0));
    assert!(!backoff.allows(&KEY, 7, 9, 499));
    assert!(backoff.allows(&KEY, 7, 9, 500));
}
