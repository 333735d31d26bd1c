//! From instructions to receipts, over the compiled program.
use plimsoll_client::chain::{At, Chain, ChainError, Simulation};
use plimsoll_client::error::PlimsollError;
use plimsoll_client::fees::{FeePolicy, compute_limit, loaded_limit};
use plimsoll_client::prepare::{PrepareError, Prepared, loaded_bytes, prepare};
use plimsoll_client::send::{Receipt, SendError, SendPolicy, Sender};
use plimsoll_client::transaction::{Draft, Limits, Version};
use plimsoll_client::{Event, addresses};
use plimsoll_testkit::{SvmChain, Wallet, World};
use solana_address::Address;
use solana_instruction::Instruction;
use solana_message::Message;
use solana_signature::Signature;
use solana_transaction::Transaction;
use solana_transaction_error::TransactionError;

const USDC: u8 = 0;
const BTC: u8 = 2;
const POLICY: FeePolicy = FeePolicy { percentile: 50, floor: 1_000, cap: 100_000, total_max: 10_000 };

struct Scene {
    chain: SvmChain,
    alice: Wallet,
}

impl Scene {
    /// Alice has 10,000 USDC in her wallet and an account with nothing in it.
    fn new() -> Self {
        let mut world = World::standard();
        world.set_price(BTC, 6_000_000_000_000);
        let alice = world.wallet("alice");
        world.give(&alice, USDC, 10_000_000_000);
        world.open_account(&alice, 0);
        Self { chain: SvmChain::new(world), alice }
    }

    fn deposit(&self, amount: u64) -> Instruction {
        self.chain.with(|world| world.deposit_instruction(&self.alice, 0, USDC, amount))
    }

    fn prepared(&self, instruction: Instruction, version: Version) -> Result<Prepared, PrepareError> {
        prepare(&self.chain, self.alice.address(), vec![instruction], version, &POLICY, &[])
    }

    fn send(&self, draft: &Draft) -> Result<Receipt, SendError> {
        let sender = Sender { chain: &self.chain, time: &self.chain, policy: SendPolicy::default() };
        sender.send(draft, &[&self.alice.key])
    }
}

#[test]
fn a_deposit_is_prepared_sent_and_read_back() {
    for version in [Version::V0, Version::V1] {
        let scene = Scene::new();
        scene.chain.set_priority_fees(&[0, 20_000, 90_000]);
        let prepared = scene.prepared(scene.deposit(1_000_000), version).unwrap();
        let Limits { compute_units, loaded_bytes, price } = prepared.draft.limits;
        assert_eq!(compute_units, compute_limit(prepared.simulation.compute_units));
        assert_eq!(loaded_bytes, loaded_limit(prepared.simulation.loaded_bytes.unwrap()));
        assert_eq!(price, 20_000);

        let receipt = scene.send(&prepared.draft).unwrap();
        assert!(receipt.is_complete);
        // A signature costs 5,000 lamports.
        assert_eq!(receipt.fee, 5_000 + prepared.draft.limits.priority_fee());
        let [Event::Deposited(deposited)] = receipt.events[..] else { panic!("{receipt:?}") };
        assert_eq!((deposited.amount, deposited.shares_after), (1_000_000, 1_000_000));
        let landed = scene.chain.transaction(&receipt.signature).unwrap().unwrap();
        assert_eq!((landed.slot, landed.compute_units), (receipt.slot, receipt.compute_units));
        // Without the price, which comes after, the simulation is that much cheaper.
        let of_price = if version == Version::V0 { 150 } else { 0 };
        assert_eq!(receipt.compute_units, prepared.simulation.compute_units + of_price);
    }
}

#[test]
fn the_simulation_shows_accounts_as_they_would_be() {
    let scene = Scene::new();
    let vault = scene.chain.with(|world| world.vault_address(USDC));
    let nowhere = Address::new_from_array([7; 32]);
    let (payer, wanted) = (scene.alice.address(), [vault, nowhere]);
    let deposit = vec![scene.deposit(1_000_000)];
    let prepared = prepare(&scene.chain, payer, deposit, Version::V0, &POLICY, &wanted).unwrap();
    let [Some(after), None] = &prepared.simulation.accounts[..] else { panic!("vault, and nothing") };
    assert_eq!(plimsoll_testkit::tokens::amount(after), 1_000_000);
    let before = scene.chain.accounts(&[vault]).unwrap().value[0].clone().unwrap();
    assert_eq!(plimsoll_testkit::tokens::amount(&before), 0);
}

