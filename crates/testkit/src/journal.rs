//! Everything that was done to an SVM, so that it can be done again in another one.

use crate::svm::{Failure, Outcome};
use plimsoll_client::Event;
use solana_account::Account;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_transaction_error::TransactionError;

/// One thing that was done, in the order in which it was done.
pub enum Step {
    /// An account was written from outside the runtime.
    Account(Address, Account),
    /// The cluster's clock was set, unix seconds.
    Time(i64),
    /// A transaction was sent; the first signer paid its fee.
    Transaction {
        instructions: Vec<Instruction>,
        signers: Vec<Keypair>,
        result: Result<Vec<Event>, TransactionError>,
    },
}

impl Step {
    /// A transaction with what came of it.
    pub(crate) fn transaction(
        instructions: &[Instruction],
        signers: &[&Keypair],
        result: &Result<Outcome, Failure>,
    ) -> Self {
        Self::Transaction {
            instructions: instructions.to_vec(),
            signers: signers.iter().map(|key| key.insecure_clone()).collect(),
            result: match result {
                Ok(outcome) => Ok(outcome.events.clone()),
                Err(failure) => Err(failure.error.clone()),
            },
        }
    }
}
