//! A node by JSON-RPC answers what the chain behind it answers.
use plimsoll_client::chain::{Chain, ChainError, Commitment, Filter};
use plimsoll_client::decode::Layout;
use plimsoll_client::fees::FeePolicy;
use plimsoll_client::prepare::prepare;
use plimsoll_client::program::state::Bank;
use plimsoll_client::rpc::{ACCOUNTS_AT_ONCE_MAX, Rpc, shown};
use plimsoll_client::send::{SendError, SendPolicy, Sender, SystemTime};
use plimsoll_client::snapshot::Snapshot;
use plimsoll_client::transaction::{Draft, Version};
use plimsoll_client::{Event, addresses};
use plimsoll_testkit::{Node, SvmChain, Wallet, World};
use serde_json::json;
use solana_address::Address;
use solana_instruction::Instruction;
use solana_signature::Signature;
use std::sync::Arc;
use std::time::Duration;

const USDC: u8 = 0;
const BTC: u8 = 2;

struct Scene {
    chain: Arc<SvmChain>,
    alice: Wallet,
    node: Node,
    rpc: Rpc,
}

fn scene() -> Scene {
    let mut world = World::standard();
    world.set_price(BTC, 6_000_000_000_000);
    let alice = world.wallet("alice");
    world.give(&alice, USDC, 10_000_000_000);
    world.open_account(&alice, 0);
    let chain = Arc::new(SvmChain::new(world));
    let node = Node::of(chain.clone());
    let rpc = Rpc::new(&node.url, Commitment::Confirmed).unwrap();
    Scene { chain, alice, node, rpc }
}

impl Scene {
    fn deposit(&self, amount: u64) -> Instruction {
        self.chain.with(|world| world.deposit_instruction(&self.alice, 0, USDC, amount))
    }

    fn draft(&self, amount: u64, version: Version) -> Draft {
        let (payer, deposit) = (self.alice.address(), vec![self.deposit(amount)]);
        prepare(&self.rpc, payer, deposit, version, &FeePolicy::default(), &[]).unwrap().draft
    }
}

#[test]
fn what_is_read_is_what_is_there() {
    let Scene { chain, alice, rpc, .. } = scene();
    assert_eq!(rpc.genesis_hash(), chain.genesis_hash());
    assert_eq!(rpc.latest_blockhash(), chain.latest_blockhash());
    assert_eq!(rpc.block_height(), chain.block_height());
    let clearinghouse = chain.with(|world| world.clearinghouse);
    let some = [clearinghouse, Address::new_from_array([7; 32]), alice.address(), addresses::TOKEN_PROGRAM];
    assert_eq!(rpc.accounts(&some), chain.accounts(&some));
    let filter = |address_at| Filter { discriminator: Bank::DISCRIMINATOR, length: Bank::LENGTH, address_at };
    for filter in [filter(None), filter(Some((8, clearinghouse))), filter(Some((8, alice.address())))] {
        let found = rpc.program_accounts(&addresses::PROGRAM, &filter);
        assert_eq!(found, chain.program_accounts(&addresses::PROGRAM, &filter));
    }
    chain.set_priority_fees(&[3, 0, 9]);
    assert_eq!(rpc.priority_fees(&some), Ok(vec![3, 0, 9]));
    let snapshot = Snapshot::fetch(&rpc, &clearinghouse).unwrap();
    let board = chain.with(|world| world.board());
    assert_eq!(bytemuck::bytes_of(&*snapshot.board), bytemuck::bytes_of(&board));
}

#[test]
fn many_accounts_are_asked_for_in_parts() {
    let Scene { chain, node, rpc, .. } = scene();
    let house = chain.with(|world| world.clearinghouse);
    let many: Vec<Address> =
        (0..250u32).map(|id| addresses::pending_change(&house, id)).chain([house]).collect();
    let found = rpc.accounts(&many).unwrap().value;
    assert_eq!((found.len(), found.iter().flatten().count()), (251, 1));
    assert!(found[250].is_some());
    assert_eq!(node.methods().len(), many.len().div_ceil(ACCOUNTS_AT_ONCE_MAX));
    assert_eq!(rpc.accounts(&[]).unwrap().value, []);
}

