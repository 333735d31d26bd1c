//! Why a transaction failed, in words that say what to do.
use crate::error::{self, Explained};
use crate::transaction::Draft;
use crate::{addresses, instructions};
use solana_address::{Address, address};
use solana_instruction::{Instruction, error::InstructionError};
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use std::fmt;

const SYSTEM_PROGRAM: Address = Address::new_from_array([0; 32]);
const COMPUTE_BUDGET: Address = address!("ComputeBudget111111111111111111111111111111");

/// What the token program's codes mean, as far as this program's instructions can meet them.
const TOKEN_CODES: [(u32, &str); 6] = [
    (0, "a token account has too few lamports for its rent: send it some"),
    (1, "the wallet holds fewer tokens than that: use a smaller amount"),
    (3, "a token account is of another mint: pass one of this token"),
    (4, "a token account belongs to somebody else: pass your own"),
    (9, "a token account is not set up yet: create it first"),
    (17, "a token account is frozen: whoever issued the token must thaw it"),
];

/// A transaction that failed, or would fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// `None` when it was only tried.
    pub signature: Option<Signature>,
    pub error: TransactionError,
    /// Which of the draft's instructions failed, and what it is called.
    pub instruction: Option<(usize, String)>,
    /// The program's error, if the error is the program's.
    pub explained: Option<Explained>,
    pub logs: Vec<String>,
    /// The one line for people.
    message: String,
}

impl Failure {
    /// What the `error` of a transaction made from `draft` means, given what it logged.
    pub fn of(
        draft: &Draft,
        signature: Option<Signature>,
        error: TransactionError,
        logs: Vec<String>,
    ) -> Self {
        let TransactionError::InstructionError(index, cause) = &error else {
            let message = transaction_words(draft, &error);
            return Self { signature, error, instruction: None, explained: None, logs, message };
        };
        let own = draft.own_index(usize::from(*index));
        let found = own.and_then(|own| Some((own, draft.instructions.get(own)?)));
        let instruction = found.map(|(own, instruction)| (own, name(instruction)));
        let program = failing_program(&logs).or(found.map(|(_, instruction)| instruction.program_id));
        let code = match cause {
            InstructionError::Custom(code) => Some(*code),
            _ => None,
        };
        let explained = code.filter(|_| program == Some(addresses::PROGRAM)).and_then(error::explain);
        let words = match &explained {
            Some(explained) => explained.to_string(),
            None => cause_words(program, cause),
        };
        let message = match &instruction {
            Some((_, name)) => format!("{name}: {words}"),
            None => words,
        };
        Self { signature, error, instruction, explained, logs, message }
    }

