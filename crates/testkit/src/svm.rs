//! The SVM with the compiled program, and what comes of a transaction.

use crate::journal::Step;
use litesvm::LiteSVM;
use plimsoll::error::{ERROR_CODE_FIRST, PlimsollError};
use plimsoll_client::Event;
use plimsoll_client::decode::{Layout, decode};
use plimsoll_client::logs;
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::Instruction;
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_signer::Signer;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;
use std::path::PathBuf;

/// Unix time at which every world begins: 2020-03-12 00:00:00 UTC.
pub const GENESIS: i64 = 1_583_971_200;

/// Largest serialized transaction that a cluster relays.
pub const TRANSACTION_BYTES_MAX: usize = 1_232;

/// A LiteSVM with mainnet's features and the compiled program.
pub struct Svm {
    pub vm: LiteSVM,
    payer: Keypair,
    /// Instructions that went through.
    pub sent: u64,
    /// Filled if the SVM was made with [`Svm::recorded`].
    pub journal: Option<Vec<Step>>,
}

/// A transaction that went through.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub events: Vec<Event>,
    pub compute_units: u64,
    /// Serialized length, signatures included.
    pub bytes: usize,
    /// Accounts the transaction locks, fee payer and programs included.
    pub accounts: usize,
    pub return_data: Vec<u8>,
    pub logs: Vec<String>,
}

/// A transaction that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub error: TransactionError,
    pub logs: Vec<String>,
}

impl Failure {
    /// The code the failing program returned.
    pub fn code(&self) -> Option<u32> {
        match self.error {
            TransactionError::InstructionError(_, InstructionError::Custom(code)) => Some(code),
            _ => None,
        }
    }

    /// The program's own error, if it is one.
    pub fn plimsoll(&self) -> Option<PlimsollError> {
        let index = self.code()?.checked_sub(ERROR_CODE_FIRST)?;
        PlimsollError::ALL.get(index as usize).copied()
    }

    /// The runtime's error for the failing instruction.
    pub fn instruction_error(&self) -> Option<&InstructionError> {
        match &self.error {
            TransactionError::InstructionError(_, error) => Some(error),
            _ => None,
        }
    }
}

/// The compiled program: where the build leaves it, or the file that the environment
/// variable `PLIMSOLL_PROGRAM` names.
pub fn program_path() -> PathBuf {
    std::env::var_os("PLIMSOLL_PROGRAM").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/plimsoll.so"),
        PathBuf::from,
    )
}

impl Default for Svm {
    fn default() -> Self {
        Self::new()
    }
}

impl Svm {
    /// # Panics
    /// If the program has not been built.
    pub fn new() -> Self {
        Self::with_journal(None)
    }

    /// One that keeps a journal of all that is done to it.
    ///
    /// # Panics
    /// If the program has not been built.
    pub fn recorded() -> Self {
        Self::with_journal(Some(Vec::new()))
    }

    fn with_journal(journal: Option<Vec<Step>>) -> Self {
        let mut vm =
            LiteSVM::new().with_mainnet_features().with_log_bytes_limit(None).with_transaction_history(0);
        let path = program_path();
        let program = std::fs::read(&path)
            .unwrap_or_else(|e| panic!("{}: {e}; run `cargo xtask build` first", path.display()));
        vm.add_program(plimsoll::ID, &program).expect("the runtime loads the program");
        let payer = Keypair::new_from_array([1; 32]);
        let mut svm = Self { vm, payer, sent: 0, journal };
        svm.set_lamports(svm.payer.pubkey(), 1_000_000_000_000);
        svm.set_time(GENESIS);
        svm
    }

    /// Unix time of the cluster.
    pub fn now(&self) -> i64 {
        self.vm.get_sysvar::<Clock>().unix_timestamp
    }

    pub fn set_time(&mut self, unix_time: i64) {
        let mut clock = self.vm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix_time;
        self.vm.set_sysvar(&clock);
        self.note(|| Step::Time(unix_time));
    }

    fn note(&mut self, step: impl FnOnce() -> Step) {
        if let Some(journal) = &mut self.journal {
            journal.push(step());
        }
    }

    pub fn advance(&mut self, seconds: i64) {
        self.set_time(self.now() + seconds);
    }

    /// The account that pays every transaction's fee.
    pub fn payer(&self) -> &Keypair {
        &self.payer
    }

    /// Sends a transaction that the payer and `signers` sign.
    ///
    /// # Errors
    /// When the runtime refuses it or an instruction fails; nothing has changed then.
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Outcome, Failure> {
        let payer = self.payer.insecure_clone();
        let mut all: Vec<&Keypair> = vec![&payer];
        for signer in signers {
            if !all.iter().any(|s| s.pubkey() == signer.pubkey()) {
                all.push(signer);
            }
        }
        let result = self.execute(instructions, &all);
        self.sent += if result.is_ok() { instructions.len() as u64 } else { 0 };
        self.note(|| Step::transaction(instructions, &all, &result));
        result
    }

    /// Sends a transaction that `signers` sign and the first of them pays.
    fn execute(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Outcome, Failure> {
        self.vm.expire_blockhash();
        let message = Message::new(instructions, Some(&signers[0].pubkey()));
        let accounts = message.account_keys.len();
        let signatures = message.header.num_required_signatures as usize;
        let bytes = message.serialize().len() + 1 + 64 * signatures;
        let transaction = Transaction::new(signers, message, self.vm.latest_blockhash());
        match self.vm.send_transaction(transaction) {
            Ok(meta) => {
                let found = logs::events(meta.logs.iter().map(String::as_str));
                assert!(found.unknown.is_empty() && !found.is_truncated, "every event is known: {found:?}");
                Ok(Outcome {
                    events: found.events,
                    compute_units: meta.compute_units_consumed,
                    bytes,
                    accounts,
                    return_data: meta.return_data.data,
                    logs: meta.logs,
                })
            }
            Err(failed) => Err(Failure { error: failed.err, logs: failed.meta.logs }),
        }
    }

    /// # Panics
    /// If there is no such account.
    pub fn account(&self, address: &Address) -> Account {
        self.vm.get_account(address).unwrap_or_else(|| panic!("no account at {address}"))
    }

    /// A copy of the layout in an account of the program.
    ///
    /// # Panics
    /// If there is no such account or it is of another type.
    pub fn read<T: Layout>(&self, address: &Address) -> T {
        decode(&self.account(address).data).unwrap_or_else(|e| panic!("{address}: {e}"))
    }

    pub fn set_account(&mut self, address: Address, account: Account) {
        self.note(|| Step::Account(address, account.clone()));
        self.vm.set_account(address, account).expect("the account can be set");
    }

    /// Makes `address` a wallet that holds `lamports`.
    pub fn set_lamports(&mut self, address: Address, lamports: u64) {
        self.set_account(address, Account { lamports, ..Account::default() });
    }

    /// All accounts of the program that have the layout `T`, by address: the SVM's own order is
    /// another one in every run.
    pub fn all<T: Layout>(&self) -> Vec<(Address, T)> {
        let accounts = self.vm.get_program_accounts(&plimsoll::ID).into_iter();
        let mut all: Vec<(Address, T)> =
            accounts.filter_map(|(address, account)| Some((address, decode(&account.data).ok()?))).collect();
        all.sort_by_key(|(address, _)| *address);
        all
    }
}