#[test]
fn transactions_of_both_versions_are_tried_sent_and_read_back() {
    let scene = scene();
    let policy = SendPolicy { poll_every: Duration::from_millis(1), ..SendPolicy::default() };
    let time = SystemTime::default();
    let sender = Sender { chain: &scene.rpc, time: &time, policy };
    let send = |amount, version| sender.send(&scene.draft(amount, version), &[&scene.alice.key]).unwrap();
    let receipts = [send(5, Version::V0), send(6, Version::V1)];
    for (receipt, amount) in receipts.iter().zip([5, 6]) {
        let [Event::Deposited(deposited)] = receipt.events[..] else { panic!("{receipt:?}") };
        assert_eq!((deposited.amount, receipt.is_complete), (amount, true));
        let landed = scene.rpc.transaction(&receipt.signature);
        assert_eq!(landed, scene.chain.transaction(&receipt.signature));
        let status = scene.rpc.statuses(&[receipt.signature, Signature::default()]);
        assert_eq!(status, scene.chain.statuses(&[receipt.signature, Signature::default()]));
    }
    let account = scene.chain.with(|world| world.account_address(&scene.alice, 0));
    for (before, limit) in [(None, 9), (None, 1), (Some(receipts[1].signature), 9)] {
        let found = scene.rpc.history(&account, before, limit);
        assert_eq!(found, scene.chain.history(&account, before, limit));
    }
    assert_eq!(scene.rpc.transaction(&Signature::default()), Ok(None));
}

#[test]
fn a_simulation_is_that_of_the_chain() {
    let scene = scene();
    let vault = scene.chain.with(|world| world.vault_address(USDC));
    let hash = scene.chain.latest_blockhash().unwrap().hash;
    let draft = scene.draft(5, Version::V1);
    let too_much = Draft { instructions: vec![scene.deposit(10_000_000_001)], ..draft.clone() };
    for draft in [draft, too_much] {
        let unsigned = draft.unsigned(hash).unwrap();
        for wanted in [&[][..], &[vault, Address::new_from_array([7; 32])]] {
            let found = scene.rpc.simulate(&unsigned, wanted).unwrap();
            assert_eq!(found, scene.chain.simulate(&unsigned, wanted).unwrap());
        }
    }
}

#[test]
fn what_fails_on_the_chain_is_explained() {
    let scene = scene();
    let draft = scene.draft(10_000_000_000, Version::V0);
    let elsewhere = scene.deposit(1);
    scene.chain.with(|world| world.must(elsewhere, &scene.alice));
    let time = SystemTime::default();
    let sender = Sender { chain: &scene.rpc, time: &time, policy: SendPolicy::default() };
    let Err(SendError::Failed(failure)) = sender.send(&draft, &[&scene.alice.key]) else {
        panic!("it fails")
    };
    assert_eq!(failure.to_string(), "deposit: the wallet holds fewer tokens than that: use a smaller amount");
}

#[test]
fn the_faucet_pays() {
    let Scene { chain, rpc, .. } = scene();
    let newcomer = Wallet::new("newcomer").address();
    let signature = rpc.airdrop(&newcomer, 7).unwrap();
    assert!(rpc.statuses(&[signature]).unwrap().value[0].is_some());
    assert_eq!(chain.accounts(&[newcomer]).unwrap().value[0].as_ref().unwrap().lamports, 7);
}

#[test]
fn an_unsigned_transaction_is_refused() {
    let scene = scene();
    let hash = scene.chain.latest_blockhash().unwrap().hash;
    let unsigned = scene.draft(5, Version::V0).unsigned(hash).unwrap();
    let why = format!("{}: Transaction signature verification failure", scene.node.url);
    assert_eq!(scene.rpc.send(&unsigned), Err(ChainError::Refused(why)));
}

#[test]
fn nonsense_is_named() {
    let node = Node::answering(|method, _| match method {
        "getMultipleAccounts" => Ok(json!({ "context": { "slot": 1 }, "value": [] })),
        "getGenesisHash" => Ok(json!(7)),
        "getEpochInfo" => Err(json!({ "code": -32005, "message": "Node is behind by 9 slots" })),
        _ => Err(json!({ "code": -32601, "message": "Method not found" })),
    });
    let rpc = Rpc::new(&node.url, Commitment::Confirmed).unwrap();
    let url = shown(&node.url);
    let strange = ChainError::Strange(format!("{url}: getMultipleAccounts: not an answer of a Solana node"));
    assert_eq!(rpc.accounts(&[Address::default()]), Err(strange));
    assert!(matches!(rpc.genesis_hash(), Err(ChainError::Strange(_))));
    let behind = ChainError::Unavailable(format!("{url}: Node is behind by 9 slots"));
    assert_eq!(rpc.block_height(), Err(behind));
    let unknown = format!("{url} does not offer this (Method not found): use another node");
    assert_eq!(rpc.priority_fees(&[]), Err(ChainError::Refused(unknown)));
}

#[test]
fn a_node_that_is_not_there_may_come_back() {
    let rpc = Rpc::new("http://127.0.0.1:1/secret", Commitment::Confirmed).unwrap();
    let Err(ChainError::Unavailable(why)) = rpc.genesis_hash() else { panic!("nobody is there") };
    assert!(why.starts_with("http://127.0.0.1:1: ") && !why.contains("secret"), "{why}");
    assert!(why.ends_with("is it the address of a node, and does it answer?"), "{why}");
    assert_eq!(Rpc::new("moon", Commitment::Confirmed).err().map(|e| e.to_string().lines().count()), Some(1));
}
