//! A transaction is sent until it is known what became of it, and never a second one while the first may
//! still land: over a chain that answers by a script.
mod scripted;

use plimsoll_client::chain::ChainError;
use plimsoll_client::send::{SendError, SendPolicy, Sender};
use plimsoll_client::transaction::{BuildError, Draft, Limits, Version};
use scripted::{Scripted, VALID_BLOCKS};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction_error::TransactionError;
use std::time::Duration;

fn unavailable() -> ChainError {
    ChainError::Unavailable("gone fishing".to_string())
}

fn payer() -> Keypair {
    Keypair::new_from_array([1; 32])
}

fn draft() -> Draft {
    let accounts = vec![AccountMeta::new(Address::new_from_array([8; 32]), false)];
    let program_id = Address::new_from_array([9; 32]);
    let instructions = vec![Instruction { program_id, accounts, data: vec![1] }];
    Draft { payer: payer().pubkey(), instructions, version: Version::V0, limits: Limits::UNLIMITED }
}

/// What comes of sending over `chain`.
fn send(chain: &Scripted) -> Result<u64, SendError> {
    let policy = SendPolicy::default();
    let sender = Sender { chain, time: chain, policy };
    sender.send(&draft(), &[&payer()]).map(|receipt| receipt.slot)
}

#[test]
fn what_lands_at_once_is_sent_once() {
    let chain = Scripted::default();
    assert_eq!(send(&chain), Ok(1));
    assert_eq!((chain.broadcasts(), chain.signatures().len()), (1, 1));
}

#[test]
fn a_broadcast_that_is_lost_is_repeated() {
    let chain = Scripted::default();
    chain.lose_broadcasts(3);
    // A broadcast every two seconds, a block every 400 milliseconds.
    assert_eq!(send(&chain), Ok(16));
    assert_eq!((chain.broadcasts(), chain.signatures().len()), (4, 1));
}

#[test]
fn a_confirmation_that_is_lost_is_asked_for_again() {
    let chain = Scripted::default();
    chain.fail_statuses(5);
    assert_eq!(send(&chain), Ok(1));
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn an_answer_that_never_came_may_have_been_a_yes() {
    let chain = Scripted::default();
    chain.answer_sends(&[Err(unavailable())]);
    assert_eq!(send(&chain), Ok(1));
    assert_eq!((chain.broadcasts(), chain.signatures().len()), (1, 1));
}

#[test]
fn a_refusal_after_the_first_broadcast_proves_nothing() {
    let chain = Scripted::default();
    chain.lose_broadcasts(2);
    chain.answer_sends(&[Err(unavailable()), Err(ChainError::Refused("no".to_string()))]);
    assert_eq!(send(&chain), Ok(11));
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn a_refusal_of_the_first_broadcast_ends_it() {
    let chain = Scripted::default();
    let refused = ChainError::Refused("no".to_string());
    chain.lose_broadcasts(1);
    chain.answer_sends(&[Err(refused.clone())]);
    let error = send(&chain).unwrap_err();
    assert_eq!(error, SendError::NotSent(refused));
    assert_eq!((error.to_string(), error.may_still_land()), ("no".to_string(), false));
    assert_eq!(chain.broadcasts(), 1);
}

#[test]
fn only_when_its_blockhash_has_died_is_it_signed_anew() {
    let chain = Scripted::default();
    chain.lose_all_with_blockhash(0);
    send(&chain).unwrap();
    let signed = chain.signatures();
    assert_eq!(signed.len(), 2);
    // The first one was last broadcast while it could land, and the second one not before it no longer could.
    assert!(chain.first_broadcast(&signed[1]) > VALID_BLOCKS);
}

#[test]
fn a_node_that_lags_behind_is_not_believed() {
    let chain = Scripted::default();
    chain.hide_landed_until_slot(VALID_BLOCKS + 40);
    // Heights come from a node that is ahead, all else from one that knows nothing of the slots in between.
    chain.lag_answers(60);
    assert_eq!(send(&chain), Ok(1));
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn history_is_asked_before_it_is_signed_anew() {
    let chain = Scripted::default();
    chain.forget_statuses();
    assert_eq!(send(&chain), Ok(1));
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn while_history_gives_no_answer_it_is_not_signed_anew() {
    let chain = Scripted::default();
    chain.lose_all_with_blockhash(0);
    chain.fail_history(true);
    let error = send(&chain).unwrap_err();
    let signature = chain.signatures()[0];
    assert_eq!(error, SendError::Unknown { signature, last_valid_block_height: VALID_BLOCKS });
    assert!(error.may_still_land());
    assert_eq!(
        error.to_string(),
        format!(
            "{signature} may have landed, and may still land until block 150: look it up before you send it again"
        )
    );
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn after_the_last_blockhash_nothing_may_land() {
    let chain = Scripted::default();
    (0..3).for_each(|number| chain.lose_all_with_blockhash(number));
    let error = send(&chain).unwrap_err();
    assert_eq!(error, SendError::Expired { blockhashes: 3 });
    assert!(!error.may_still_land());
    assert_eq!(chain.signatures().len(), 3);
}

#[test]
fn what_is_only_processed_has_not_landed() {
    let chain = Scripted::default();
    chain.confirm_after_slot(30);
    assert_eq!(send(&chain), Ok(1));
    assert!(chain.height() >= 30);
    assert_eq!(chain.signatures().len(), 1);
}

#[test]
fn what_landed_and_failed_is_explained() {
    let chain = Scripted::default();
    chain.fail_landed(TransactionError::InsufficientFundsForFee);
    let Err(SendError::Failed(failure)) = send(&chain) else { panic!("it failed") };
    assert_eq!(failure.signature, Some(chain.signatures()[0]));
    assert_eq!(
        failure.to_string(),
        format!("{} has too little SOL for the fee: send it some, and check the cluster", payer().pubkey())
    );
}

#[test]
fn without_a_blockhash_nothing_is_sent() {
    let chain = Scripted::default();
    chain.fail_blockhashes(3);
    assert_eq!(send(&chain), Ok(4));
    chain.fail_blockhashes(u32::MAX);
    let error = send(&chain).unwrap_err();
    assert_eq!((error.clone(), error.may_still_land()), (SendError::NotSent(unavailable()), false));
}

#[test]
fn without_a_signer_nothing_is_sent() {
    let chain = Scripted::default();
    let sender = Sender { chain: &chain, time: &chain, policy: SendPolicy::default() };
    let error = sender.send(&draft(), &[]).unwrap_err();
    assert_eq!(error, SendError::Build(BuildError::NoSigner(payer().pubkey())));
    assert_eq!(chain.broadcasts(), 0);
}

#[test]
fn a_receipt_without_a_log_says_so() {
    let chain = Scripted::default();
    chain.fail_history(true);
    let sender = Sender { chain: &chain, time: &chain, policy: SendPolicy::default() };
    let receipt = sender.send(&draft(), &[&payer()]).unwrap();
    assert_eq!((receipt.is_complete, receipt.events.len(), receipt.fee), (false, 0, 0));
}

#[test]
fn it_stops_when_its_time_is_up() {
    let chain = Scripted::default();
    chain.lose_all_with_blockhash(0);
    let policy = SendPolicy { give_up_after: Duration::from_secs(10), ..SendPolicy::default() };
    let error = Sender { chain: &chain, time: &chain, policy }.send(&draft(), &[&payer()]).unwrap_err();
    assert!(error.may_still_land());
    assert_eq!(chain.height(), 25);
}
