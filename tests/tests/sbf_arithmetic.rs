//! The SBF builder in the virtual machine: what it builds computes what native code computes.
//!
//! The program `tools/sbf/probe` runs the same cases as this test does natively. Every operation of
//! `sbf_probe_cases::operations` is tried on random and edge inputs, every language construct of
//! `sbf_probe_cases::constructs` on random seeds; both SBPF versions, with mainnet's features and with
//! all features. `SBF_PROBE_INPUTS` sets the number of inputs (default 20,000).
//!
//! The last tests deploy what was built through the upgradeable loader, whose checks are stricter than
//! those for loading.
use agave_feature_set::FeatureSet;
use litesvm::LiteSVM;
use litesvm::types::TransactionMetadata;
use sbf_probe_cases::{constructs, operations};
use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_compute_budget::compute_budget::ComputeBudget;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message::Message;
use solana_sdk_ids::{bpf_loader_upgradeable, system_program, sysvar};
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::fs;
use std::path::Path;

const PROGRAM: Address = Address::new_from_array([3; 32]);
const INPUTS_PER_TRANSACTION: u64 = 200;
const CONSTRUCT_SEEDS: u64 = 100;

#[derive(Clone, Copy)]
enum Features {
    Mainnet,
    All,
}

/// A virtual machine with the probe program.
struct Probe {
    vm: LiteSVM,
    payer: Keypair,
}

/// A virtual machine without programs of ours, and somebody who pays.
fn machine(features: Features) -> (LiteSVM, Keypair) {
    let features = match features {
        Features::Mainnet => LiteSVM::mainnet_feature_set(),
        Features::All => FeatureSet::all_enabled(),
    };
    let mut budget = ComputeBudget::new_with_defaults(false);
    budget.compute_unit_limit = 1 << 40;
    let mut vm = LiteSVM::default()
        .with_compute_budget(budget)
        .with_feature_set(features)
        .with_builtins()
        .with_lamports(1 << 50)
        .with_sysvars()
        .with_sigverify(false);
    let payer = Keypair::new_from_array([7; 32]);
    vm.airdrop(&payer.pubkey(), 1 << 45).expect("lamports");
    (vm, payer)
}

fn built(version: &str, program: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy").join(version).join(program);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}; `cargo xtask test` builds it", path.display()))
}

impl Probe {
    fn new(version: &str, features: Features) -> Self {
        let (mut vm, payer) = machine(features);
        vm.add_program(PROGRAM, &built(version, "sbf_probe.so")).expect("the runtime loads the program");
        Self { vm, payer }
    }

    /// Sends a request (see the program); returns what came of it.
    fn send(&mut self, kind: u8, seed: u64, second: u64) -> TransactionMetadata {
        self.vm.expire_blockhash();
        let data = [&[kind][..], &seed.to_le_bytes(), &second.to_le_bytes()].concat();
        let instruction = Instruction { program_id: PROGRAM, accounts: Vec::new(), data };
        let message = Message::new(&[instruction], Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&[&self.payer], message, self.vm.latest_blockhash());
        let result = self.vm.send_transaction(transaction);
        result.unwrap_or_else(|e| {
            panic!("request {kind}, {seed}, {second}: {:?}\n{}", e.err, e.meta.logs.join("\n"))
        })
    }

    /// The `index`th word of what the program returned; the runtime cuts zeros off at the end.
    fn word(returned: &[u8], index: usize) -> u64 {
        let byte = |at: usize| returned.get(at).copied().unwrap_or(0);
        u64::from_le_bytes(std::array::from_fn(|n| byte(8 * index + n)))
    }
}

fn operations_equal_native_ones(version: &str, features: Features) {
    let names = operations::names();
    assert_eq!(names.len(), operations::COUNT);
    let inputs = std::env::var("SBF_PROBE_INPUTS").map_or(20_000, |text| text.parse().expect("a number"));
    let mut probe = Probe::new(version, features);
    let (mut differing, mut compute_units) = (Vec::new(), 0);
    for batch in 0..u64::div_ceil(inputs, INPUTS_PER_TRANSACTION) {
        let seed = 0x1234_5678_9abc_def1u64.wrapping_mul(batch + 1) ^ (batch << 32);
        let sent = probe.send(0, seed, INPUTS_PER_TRANSACTION);
        compute_units += sent.compute_units_consumed;
        let native = operations::fold(seed, INPUTS_PER_TRANSACTION);
        for (index, word) in native.iter().enumerate() {
            if Probe::word(&sent.return_data.data, index) != *word {
                differing.push(format!("{} (seed {seed:#x})", names[index]));
            }
        }
    }
    println!(
        "{version}: {inputs} inputs x {} operations, {} compute units per input",
        names.len(),
        compute_units / inputs
    );
    assert_eq!(differing, [""; 0]);
}