#[test]
fn limits_of_what_was_simulated_are_enough_and_one_less_is_not() {
    let scene = Scene::new();
    let draft = scene.prepared(scene.deposit(1_000_000), Version::V1).unwrap();
    let Simulation { compute_units, loaded_bytes, .. } = draft.simulation;
    let (compute_units, loaded_bytes) = (u32::try_from(compute_units).unwrap(), loaded_bytes.unwrap());
    let simulated = |limits| {
        let draft = Draft { limits, ..draft.draft.clone() };
        let hash = scene.chain.latest_blockhash().unwrap().hash;
        scene.chain.simulate(&draft.unsigned(hash).unwrap(), &[]).unwrap().error
    };
    let exact = Limits { compute_units, loaded_bytes, price: 0 };
    assert_eq!(simulated(exact), None);
    let starved = simulated(Limits { compute_units: compute_units - 1, ..exact });
    assert!(matches!(starved, Some(TransactionError::InstructionError(0, _))), "{starved:?}");
}

#[test]
fn bytes_are_counted_alike_with_and_without_a_simulation() {
    let scene = Scene::new();
    let prepared = scene.prepared(scene.deposit(1_000_000), Version::V1).unwrap();
    let hash = scene.chain.latest_blockhash().unwrap().hash;
    let unsigned = prepared.draft.unsigned(hash).unwrap();
    let counted = loaded_bytes(&scene.chain, unsigned.message.static_account_keys()).unwrap();
    assert_eq!(Some(counted), prepared.simulation.loaded_bytes);
}

#[test]
fn what_would_fail_is_not_prepared() {
    let scene = Scene::new();
    let error = scene.prepared(scene.deposit(10_000_000_001), Version::V0).unwrap_err();
    assert_eq!(error.to_string(), "deposit: the wallet holds fewer tokens than that: use a smaller amount");
    let withdraw = scene.chain.with(|world| world.withdraw_instruction(&scene.alice, 0, USDC, 0));
    let error = scene.prepared(withdraw, Version::V0).unwrap_err();
    let PrepareError::WouldFail(failure) = &error else { panic!("{error:?}") };
    assert_eq!(failure.plimsoll(), Some(PlimsollError::ZeroAmount));
    assert_eq!((failure.instruction.clone(), failure.signature), (Some((0, "withdraw".into())), None));
}

#[test]
fn what_fails_on_the_chain_is_explained_and_costs_the_fee() {
    let scene = Scene::new();
    let prepared = scene.prepared(scene.deposit(10_000_000_000), Version::V0).unwrap();
    // Meanwhile the wallet spends some of it.
    let elsewhere = scene.deposit(1);
    scene.chain.with(|world| world.must(elsewhere, &scene.alice));
    let lamports = || scene.chain.with(|world| world.svm.account(&scene.alice.address()).lamports);
    let before = lamports();
    let Err(SendError::Failed(failure)) = scene.send(&prepared.draft) else { panic!("it fails") };
    assert_eq!(failure.to_string(), "deposit: the wallet holds fewer tokens than that: use a smaller amount");
    assert!(failure.signature.is_some() && !failure.logs.is_empty());
    assert_eq!(before - lamports(), 5_000 + prepared.draft.limits.priority_fee());
}

#[test]
fn a_wallet_without_lamports_is_told_so() {
    let scene = Scene::new();
    let pauper = Wallet::new("pauper");
    let payer = pauper.address();
    let error = prepare(&scene.chain, payer, vec![scene.deposit(1)], Version::V0, &POLICY, &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{payer} has too little SOL for the fee: send it some, and check the cluster")
    );
}