    /// The program's error, if the error is the program's.
    pub fn plimsoll(&self) -> Option<error::PlimsollError> {
        self.explained.as_ref().and_then(|explained| error::from_code(explained.code))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// What an instruction is called: its own name if it is the program's, else that of its program.
pub fn name(instruction: &Instruction) -> String {
    if instruction.program_id == addresses::PROGRAM {
        let spec = instructions::ALL.iter().find(|spec| instruction.data.starts_with(spec.discriminator));
        return spec.map_or_else(|| "an unknown instruction".to_string(), |spec| spec.name.to_string());
    }
    match instruction.program_id {
        addresses::TOKEN_PROGRAM => "token program".to_string(),
        addresses::ASSOCIATED_TOKEN_PROGRAM => "associated token program".to_string(),
        SYSTEM_PROGRAM => "system program".to_string(),
        COMPUTE_BUDGET => "compute budget".to_string(),
        other => other.to_string(),
    }
}

/// The innermost program that failed: the first that the runtime says so of.
fn failing_program(logs: &[String]) -> Option<Address> {
    let failed = |line: &String| {
        let (id, what) = line.strip_prefix("Program ")?.split_once(' ')?;
        what.starts_with("failed").then(|| id.parse().ok()).flatten()
    };
    logs.iter().find_map(failed)
}

fn cause_words(program: Option<Address>, cause: &InstructionError) -> String {
    let known = match (program, cause) {
        (Some(addresses::TOKEN_PROGRAM), InstructionError::Custom(code)) => {
            TOKEN_CODES.iter().find(|(known, _)| known == code).map(|(_, words)| *words)
        }
        (Some(SYSTEM_PROGRAM), InstructionError::Custom(1)) => {
            Some("the wallet has too little SOL for that: send it some")
        }
        (_, InstructionError::ComputationalBudgetExceeded) => {
            Some("it needs more compute units than the transaction asks for: try again")
        }
        (_, InstructionError::MissingRequiredSignature) => {
            Some("somebody has not signed who must: give the right keypair")
        }
        (_, InstructionError::InsufficientFunds) => {
            Some("the wallet has too little SOL for that: send it some")
        }
        _ => None,
    };
    known.map_or_else(|| cause.to_string(), ToString::to_string)
}

fn transaction_words(draft: &Draft, error: &TransactionError) -> String {
    let payer = draft.payer;
    match error {
        TransactionError::AccountNotFound
        | TransactionError::InsufficientFundsForFee
        | TransactionError::InvalidAccountForFee => {
            format!("{payer} has too little SOL for the fee: send it some, and check the cluster")
        }
        TransactionError::InsufficientFundsForRent { .. } | TransactionError::InvalidRentPayingAccount => {
            format!("too little SOL would be left for the rent of an account: send {payer} some")
        }
        TransactionError::ProgramAccountNotFound => {
            "a program that it calls is not deployed here: is this the right cluster?".to_string()
        }
        TransactionError::BlockhashNotFound => {
            "its blockhash is not known, or no longer: try again".to_string()
        }
        TransactionError::MaxLoadedAccountsDataSizeExceeded => {
            "its accounts are larger than it asks to load: try again".to_string()
        }
        TransactionError::UnsupportedVersion => {
            format!("the cluster does not take {} transactions: use another version", draft.version)
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transaction::{Limits, Version};

    fn draft(instructions: Vec<Instruction>, version: Version) -> Draft {
        let limits = Limits { price: 1, ..Limits::UNLIMITED };
        Draft { payer: Address::new_from_array([1; 32]), instructions, version, limits }
    }

    fn trade() -> Instruction {
        let spec = instructions::ALL.iter().find(|spec| spec.name == "trade").unwrap();
        Instruction { program_id: addresses::PROGRAM, accounts: vec![], data: spec.discriminator.to_vec() }
    }

    fn failed(program: Address) -> Vec<String> {
        vec![
            format!("Program {} invoke [1]", addresses::PROGRAM),
            format!("Program {program} failed: custom program error: 0x1"),
            format!("Program {} failed: custom program error: 0x1", addresses::PROGRAM),
        ]
    }

    fn custom(index: u8, code: u32) -> TransactionError {
        TransactionError::InstructionError(index, InstructionError::Custom(code))
    }

    #[test]
    fn the_programs_own_error_is_explained_and_its_instruction_named() {
        for (version, index) in [(Version::V0, 4), (Version::V1, 1)] {
            let draft = draft(vec![trade(), trade()], version);
            let failure = Failure::of(&draft, None, custom(index, 6000), vec![]);
            assert_eq!(failure.instruction, Some((1, "trade".to_string())));
            assert_eq!(failure.plimsoll(), Some(error::PlimsollError::Overflow));
            assert_eq!(
                failure.to_string(),
                "trade: Overflow (6000): A result does not fit its unit: use smaller amounts"
            );
        }
    }

    #[test]
    fn a_code_is_that_of_the_innermost_program_that_failed() {
        let draft = draft(vec![trade()], Version::V1);
        let failure = Failure::of(&draft, None, custom(0, 1), failed(addresses::TOKEN_PROGRAM));
        assert_eq!(
            failure.to_string(),
            "trade: the wallet holds fewer tokens than that: use a smaller amount"
        );
        assert_eq!(failure.explained, None);
        let system = Failure::of(&draft, None, custom(0, 1), failed(SYSTEM_PROGRAM));
        assert_eq!(system.to_string(), "trade: the wallet has too little SOL for that: send it some");
        let unknown = Failure::of(&draft, None, custom(0, 6000), failed(addresses::TOKEN_PROGRAM));
        assert_eq!(unknown.to_string(), "trade: custom program error: 0x1770");
    }

    #[test]
    fn an_error_of_the_limits_is_nobodys_instruction() {
        let draft = draft(vec![trade()], Version::V0);
        let failure = Failure::of(&draft, None, custom(0, 1), vec![]);
        assert_eq!(
            (failure.instruction.clone(), failure.to_string()),
            (None, "custom program error: 0x1".into())
        );
    }

    #[test]
    fn what_the_cluster_refuses_says_what_to_do() {
        let draft = draft(vec![], Version::V1);
        let words = |error| Failure::of(&draft, None, error, vec![]).to_string();
        assert_eq!(
            words(TransactionError::AccountNotFound),
            format!("{} has too little SOL for the fee: send it some, and check the cluster", draft.payer)
        );
        assert_eq!(
            words(TransactionError::UnsupportedVersion),
            "the cluster does not take v1 transactions: use another version"
        );
        assert_eq!(words(TransactionError::AccountInUse), "Account in use");
    }
}
