//! What is measured, and how it is written down.

use plimsoll_client::instructions;
use plimsoll_testkit::{Outcome, Wallet, World};
use serde::{Deserialize, Serialize};
use solana_instruction::Instruction;

/// All figures of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Size of the compiled program.
    pub so_bytes: u64,
    pub rows: Vec<Row>,
}

/// What one transaction with one instruction costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub instruction: String,
    /// Which way through the instruction, or what it was given.
    pub case: String,
    /// Token slots in use on the account when the instruction ends or begins, whichever is more.
    pub tokens: u32,
    /// Position slots in use, likewise.
    pub perps: u32,
    /// Calls of the token program and the system program included.
    pub compute_units: u64,
    /// Of a refresh: compute units over rows refreshed, rounded up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_units_per_row: Option<u64>,
    /// Accounts the transaction locks, fee payer and programs included.
    pub accounts: u64,
    /// Serialized length, signatures included.
    pub transaction_bytes: u64,
}

/// Which way through an instruction, with how many token and position slots in use.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    pub name: &'static str,
    pub tokens: u8,
    pub perps: u8,
}

impl Case {
    pub const fn new(name: &'static str, tokens: u8, perps: u8) -> Self {
        Self { name, tokens, perps }
    }
}

impl Figures {
    /// No rows yet.
    ///
    /// # Panics
    /// If the program has not been built.
    pub fn of_program() -> Self {
        let path = plimsoll_testkit::svm::program_path();
        let so_bytes = std::fs::metadata(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).len();
        Self { so_bytes, rows: Vec::new() }
    }

    /// Sends the instruction, which must succeed, and records what it cost.
    pub fn record(
        &mut self,
        case: Case,
        world: &mut World,
        instruction: Instruction,
        signers: &[&Wallet],
    ) -> Outcome {
        let keys: Vec<_> = signers.iter().map(|wallet| &wallet.key).collect();
        let name = name_of(&instruction);
        let outcome =
            world.send(&[instruction], &keys).unwrap_or_else(|f| panic!("{name}, {case:?}: {f:#?}"));
        self.rows.push(Row {
            instruction: name.into(),
            case: case.name.into(),
            tokens: case.tokens.into(),
            perps: case.perps.into(),
            compute_units: outcome.compute_units,
            compute_units_per_row: None,
            accounts: outcome.accounts as u64,
            transaction_bytes: outcome.bytes as u64,
        });
        outcome
    }

    /// The same for a refresh of `rows` rows.
    pub fn record_refresh(&mut self, name: &'static str, world: &mut World, assets: &[u8]) {
        let instruction = world.refresh_instruction(assets);
        let outcome = self.record(Case::new(name, 0, 0), world, instruction, &[]);
        let refreshed =
            outcome.events.iter().filter(|e| matches!(e, plimsoll_client::Event::PriceRefreshed(_)));
        assert_eq!(refreshed.count(), assets.len(), "every row takes its price: {:?}", outcome.events);
        let row = self.rows.last_mut().expect("a row was recorded");
        row.compute_units_per_row = Some(row.compute_units.div_ceil(assets.len() as u64));
    }
}

fn name_of(instruction: &Instruction) -> &'static str {
    let spec = instructions::ALL.iter().find(|spec| instruction.data.starts_with(spec.discriminator));
    spec.expect("an instruction of the program").name
}