#[test]
fn nobody_is_asked_for_fees_when_none_are_offered() {
    let scene = Scene::new();
    scene.chain.set_priority_fees(&[90_000]);
    let (payer, instructions) = (scene.alice.address(), vec![scene.deposit(1)]);
    let prepared = prepare(&scene.chain, payer, instructions, Version::V0, &FeePolicy::NONE, &[]).unwrap();
    assert_eq!(prepared.draft.limits.price, 0);
}

#[test]
fn the_chain_keeps_a_history() {
    let scene = Scene::new();
    let sent: Vec<Signature> = (1..=3)
        .map(|amount| scene.send(&scene.prepared(scene.deposit(amount), Version::V0).unwrap().draft))
        .map(|receipt| receipt.unwrap().signature)
        .collect();
    let account = scene.chain.with(|world| world.account_address(&scene.alice, 0));
    let listed = |before, limit| -> Vec<Signature> {
        let history = scene.chain.history(&account, before, limit).unwrap();
        history.into_iter().map(|landed| landed.signature).collect()
    };
    assert_eq!(listed(None, 9), [sent[2], sent[1], sent[0]]);
    assert_eq!(listed(None, 2), [sent[2], sent[1]]);
    assert_eq!(listed(Some(sent[1]), 9), [sent[0]]);
    assert_eq!(scene.chain.history(&addresses::PROGRAM, None, 9).unwrap().len(), 3);
}

#[test]
fn a_transaction_lands_once_and_only_while_its_blockhash_lives() {
    let scene = Scene::new();
    let draft = scene.prepared(scene.deposit(1), Version::V0).unwrap().draft;
    let blockhash = scene.chain.latest_blockhash().unwrap();
    let sign = |seed: u32| {
        let limits = Limits { compute_units: draft.limits.compute_units + seed, ..draft.limits };
        Draft { limits, ..draft.clone() }.sign(blockhash.hash, &[&scene.alice.key]).unwrap()
    };
    let status = |signature| scene.chain.statuses(&[signature]).unwrap().value[0].clone();
    let first = sign(0);
    let signature = scene.chain.send(&first).unwrap();
    let landed = status(signature).unwrap();
    scene.chain.send(&first).unwrap();
    assert_eq!(status(signature), Some(landed.clone()));

    let At { value: height, .. } = scene.chain.block_height().unwrap();
    scene.chain.mine(blockhash.last_valid_block_height - height - 1);
    let last = scene.chain.send(&sign(1)).unwrap();
    assert_eq!(status(last).unwrap().slot, blockhash.last_valid_block_height);
    let late = scene.chain.send(&sign(2)).unwrap();
    assert_eq!(status(late), None);
    let wrong = {
        let mut transaction = sign(3);
        transaction.signatures[0] = Signature::default();
        transaction
    };
    assert_eq!(
        scene.chain.send(&wrong).unwrap_err().to_string(),
        "Transaction signature verification failure"
    );
}

#[test]
fn a_transaction_that_is_too_long_is_refused() {
    let scene = Scene::new();
    let hash = scene.chain.latest_blockhash().unwrap().hash;
    let data = vec![0; 1_300];
    let long = Instruction { program_id: addresses::PROGRAM, accounts: vec![], data };
    let message = Message::new_with_blockhash(&[long], Some(&scene.alice.address()), &hash);
    let refused = scene.chain.send(&Transaction::new(&[&scene.alice.key], message, hash).into());
    let expected = "transaction too large: 1470 bytes (max: 1232 bytes)".to_string();
    assert_eq!(refused, Err(ChainError::Refused(expected)));
}

#[test]
fn lamports_come_from_the_faucet() {
    let scene = Scene::new();
    let address = Wallet::new("newcomer").address();
    let first = scene.chain.airdrop(&address, 5).unwrap();
    let second = scene.chain.airdrop(&address, 7).unwrap();
    assert_eq!(scene.chain.accounts(&[address]).unwrap().value[0].as_ref().unwrap().lamports, 12);
    let known = scene.chain.statuses(&[first, second]).unwrap().value;
    assert!(first != second && known.iter().all(Option::is_some));
}