fn constructs_equal_native_ones(version: &str, features: Features) {
    let mut probe = Probe::new(version, features);
    let mut differing = Vec::new();
    for (number, name) in constructs::names().enumerate() {
        for n in 0..CONSTRUCT_SEEDS {
            let seed = 0x9999_5678_9abc_def1u64.wrapping_mul(n + 1);
            let sent = probe.send(1, seed, number as u64);
            if Probe::word(&sent.return_data.data, 0) != constructs::run(number, seed) {
                differing.push(format!("{name} (seed {seed:#x})"));
            }
        }
    }
    assert_eq!(differing, [""; 0]);
}

#[test]
fn operations_equal_native_ones_on_v0() {
    operations_equal_native_ones("v0", Features::Mainnet);
}

#[test]
fn operations_equal_native_ones_on_v3() {
    operations_equal_native_ones("v3", Features::All);
}

#[test]
fn constructs_equal_native_ones_on_v0() {
    constructs_equal_native_ones("v0", Features::Mainnet);
}

#[test]
fn constructs_equal_native_ones_on_v3() {
    constructs_equal_native_ones("v3", Features::All);
}

#[test]
fn constructs_equal_native_ones_on_v0_with_all_features() {
    constructs_equal_native_ones("v0", Features::All);
}

#[test]
fn constructs_equal_native_ones_on_v3_with_mainnet_features() {
    constructs_equal_native_ones("v3", Features::Mainnet);
}

/// Deploys a program from a buffer account, as a wallet does after it has written the buffer.
fn deploy(version: &str, program: &str, features: Features) -> Result<Probe, String> {
    const LOADER: Address = bpf_loader_upgradeable::ID;
    let (mut vm, payer) = machine(features);
    let code = built(version, program);
    let (buffer, authority) = (Address::new_from_array([4; 32]), payer.pubkey());
    let state = [&[1, 0, 0, 0, 1][..], authority.as_ref(), &code].concat();
    for (address, data) in [(buffer, state), (PROGRAM, vec![0; 36])] {
        let account = Account { lamports: 1 << 40, data, owner: LOADER, executable: false, rent_epoch: 0 };
        vm.set_account(address, account).expect("an account");
    }
    let program_data = Address::find_program_address(&[PROGRAM.as_ref()], &LOADER).0;
    let accounts = vec![
        AccountMeta::new(authority, true),
        AccountMeta::new(program_data, false),
        AccountMeta::new(PROGRAM, false),
        AccountMeta::new(buffer, false),
        AccountMeta::new_readonly(sysvar::rent::ID, false),
        AccountMeta::new_readonly(sysvar::clock::ID, false),
        AccountMeta::new_readonly(system_program::ID, false),
        AccountMeta::new_readonly(authority, true),
    ];
    let data = [&[2, 0, 0, 0][..], &(code.len() as u64).to_le_bytes()].concat();
    let instruction = Instruction { program_id: LOADER, accounts, data };
    let message = Message::new(&[instruction], Some(&authority));
    let transaction = Transaction::new(&[&payer], message, vm.latest_blockhash());
    match vm.send_transaction(transaction) {
        Ok(_) => Ok(Probe { vm, payer }),
        Err(e) => Err(format!("{:?}: {}", e.err, e.meta.logs.join("; "))),
    }
}

#[test]
fn the_loader_deploys_both_versions_with_mainnet_features() {
    for version in ["v0", "v3"] {
        for program in ["plimsoll.so", "sbf_probe.so"] {
            let mut probe =
                deploy(version, program, Features::Mainnet).unwrap_or_else(|e| panic!("{version} {e}"));
            if program == "sbf_probe.so" {
                let slot = probe.vm.get_sysvar::<Clock>().slot;
                probe.vm.warp_to_slot(slot + 1);
                let sent = probe.send(1, 5, 0);
                assert_eq!(Probe::word(&sent.return_data.data, 0), constructs::run(0, 5));
            }
        }
    }
}

#[test]
fn with_all_features_the_loader_deploys_v3_alone() {
    for program in ["plimsoll.so", "sbf_probe.so"] {
        deploy("v3", program, Features::All).map(drop).unwrap();
        let refused = deploy("v0", program, Features::All).map(drop).unwrap_err();
        assert!(
            refused.contains("sbpf_version required by the executable which are not enabled"),
            "{refused}"
        );
    }
}
